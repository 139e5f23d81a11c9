"""Emulated devices from the command line: ``fn`` and ``ofd``, each in a process of its own until SIGTERM or SIGINT."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Protocol

import msgspec
import typer

from kkt_drivers.emulator.core import FnClock
from kkt_drivers.emulator.faults import FaultSource, parse_plan
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.log_file import LogDamaged, LogInUse
from kkt_drivers.emulator.memory import NotAnFnMemory
from kkt_drivers.emulator.ofd import EmulatedOfd
from kkt_drivers.emulator.ofd_faults import OfdFaultSource, parse_ofd_plan
from kkt_drivers.emulator.pty import FnPort
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.serve import host_and_port, serve_fn, serve_ofd
from kkt_drivers.emulator.timing import TURBO, UART

app = typer.Typer(no_args_is_help=True, help="Emulated devices for tests and demonstrations; never real ones.")


class Ffd(StrEnum):
    """Versions as people write them."""

    V1_05 = "1.05"
    V1_1 = "1.1"
    V1_2 = "1.2"


class ClockKind(StrEnum):
    """Whose time an emulated FN believes."""

    FOLLOW = "follow"
    SYSTEM = "system"


_FFD_CODES = {Ffd.V1_05: 2, Ffd.V1_1: 3, Ffd.V1_2: 4}

Listen = Annotated[str, typer.Option(help="tcp://HOST:PORT; port 0 is any free one")]
AnnounceFile = Annotated[Path | None, typer.Option(help="write the real address here once somebody can connect")]
Faults = Annotated[Path | None, typer.Option(help="fault plan, JSON")]


@app.command()
def fn(
    listen: Listen = "tcp://127.0.0.1:0",
    memory: Annotated[Path | None, typer.Option(help="memory file; without it all is forgotten at the end")] = None,
    number: Annotated[str, typer.Option(help="16 digits, the first four 9999")] = "9999000000000001",
    ffd: Annotated[Ffd, typer.Option(help="highest FFD version the FN supports")] = Ffd.V1_2,
    capacity: Annotated[int, typer.Option(help="documents that fit")] = 250_000,
    term_days: Annotated[int, typer.Option(help="days the keys are good for, from the registration")] = 470,
    message_area_kib: Annotated[int, typer.Option(help="room for unsent documents, KiB")] = 32_768,
    faults: Faults = None,
    turbo: Annotated[bool, typer.Option("--turbo/--uart", help="answer at once, or as slowly as a real one")] = True,
    clock: Annotated[
        ClockKind, typer.Option(help="follow: believe the times of documents; system: watch the KKT's clock")
    ] = ClockKind.FOLLOW,
    utc_offset_minutes: Annotated[int, typer.Option(help="zone of the point of sale, for --clock system")] = 180,
    announce: AnnounceFile = None,
    pty: Annotated[Path | None, typer.Option(help="be a serial port with this path, instead of TCP")] = None,
) -> None:
    """Serve one emulated FN. An existing memory file keeps its own capacity, term and FFD."""
    try:
        host_and_port(listen)
        parameters = FnParameters(
            number=number,
            ffd=_FFD_CODES[ffd],
            capacity_documents=capacity,
            term_days=term_days,
            message_area_kib=message_area_kib,
        )
        plan = parse_plan(faults.read_bytes()) if faults else None
        time = system_clock(utc_offset_minutes) if clock is ClockKind.SYSTEM else None
        device = EmulatedFn(parameters, memory, time)
    except (OSError, ValueError, msgspec.MsgspecError, NotAnFnMemory, LogInUse, LogDamaged) as error:
        raise typer.BadParameter(str(error)) from None
    line = FnLine(device, FaultSource(plan), TURBO if turbo else UART)
    announcer = _announcer(announce)

    async def start() -> Server:
        if pty is None:
            return await serve_fn(line, listen, announcer)
        port = FnPort(line, pty)
        announcer(port.address)
        return port

    try:
        _run(start)
    finally:
        device.close()


@app.command()
def ofd(
    listen: Listen = "tcp://127.0.0.1:0",
    archive: Annotated[Path | None, typer.Option(help="file of accepted documents")] = None,
    inn: Annotated[str, typer.Option(help="the operator's INN")] = "7700000000",
    faults: Faults = None,
    announce: AnnounceFile = None,
) -> None:
    """Serve an emulated operator (OFD) that confirms what emulated FNs send."""
    try:
        host_and_port(listen)
        script = parse_ofd_plan(faults.read_bytes()) if faults else ()
        operator = EmulatedOfd(archive, inn, OfdFaultSource(script))
    except (OSError, ValueError, msgspec.MsgspecError, LogInUse, LogDamaged) as error:
        raise typer.BadParameter(str(error)) from None
    try:
        _run(lambda: serve_ofd(operator, listen, _announcer(announce)))
    finally:
        operator.close()


def system_clock(utc_offset_minutes: int) -> FnClock:
    """Local time of a point of sale by this computer's clock."""
    offset = timedelta(minutes=utc_offset_minutes)
    return lambda: datetime.now(UTC).replace(tzinfo=None) + offset


def _announcer(path: Path | None) -> Callable[[str], None]:
    def announce(address: str) -> None:
        if path is not None:
            unfinished = path.with_name(f"{path.name}.{os.getpid()}")
            unfinished.write_text(address + "\n", encoding="ascii")
            unfinished.replace(path)  # a reader sees the whole address or no file
        typer.echo(f"emulated device listens on {address}")
        sys.stdout.flush()

    return announce


class Server(Protocol):
    """An emulated device that somebody can reach until it is closed."""

    async def close(self) -> None: ...


def _run(start: Callable[[], Awaitable[Server]]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(_serve_until_signal(start))


async def _serve_until_signal(start: Callable[[], Awaitable[Server]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        server = await start()
    except OSError as error:  # the port is taken, the path cannot be made
        raise typer.BadParameter(str(error)) from None
    await stop.wait()
    await server.close()


if __name__ == "__main__":
    app()
