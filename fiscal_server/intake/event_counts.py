"""Whether a body holds more events than a batch may, known before each of them takes memory.

An element of a body may be a byte or two and is fifty at least in memory: 64 MiB of them, 64 KiB when they come
compressed, would be gigabytes by the time somebody counted.
"""

import re
from itertools import islice
from typing import Any, Final

import msgspec

from fiscal_server.intake.forms import BodyForm

_LINE: Final = re.compile(rb"\S[^\n]*")
_COMMAS_AN_EVENT: Final = 10
"""JSON with fewer on the average cannot have elements enough to do harm: they are counted as they are read."""


class _Packed(msgspec.Struct):
    events: msgspec.Raw = msgspec.Raw()


class _Enough(Exception):
    """Ends a count."""


_PACKED: Final = msgspec.msgpack.Decoder(_Packed)


def has_more_events(raw: bytes, form: BodyForm, most: int) -> bool:
    """Raises one of ``UNREADABLE`` for a body that cannot be read as a whole; a very long JSON array of anything but
    objects is one."""
    if len(raw) <= most:
        return False
    if form is BodyForm.LINES:
        beyond = islice(_LINE.finditer(raw), most + 1, None)  # the first line may be no event
        return raw.count(b"\n") > most and next(beyond, None) is not None
    if form is BodyForm.MESSAGE_PACK:
        return _packed_length(bytes(memoryview(_PACKED.decode(raw).events)[:5])) > most
    return raw.count(b",") > most * _COMMAS_AN_EVENT and _has_more_objects(raw, most)


def _packed_length(head: bytes) -> int:
    """What the head of a MessagePack array says; 0: it is none."""
    match head[:1]:
        case b"\xdc":
            return int.from_bytes(head[1:3])
        case b"\xdd":
            return int.from_bytes(head[1:5])
    return 0


def _has_more_objects(raw: bytes, most: int) -> bool:
    """The decoder skips what stands in the objects and is stopped as soon as there are too many."""
    seen = 0

    def count(_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen > most:
            raise _Enough

    counted = msgspec.defstruct("counted", [], namespace={"__post_init__": count}, gc=False)
    body = msgspec.defstruct("body", [("events", list[counted], ())])  # type: ignore[valid-type]
    try:
        msgspec.json.decode(raw, type=body)
    except _Enough:
        return True
    return False
