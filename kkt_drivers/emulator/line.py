"""The line between a wire and an emulated FN: pieces of bytes in, deliveries out; faults and durations happen here.

No I/O and no clock: whoever carries the bytes (a TCP server, an in-process cable) honours delay and cut.
"""

import math

import msgspec

from kkt_drivers.emulator.faults import Fault, FaultRule, FaultSource
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.meter import Meter
from kkt_drivers.emulator.timing import TURBO, Timing
from kkt_drivers.fn.frame import Frame, FrameReader

_FRAME_OVERHEAD = 6


class Delivery(msgspec.Struct, frozen=True):
    """What goes back: ``data`` after ``delay_s`` seconds; with ``cut`` the wire ends at once, dead for ``gone_s``."""

    data: bytes = b""
    delay_s: float = 0.0
    cut: bool = False
    gone_s: float = 0.0


class FnLine:
    """One emulated FN at the end of a wire."""

    def __init__(self, fn: EmulatedFn, faults: FaultSource | None = None, timing: Timing = TURBO) -> None:
        self.fn = fn
        self.meter = Meter()
        """Of whoever carries the bytes: only he knows when an answer has left."""
        self._faults = faults or FaultSource()
        self._timing = timing
        self._instant = timing == TURBO
        self._reader = FrameReader()

    def reset(self) -> None:
        """A new connection, or a pause: an unfinished request is forgotten."""
        self._reader.reset()

    def receive(self, data: bytes) -> list[Delivery]:
        """Take bytes in any pieces. Broken frames and noise get no answer; nothing is done after a cut."""
        enquiries = self._reader.enquiries
        deliveries: list[Delivery] = []
        for request in self._reader.feed(data):
            delivery = self._deliver(request)
            if delivery.cut:
                self._reader.reset()
                return [*deliveries, delivery]
            if delivery.data:
                deliveries.append(delivery)
        if not deliveries and self._reader.enquiries > enquiries and not self._reader.pending:
            answer = self.fn.repeat()
            if answer:
                deliveries.append(Delivery(answer, self._timing.delay_s(0, len(answer) + 1)))
        return deliveries

    def _deliver(self, request: Frame) -> Delivery:
        rule = self._faults.meet(request.code)
        if rule is not None:
            return self._deliver_with(rule, request)
        answer = self.fn.execute(request)
        return Delivery(answer) if self._instant else Delivery(answer, self._delay_s(request, answer))

    def _deliver_with(self, rule: FaultRule, request: Frame) -> Delivery:
        match rule.do:
            case Fault.LOSE_REQUEST:
                return Delivery()
            case Fault.POWER_OFF_BEFORE_WRITE:  # all that was not written is volatile, so nothing need be run
                self.fn.power_cycle()
                return Delivery(cut=True)
            case Fault.UNPLUG:
                self.fn.power_cycle()
                return Delivery(cut=True, gone_s=rule.ms / 1000 if rule.ms else math.inf)
            case Fault.CRITICAL:
                self.fn.break_down()
            case Fault.FILL_UP:
                self.fn.fill_up()
            case _:
                pass
        answer = self.fn.refuse(rule.code) if rule.do is Fault.REFUSE else self.fn.execute(request)
        delay_s = self._delay_s(request, answer)
        match rule.do:
            case Fault.LOSE_ANSWER:
                return Delivery()
            case Fault.POWER_OFF_AFTER_WRITE:
                self.fn.power_cycle()
                return Delivery(cut=True)
            case Fault.GARBLE_ANSWER:
                return Delivery(self._garbled(answer), delay_s)
            case Fault.STALL:
                return Delivery(answer, delay_s + rule.ms / 1000)
            case Fault.ANSWER_TWICE:
                return Delivery(answer + answer, delay_s)
            case _:
                return Delivery(answer, delay_s)

    def _delay_s(self, request: Frame, answer: bytes) -> float:
        return self._timing.delay_s(request.code, len(request.data) + _FRAME_OVERHEAD + len(answer))

    def _garbled(self, answer: bytes) -> bytes:
        """One byte behind the length is wrong: the frame keeps its size and its CRC notices."""
        place = self._faults.random.randrange(3, len(answer))
        changed = answer[place] ^ self._faults.random.randrange(1, 256)
        return answer[:place] + bytes((changed,)) + answer[place + 1 :]
