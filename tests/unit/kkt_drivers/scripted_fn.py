"""A peer for frame-level tests: answers each command code from a table, and ENQ with its last answer."""

from collections.abc import Callable
from datetime import date

from kkt_drivers.fn.frame import FrameReader, encode
from kkt_drivers.transport.pipe import Direction, PipePeer

FN_NUMBER = "9999078900005488"
RECEIPT_SIGNED = bytes((1, 0)) + (164).to_bytes(4, "little") + (776727275).to_bytes(4, "little")

Answer = tuple[int, bytes]


def status(open_document: int = 0, shift_open: bool = True) -> bytes:
    head = bytes((3, open_document, 0, shift_open, 0, 26, 1, 15, 12, 30))
    return head + FN_NUMBER.encode() + (163).to_bytes(4, "little")


class ScriptedFn:
    """``answers`` may be changed by the test; ``asked`` lists what came, ENQ as 05h with no data."""

    def __init__(self) -> None:
        self.answers: dict[int, Answer | list[Answer]] = {
            0x30: (0, status()),
            0x31: (0, FN_NUMBER.encode()),
            0x33: (0, b"fn 1.2          \x00"),
            0x3A: (0, b"\x04\x04"),
            0x10: (0, bytes((1, 7, 0, 0, 0))),
            0x06: (0, b""),
            0x07: (0, b""),
            0x15: (0, b""),
            0x16: (0, RECEIPT_SIGNED),
        }
        self.asked: list[tuple[str, bytes]] = []
        self._last = b""

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.asked]

    async def serve(self, peer: PipePeer) -> None:
        reader = FrameReader()
        while True:
            data = await peer.read()
            enquiries = reader.enquiries
            for frame in reader.feed(data):
                self.asked.append((f"{frame.code:02X}", frame.data))
                self._last = encode(*self._answer(frame.code))
                peer.write(self._last)
            if reader.enquiries > enquiries:
                self.asked.append(("ENQ", b""))
                peer.write(self._last)

    def _answer(self, code: int) -> Answer:
        answer = self.answers.get(code, (1, b""))
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer


class Faults:
    """What the cable does to the next bytes of a direction; whole when nothing is planned."""

    def __init__(self) -> None:
        self._plans: list[tuple[Direction, Callable[[bytes], bool], Callable[[bytes], list[bytes]]]] = []

    def once(self, direction: Direction, code: int, change: Callable[[bytes], list[bytes]]) -> None:
        """For the next frame with this code byte; code -1: for the next bytes whatever they are."""
        self._plans.append((direction, lambda data: code == -1 or (len(data) > 3 and data[3] == code), change))

    def once_after(self, code: int, change: Callable[[bytes], list[bytes]]) -> None:
        """For the answer to the next command with this code."""

        def arm(data: bytes) -> list[bytes]:
            self.once("answer", -1, change)
            return [data]

        self.once("request", code, arm)

    def __call__(self, direction: Direction, data: bytes) -> list[bytes]:
        for plan in self._plans:
            if plan[0] == direction and plan[1](data):
                self._plans.remove(plan)
                return plan[2](data)
        return [data]


def lost(data: bytes) -> list[bytes]:
    return []


def garbled(data: bytes) -> list[bytes]:
    return [data[:-1] + bytes((data[-1] ^ 0x55,))]


def split(data: bytes) -> list[bytes]:
    return [data[:2], data[2:5], data[5:]]


def noisy(data: bytes) -> list[bytes]:
    return [b"\xff\x00" + data]


TERM = (0, bytes((27, 6, 30, 11, 1)))
VALID_UNTIL = date(2027, 6, 30)
