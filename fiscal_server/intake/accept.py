"""A batch, from bytes to receipts in the queue: one transaction, answered after the commit.

Order of locks, the same for every batch: Idempotency-Key, event keys (sorted), the merchant's book if an event needs
it, accounts (by id). Two batches therefore wait for each other and do not deadlock; should PostgreSQL see one all the
same (declared accounts are upserted first), the whole batch is tried again: nothing of it had happened.
"""

import hashlib
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from fiscal_server.clock import Clock
from fiscal_server.errors import IdempotencyConflict
from fiscal_server.intake.batch import Batch, BatchRejected, DecodedEvent, Problem, decode_batch
from fiscal_server.intake.compute import Computation, compute_events
from fiscal_server.intake.store import store_computation
from fiscal_server.metrics import METRICS
from fiscal_server.storage import batches, queue
from fiscal_server.storage.ledger import declare_accounts
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.pool import Database, WriteConnection

_ATTEMPTS = 3


class Intake(msgspec.Struct, frozen=True):
    """What accepting needs beside the database: time, and the zone in which days are counted."""

    clock: Clock
    zone: ZoneInfo


class BatchRequest(msgspec.Struct, frozen=True):
    """What came by HTTP."""

    merchant_id: int
    idempotency_key: str
    body: bytes


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
    batch = decode_batch(request.body)
    for attempt in range(_ATTEMPTS):
        try:
            async with database.write() as db:
                answer, accepted = await _accept(db, database, intake, request, batch)
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            for event in accepted:
                METRICS.events_accepted.labels(event.event.__struct_config__.tag).inc()
            return answer
    raise AssertionError("unreachable")


async def _accept(
    db: WriteConnection, database: Database, intake: Intake, request: BatchRequest, batch: Batch
) -> tuple[bytes, list[DecodedEvent]]:
    body_hash = hashlib.sha256(request.body).digest()
    earlier = await batches.claim_idempotency_key(db, request.merchant_id, request.idempotency_key)
    if earlier is not None:
        if earlier[0] != body_hash:
            raise IdempotencyConflict(f"the key {request.idempotency_key!r} came before with another body")
        return earlier[1], []
    if batch.problems and batch.on_error == "reject":
        raise BatchRejected(batch.problems)
    merchant = await read_merchant(db, request.merchant_id)
    await declare_accounts(db, merchant.id, database.ids.take(len(batch.accounts)), batch.accounts)
    fresh, duplicates, conflicts = await _claim_keys(db, database, merchant.id, batch)
    computation = await compute_events(db, merchant, fresh, intake.clock.now().astimezone(intake.zone).date())
    problems = batch.problems + conflicts + computation.problems
    if problems and batch.on_error == "reject":
        raise BatchRejected(sorted(problems, key=lambda problem: problem.index or 0))
    await batches.free_event_keys(db, merchant.id, [p.key for p in computation.problems if p.key is not None])
    refused = {p.index for p in computation.problems}
    accepted = [event for event in fresh if event.index not in refused]
    batch_id = database.ids.next()
    receipts = await store_computation(db, database, merchant.id, batch_id, computation, accepted, intake.clock.now())
    answer = _answer(batch_id, batch, accepted, duplicates, problems, receipts)
    encoded = msgspec.json.encode(answer)
    await batches.add_batch(
        db,
        merchant.id,
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
        intake.clock.now(),
    )
    await queue.announce(db, merchant.id)
    return encoded, accepted


async def _claim_keys(
    db: WriteConnection, database: Database, merchant_id: int, batch: Batch
) -> tuple[list[DecodedEvent], list[DecodedEvent], list[Problem]]:
    """Events that are new, those that came before with the same content, and conflicts of keys."""
    first: dict[str, DecodedEvent] = {}
    repeated: list[DecodedEvent] = []
    for event in batch.events:
        if event.event.key in first:
            repeated.append(event)
        else:
            first[event.event.key] = event
    ids = database.ids.take(len(first))
    known = await batches.claim_event_keys(
        db, merchant_id, [(key, i, event.body_hash) for i, (key, event) in zip(ids, first.items(), strict=True)]
    )
    fresh = [
        msgspec.structs.replace(event, id=i)
        for i, (key, event) in zip(ids, first.items(), strict=True)
        if key not in known
    ]
    hashes = {key: known.get(key, event.body_hash) for key, event in first.items()}
    duplicates, conflicts = [], []
    for event in [first[key] for key in known] + repeated:
        if hashes[event.event.key] == event.body_hash:
            duplicates.append(event)
        else:
            reason = "an event with this key and another content was accepted before"
            conflicts.append(Problem("key_conflict", reason, "key", event.index, event.event.key))
    return fresh, duplicates, conflicts


def _answer(
    batch_id: int,
    batch: Batch,
    accepted: list[DecodedEvent],
    duplicates: list[DecodedEvent],
    problems: list[Problem],
    receipts: dict[str, list[str]],
) -> BatchAnswer:
    rows: dict[int, EventAnswer] = {}
    for event in accepted:
        rows[event.index] = EventAnswer("accepted", event.event.key, receipts.get(event.event.key, []))
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
