"""A device's address in the settings becomes a driver.

fn+tcp://127.0.0.1:7777?timezone=Europe/Moscow&timeout_ms=5000&enq=1
|  |     |              |                      |               '- 0: never ask for a repeat (05h); default 1
|  |     host and port  |                      '- for one answer, milliseconds; default 5000
|  medium               '- of the point of sale: IANA name or fixed offset such as +03:00
device family
"""

import re
from datetime import timedelta, timezone, tzinfo
from urllib.parse import SplitResult, parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kkt_drivers.fn.driver import FnKkt
from kkt_drivers.kkt import Kkt
from kkt_drivers.transport.tcp import TcpTransport

_SCHEMES = ("fn+tcp",)
_FIELDS = ("timezone", "timeout_ms", "enq")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_MAX_TIMEOUT_MS = 600_000


def open_kkt(address: str) -> Kkt:
    """The driver for ``address``; nothing is connected yet. Raises ValueError that says which part is wrong."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{address!r}: {error}") from None
    if parts.scheme not in _SCHEMES:
        raise ValueError(f"{address!r}: unknown scheme {parts.scheme!r}, known: {', '.join(_SCHEMES)}")
    if not parts.hostname or port is None:
        raise ValueError(f"{address!r}: host and port are needed")
    if parts.path not in ("", "/") or parts.fragment or parts.username:
        raise ValueError(f"{address!r}: nothing but fields may follow the port")
    fields = _fields(address, parts)
    if "timezone" not in fields:
        raise ValueError(f"{address!r}: timezone is needed, receipts carry local time")
    timeout_s = _timeout_ms(address, fields.get("timeout_ms", "5000")) / 1000
    return FnKkt(
        TcpTransport(parts.hostname, port, connect_timeout_s=timeout_s),
        timezone=parse_timezone(fields["timezone"]),
        timeout_s=timeout_s,
        enq=_switch(address, "enq", fields.get("enq", "1")),
        address=address,
    )


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


def _fields(address: str, parts: SplitResult) -> dict[str, str]:
    fields: dict[str, str] = {}
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise ValueError(f"{address!r}: {error}") from None
    for name, value in pairs:
        if name not in _FIELDS:
            raise ValueError(f"{address!r}: unknown field {name!r}, known: {', '.join(_FIELDS)}")
        if name in fields:
            raise ValueError(f"{address!r}: field {name!r} is given twice")
        fields[name] = value
    return fields


def _timeout_ms(address: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_TIMEOUT_MS):
        raise ValueError(f"{address!r}: timeout_ms is a number from 1 to {_MAX_TIMEOUT_MS}, not {text!r}")
    return int(text)


def _switch(address: str, name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(f"{address!r}: {name} is 0 or 1, not {text!r}")
    return text == "1"
