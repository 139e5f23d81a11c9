"""``fiscal-server devices``: what is plugged in, and which of it is an FN."""

import asyncio
import sys
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from fiscal_server.commands.context import fail
from kkt_drivers.address import parse_timezone
from kkt_drivers.devices import (
    DeviceList,
    FoundDevice,
    Probe,
    ProbedDevice,
    address_with_timezone,
    find_devices,
    probe,
    watch,
)

_WIDTH_OF_A_FILE = 400


class DevicesReport(msgspec.Struct, frozen=True):
    """What ``--json`` prints; ``addresses`` of the settings, in the order of ``devices``."""

    addresses: tuple[str, ...]
    devices: tuple[ProbedDevice, ...]
    notes: tuple[str, ...]


def devices(
    port: Annotated[list[str] | None, typer.Option(help="look at this serial port too, such as a PTY")] = None,
    ask: Annotated[bool, typer.Option("--probe/--no-probe", help="ask each for an FN (30h), or only list")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object; with --watch one a line")] = False,
    follow: Annotated[bool, typer.Option("--watch", help="go on, and print what is plugged in and pulled out")] = False,
    every: Annotated[float, typer.Option(help="seconds between two looks of --watch", min=0.1)] = 2.0,
    timeout_ms: Annotated[int, typer.Option(help="how long a device may take to answer", min=10)] = 1000,
    timezone: Annotated[str, typer.Option(help="of the point of sale, for the addresses printed")] = "Europe/Moscow",
) -> None:
    """List serial ports and USB bridges that may hold an FN. What somebody uses is left alone and said to be in use."""
    try:
        parse_timezone(timezone)
    except ValueError as error:
        fail(str(error))
    look = _Look(tuple(port or ()), ask, timeout_ms / 1000, timezone)
    try:
        if follow:
            asyncio.run(_follow(look, every, as_json))
        else:
            _show(asyncio.run(look.report()), as_json)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except TimeoutError:
        fail("the list of devices does not come: a driver of the system hangs", 1)


class _Look:
    """How to look, as the options say."""

    def __init__(self, ports: tuple[str, ...], ask: bool, timeout_s: float, timezone: str) -> None:
        self._ports = ports
        self._ask = ask
        self._timeout_s = timeout_s
        self.timezone = timezone

    async def found(self) -> DeviceList:
        return await find_devices(self._ports)

    async def at(self, device: FoundDevice) -> ProbedDevice:
        if not self._ask:
            return ProbedDevice(device, Probe.NOT_ASKED)
        return await probe(device, timeout_s=self._timeout_s)

    async def report(self) -> DevicesReport:
        found = await self.found()
        # Together: each has its own wire, and a silent one costs its whole timeout.
        probed = await asyncio.gather(*(self.at(device) for device in found.devices))
        addresses = tuple(address_with_timezone(device.address, self.timezone) for device in found.devices)
        return DevicesReport(addresses, tuple(probed), found.notes)


async def _follow(look: _Look, every_s: float, as_json: bool) -> None:
    async for change in watch(look.found, lambda: asyncio.sleep(every_s)):
        if change.plugged:
            seen = await look.at(change.device)
            line = f"+ {change.device.address}  {describe(seen)}"
        else:
            seen = ProbedDevice(change.device, Probe.UNREACHABLE, "pulled out")
            line = f"- {change.device.address}  pulled out"
        print(msgspec.json.encode({"plugged": change.plugged, "device": seen}).decode() if as_json else line)
        sys.stdout.flush()


def _show(report: DevicesReport, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(report).decode())
        return
    # An address that is cut cannot be copied: a terminal folds it, a file or pipe has no width at all.
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH_OF_A_FILE)
    if report.devices:
        place = Column("address for the settings", overflow="fold")
        table = Table(place, "adapter", "FN", "phase", "last FD", "FFD", "remarks")
        for address, probed in zip(report.addresses, report.devices, strict=True):
            fn = probed.fn
            known = (fn.fn_number, fn.phase, str(fn.last_fd_number), fn.ffd) if fn else ("", "", "", "")
            table.add_row(address, _adapter(probed.device), *known, remarks(probed))
        console.print(table)
    else:
        console.print("no serial port and no USB bridge is plugged in")
    for note in report.notes:
        console.print(f"[yellow]{note}[/yellow]")


def _adapter(device: FoundDevice) -> str:
    return f"{device.title} at {device.place}" if device.place else device.title


def describe(probed: ProbedDevice) -> str:
    """One line."""
    fn = probed.fn
    what = f"FN {fn.fn_number}, {fn.phase}, last FD {fn.last_fd_number}, FFD {fn.ffd}" if fn else ""
    return ", ".join(part for part in (what, remarks(probed)) if part)


def remarks(probed: ProbedDevice) -> str:
    """Warnings of an FN, or why none answers."""
    fn = probed.fn
    if fn is None:
        return f"{probed.state.value}: {probed.reason}" if probed.reason else probed.state.value
    return "; ".join((("emulated",) if fn.emulated else ()) + fn.warnings)
