"""A batch as a billing system sends it: each event is decoded on its own, so a mistake has its place and reason."""

import hashlib
import re
from typing import Literal

import msgspec

from accounting.receipts.events import AdvanceRefund, Charge, Event, Payment, PeriodClose
from fiscal_server.errors import FiscalServerError
from fiscal_server.storage.ledger import AccountDeclaration

MAX_EVENTS = 100_000

Supported = Charge | Payment | PeriodClose | AdvanceRefund
"""Events that the server keeps books for today; the computation knows more."""

_SUPPORTED_TYPES = ("charge", "payment", "period_close", "advance_refund")


class BatchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request: accounts are created or taken over before the events are computed."""

    events: list[msgspec.Raw]
    accounts: tuple[AccountDeclaration, ...] = ()
    on_error: Literal["reject", "skip"] = "reject"


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


class DecodedEvent(msgspec.Struct, frozen=True):
    """An event with its place in the batch and its canonical JSON, whose hash tells a repeat from another event."""

    index: int
    event: Event
    body: bytes
    body_hash: bytes
    id: int = 0


class Batch(msgspec.Struct, frozen=True):
    """A batch whose good events are decoded and whose bad ones are listed."""

    accounts: tuple[AccountDeclaration, ...]
    on_error: Literal["reject", "skip"]
    events: list[DecodedEvent]
    problems: list[Problem]
    size: int


_BODY = msgspec.json.Decoder(BatchBody)
_EVENT = msgspec.json.Decoder(Event)
_ENCODER = msgspec.json.Encoder()
_PATH = re.compile(r"^(?P<reason>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)


def problem_of(error: Exception, *, index: int | None = None) -> Problem:
    """msgspec's words taken apart: reason and path of the field."""
    found = _PATH.match(str(error))
    assert found is not None
    path = (found["path"] or "$").removeprefix("$").removeprefix(".")
    return Problem("invalid", found["reason"], path, index)


def decode_batch(raw: bytes) -> Batch:
    """Raises BatchRejected when the body as a whole cannot be read; bad events are listed in the result."""
    try:
        body = _BODY.decode(raw)
    except msgspec.DecodeError as error:
        raise BatchRejected([problem_of(error)]) from error
    if len(body.events) > MAX_EVENTS:
        raise BatchRejected([Problem("too_many_events", f"more than {MAX_EVENTS} events", "events")])
    events: list[DecodedEvent] = []
    problems: list[Problem] = []
    for index, text in enumerate(body.events):
        try:
            event = _EVENT.decode(text)
        except msgspec.DecodeError as error:
            problems.append(problem_of(error, index=index))
            continue
        if not isinstance(event, Supported):
            reason = f"this version keeps books for {', '.join(_SUPPORTED_TYPES)} only"
            problems.append(Problem("type_not_supported", reason, "type", index, event.key))
            continue
        canonical = _ENCODER.encode(event)
        events.append(DecodedEvent(index, event, canonical, hashlib.sha256(canonical).digest()[:16]))
    return Batch(body.accounts, body.on_error, events, problems, len(body.events))
