"""What an emulated FN writes down: the records of its memory file, in MessagePack.

Whatever is not here is forgotten at power-off, as in a real FN: an open document, data of 07h, the transport state.
"""

import msgspec


class FnParameters(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="fn"):
    """First record: what kind of FN this is. Sizes are small on purpose in tests."""

    number: str  # 16 digits, the first four 9999
    ffd: int = 4  # highest version it supports, as tag 1209
    capacity_documents: int = 250_000
    term_days: int = 470
    message_area_kib: int = 32_768  # room for documents that the operator has not confirmed
    registrations: int = 12

    def __post_init__(self) -> None:
        if len(self.number) != 16 or not self.number.isdecimal() or not self.number.startswith("9999"):
            raise ValueError("the number of an emulated FN is 16 digits and starts with 9999")
        if self.ffd not in (2, 3, 4):
            raise ValueError("an FN supports FFD 2 (1.05), 3 (1.1) or 4 (1.2)")
        if self.capacity_documents < 8:
            raise ValueError("less than 8 documents is no room for one receipt")


class RegistrationRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Arguments of 03h or A3h."""

    inn: str
    rnm: str
    taxation_systems: int
    mode: int
    ffd: int
    extended_mode: int = 0
    ofd_inn: str = ""
    reasons: int = 0  # 03h: a code 1..4; A3h: a bit set

    @property
    def autonomous(self) -> bool:
        """Works without an operator: nothing is ever sent."""
        return bool(self.mode & 0x02)

    @property
    def bso(self) -> bool:
        return bool(self.mode & 0x10)


class DocumentRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="document"):
    """One fiscal document; the container holds its whole TLV."""

    form: int
    fd_number: int
    issued_at: int  # tag 1012
    fiscal_sign: int
    container: bytes
    shift_number: int = 0
    number_in_shift: int = 0  # receipts and corrections
    sign: int = 0  # receipts and corrections
    total_kopecks: int = 0  # receipts and corrections
    sums: tuple[int, ...] = ()  # FFD 1.1+: what the counters add up, see counters.py
    unsent: int = 0  # settlements report
    first_unsent_at: int = 0  # settlements report
    registration: RegistrationRecord | None = None


class ConfirmationRecord(msgspec.Struct, frozen=True, array_like=True, tag="confirmation"):
    """The operator's receipt for a document."""

    fd_number: int
    received_at: int  # UTC seconds
    operator_sign: bytes
    code: int  # tag 1022
    message: bytes = b""


class ResetRecord(msgspec.Struct, frozen=True, array_like=True, tag="reset"):
    """Command 60h: everything before it is void."""


class BreakdownRecord(msgspec.Struct, frozen=True, array_like=True, tag="breakdown"):
    """A fault plan broke the FN for good."""


class FilledRecord(msgspec.Struct, frozen=True, array_like=True, tag="filled"):
    """A fault plan filled the archive: no more documents fit than these."""

    capacity_documents: int


Record = FnParameters | DocumentRecord | ConfirmationRecord | ResetRecord | BreakdownRecord | FilledRecord
