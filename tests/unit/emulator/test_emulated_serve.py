"""Emulated devices behind real sockets and in processes of their own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kkt_drivers.emulator.faults import Fault, FaultPlan, FaultRule, FaultSource
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.memory import read_archive
from kkt_drivers.emulator.ofd import EmulatedOfd, read_ofd_archive
from kkt_drivers.emulator.ofd_faults import OfdFault, OfdFaultRule, OfdFaultSource
from kkt_drivers.emulator.serve import host_and_port, serve_fn, serve_ofd
from kkt_drivers.fn.frame import encode
from tests.unit.emulator.fn_desk import NUMBER, FnDesk
from tests.unit.emulator.test_emulated_exchange import header

STATUS = encode(0x30)


_OPEN: list[asyncio.StreamWriter] = []


async def connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A socket that is closed at the end of the test."""
    reader, writer = await asyncio.open_connection(*host_and_port(address))
    _OPEN.append(writer)
    return reader, writer


@pytest.fixture(autouse=True)
async def _hang_up() -> AsyncIterator[None]:
    yield
    while _OPEN:
        writer = _OPEN.pop()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


class Kkt:
    """A socket to an FN."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def plug_in(cls, address: str) -> "Kkt":
        return cls(*await connect(address))

    async def ask(self, code: int, data: bytes = b"") -> tuple[int, bytes]:
        self.writer.write(encode(code, data))
        head = await self.reader.readexactly(3)
        rest = await self.reader.readexactly(int.from_bytes(head[1:], "little") + 2)
        return rest[0] & 0x7F, rest[1:-2]


async def test_the_newest_connection_wins_and_finds_the_document_open() -> None:
    desk = FnDesk().ready()
    server = await serve_fn(FnLine(desk.fn), "tcp://127.0.0.1:0")
    older = await Kkt.plug_in(server.address)
    assert (await older.ask(0x15, desk.moment))[0] == 0
    older.writer.write(STATUS[:3])
    newer = await Kkt.plug_in(server.address)
    assert (await newer.ask(0x30))[1][1] == 0x04
    assert await older.reader.read() == b""
    await server.close()


async def test_the_real_address_is_announced_once_it_can_be_reached() -> None:
    told: list[str] = []
    server = await serve_fn(FnLine(FnDesk().fn), "tcp://127.0.0.1:0", told.append)
    assert told == [server.address]
    assert host_and_port(told[0])[1] > 0
    assert (await (await Kkt.plug_in(told[0])).ask(0x31))[1] == NUMBER.encode()
    await server.close()
    with pytest.raises(ConnectionError):
        await Kkt.plug_in(told[0])


async def test_an_unplugged_fn_hangs_up_and_stays_away() -> None:
    faults = FaultSource(FaultPlan((FaultRule("30h", Fault.UNPLUG),)))
    server = await serve_fn(FnLine(FnDesk().fn, faults), "tcp://127.0.0.1:0")
    for _ in range(2):
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await (await Kkt.plug_in(server.address)).ask(0x30)
    await server.close()


async def test_answers_that_are_late_keep_their_order() -> None:
    faults = FaultSource(FaultPlan((FaultRule("31h", Fault.STALL, ms=20),)))
    server = await serve_fn(FnLine(FnDesk().fn, faults), "tcp://127.0.0.1:0")
    kkt = await Kkt.plug_in(server.address)
    kkt.writer.write(encode(0x31))
    assert (await kkt.ask(0x33))[1] == NUMBER.encode()
    await server.close()


async def test_the_operator_takes_messages_in_pieces_and_on_many_connections() -> None:
    desk = FnDesk().ready()
    message = desk.read_message()
    whole = header(len(message)) + message
    server = await serve_ofd(EmulatedOfd(utc_seconds=lambda: 1_768_480_200), "tcp://127.0.0.1:0")

    async def deliver(cut: int) -> bytes:
        reader, writer = await connect(server.address)
        writer.write(whole[:cut])
        await writer.drain()
        writer.write(whole[cut:])
        size = int.from_bytes((await reader.readexactly(30))[24:26], "little")
        body = await reader.readexactly(size)
        writer.close()
        return body

    answers = await asyncio.gather(*(deliver(cut) for cut in range(0, len(whole), 10)))
    assert len(set(answers)) == 1
    assert desk.do(0x26, answers[0]) == b"\x00"
    await server.close()


async def test_an_operator_who_is_away_hangs_up_on_everybody_and_comes_back() -> None:
    desk, now = FnDesk().ready(), [1_768_480_200.0]
    message = desk.read_message()
    faults = OfdFaultSource((OfdFaultRule(1, OfdFault.UNREACHABLE, hours=72),))
    server = await serve_ofd(EmulatedOfd(faults=faults, utc_seconds=lambda: now[0]), "tcp://127.0.0.1:0")
    for hours, answers in ((0, False), (71, False), (72, True)):
        now[0] = 1_768_480_200.0 + hours * 3600
        reader, writer = await connect(server.address)
        writer.write(header(len(message)) + message)
        try:
            got = await reader.readexactly(30)
        except (ConnectionError, asyncio.IncompleteReadError):
            got = b""
        assert bool(got) is answers
        writer.close()
    await server.close()


async def test_the_operator_hangs_up_on_strangers() -> None:
    server = await serve_ofd(EmulatedOfd(), "tcp://127.0.0.1:0")
    reader, writer = await connect(server.address)
    writer.write(b"GET / HTTP/1.1\r\nHost: operator.example\r\n\r\n")
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    await server.close()


@pytest.mark.parametrize("address", ["udp://127.0.0.1:1", "tcp://127.0.0.1", "127.0.0.1:1"])
def test_a_wrong_address_is_an_error(address: str) -> None:
    with pytest.raises(ValueError, match="tcp://HOST:PORT"):
        host_and_port(address)


class Processes:
    """Emulators started from the command line; whatever is left at the end is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> tuple[subprocess.Popen[str], str]:
        announce = self._folder / f"address-{len(self._running)}"
        command = [sys.executable, "-m", "kkt_drivers.emulator.cli", *arguments, "--announce", str(announce)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._running.append(process)
        assert process.stdout is not None
        process.stdout.readline()  # comes when the device listens and its address stands in the file
        return process, announce.read_text().strip()

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    started = Processes(tmp_path)
    yield started
    started.end()


async def test_a_killed_process_has_written_every_document_it_answered(tmp_path: Path, processes: Processes) -> None:
    memory = tmp_path / "fn"
    arguments = ("fn", "--memory", str(memory), "--number", NUMBER, "--ffd", "1.05")
    process, address = processes.start(*arguments)
    desk, kkt = FnDesk(), await Kkt.plug_in(address)
    await kkt.ask(0x02)
    await kkt.ask(0x07, bytes.fromhex("F5030C00303030303030303030303032"))
    assert (await kkt.ask(0x03, desk.registration_arguments()))[0] == 0
    await kkt.ask(0x11, desk.moment)
    assert (await kkt.ask(0x12))[0] == 0
    for number in range(1, 21):
        await kkt.ask(0x15, desk.moment)
        code, answer = await kkt.ask(0x16, desk.moment + b"\x01" + number.to_bytes(5, "little"))
        assert (code, answer[:2]) == (0, number.to_bytes(2, "little"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [entry.total_kopecks for entry in read_archive(memory)[2:]] == list(range(1, 21))
    _, address = processes.start(*arguments)
    kkt = await Kkt.plug_in(address)
    assert (await kkt.ask(0x10))[1] == bytes.fromhex("01 0100 1400")


async def test_processes_end_cleanly_on_sigterm_and_sigint(tmp_path: Path, processes: Processes) -> None:
    fn, fn_address = processes.start("fn", "--memory", str(tmp_path / "fn"), "--number", NUMBER, "--uart")
    ofd, ofd_address = processes.start("ofd", "--archive", str(tmp_path / "ofd"))
    assert (await (await Kkt.plug_in(fn_address)).ask(0x31))[1] == NUMBER.encode()
    desk = FnDesk().ready()
    message = desk.read_message()
    reader, writer = await connect(ofd_address)
    writer.write(header(len(message)) + message)
    await reader.readexactly(30)
    os.kill(fn.pid, signal.SIGTERM)
    os.kill(ofd.pid, signal.SIGINT)
    assert (fn.wait(), ofd.wait()) == (0, 0)
    assert [document.container for document in read_ofd_archive(tmp_path / "ofd")] == [message]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--number", "8710000101000000"], "9999"),
        (["--pty", "/nonexistent/tty"], "nonexistent"),
        (["--memory", "/nonexistent/fn"], "nonexistent"),
        (["--listen", "tcp://127.0.0.1:99999"], "range"),
    ],
)
def test_a_wrong_option_is_explained(options: list[str], word: str) -> None:
    command = [sys.executable, "-m", "kkt_drivers.emulator.cli", "fn", *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert word in ended.stderr
    assert "Traceback" not in ended.stderr
