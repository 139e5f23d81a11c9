"""What an FN remembers without power: everything here follows from the records of its memory file, in their order.

``FnState.apply`` is the only way the state changes, while it works as well as at replay: so a killed emulator wakes
exactly where its file says.
"""

import msgspec

from kkt_drivers.emulator.counters import Counters, ShortCounters
from kkt_drivers.emulator.records import (
    BreakdownRecord,
    ConfirmationRecord,
    DocumentRecord,
    FilledRecord,
    FnParameters,
    Record,
    RegistrationRecord,
    ResetRecord,
)

PHASE_READY = 0x01
PHASE_FISCAL = 0x03
PHASE_POST_FISCAL = 0x07
PHASE_ARCHIVE = 0x0F

RECEIPT_FORMS = frozenset({3, 4})
CORRECTION_FORMS = frozenset({31, 41})
REGISTRATION_FORMS = frozenset({1, 11})


class IndexEntry(msgspec.Struct, gc=False):
    """Where a document stands in the file and what of it is asked for often."""

    form: int
    issued_at: int
    size: int  # of its container
    offset: int
    sign: int
    total_kopecks: int
    confirmation_offset: int = -1  # -1: not confirmed


class Shift(msgspec.Struct):
    """The open shift, or the last closed one (number 0: there was none)."""

    open: bool = False
    number: int = 0
    receipts: int = 0
    documents: int = 0  # its reports included
    opened_at: int = 0
    opening_fd: int = 1
    totals: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0, 0])  # kopecks by settlement sign


class FnState:
    """Phase, registration, shift, queue and archive index of one FN."""

    def __init__(self, parameters: FnParameters) -> None:
        self.parameters = parameters
        self.broken = False
        self.age = 0  # records taken in
        self._begin()

    def _begin(self) -> None:
        self.capacity_documents = self.parameters.capacity_documents
        self.phase = PHASE_READY
        self.index: list[IndexEntry] = []
        self.registrations: list[tuple[int, RegistrationRecord]] = []  # FD number, arguments
        self.shift = Shift()
        self.acknowledged = 0  # documents up to this FD number are out of the queue
        self.unsent_bytes = 0
        self.operator_notice = 0  # bits of tag 1206 for the next shift report
        self.fn_counters = Counters()
        self.shift_counters = Counters()
        self.unsent_counters = ShortCounters()

    @property
    def registration(self) -> RegistrationRecord:
        """The one in force; there is none before phase 03."""
        return self.registrations[-1][1]

    @property
    def ffd(self) -> int:
        """Version of the registration in force as tag 1209, 0 before the first."""
        return self.registration.ffd if self.registrations else 0

    @property
    def last_fd(self) -> int:
        return len(self.index)

    @property
    def last_at(self) -> int:
        """Tag 1012 of the last document; 0 when there is none."""
        return self.index[-1].issued_at if self.index else 0

    @property
    def unsent(self) -> int:
        """Documents that the operator has not confirmed; an autonomous FN sends nothing."""
        if not self.registrations or self.registration.autonomous:
            return 0
        return len(self.index) - self.acknowledged

    def queue_head(self) -> IndexEntry | None:
        """The oldest unsent document; its FD number is ``acknowledged + 1``."""
        return self.index[self.acknowledged] if self.unsent else None

    def apply(self, record: Record, offset: int) -> None:
        """Take in a record that stands at ``offset`` of the memory file."""
        self.age += 1
        match record:
            case DocumentRecord():
                self._add_document(record, offset)
            case ConfirmationRecord():
                self._confirm(record, offset)
            case ResetRecord():
                self._begin()
            case BreakdownRecord():
                self.broken = True
            case FilledRecord():
                self.capacity_documents = record.capacity_documents
            case FnParameters():
                raise AssertionError("a memory file has one header")

    def _add_document(self, record: DocumentRecord, offset: int) -> None:
        assert record.fd_number == len(self.index) + 1, "FD numbers have no gaps"
        size = len(record.container)
        self.index.append(IndexEntry(record.form, record.issued_at, size, offset, record.sign, record.total_kopecks))
        if record.registration is not None:
            self._register(record, record.registration)
        elif record.form == 2:
            self.shift = Shift(
                open=True, number=record.shift_number, opened_at=record.issued_at, opening_fd=record.fd_number
            )
            self.shift_counters = Counters()
            self.operator_notice = 0
        elif record.form in RECEIPT_FORMS or record.form in CORRECTION_FORMS:
            self._count_receipt(record)
        elif record.form == 6:
            self.phase = PHASE_POST_FISCAL if not self.registration.autonomous else PHASE_ARCHIVE
        if self.shift.open:
            self.shift.documents += 1
        if record.form == 5:
            self.shift.open = False
            self.operator_notice = 0
        if not self.registration.autonomous:
            self.unsent_bytes += size

    def _register(self, record: DocumentRecord, registration: RegistrationRecord) -> None:
        was_autonomous = bool(self.registrations) and self.registration.autonomous
        self.registrations.append((record.fd_number, registration))
        self.phase = PHASE_FISCAL
        if was_autonomous and not registration.autonomous:
            self.acknowledged = record.fd_number - 1  # what was made without an operator stays unsent for good

    def _count_receipt(self, record: DocumentRecord) -> None:
        self.shift.receipts += 1
        self.shift.totals[record.sign - 1] += record.total_kopecks
        for counters in (self.fn_counters, self.shift_counters):
            if record.form in CORRECTION_FORMS:
                counters.corrections.add(record.sign, record.total_kopecks)
            else:
                counters.add(record.sign, record.sums or (record.total_kopecks,))
        if not self.registration.autonomous:
            self.unsent_counters.add(record.sign, record.total_kopecks)

    def _confirm(self, record: ConfirmationRecord, offset: int) -> None:
        entry = self.index[record.fd_number - 1]
        entry.confirmation_offset = offset
        self.acknowledged = record.fd_number
        self.unsent_bytes -= entry.size
        if entry.sign:
            self.unsent_counters.add(entry.sign, entry.total_kopecks, -1)
        if record.code == 14:
            self.operator_notice |= 0x02  # a document failed the operator's checks
        if self.phase == PHASE_POST_FISCAL and self.unsent == 0:
            self.phase = PHASE_ARCHIVE
