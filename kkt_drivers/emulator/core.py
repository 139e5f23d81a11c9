"""The inside of an emulated FN that its commands work on: memory, clock, and what a power cut takes away."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from kkt_drivers.emulator.answers import AnswerCode, Refused
from kkt_drivers.emulator.memory import FnMemory
from kkt_drivers.emulator.moment import from_seconds
from kkt_drivers.emulator.records import Record
from kkt_drivers.emulator.state import FnState

FnClock = Callable[[], datetime]
"""Local time of the point of sale, naive."""


POWER_ON_SPEED = 115_200
"""Bits per second of the UART, until ABh asks for another."""


class OpenDocument(msgspec.Struct):
    """A document that was begun and not yet made."""

    kind: int  # "current document" of the status answer
    begun_by: int  # the command
    limit: int  # bytes of 07h data
    at: datetime | None = None  # of the beginning command
    ffd: int = 0  # registrations: version asked for
    registration_kind: int = 0  # 0, 1, 2 as in 02h
    tlv: bytearray = msgspec.field(default_factory=bytearray)
    said: dict[int, bytes] = msgspec.field(default_factory=dict)  # the requisites in ``tlv``, the last of each tag
    spoiled: bool = False  # more data than fits were offered: it can only be cancelled


class OfdReading(msgspec.Struct):
    """Transport state of 20h-26h."""

    connected: bool = False
    message: bytes | None = None  # being read
    waiting_fd: int = 0  # read to its end, the operator's answer is awaited; 0: none


class Session(msgspec.Struct):
    """What an FN forgets when its power goes."""

    document: OpenDocument | None = None
    ofd: OfdReading = msgspec.field(default_factory=OfdReading)
    cursor: list[bytes] = msgspec.field(default_factory=list)  # TLVs still to be read by 46h or 47h
    timer: tuple[datetime, datetime] | None = None  # time of the last document and the FN's own clock then


class FnCore:
    """State, memory and clock of one emulated FN. ``clock`` None: the FN believes the times of its documents."""

    def __init__(self, memory: FnMemory, clock: FnClock | None) -> None:
        self.memory = memory
        self.state: FnState = memory.state
        self.clock = clock
        self.session = Session()
        self.bits_per_s = POWER_ON_SPEED
        """Of its UART."""
        self.flags: tuple[int, datetime | None, int] = (-1, None, 0)
        """Warning flags as last worked out: the state's age and the minute they hold for, and the flags."""

    def now(self) -> datetime:
        """The FN's idea of now: its clock's, or what the open document says; never before its last document."""
        last = from_seconds(self.state.last_at)
        if self.clock is not None:
            return max(last, self.clock())
        document = self.session.document
        return last if document is None or document.at is None else max(last, document.at)

    def store(self, record: Record) -> None:
        """Write a record. Raises Refused 03h when the memory cannot take it."""
        try:
            self.memory.store(record)
        except OSError:
            raise Refused(AnswerCode.FN_FAILURE) from None

    def open_document(self, *begun_by: int) -> OpenDocument:
        """The open document. Raises Refused 02h when there is none or another command began it."""
        document = self.session.document
        if document is None or document.begun_by not in begun_by or document.spoiled:
            raise Refused(AnswerCode.WRONG_STATE)
        return document

    def require_idle(self, *phases: int) -> None:
        """Raises Refused 02h outside the phases given or while a document is open."""
        if self.state.phase not in phases or self.session.document is not None:
            raise Refused(AnswerCode.WRONG_STATE)
