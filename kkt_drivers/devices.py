"""What is plugged into this machine that may be an FN: serial ports and USB bridges, and what each answers to 30h.

Nothing is taken from anybody: a port or bridge that is held is said to be so, and a bridge that the kernel shows as a
serial port is asked through that port.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec
from serial.tools import list_ports

from accounting.receipts.codes import FfdVersion
from kkt_drivers.address import open_transport
from kkt_drivers.errors import KktError, KktRefused
from kkt_drivers.fn import commands
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.fn.words import PHASES, explain_warnings
from kkt_drivers.kkt import KktStatus
from kkt_drivers.transport.base import TransportBusy, TransportClosed
from kkt_drivers.transport.blocking import call_blocking
from kkt_drivers.transport.usb import UsbBridge, find_bridges

_BY_ID = Path("/dev/serial/by-id")
_EMULATED = "9999"
"""First digits of test FNs and emulated ones, never of a real one. FN protocol 16."""

LIST_TIMEOUT_S = 10.0


class Probe(StrEnum):
    """What came of asking."""

    FN = "fn"
    SILENT = "silent"  # no FN answers, or something else is there
    BUSY = "in use"
    UNREACHABLE = "unreachable"
    NOT_ASKED = "not asked"


class FoundDevice(msgspec.Struct, frozen=True):
    """``address`` without a time zone; ``place`` is bus and ports for what hangs on USB."""

    address: str
    title: str
    place: str


class FoundFn(msgspec.Struct, frozen=True):
    """An FN that has answered; ``warnings`` in English."""

    fn_number: str
    phase: str
    last_fd_number: int
    shift_open: bool
    ffd: str
    warnings: tuple[str, ...]
    emulated: bool


class ProbedDevice(msgspec.Struct, frozen=True):
    """``reason``: why no FN answers; empty when one does."""

    device: FoundDevice
    state: Probe
    reason: str = ""
    fn: FoundFn | None = None


class DeviceList(msgspec.Struct, frozen=True):
    """``notes``: what could not be looked at, a sentence each."""

    devices: tuple[FoundDevice, ...]
    notes: tuple[str, ...]


class DeviceChange(msgspec.Struct, frozen=True):
    """Something was plugged in or has gone."""

    plugged: bool
    device: FoundDevice


def address_with_timezone(address: str, timezone: str) -> str:
    """The address as it stands in the settings."""
    return f"{address}{'&' if '?' in address else '?'}timezone={quote(timezone, safe='/:')}"


async def find_devices(more_ports: Sequence[str] = (), usb_backend: Any = None) -> DeviceList:
    """Serial ports, those of ``more_ports`` too, and USB bridges. Raises TimeoutError when the system hangs."""
    return await call_blocking(lambda: list_devices(more_ports, usb_backend), LIST_TIMEOUT_S, lambda found: None)


def list_devices(more_ports: Sequence[str] = (), usb_backend: Any = None) -> DeviceList:
    """As ``find_devices``; blocks."""
    ports = sorted(list_ports.comports(), key=lambda port: str(port.device))
    shown_by_kernel = {str(port.location).partition(":")[0] for port in ports if port.location}
    links = _links()
    devices = [
        FoundDevice(
            address=f"fn+serial://{quote(links.get(port.device, port.device))}",
            title=port.product or (port.description if port.description != "n/a" else "") or "serial port",
            place=str(port.location or "").partition(":")[0],
        )
        for port in ports
    ]
    devices += [FoundDevice(f"fn+serial://{quote(path)}", "serial port", "") for path in more_ports]
    notes = []
    try:
        bridges = find_bridges(usb_backend)
    except TransportClosed as error:
        notes.append(str(error))
    else:
        devices += _bridge_devices([bridge for bridge in bridges if bridge.bus_path not in shown_by_kernel])
    return DeviceList(tuple(devices), tuple(notes))


def _links() -> dict[str, str]:
    """Port -> its name that does not depend on the order of plugging in."""
    try:
        return {os.path.realpath(link): str(link) for link in _BY_ID.iterdir()}
    except OSError:
        return {}


def _bridge_devices(bridges: Iterable[UsbBridge]) -> list[FoundDevice]:
    """One device for each channel. Bridges of one maker may share even the serial number: then the socket decides."""
    bridges = list(bridges)
    names = [(bridge.vendor, bridge.product, bridge.serial) for bridge in bridges]
    devices = []
    for bridge, name in zip(bridges, names, strict=True):
        unique = bool(bridge.serial) and names.count(name) == 1
        start = f"fn+usb://{bridge.vendor:04x}:{bridge.product:04x}" + (f"/{quote(bridge.serial)}" if unique else "")
        for channel in range(bridge.channels):
            fields = ([] if unique else [f"bus={bridge.bus_path}"]) + ([f"channel={channel}"] if channel else [])
            address = start + ("?" + "&".join(fields) if fields else "")
            devices.append(FoundDevice(address, bridge.title, bridge.bus_path))
    return devices


async def probe(device: FoundDevice, *, timeout_s: float = 1.0, usb_backend: Any = None) -> ProbedDevice:
    """Ask whether an FN answers, with 30h alone (and 3Ah when one does). Never raises for what the device does."""
    holder = _holder(device)
    if holder:
        return ProbedDevice(device, Probe.BUSY, f"held by {holder}")
    # What is asked may be no FN at all: one question, not those that a driver begins with.
    transport = open_transport(device.address, usb_backend=usb_backend, take=False)
    exchange = Exchange(transport, timeout_s=timeout_s, enq=False, owed=False)
    try:
        await exchange.open()
    except KktError as error:
        state = Probe.BUSY if isinstance(error.__cause__, TransportBusy) else Probe.UNREACHABLE
        return ProbedDevice(device, state, str(error.__cause__ or error))
    try:
        status = await exchange.ask(commands.STATUS)
        return ProbedDevice(device, Probe.FN, fn=_described(status, await _ffd(exchange)))
    except KktError as error:
        return ProbedDevice(device, Probe.SILENT, str(error))
    finally:
        await exchange.close()


def _holder(device: FoundDevice) -> str:
    """Who has the serial port open; a PTY is always held, by whoever made it."""
    path = os.path.realpath(unquote(urlsplit(device.address).path))
    if not device.address.startswith("fn+serial:") or path.startswith("/dev/pts/"):
        return ""
    return holder_of(path)


def holder_of(path: str, proc: Path = Path("/proc")) -> str:
    """Name and id of another process that has the file open: programs that lock nothing. Empty when none is seen.

    Without the rights of root only one's own processes can be looked into.
    """
    for process in proc.iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            if any(os.path.realpath(opened) == path for opened in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue  # ended, or not ours to look into
    return ""


async def _ffd(exchange: Exchange) -> str:
    try:
        support = await exchange.ask(commands.FFD_SUPPORT)
    except KktRefused:
        return _ffd_text(FfdVersion.FFD_1_05)  # an FN of 1.05 does not know 3Ah
    if support.current is None:
        return f"up to {_ffd_text(support.latest)}"
    return _ffd_text(support.current)


def _ffd_text(version: FfdVersion) -> str:
    return version.name.removeprefix("FFD_").replace("_", ".")


def _described(status: KktStatus, ffd: str) -> FoundFn:
    return FoundFn(
        fn_number=status.fn_number,
        phase=PHASES[status.phase].english,
        last_fd_number=status.last_fd_number,
        shift_open=status.shift_open,
        ffd=ffd,
        warnings=tuple(words.english for words in explain_warnings(status.warnings)),
        emulated=status.fn_number.startswith(_EMULATED),
    )


async def watch(
    look: Callable[[], Awaitable[DeviceList]], pause: Callable[[], Awaitable[None]]
) -> AsyncIterator[DeviceChange]:
    """What is plugged in and what goes, from now on; first everything that is there. ``look`` after each ``pause``."""
    known: dict[str, FoundDevice] = {}
    while True:
        present = {device.address: device for device in (await look()).devices}
        for address in known.keys() - present.keys():
            yield DeviceChange(False, known[address])
        for address in present.keys() - known.keys():
            yield DeviceChange(True, present[address])
        known = present
        await pause()
