"""Whether a body holds more events, or accounts, than a batch may, known before each of them takes memory.

An element of a body may be a byte or two and is fifty at least in memory: 64 MiB of them, 64 KiB when they come
compressed, would be gigabytes by the time somebody counted.
"""

import re
from itertools import islice
from typing import Any, Final, Literal

import msgspec

from fiscal_server.intake.forms import BodyForm

Counted = Literal["events", "accounts"]
_COUNTED: Final[tuple[Counted, ...]] = ("events", "accounts")
_LINE: Final = re.compile(rb"\S[^\n]*")
_COMMAS_AN_EVENT: Final = 10
"""JSON with fewer on the average cannot have elements enough to do harm: they are counted as they are read."""


class _Packed(msgspec.Struct):
    events: msgspec.Raw = msgspec.Raw()
    accounts: msgspec.Raw = msgspec.Raw()


class _Enough(Exception):
    """Ends a count."""

    def __init__(self, name: Counted) -> None:
        self.name = name


_PACKED: Final = msgspec.msgpack.Decoder(_Packed)


def has_more(raw: bytes, form: BodyForm, most: int) -> Counted | None:
    """What there is more of than ``most``.

    Raises one of ``UNREADABLE`` for a body that cannot be read as a whole; a very long JSON array of anything but
    objects is one.
    """
    if len(raw) <= most:
        return None
    if form is BodyForm.LINES:
        beyond = islice(_LINE.finditer(raw), most + 1, None)  # the first line may be no event
        if raw.count(b"\n") > most and next(beyond, None) is not None:
            return "events"
        return _more_objects(raw.partition(b"\n")[0], most)
    if form is BodyForm.MESSAGE_PACK:
        packed = _PACKED.decode(raw)
        return next((name for name in _COUNTED if _packed_length(getattr(packed, name)) > most), None)
    return _more_objects(raw, most)


def _packed_length(array: msgspec.Raw) -> int:
    """What the head of a MessagePack array says; 0: it is none."""
    head = bytes(memoryview(array)[:5])
    match head[:1]:
        case b"\xdc":
            return int.from_bytes(head[1:3])
        case b"\xdd":
            return int.from_bytes(head[1:5])
    return 0


def _more_objects(raw: bytes, most: int) -> Counted | None:
    """The decoder skips what stands in the objects and is stopped as soon as there are too many."""
    if raw.count(b",") <= most * _COMMAS_AN_EVENT:
        return None
    body = msgspec.defstruct("body", [(name, list[_counting(name, most)], ()) for name in _COUNTED])  # type: ignore[misc]
    try:
        msgspec.json.decode(raw, type=body)
    except _Enough as enough:
        return enough.name
    return None


def _counting(name: Counted, most: int) -> type[msgspec.Struct]:
    """Objects of which there cannot be more than so many. The one beyond them raises _Enough."""
    seen = 0

    def count(_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen > most:
            raise _Enough(name)

    return msgspec.defstruct("counted", [], namespace={"__post_init__": count}, gc=False)
