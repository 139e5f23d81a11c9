"""An emulated fiscal storage unit: bytes of a request in, bytes of the answer out. FN protocol; no I/O but its memory.

It is a stand-in for tests and demonstrations and says so wherever it can: its number starts with 9999, its firmware is
called "emulated FN", and its signs are toys.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from kkt_drivers.emulator import (
    archive,
    exchange_with_ofd,
    receipt_documents,
    registration,
    service_commands,
    shift_documents,
)
from kkt_drivers.emulator.answers import AnswerCode, Refused
from kkt_drivers.emulator.core import POWER_ON_SPEED, FnClock, FnCore, Session
from kkt_drivers.emulator.limits import CRITICAL, RESERVED_DOCUMENTS, warnings
from kkt_drivers.emulator.memory import FnMemory
from kkt_drivers.emulator.records import BreakdownRecord, FilledRecord, FnParameters
from kkt_drivers.fn.frame import Frame, FrameReader, encode

_WARNING_BIT = 0x80
_ANY = frozenset(range(1025))


class Command(msgspec.Struct, frozen=True):
    """A command and the data lengths that it takes; any other is answered 01h."""

    run: Callable[[FnCore, bytes], bytes]
    lengths: frozenset[int]


def _command(run: Callable[[FnCore, bytes], bytes], *lengths: int) -> Command:
    return Command(run, frozenset(lengths) if lengths else _ANY)


COMMANDS: dict[int, Command] = {
    0x02: _command(registration.begin_base, 0, 1),
    0x03: _command(registration.finish_base, 39, 40),
    0x04: _command(shift_documents.begin_fn_closing, 0),
    0x05: _command(shift_documents.finish_fn_closing, 25),
    0x06: _command(receipt_documents.cancel, 0),
    0x07: _command(receipt_documents.pass_data),
    0x10: _command(service_commands.shift_state, 0),
    0x11: _command(shift_documents.begin_shift_opening, 5),
    0x12: _command(shift_documents.finish_shift_opening, 0),
    0x13: _command(shift_documents.begin_shift_closing, 5),
    0x14: _command(shift_documents.finish_shift_closing, 0),
    0x15: _command(receipt_documents.begin_receipt, 5),
    0x16: _command(receipt_documents.finish_receipt, 11),
    0x17: _command(receipt_documents.begin_correction, 5),
    0x18: _command(shift_documents.begin_settlements_report, 5),
    0x19: _command(shift_documents.finish_settlements_report, 0),
    0x20: _command(exchange_with_ofd.exchange_status, 0),
    0x21: _command(exchange_with_ofd.connection, 1, 2, 3, 4),
    0x22: _command(exchange_with_ofd.begin_reading, 0),
    0x23: _command(exchange_with_ofd.read_block, 4),
    0x24: _command(exchange_with_ofd.cancel_reading, 0),
    0x25: _command(exchange_with_ofd.finish_reading, 0),
    0x26: _command(exchange_with_ofd.accept_confirmation),
    0x30: _command(service_commands.status, 0),
    0x31: _command(service_commands.fn_number, 0),
    0x32: _command(service_commands.validity, 0),
    0x33: _command(service_commands.version, 0),
    0x35: _command(service_commands.diagnostics, 0),
    0x36: _command(service_commands.counters, 1),
    0x37: _command(service_commands.operation_counters, 1),
    0x39: _command(service_commands.unsent_counters, 0),
    0x3A: _command(service_commands.ffd_version, 0),
    0x3B: _command(service_commands.days_left, 5),
    0x3D: _command(service_commands.free_space, 0),
    0x3F: _command(service_commands.build, 0),
    0x40: _command(archive.find_document, 4),
    0x41: _command(archive.find_confirmation, 4),
    0x42: _command(archive.count_unconfirmed, 0),
    0x43: _command(archive.registration_result, 0, 1),
    0x44: _command(archive.registration_requisite, 2, 3),
    0x45: _command(archive.begin_reading, 4),
    0x46: _command(archive.next_requisite, 0),
    0x47: _command(archive.next_requisite, 0),
    0x60: _command(service_commands.reset, 1),
    0xA2: _command(registration.begin_extended, 2),
    0xA3: _command(registration.finish_extended, 52, 56),
    0xA7: _command(service_commands.data_sizes, 0),
    0xAB: _command(service_commands.change_speed, 4),
}

_WORK_WHEN_BROKEN = frozenset({0x30, 0x31, 0x32, 0x33, 0x35, *range(0x40, 0x48)})


class EmulatedFn:
    """One FN. Not for concurrent use; a second one on the same memory file raises LogInUse."""

    def __init__(
        self, parameters: FnParameters, memory: str | Path | None = None, clock: FnClock | None = None
    ) -> None:
        """``memory``: its file (None: nothing outlives the object; an existing file's own parameters win).

        ``clock``: the FN's timer as local time of the point of sale; None lets it believe the times of its documents,
        so that tests may run through months.
        """
        self.core = FnCore(FnMemory(memory, parameters), clock)
        self._last_answer = b""

    @property
    def number(self) -> str:
        return self.core.state.parameters.number

    @property
    def bits_per_s(self) -> int:
        """Speed of its UART: a bridge or port set to another hears nothing."""
        return self.core.bits_per_s

    def answer(self, request: bytes) -> bytes:
        """The answer to the bytes of one request (or to a lone ENQ); empty when a real FN would stay silent."""
        reader = FrameReader()
        frames = reader.feed(request)
        if frames:
            return self.execute(frames[-1])
        return self.repeat() if reader.enquiries and not reader.pending and not reader.broken else b""

    def execute(self, request: Frame) -> bytes:
        """The answer frame to one command; whatever it makes is in the memory file before this returns."""
        try:
            return self._answer(AnswerCode.OK, self._run(request))
        except Refused as refused:
            return self._answer(refused.code, refused.extra)

    def refuse(self, code: int) -> bytes:
        """The answer frame of this code to a command that is not looked at."""
        return self._answer(code)

    def _answer(self, code: int, data: bytes = b"") -> bytes:
        flags = warnings(self.core)
        self._last_answer = encode(code | _WARNING_BIT if flags else code, data)
        return self._last_answer

    def _run(self, request: Frame) -> bytes:
        command = COMMANDS.get(request.code)
        if command is None or len(request.data) not in command.lengths:
            raise Refused(AnswerCode.BAD_FORMAT)
        if self.core.state.broken and request.code not in _WORK_WHEN_BROKEN:
            raise Refused(AnswerCode.FN_FAILURE)
        return command.run(self.core, request.data)

    def repeat(self) -> bytes:
        """What ENQ gives: the previous answer once more; empty before the first."""
        return self._last_answer

    def power_cycle(self) -> None:
        """Forget what a real FN forgets without power."""
        self.core.session = Session()
        self.core.bits_per_s = POWER_ON_SPEED
        self._last_answer = b""

    def break_down(self) -> None:
        """Break for good: the critical flag, and 03h to everything that is not reading."""
        if not warnings(self.core) & CRITICAL:
            self.core.memory.store(BreakdownRecord())
        self.core.session = Session()

    def fill_up(self) -> None:
        """Fill the archive for good: only the documents that end an FN's life still fit."""
        room = self.core.state.last_fd + RESERVED_DOCUMENTS
        if room < self.core.state.capacity_documents:
            self.core.memory.store(FilledRecord(room))

    def close(self) -> None:
        """Let the memory file go."""
        self.core.memory.close()
