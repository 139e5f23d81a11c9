"""A cash register (ККТ) as the server sees it, whichever family it is of.

One request in flight a device; a driver is used by one task at a time. Times given to a driver are aware; the device
itself has a local clock without a zone, which is a type of its own (``KktLocalTime``) and is converted in the driver.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from enum import IntEnum, IntFlag
from typing import Literal, NewType, Protocol

import msgspec

from accounting.receipts.codes import DocumentForm, FfdVersion, SettlementSign
from accounting.receipts.model import Receipt
from kkt_drivers.change_reasons import ChangeReason

KktLocalTime = NewType("KktLocalTime", datetime)
"""Naive wall-clock time of the point of sale, to the minute (tag 1012 and every FN command)."""

ReceiptIdTag = Literal[1084, 1191]
"""Where our receipt id travels inside the document: the receipt's user requisite or the first line's own field."""

RECEIPT_ID_NAME = "ID"
"""Tag 1085 beside a receipt id in 1084."""


class FnPhase(IntEnum):
    """Life phase of a fiscal storage unit; transitions go one way only."""

    SETTING = 0x00
    READY = 0x01
    FISCAL = 0x03
    POST_FISCAL = 0x07
    ARCHIVE = 0x0F


class FnWarning(IntFlag):
    """Warning flags of an FN status answer."""

    URGENT_REPLACEMENT = 0x01  # 3 days left
    RESOURCE = 0x02  # 30 days left
    ARCHIVE_FULL = 0x04  # 90 % of the archive
    OFD_TIMEOUT = 0x08
    CRITICAL = 0x80


class KktStatus(msgspec.Struct, frozen=True):
    """Answer of a status request: where the device stands now."""

    fn_number: str
    phase: FnPhase
    open_document: int  # 0: none, else the FN's code of the document being made
    shift_open: bool
    warnings: FnWarning
    last_fd_number: int
    last_document_at: KktLocalTime | None


class ShiftState(msgspec.Struct, frozen=True):
    """``number`` is the open shift, or the last closed one; ``receipts`` counts the receipts in it."""

    open: bool
    number: int
    receipts: int


class FnResource(msgspec.Struct, frozen=True):
    """What an FN can still take."""

    valid_until: date
    documents_left: int | None  # None: the FN cannot tell (FFD 1.05 only)
    ffd: FfdVersion


class OfdQueue(msgspec.Struct, frozen=True):
    """Documents that the operator has not confirmed yet."""

    unsent: int
    first_fd_number: int  # 0: none
    first_at: KktLocalTime | None


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of a registration report (form 1)."""

    user_inn: str
    user_name: str
    kkt_registration_number: str  # 1037, 16 digits with check digits
    kkt_serial_number: str
    taxation_systems: int  # 1062, bit set
    ffd: FfdVersion
    address: str  # 1009
    place: str  # 1187
    cashier: str
    ofd_inn: str
    ofd_name: str
    sender_email: str
    fns_site: str = "www.nalog.gov.ru"
    internet_only: bool = True  # 1108
    services: bool = True  # 1109


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """The registration in force, as the device itself tells it."""

    parameters: Registration
    other_modes: bool  # working modes that ``Registration`` has no place for
    fd_number: int
    reports_left: int | None  # registration reports that the FN still takes; None: it cannot tell


class FiscalDocument(msgspec.Struct, frozen=True):
    """What a device gives back for a document it has made: only this makes a receipt fiscalised."""

    form: DocumentForm
    fn_number: str
    fd_number: int
    fiscal_sign: int  # ФПД as printed, uint32
    issued_at: KktLocalTime
    shift_number: int | None = None
    number_in_shift: int | None = None  # 1042


class ArchivedDocument(msgspec.Struct, frozen=True):
    """A document read back from an FN's archive; ``tlv`` is None once the FN keeps only the short record."""

    form: DocumentForm
    fd_number: int
    fiscal_sign: int
    issued_at: KktLocalTime
    confirmed: bool  # by the operator
    sign: SettlementSign | None = None  # receipts and corrections
    total_kopecks: int | None = None  # receipts and corrections
    shift_number: int | None = None
    tlv: bytes | None = None  # TLVs of the document without the outer STLV head


class ReceiptOrder(msgspec.Struct, frozen=True):
    """A receipt on its way to a device, with what the document builder adds."""

    receipt: Receipt
    receipt_id: str  # ours; stands in tag ``receipt_id_tag`` of the document
    receipt_id_tag: ReceiptIdTag
    cashier: str
    place: str  # 1187
    address: str  # 1009
    filler_1179: str = "б/н"
    """Stands for the number (1179) of a correction on one's own initiative that has none, where the format demands one:
    FFD 1.05. Never empty. Rules 6.2."""


class Kkt(Protocol):
    """One cash register. Every method raises ``KktUnavailable``, ``KktRefused`` or ``KktOutcomeUnknown``."""

    @property
    def address(self) -> str:
        """Where the device is, as given to ``open_kkt``."""
        ...

    @property
    def warned(self) -> bool:
        """The last answer said that some warning flag is set: ``status`` tells which."""
        ...

    def guard(self, may_create: Callable[[], None]) -> None:
        """Have ``may_create`` called right before every command that begins, fills, ends or cancels a document.

        If it raises, not a byte more of this document is sent, and the error goes on to the caller. What stands open on
        the device then is cancelled by whoever makes the next document.
        """
        ...

    async def open(self) -> None:
        """Connect; harmless when connected."""
        ...

    async def close(self) -> None:
        """Disconnect; never raises."""
        ...

    async def status(self) -> KktStatus:
        """Where the device stands now: phase, open document, shift, warnings, last document. FN protocol 4."""
        ...

    async def shift(self) -> ShiftState:
        """The open shift, or the last closed one; KktRefused WRONG_STATE before registration. FN protocol 7, 10h."""
        ...

    async def resource(self) -> FnResource:
        """Last day of the keys and documents that still fit. FN protocol 7, 8."""
        ...

    async def register(self, registration: Registration, at: datetime) -> FiscalDocument:
        """Make the registration report (form 1): the FN belongs to this owner from then on. FFD 3.1."""
        ...

    async def registered(self) -> Registered:
        """What the device is registered with now; KktRefused WRONG_STATE before registration. FN protocol 7."""
        ...

    async def re_register(self, registration: Registration, at: datetime, reasons: ChangeReason) -> FiscalDocument:
        """Make the report of changed registration parameters (form 11), of a closed shift. FFD 3.1."""
        ...

    async def open_shift(self, at: datetime, cashier: str) -> FiscalDocument:
        """Make the report of a shift opening (form 2); ``at`` is aware, ``cashier`` empty for an automat. FFD 3.2."""
        ...

    async def close_shift(self, at: datetime, cashier: str) -> FiscalDocument:
        """Make the report of a shift closing (form 5). FFD 3.5."""
        ...

    async def report_settlements(self, at: datetime) -> FiscalDocument:
        """Make the report of the state of settlements (form 21): what is unsent. FFD 3.6."""
        ...

    async def close_fn(self, at: datetime, cashier: str) -> FiscalDocument:
        """Make the report that closes the FN for good (form 6); the shift must be closed. FFD 3.7."""
        ...

    async def register_receipt(
        self, order: ReceiptOrder, at: datetime, may_create: Callable[[], Awaitable[None]] | None = None
    ) -> FiscalDocument:
        """Make one receipt or correction receipt.

        ``may_create`` is awaited after the data were handed over and before the one command that can create the
        document; if it raises, the document is dropped on the device and the error goes on to the caller.
        """
        ...

    async def cancel_document(self) -> None:
        """Drop a document that was begun; harmless when there is none."""
        ...

    async def read_document(self, fd_number: int) -> ArchivedDocument:
        """A document from the archive; ``KktRefused`` of kind NO_DATA when there is none of this number."""
        ...

    async def ofd_queue(self) -> OfdQueue:
        """How many documents the operator has not confirmed, and the first of them. FN protocol 7, 20h."""
        ...

    async def read_ofd_message(self) -> bytes:
        """The next container for the operator; ``KktRefused`` of kind NO_DATA when nothing waits."""
        ...

    async def accept_ofd_answer(self, container: bytes, *, stay_connected: bool = False) -> int:
        """Hand the operator's confirmation to the device; gives its code (tag 1022: 0 accepted, 11, 14).

        ``stay_connected``: the connection to the operator goes on, the next document follows on it.
        """
        ...
