"""What the server itself can refuse; the edges (HTTP, command line) give these their own form.

FiscalServerError
├── StorageError
│   ├── MigrationError       the schema is not what this version needs
│   └── NoMakerLeft          too many processes share the database
├── UnknownMerchant
├── CloseRefused             the month cannot be closed, or the job cannot be moved, as it stands now
├── UnknownKkt, UnknownReceipt
├── OrderRefused             what a person ordered cannot be done where things stand
├── IdempotencyConflict      the same Idempotency-Key came with another body
└── LeaseLost                another node owns the KKT now
"""


class FiscalServerError(Exception):
    """The server cannot do what was asked; the message says why, in words for people."""


class StorageError(FiscalServerError):
    """The database is not as it must be."""


class MigrationError(StorageError):
    """A migration failed, was changed after it ran, or belongs to a newer version of the program."""


class NoMakerLeft(StorageError):
    """All numbers of id makers are taken."""


class UnknownMerchant(FiscalServerError):
    """There is no merchant of this id."""


class IdempotencyConflict(FiscalServerError):
    """This Idempotency-Key was used for another body."""


class CloseRefused(FiscalServerError):
    """A month close that may not begin, go on or be cancelled now."""


class UnknownKkt(FiscalServerError):
    """The merchant has no such KKT."""


class UnknownReceipt(FiscalServerError):
    """The merchant has no such receipt."""


class OrderRefused(FiscalServerError):
    """An order of a person that does not fit where its object stands: nothing was done."""


class UnknownKey(FiscalServerError):
    """The merchant has no such key of the API."""


class KeyRefused(FiscalServerError):
    """A key of the API that cannot be made, rotated or revoked as asked."""


class TooManyRequests(FiscalServerError):
    """A key came more often than it may: nothing was done. ``wait_s``: when it may come again."""

    def __init__(self, wait_s: float, per_second: int) -> None:
        super().__init__(f"more than {per_second} requests a second with this key; wait {wait_s:.3g} s")
        self.wait_s = wait_s


class BodyTooLarge(FiscalServerError):
    """A body is larger than any may be, as sent or when decompressed."""


class BodyTooSlow(FiscalServerError):
    """A client sends its body too slowly, or has stopped."""


class UnsupportedBody(FiscalServerError):
    """A media type or an encoding that is not read here, or a damaged one."""


class Overloaded(FiscalServerError):
    """There is no room for this now; the same request may come again."""


class LeaseLost(FiscalServerError):
    """Another owner has taken this KKT over: nothing more may be sent to it from here."""
