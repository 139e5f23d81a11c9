"""Processor time of one receipt on our side: driver, exchange, frames, wire. The FN is turbo, its own work set apart.

python -m benchmarks.bench_fn [--smoke] [--keep] [--machine NAME]

A receipt of five lines takes three commands: begin, one portion of data, finish.
"""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import uvloop

from accounting.receipts.codes import FfdVersion
from benchmarks.fn_process import FN_NUMBER
from benchmarks.harness import Step, main, repeated
from benchmarks.receipts import order
from kkt_drivers.emulator.cable import FnSocketOnCable
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.fn.driver import FnKkt
from kkt_drivers.fn.frame import FrameReader, encode
from kkt_drivers.kkt import Registration
from kkt_drivers.transport.base import Transport
from kkt_drivers.transport.pipe import Pipe, PipePeer
from kkt_drivers.transport.tcp import TcpTransport

TARGET_US = 150.0
_MOSCOW = timezone(timedelta(hours=3))
_NOON = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_COUNT = 100
_ROOT = Path(__file__).parents[1]


class ReadyAnswers:
    """An FN that does nothing: every command gets the answer made for it beforehand."""

    def __init__(self) -> None:
        status = bytes((3, 0, 0, 1, 0, 26, 11, 2, 12, 0)) + FN_NUMBER.encode() + bytes((1, 0, 0, 0))
        self._answers = {
            0x30: encode(0, status),
            0x31: encode(0, FN_NUMBER.encode()),
            0x33: encode(0, b"emulated FN 1.0 \x00"),
            0x3A: encode(0, b"\x04\x04"),
            0x10: encode(0, bytes((1, 1, 0, 0, 0))),
            0x16: encode(0, bytes((1, 0, 2, 0, 0, 0, 1, 2, 3, 4))),
        }
        self._done = encode(0)

    def answer(self, request: bytes) -> bytes:
        return self._answers.get(request[3], self._done)

    async def serve(self, peer: PipePeer) -> None:
        while True:
            peer.write(self.answer(await peer.read()))


class NoWire:
    """A ``Transport`` that has the answer before ``write`` returns."""

    address = "none://"

    def __init__(self) -> None:
        self._answers = ReadyAnswers()
        self._waiting = b""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def write(self, data: bytes) -> None:
        self._waiting = self._answers.answer(data)

    async def read(self, timeout_s: float) -> bytes:
        return self._waiting

    def discard_input(self) -> None:
        self._waiting = b""


def _receipts(loop: asyncio.AbstractEventLoop, wire: Transport, *, fresh: bool) -> Callable[[int], object]:
    """A step's ``run``; a ``fresh`` FN is registered and its shift opened first."""
    kkt = FnKkt(wire, timezone=_MOSCOW)
    sample = order()

    async def ready() -> None:
        await kkt.register(_registration(), _NOON)
        await kkt.open_shift(_NOON, sample.cashier)

    async def register(count: int) -> object:
        document: object = None
        for _ in range(count):
            document = await kkt.register_receipt(sample, _NOON)
        return document

    if fresh:
        loop.run_until_complete(ready())
    return lambda count: loop.run_until_complete(register(count))


def _registration() -> Registration:
    return Registration(
        user_inn="7702203276",
        user_name="ООО Водоканал",
        kkt_registration_number="0000000005008570",
        kkt_serial_number="000000000002",
        taxation_systems=1,
        ffd=FfdVersion.FFD_1_2,
        address="111141, г. Москва, ул. Кусковская, д. 20А",
        place="https://water.example",
        cashier="Сервер",
        ofd_inn="7700000000",
        ofd_name="Emulated operator",
        sender_email="receipts@water.example",
    )


def _frame() -> bytes:
    """A request with a receipt's data made, and as much read back."""
    (frame,) = FrameReader().feed(encode(0x07, bytes(700)))
    return frame.data


@contextmanager
def _fn_elsewhere() -> Iterator[TcpTransport]:
    command = [sys.executable, "-m", "benchmarks.fn_process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as child:
        assert child.stdout is not None
        host, _, port = child.stdout.readline().strip().removeprefix("tcp://").rpartition(":")
        try:
            yield TcpTransport(host, int(port))
        finally:
            assert child.stdin is not None
            child.stdin.close()  # its end


@contextmanager
def steps() -> Iterator[list[Step]]:
    loop = uvloop.new_event_loop()
    fn = EmulatedFn(FnParameters(number=FN_NUMBER, ffd=4, capacity_documents=250_000))
    with _fn_elsewhere() as tcp:
        ready, pipe = Pipe(ReadyAnswers().serve), Pipe(FnSocketOnCable(FnLine(fn)).serve)
        by_tcp = _receipts(loop, tcp, fresh=True)
        try:
            yield [
                Step("frame of 700 bytes, made and read", repeated(_frame), 200, cpu=True),
                Step("receipt, no wire", _receipts(loop, NoWire(), fresh=False), _COUNT, None, TARGET_US, cpu=True),
                Step("receipt, pipe, answers ready made", _receipts(loop, ready, fresh=False), _COUNT, None, TARGET_US,
                     cpu=True),
                Step("receipt, TCP, FN in another process", by_tcp, _COUNT, None, TARGET_US, cpu=True),
                Step("the same, time that passes", by_tcp, _COUNT),
                Step("receipt, pipe, with the emulated FN's work", _receipts(loop, pipe, fresh=True), _COUNT, cpu=True),
            ]  # fmt: skip
        finally:
            for wire in (tcp, ready, pipe):
                loop.run_until_complete(wire.close())
            fn.close()
            loop.close()


if __name__ == "__main__":
    sys.exit(main("bench_fn", steps))
