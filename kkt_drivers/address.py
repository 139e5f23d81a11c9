"""A device's address in the settings becomes a driver.

fn+tcp://127.0.0.1:7777?timezone=Europe/Moscow&timeout_ms=5000&enq=1
fn+serial:///dev/serial/by-id/usb-FTDI_FT232R-if00-port0?timezone=+03:00&speed=115200
fn+usb://0403:6001/A50285BI?timezone=Europe/Moscow
fn+usb://0403:6010?bus=1-2.3&channel=1&timezone=Europe/Moscow
|  |     |
|  |     tcp: host and port; serial: path of the port; usb: vendor and product in hex, then the serial number
|  medium
device family

timezone    of the point of sale: IANA name or fixed offset such as +03:00; needed, receipts carry local time
timeout_ms  for one answer, milliseconds; default 5000
enq         0: never ask for a repeat (05h); default 1
speed       serial, usb: bits per second; default 115200
bus         usb: bus and ports as sysfs names them, for bridges without a serial number of their own
channel     usb: which line of a bridge that has several, counted from 0; default 0
"""

import re
from datetime import timedelta, timezone, tzinfo
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kkt_drivers.fn.driver import FnKkt
from kkt_drivers.kkt import Kkt
from kkt_drivers.transport.base import Transport
from kkt_drivers.transport.convoy import Convoy

_COMMON = ("timezone", "timeout_ms", "enq")
_FIELDS = {
    "fn+tcp": _COMMON,
    "fn+serial": (*_COMMON, "speed"),
    "fn+usb": (*_COMMON, "speed", "bus", "channel"),
}
_NETWORK = frozenset({"fn+tcp"})
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_USB_ID = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})")
_BUS_PATH = re.compile(r"\d+-\d+(\.\d+)*")
_MAX_TIMEOUT_MS = 600_000
_MAX_SPEED = 3_000_000
_MAX_CHANNEL = 7


def open_kkt(address: str, *, usb_backend: Any = None, convoy: Convoy | None = None) -> Kkt:
    """The driver for ``address``; nothing is connected yet. Raises ValueError that says which part is wrong.

    ``usb_backend``: of pyusb, None for the libusb of this machine. ``convoy``: with which commands leave, where a wire
    can have them leave together.
    """
    parts, fields = _split(address)
    timeout_s = _timeout_s(address, fields)
    transport = _transport(address, parts, fields, _Options(usb_backend, convoy=convoy))
    if "timezone" not in fields:
        raise ValueError(f"{address!r}: timezone is needed, receipts carry local time")
    return FnKkt(
        transport,
        timezone=parse_timezone(fields["timezone"]),
        timeout_s=timeout_s,
        enq=_number(address, "enq", fields.get("enq", "1"), 0, 1) == 1,
        address=address,
    )


def zone_of(address: str) -> tzinfo:
    """The zone of the point of sale in an address that ``open_kkt`` takes."""
    return parse_timezone(_split(address)[1]["timezone"])


def open_transport(address: str, *, usb_backend: Any = None, take: bool = True) -> Transport:
    """Only the wire of ``address``, which needs no time zone. Raises ValueError.

    ``take`` False: leave a USB bridge alone that a driver of the kernel holds.
    """
    parts, fields = _split(address)
    return _transport(address, parts, fields, _Options(usb_backend, take))


def is_on_network(address: str) -> bool:
    """Whether any machine may reach it; else it is plugged into one. Raises ValueError for an unknown scheme."""
    parts, _ = _split(address)
    return parts.scheme in _NETWORK


class _Options(NamedTuple):
    usb_backend: Any
    take_usb: bool = True
    convoy: Convoy | None = None


def _split(address: str) -> tuple[SplitResult, dict[str, str]]:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ValueError(f"{address!r}: {error}") from None
    if parts.scheme not in _FIELDS:
        raise ValueError(f"{address!r}: unknown scheme {parts.scheme!r}, known: {', '.join(_FIELDS)}")
    if parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{address!r}: nothing but fields may follow the device")
    return parts, _fields(address, parts)


def _transport(address: str, parts: SplitResult, fields: dict[str, str], options: _Options) -> Transport:
    timeout_s = _timeout_s(address, fields)
    match parts.scheme:
        case "fn+tcp":
            return _tcp(address, parts, timeout_s, options.convoy)
        case "fn+serial":
            return _serial(address, parts, fields, timeout_s)
        case _:
            return _usb(address, parts, fields, timeout_s, options)


def _timeout_s(address: str, fields: dict[str, str]) -> float:
    return _number(address, "timeout_ms", fields.get("timeout_ms", "5000"), 1, _MAX_TIMEOUT_MS) / 1000


def parse_timezone(name: str) -> tzinfo:
    """An IANA zone, or an offset ``+03:00`` where no zone table is installed. Raises ValueError."""
    # In a query string "+" stands for a blank, so an offset arrives with one in front.
    offset = _OFFSET.fullmatch("+" + name[1:] if name.startswith(" ") else name)
    if offset:
        sign, hours, minutes = offset.groups()
        distance = timedelta(hours=int(hours), minutes=int(minutes))
        if distance >= timedelta(hours=24) or int(minutes) > 59:
            raise ValueError(f"{name!r} is no offset from UTC")
        return timezone(-distance if sign == "-" else distance)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"time zone {name!r} is unknown here; a fixed offset such as +03:00 needs no zone table"
        ) from None


def _tcp(address: str, parts: SplitResult, timeout_s: float, convoy: Convoy | None) -> Transport:
    from kkt_drivers.transport.tcp import TcpTransport

    try:
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{address!r}: {error}") from None
    if not parts.hostname or port is None:
        raise ValueError(f"{address!r}: host and port are needed")
    if parts.path not in ("", "/"):
        raise ValueError(f"{address!r}: nothing but fields may follow the port")
    return TcpTransport(parts.hostname, port, connect_timeout_s=timeout_s, convoy=convoy)


def _serial(address: str, parts: SplitResult, fields: dict[str, str], timeout_s: float) -> Transport:
    # Only who has such a device pays for the import.
    from kkt_drivers.transport.serial import SPEED, SerialTransport

    path = unquote(parts.path)
    if parts.netloc:
        raise ValueError(f"{address!r}: a path has three slashes: fn+serial:///dev/ttyUSB0")
    if not path.startswith("/") or path == "/":
        raise ValueError(f"{address!r}: the path of a port is needed: fn+serial:///dev/ttyUSB0")
    speed = _number(address, "speed", fields.get("speed", str(SPEED)), 300, _MAX_SPEED)
    return SerialTransport(path, speed=speed, open_timeout_s=timeout_s)


def _usb(address: str, parts: SplitResult, fields: dict[str, str], timeout_s: float, options: _Options) -> Transport:
    from kkt_drivers.transport.usb import UsbName
    from kkt_drivers.transport.usb_transport import SPEED, UsbTransport

    ids = _USB_ID.fullmatch(parts.netloc)
    if ids is None:
        raise ValueError(f"{address!r}: vendor and product are needed, four hex digits each: fn+usb://0403:6001")
    serial = unquote(parts.path.removeprefix("/"))
    if "/" in serial:
        raise ValueError(f"{address!r}: nothing but fields may follow the serial number")
    bus = fields.get("bus", "")
    if bus and not _BUS_PATH.fullmatch(bus):
        raise ValueError(f"{address!r}: bus is a path such as 1-2.3, not {bus!r}")
    channel = _number(address, "channel", fields.get("channel", "0"), 0, _MAX_CHANNEL)
    speed = _number(address, "speed", fields.get("speed", str(SPEED)), 300, _MAX_SPEED)
    name = UsbName(int(ids[1], 16), int(ids[2], 16), serial, bus, channel)
    return UsbTransport(name, speed=speed, backend=options.usb_backend, take=options.take_usb, open_timeout_s=timeout_s)


def _fields(address: str, parts: SplitResult) -> dict[str, str]:
    fields: dict[str, str] = {}
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise ValueError(f"{address!r}: {error}") from None
    known = _FIELDS[parts.scheme]
    for name, value in pairs:
        if name not in known:
            raise ValueError(f"{address!r}: unknown field {name!r}, known: {', '.join(known)}")
        if name in fields:
            raise ValueError(f"{address!r}: field {name!r} is given twice")
        fields[name] = value
    return fields


def _number(address: str, name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise ValueError(f"{address!r}: {name} is a number from {least} to {most}, not {text!r}")
    return int(text)
