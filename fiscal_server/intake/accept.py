"""A batch, from bytes to receipts in the queue: one transaction, answered after the commit.

Order of locks, the same for every batch: Idempotency-Key, event keys (sorted), the merchant's book if an event needs
it, accounts (by code, declared ones and those of events together), queue rows of receipts that reversals concern. Two
batches therefore wait for each other and do not deadlock; should PostgreSQL see one all the same (an account that two
of them create while a third one waits), the whole batch is tried again: nothing of it had happened.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from fiscal_server.clock import Clock
from fiscal_server.errors import IdempotencyConflict
from fiscal_server.intake.batch import Batch, BatchRejected, DecodedEvent, Problem, decode_batch
from fiscal_server.intake.compute import Computation, PaymentMoved, compute_events
from fiscal_server.intake.days import day_ahead
from fiscal_server.intake.forms import BodyForm, OnError
from fiscal_server.intake.store import store_computation
from fiscal_server.metrics import METRICS
from fiscal_server.storage import batches, queue
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.pool import Database, WriteConnection

ATTEMPTS = 3
TRY_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, PaymentMoved)
"""After these nothing has happened, and the whole transaction is worth another try."""


class Intake(msgspec.Struct, frozen=True):
    """What accepting needs beside the database: time, and the zone in which days are counted."""

    clock: Clock
    zone: ZoneInfo

    def now(self) -> datetime:
        """This moment; its date is the day in the zone, not the one of UTC."""
        return self.clock.now().astimezone(self.zone)


class BatchRequest(msgspec.Struct, frozen=True):
    """What came by HTTP."""

    merchant_id: int
    idempotency_key: str
    body: bytes
    form: BodyForm = BodyForm.JSON
    on_error: OnError | None = None


class EventAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one event, in the order of the batch."""

    status: str  # accepted, duplicate, rejected
    key: str | None = None
    receipts: list[str] = []
    error: Problem | None = None


class BatchAnswer(msgspec.Struct, frozen=True):
    """The answer to a batch."""

    id: str
    accepted: int
    duplicates: int
    rejected: int
    receipts: int
    events: list[EventAnswer]


async def accept_batch(database: Database, intake: Intake, request: BatchRequest) -> bytes:
    """The JSON answer. Raises BatchRejected and IdempotencyConflict: then nothing was stored."""
    batch = decode_batch(request.body, request.form, request.on_error)
    for attempt in range(ATTEMPTS):
        try:
            async with database.write() as db:
                answer, accepted = await accept_within(db, database, intake, request, batch)
        except TRY_AGAIN:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            count_accepted(accepted)
            return answer
    raise AssertionError("unreachable")


def count_accepted(accepted: Sequence[DecodedEvent]) -> None:
    """Events that are committed, for the metrics."""
    for kind, count in Counter(one.tag for one in accepted).items():
        METRICS.events_accepted.labels(kind).inc(count)


async def accept_within(
    db: WriteConnection, database: Database, intake: Intake, request: BatchRequest, batch: Batch
) -> tuple[bytes, list[DecodedEvent]]:
    """``accept_batch`` inside the caller's transaction: the JSON answer and the events that were accepted now.

    Raises what ``accept_batch`` raises, and ``TRY_AGAIN``.
    """
    body_hash = hashlib.sha256(request.body).digest()
    earlier = await batches.claim_idempotency_key(db, request.merchant_id, request.idempotency_key)
    if earlier is not None:
        if earlier[0] != body_hash:
            raise IdempotencyConflict(f"the key {request.idempotency_key!r} came before with another body")
        return earlier[1], []
    judged = await judge(db, database, intake, request.merchant_id, batch)
    problems, accepted = judged.problems, judged.accepted
    if problems and batch.on_error == "reject":
        raise BatchRejected(problems)
    await batches.free_event_keys(db, request.merchant_id, [p.key for p in judged.refused if p.key is not None])
    batch_id = database.ids.next()
    now = intake.now()
    receipts = await store_computation(db, database, request.merchant_id, batch_id, judged.computation, accepted, now)
    answer = _answer(batch_id, batch, accepted, judged.duplicates, problems, receipts)
    encoded = msgspec.json.encode(answer)
    await batches.add_batch(
        db,
        request.merchant_id,
        batches.BatchRow(
            id=batch_id,
            idempotency_key=request.idempotency_key,
            body_hash=body_hash,
            events=batch.size,
            accepted=answer.accepted,
            duplicates=answer.duplicates,
            rejected=answer.rejected,
            receipts=answer.receipts,
            answer=encoded,
        ),
        now,
    )
    await queue.announce(db, request.merchant_id)
    return encoded, accepted


class Judged(msgspec.Struct, frozen=True):
    """A batch computed and not yet stored. ``problems``: all of them in order; ``refused``: those of fresh events."""

    computation: Computation
    accepted: list[DecodedEvent]
    duplicates: list[DecodedEvent]
    problems: list[Problem]
    refused: list[Problem]


async def judge(
    db: WriteConnection,
    database: Database,
    intake: Intake,
    merchant_id: int,
    batch: Batch,
    *,
    in_bulk: bool = True,
) -> Judged:
    """Claim the batch's event keys, lock what it touches and compute. Raises BatchRejected when it cannot be computed
    as a whole."""
    merchant = await read_merchant(db, merchant_id)
    today = intake.now().date()
    batch = _without_days_ahead(batch, today)
    claim = await _claim_keys(db, database, merchant.id, batch)
    declared = dict(zip(database.ids.take(len(batch.accounts)), batch.accounts, strict=True))
    try:
        computation = await compute_events(db, merchant, claim.fresh, today, declared=declared, in_bulk=in_bulk)
    except BatchRejected as whole:
        raise BatchRejected(batch.problems + claim.conflicts + whole.problems) from whole
    duplicates, repeats = _judge_repeats(claim, computation.problems)
    problems = batch.problems + claim.conflicts + computation.problems + repeats
    refused = {p.index for p in computation.problems}
    return Judged(
        computation,
        [event for event in claim.fresh if event.index not in refused],
        duplicates,
        sorted(problems, key=lambda problem: problem.index or 0),
        computation.problems,
    )


def _without_days_ahead(batch: Batch, today: date) -> Batch:
    """The batch whose acts have all happened; the others are problems."""
    ahead: list[Problem] = []
    for one in batch.events:
        if bad := day_ahead(one.event, today):
            ahead.append(Problem("invalid", bad[1], bad[0], one.index, one.event.key))
    if not ahead:
        return batch
    refused = {problem.index for problem in ahead}
    events = [event for event in batch.events if event.index not in refused]
    return msgspec.structs.replace(batch, events=events, problems=batch.problems + ahead)


class _Claim(msgspec.Struct, frozen=True):
    """The events of a batch by what their keys say.

    ``fresh``: the first of each key that was free. ``duplicates`` came in an earlier batch with the same content.
    ``repeats``: later ones of a fresh key; what becomes of them depends on what becomes of the first.
    """

    fresh: list[DecodedEvent]
    duplicates: list[DecodedEvent]
    conflicts: list[Problem]
    repeats: list[DecodedEvent]


async def _claim_keys(db: WriteConnection, database: Database, merchant_id: int, batch: Batch) -> _Claim:
    first: dict[str, DecodedEvent] = {}
    for event in batch.events:
        first.setdefault(event.event.key, event)
    ids = database.ids.take(len(first))
    known = await batches.claim_event_keys(
        db, merchant_id, [(key, i, event.body_hash) for i, (key, event) in zip(ids, first.items(), strict=True)]
    )
    claim = _Claim([], [], [], [])
    if not known and len(first) == len(batch.events):
        claim.fresh.extend(_with_id(event, i) for event, i in zip(batch.events, ids, strict=True))
        return claim
    new_ids = dict(zip(first, ids, strict=True))
    for event in batch.events:
        key = event.event.key
        if key not in known:
            if event is first[key]:
                claim.fresh.append(_with_id(event, new_ids[key]))
            else:
                claim.repeats.append(event)
        elif known[key] == event.body_hash:
            claim.duplicates.append(event)
        else:
            claim.conflicts.append(_conflict(event, "an event with this key and another content was accepted before"))
    return claim


def _with_id(event: DecodedEvent, new_id: int) -> DecodedEvent:
    return DecodedEvent(event.index, event.event, event.body, event.body_hash, new_id)


def _judge_repeats(claim: _Claim, refused: Sequence[Problem]) -> tuple[list[DecodedEvent], list[Problem]]:
    """All duplicates, and what is wrong with the rest: the repeat of a refused event is refused like it."""
    if not claim.repeats:
        return claim.duplicates, []
    hashes = {event.event.key: event.body_hash for event in claim.fresh}
    reasons = {problem.key: problem for problem in refused}
    duplicates, problems = list(claim.duplicates), []
    for event in claim.repeats:
        if hashes[event.event.key] != event.body_hash:
            problems.append(_conflict(event, "an earlier event of this batch has this key and another content"))
        elif (reason := reasons.get(event.event.key)) is not None:
            problems.append(msgspec.structs.replace(reason, index=event.index))
        else:
            duplicates.append(event)
    return duplicates, problems


def _conflict(event: DecodedEvent, reason: str) -> Problem:
    return Problem("key_conflict", reason, "key", event.index, event.event.key)


def _answer(
    batch_id: int,
    batch: Batch,
    accepted: list[DecodedEvent],
    duplicates: list[DecodedEvent],
    problems: list[Problem],
    receipts: dict[str, list[str]],
) -> BatchAnswer:
    rows = {event.index: EventAnswer("accepted", key := event.event.key, receipts.get(key, [])) for event in accepted}
    for event in duplicates:
        rows[event.index] = EventAnswer("duplicate", event.event.key)
    for problem in problems:
        assert problem.index is not None
        rows[problem.index] = EventAnswer("rejected", problem.key, error=problem)
    return BatchAnswer(
        id=str(batch_id),
        accepted=len(accepted),
        duplicates=len(duplicates),
        rejected=len(problems),
        receipts=sum(len(ids) for ids in receipts.values()),
        events=[rows[index] for index in sorted(rows)],
    )


__all__ = ["BatchAnswer", "BatchRequest", "Computation", "EventAnswer", "Intake", "accept_batch"]
