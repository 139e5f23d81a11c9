"""A KKT of a few lines for tests: raw commands to an emulated FN, with a virtual clock and no driver in between."""

from datetime import datetime, timedelta
from pathlib import Path

from kkt_drivers.emulator.container import Confirmation, open_message, seal_confirmation
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.moment import pack_moment
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.requisites import byte, requisite, text, vln
from kkt_drivers.fn.frame import encode

NUMBER = "9999078900005488"
INN = "7702203276"
SERIAL = "000000000002"
RNM = "0000000005008570"  # the verified example of FN protocol 14
START = datetime(2026, 1, 15, 12, 30)  # noqa: DTZ001

ITEM = requisite(1059, requisite(1030, b"water") + vln(1079, 20_000) + vln(1043, 20_000))


class FnDesk:
    """One emulated FN and the wall clock beside it."""

    def __init__(self, path: Path | None = None, *, ffd: int = 2, watch_clock: bool = False, **parameters: int) -> None:
        self.now = START
        self.ffd = ffd
        self.path = path
        self._clock = (lambda: self.now) if watch_clock else None
        self._parameters = FnParameters(number=NUMBER, ffd=ffd, **parameters)
        self.fn = EmulatedFn(self._parameters, path, self._clock)

    def wake(self) -> None:
        """Let the process die and start another on the same file."""
        self.fn.close()
        self.fn = EmulatedFn(self._parameters, self.path, self._clock)

    @property
    def moment(self) -> bytes:
        return pack_moment(self.now)

    def pass_time(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def ask(self, code: int, data: bytes = b"") -> tuple[int, bytes]:
        """Answer code without the warning bit, and data."""
        answer = self.fn.answer(encode(code, data))
        return answer[3] & 0x7F, answer[4:-2]

    def code(self, code: int, data: bytes = b"") -> int:
        return self.ask(code, data)[0]

    def do(self, code: int, data: bytes = b"") -> bytes:
        """Data of an answer that must be a success."""
        answer, found = self.ask(code, data)
        assert answer == 0, f"{code:02X}h answered {answer:02X}h {found.hex()}"
        return found

    @property
    def flags(self) -> int:
        return self.do(0x30)[4]

    @property
    def phase(self) -> int:
        return self.do(0x30)[0]

    @property
    def last_fd(self) -> int:
        return int.from_bytes(self.do(0x30)[-4:], "little")

    def receipt_code(self) -> int:
        """Answer code of a receipt; a refused one stays open."""
        self.begin_receipt()
        return self.finish_receipt()[0]

    def registration_arguments(self, mode: int = 0x28, rnm: str = RNM) -> bytes:
        common = self.moment + INN.encode().ljust(12) + rnm.encode().ljust(20) + bytes((1, mode))
        return common if self.ffd == 2 else common + b"\x00" + b"7700000000  "

    def register(self, mode: int = 0x28) -> bytes:
        if self.ffd == 2:
            self.do(0x02, b"\x00")
        else:
            self.do(0xA2, bytes((0, self.ffd)))
        self.do(0x07, text(1013, SERIAL, 20) + requisite(1048, b"user"))
        return self.do(0x03 if self.ffd == 2 else 0xA3, self.registration_arguments(mode))

    def open_shift(self) -> bytes:
        self.do(0x11, self.moment)
        self.do(0x07, requisite(1021, b"cashier"))
        return self.do(0x12)

    def close_shift(self) -> bytes:
        self.do(0x13, self.moment)
        return self.do(0x14)

    def begin_receipt(self, data: bytes = b"", command: int = 0x15) -> None:
        self.do(command, self.moment)
        self.do(0x07, data or ITEM + vln(1081, 20_000) + byte(1055, 1))

    def finish_receipt(self, total: int = 20_000, sign: int = 1) -> tuple[int, bytes]:
        return self.ask(0x16, self.moment + bytes((sign,)) + total.to_bytes(5, "little"))

    def receipt(self, total: int = 20_000, sign: int = 1) -> bytes:
        self.begin_receipt(ITEM + vln(1081, total) + byte(1055, 1))
        code, data = self.finish_receipt(total, sign)
        assert code == 0, f"16h answered {code:02X}h"
        return data

    def settle(self) -> bytes:
        self.do(0x18, self.moment)
        return self.do(0x19)

    def close_fn(self) -> bytes:
        self.do(0x04)
        return self.do(0x05, self.moment + RNM.encode().ljust(20))

    def ready(self) -> "FnDesk":
        """Registered, with an open shift."""
        self.register()
        self.open_shift()
        return self

    def read_message(self) -> bytes:
        self.do(0x21, b"\x01")
        size = int.from_bytes(self.do(0x22), "little")
        message = b""
        while len(message) < size:
            message += self.do(0x23, len(message).to_bytes(2, "little") + (1024).to_bytes(2, "little"))
        self.do(0x25)
        return message

    def confirmation(self, message: bytes, code: int = 0) -> bytes:
        sent = open_message(message)
        answer = Confirmation(sent.fn_number, sent.fd_number, 1_768_480_200, code, ofd_inn="7700000000")
        return seal_confirmation(answer, sent.sign)

    def confirm_all(self) -> None:
        while self.ask(0x20)[1][2:4] not in (b"", b"\x00\x00"):
            self.do(0x26, self.confirmation(self.read_message()))
            self.do(0x21, b"\x00")

    def read_whole(self, fd_number: int) -> tuple[int, list[bytes]]:
        """Form and TLVs by 45h and 46h."""
        head = self.do(0x45, fd_number.to_bytes(4, "little"))
        found: list[bytes] = []
        while True:
            code, data = self.ask(0x46)
            if code == 0x08:
                assert sum(map(len, found)) == int.from_bytes(head[2:4], "little")
                return int.from_bytes(head[:2], "little"), found
            found.append(data)


def tags(found: list[bytes]) -> list[int]:
    """Tag numbers of TLVs."""
    return [int.from_bytes(item[:2], "little") for item in found]
