"""A batch as a billing system sends it: each event is decoded on its own, so a mistake has its place and reason."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final, get_args

import msgspec

from accounting.receipts.events import AdvanceRefund, Event, Payment, ServiceRefund
from accounting.receipts.money import MAX_KOPECKS
from fiscal_server.errors import FiscalServerError
from fiscal_server.intake.contacts import contact_fault
from fiscal_server.intake.days import bad_day
from fiscal_server.intake.event_counts import has_more
from fiscal_server.intake.forms import (
    BYTE_ORDER_MARK,
    UNREADABLE,
    BatchBody,
    BodyForm,
    OnError,
    key_of,
    read_body,
    read_event,
)
from fiscal_server.storage.ledger import AccountDeclaration

MAX_EVENTS = 100_000
"""Of a batch, and so many accounts that it declares."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong with one event, or with the body (no index). ``reason`` is for people, ``code`` for programs."""

    code: str
    reason: str
    field: str = ""
    index: int | None = None
    key: str | None = None


class BatchRejected(FiscalServerError):
    """Nothing was stored."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"the batch has {len(problems)} problem(s): {problems[0].reason}")
        self.problems = problems


class DecodedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event with its place in the batch and its canonical JSON, whose hash tells a repeat from another event."""

    index: int
    event: Event
    body: bytes
    body_hash: bytes
    id: int = 0

    @property
    def tag(self) -> str:
        """The event's type as it stands in JSON."""
        return _TAGS[type(self.event)]


class Batch(msgspec.Struct, frozen=True):
    """A batch whose good events are decoded and whose bad ones are listed."""

    accounts: tuple[AccountDeclaration, ...]
    on_error: OnError
    events: list[DecodedEvent]
    problems: list[Problem]
    size: int


RESERVED_KEYS: Final = ("atol|", "cancel|", "correct|", "day-total|", "restore|")
"""Beginnings of keys that the server gives: of documents of the ATOL dialect, of what corrects and restores. An event
of somebody else with such a key would be taken for one of them."""
_RESERVED: Final = f"keys that begin with {', '.join(RESERVED_KEYS)} are the server's own"

_ENCODER = msgspec.json.Encoder()
_PATH = re.compile(r"^(?P<reason>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_NAMED = re.compile(r"(?:unknown|required) field `(?P<name>[^`]*)`")
_TAGS: dict[type, str] = {kind: str(kind.__struct_config__.tag) for kind in get_args(Event)}
_WITH_TENDERS = frozenset({Payment, AdvanceRefund, ServiceRefund})


def problem_of(error: Exception, *, index: int | None = None) -> Problem:
    """msgspec's words taken apart: reason and path of the field, also of one that is missing or should not be there."""
    if isinstance(error, RecursionError):
        return Problem("invalid", "nested too deeply", index=index)
    if isinstance(error, UnicodeDecodeError):
        return Problem("invalid", f"the text is not UTF-8: {error.reason}", index=index)
    found = _PATH.match(str(error))
    assert found is not None
    path = (found["path"] or "$").removeprefix("$").removeprefix(".")
    if named := _NAMED.search(found["reason"]):
        path = f"{path}.{named['name']}" if path else named["name"]
    return Problem("invalid", found["reason"], path, index)


def decode_batch(raw: bytes, form: BodyForm = BodyForm.JSON, on_error: OnError | None = None) -> Batch:
    """Raises BatchRejected when the body as a whole cannot be read; bad events are listed in the result.

    ``on_error`` given goes before what the body says. A mark of byte order before JSON says nothing (RFC 8259, 8.1).
    """
    if form is not BodyForm.MESSAGE_PACK:
        raw = raw.removeprefix(BYTE_ORDER_MARK)
    try:
        more = has_more(raw, form, MAX_EVENTS)
        body = BatchBody(events=[]) if more else read_body(raw, form)
    except UNREADABLE as error:
        raise BatchRejected([problem_of(error)]) from error
    if more == "events" or len(body.events) > MAX_EVENTS:
        raise BatchRejected([Problem("too_many_events", f"more than {MAX_EVENTS} events", "events")])
    if more == "accounts" or len(body.accounts) > MAX_EVENTS:
        raise BatchRejected([Problem("too_many_accounts", f"more than {MAX_EVENTS} accounts", "accounts")])
    may_hold_nul = form is BodyForm.MESSAGE_PACK or _NUL_ESCAPE in raw
    if problems := _bad_accounts(body.accounts, may_hold_nul=may_hold_nul):
        raise BatchRejected(problems)
    events: list[DecodedEvent] = []
    for index, given in enumerate(body.events):
        if isinstance(given, msgspec.Raw):
            decoded = decode_event(index, given, form)
        else:
            decoded = looked_at(index, given, may_hold_nul=may_hold_nul)
        if isinstance(decoded, Problem):
            problems.append(decoded)
        else:
            events.append(decoded)
    return Batch(body.accounts, on_error or body.on_error, events, problems, len(body.events))


def decode_event(index: int, raw: msgspec.Raw, form: BodyForm = BodyForm.JSON) -> DecodedEvent | Problem:
    """One event of a batch, or what is wrong with it."""
    try:
        event = read_event(raw, form)
    except UNREADABLE as error:
        return msgspec.structs.replace(problem_of(error, index=index), key=key_of(raw, form))
    return looked_at(index, event, may_hold_nul=True)


def looked_at(index: int, event: Event, *, may_hold_nul: bool, ours: bool = False) -> DecodedEvent | Problem:
    """What the types of an event do not say. ``ours``: the server itself has made it."""
    canonical = _ENCODER.encode(event)
    if may_hold_nul and _NUL_ESCAPE in canonical and (field := field_with_nul(msgspec.json.decode(canonical))):
        return Problem("invalid", NUL_REASON, field, index)
    if event.key.startswith(RESERVED_KEYS) and not ours:
        return Problem("invalid", _RESERVED, "key", index, event.key)
    if bad := bad_day(event):
        field, reason = bad
        return Problem("invalid", reason, field, index, event.key)
    if type(event) in _WITH_TENDERS and event.tenders.total() > MAX_KOPECKS:  # type: ignore[union-attr]
        return Problem("invalid", f"more than {MAX_KOPECKS} kopecks together", "tenders", index, event.key)
    contact = event.contact if type(event) is Payment else None
    if isinstance(contact, str) and (fault := contact_fault(contact)):
        return Problem("invalid", fault, "contact", index, event.key)
    return DecodedEvent(index, event, canonical, hashlib.sha256(canonical).digest()[:16])


NUL_REASON = "the character U+0000 cannot be stored"
_NUL_ESCAPE = b"\\u0000"


def field_with_nul(value: Any, path: str = "") -> str | None:
    """Path of the first text with a NUL in it: PostgreSQL has no place for one, in text as in JSON."""
    if isinstance(value, str):
        return path if "\0" in value else None
    inside: Iterator[tuple[str, Any]] = iter(())
    if isinstance(value, dict):
        inside = ((f"{path}.{name}" if path else name, part) for name, part in value.items())
    elif isinstance(value, list | tuple):
        inside = ((f"{path}[{place}]", part) for place, part in enumerate(value))
    return next((found for name, part in inside if (found := field_with_nul(part, name))), None)


def _bad_accounts(accounts: tuple[AccountDeclaration, ...], *, may_hold_nul: bool) -> list[Problem]:
    """What the types of the declarations do not say."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, account in enumerate(accounts):
        if may_hold_nul and (field := field_with_nul(msgspec.to_builtins(account), f"accounts[{place}]")):
            problems.append(Problem("invalid", NUL_REASON, field))
        if account.contact is not None and (fault := contact_fault(account.contact)):
            problems.append(Problem("invalid", fault, f"accounts[{place}].contact"))
        if account.id in seen:
            reason = f"the account {account.id!r} stands in the batch twice"
            problems.append(Problem("invalid", reason, f"accounts[{place}].id"))
        seen.add(account.id)
    return problems
