"""Forms in which a batch may come: one JSON object, one event a line (NDJSON), or MessagePack. All say the same."""

from enum import StrEnum
from typing import Any, Literal

import msgspec

from accounting.receipts.events import Event
from fiscal_server.storage.ledger import AccountDeclaration

OnError = Literal["reject", "skip"]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What some programs write before UTF-8."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no event: half a character and nesting without end are no DecodeError."""


class BodyForm(StrEnum):
    """By media type."""

    JSON = "application/json"
    LINES = "application/x-ndjson"
    MESSAGE_PACK = "application/msgpack"


class BatchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request: accounts are created or taken over before the events are computed."""

    events: list[msgspec.Raw]
    accounts: tuple[AccountDeclaration, ...] = ()
    on_error: OnError = "reject"


class SoundBody(BatchBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same when nothing is wrong with any event: all are decoded at once."""

    events: list[Event]  # type: ignore[assignment]


class LinesHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may stand in the first line of NDJSON in place of an event."""

    accounts: tuple[AccountDeclaration, ...] = ()
    on_error: OnError = "reject"


class _Keyed(msgspec.Struct, frozen=True):
    key: str | None = None


class _Typed(msgspec.Struct, frozen=True):
    type: Any = None


_SOUND: dict[BodyForm, Any] = {
    BodyForm.JSON: msgspec.json.Decoder(SoundBody),
    BodyForm.MESSAGE_PACK: msgspec.msgpack.Decoder(SoundBody),
}
_BODY: dict[BodyForm, Any] = {
    BodyForm.JSON: msgspec.json.Decoder(BatchBody),
    BodyForm.MESSAGE_PACK: msgspec.msgpack.Decoder(BatchBody),
}
_JSON_EVENT = msgspec.json.Decoder(Event)
_PACKED_EVENT = msgspec.msgpack.Decoder(Event)


def read_body(raw: bytes, form: BodyForm) -> BatchBody | SoundBody:
    """The events as they are when all can be read, else each as its bytes, so that a bad one has its place.

    Raises one of `UNREADABLE` when the body as a whole cannot be read.
    """
    if form is BodyForm.LINES:
        return _read_lines(raw)
    try:
        sound: SoundBody = _SOUND[form].decode(raw)
    except UNREADABLE:
        body: BatchBody = _BODY[form].decode(raw)
        return body
    return sound


def read_event(raw: msgspec.Raw, form: BodyForm) -> Event:
    """One event out of a body. Raises one of `UNREADABLE`."""
    event: Event = (_PACKED_EVENT if form is BodyForm.MESSAGE_PACK else _JSON_EVENT).decode(raw)
    return event


def key_of(raw: msgspec.Raw, form: BodyForm) -> str | None:
    """The key of an event that is wrong elsewhere, for whoever looks for it."""
    decode = msgspec.msgpack.decode if form is BodyForm.MESSAGE_PACK else msgspec.json.decode
    try:
        return decode(raw, type=_Keyed).key
    except UNREADABLE:
        return None


def _read_lines(raw: bytes) -> BatchBody | SoundBody:
    first, _, rest = raw.partition(b"\n")
    head = _head(first)
    events = raw if head is None else rest
    head = head or LinesHead()
    try:
        return SoundBody(events=_JSON_EVENT.decode_lines(events), accounts=head.accounts, on_error=head.on_error)
    except UNREADABLE:
        lines = [msgspec.Raw(line) for line in events.split(b"\n") if line.strip()]
        return BatchBody(events=lines, accounts=head.accounts, on_error=head.on_error)


def _head(line: bytes) -> LinesHead | None:
    """The first line, when it is no event: an object without a type. Raises one of `UNREADABLE` for a head that is
    wrong."""
    try:
        if msgspec.json.decode(line, type=_Typed).type is not None:
            return None
    except UNREADABLE:
        return None  # whatever it is, it is answered as the first event
    return msgspec.json.decode(line, type=LinesHead)
