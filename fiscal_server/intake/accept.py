"""A batch, from bytes to receipts in the queue: one transaction, answered after the commit.

Order of locks, the same for every batch: Idempotency-Key, event keys (sorted), the merchant's book if an event needs
it, accounts (by code, declared ones and those of events together), queue rows of receipts that reversals concern. Two
batches therefore wait for each other and do not deadlock; should PostgreSQL see one all the same (an account that two
of them create while a third one waits), the whole batch is tried again: nothing of it had happened.
"""

import hashlib
from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from fiscal_server.clock import Clock
from fiscal_server.errors import IdempotencyConflict
from fiscal_server.intake.batch import Batch, BatchRejected, DecodedEvent, Problem, decode_batch
from fiscal_server.intake.claims import claim_keys, judge_repeats
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
                answer, accepted = await _accept_within(db, database, intake, request, batch)
        except TRY_AGAIN:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            count_accepted(accepted)
            return answer
    raise AssertionError("unreachable")


def count_accepted(accepted: Counter[str]) -> None:
    """Events that are committed, by type, for the metrics."""
    for kind, count in accepted.items():
        METRICS.events_accepted.labels(kind).inc(count)


async def _accept_within(
    db: WriteConnection, database: Database, intake: Intake, request: BatchRequest, batch: Batch
) -> tuple[bytes, Counter[str]]:
    """The JSON answer and how many events of each type were accepted now."""
    body_hash = hashlib.sha256(request.body).digest()
    earlier = await batches.claim_idempotency_key(db, request.merchant_id, request.idempotency_key)
    if earlier is not None:
        if earlier[0] != body_hash:
            raise IdempotencyConflict(f"the key {request.idempotency_key!r} came before with another body")
        return earlier[1], Counter()
    posting = Posting(db, database, intake, request.merchant_id)
    await posting.take(batch)
    return await posting.finish(request.idempotency_key, body_hash), posting.accepted


class Posting:
    """A batch inside the caller's transaction, whole or in pieces: however many, it is one batch in the books.

    Whoever has many events hands them over some thousands at a time, so that memory holds no more than a piece.
    ``accepted``: how many events by type. Raises what ``accept_batch`` raises, and ``TRY_AGAIN``.
    """

    def __init__(self, db: WriteConnection, database: Database, intake: Intake, merchant_id: int) -> None:
        self.id = database.ids.next()
        self.accepted = Counter[str]()
        self._db = db
        self._database = database
        self._intake = intake
        self._merchant_id = merchant_id
        self._answers: list[bytes] = []
        self._size = self._duplicates = self._rejected = self._receipts = 0

    async def take(self, batch: Batch) -> list[EventAnswer]:
        """The events that come next; what becomes of each, in their order."""
        judged = await judge(self._db, self._database, self._intake, self._merchant_id, batch)
        if judged.problems and batch.on_error == "reject":
            raise BatchRejected(judged.problems)
        refused = [p.key for p in judged.refused if p.key is not None]
        await batches.free_event_keys(self._db, self._merchant_id, refused)
        receipts = await store_computation(
            self._db, self._database, self._merchant_id, self.id, judged.computation, judged.accepted,
            self._intake.now(),
        )  # fmt: skip
        rows = _answers(judged, receipts, self._size)
        self._answers.append(msgspec.json.encode(rows)[1:-1])
        self._size += batch.size
        self._duplicates += len(judged.duplicates)
        self._rejected += len(judged.problems)
        self._receipts += sum(len(ids) for ids in receipts.values())
        self.accepted.update(one.tag for one in judged.accepted)
        return rows

    async def finish(self, idempotency_key: str, body_hash: bytes) -> bytes:
        """After the last piece: the JSON answer, stored with the batch."""
        answer = BatchAnswer(
            str(self.id), self.accepted.total(), self._duplicates, self._rejected, self._receipts, events=[]
        )
        head = msgspec.json.encode(answer).removesuffix(b"]}")
        encoded = b"".join((head, b",".join(filter(None, self._answers)), b"]}"))
        row = batches.BatchRow(
            id=self.id,
            idempotency_key=idempotency_key,
            body_hash=body_hash,
            events=self._size,
            accepted=answer.accepted,
            duplicates=answer.duplicates,
            rejected=answer.rejected,
            receipts=answer.receipts,
            answer=encoded,
        )
        await batches.add_batch(self._db, self._merchant_id, row, self._intake.now())
        await queue.announce(self._db, self._merchant_id)
        return encoded


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
    claim = await claim_keys(db, database, merchant.id, batch)
    declared = dict(zip(database.ids.take(len(batch.accounts)), batch.accounts, strict=True))
    try:
        computation = await compute_events(db, merchant, claim.fresh, today, declared=declared, in_bulk=in_bulk)
    except BatchRejected as whole:
        raise BatchRejected(batch.problems + claim.conflicts + whole.problems) from whole
    duplicates, repeats = judge_repeats(claim, computation.problems)
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


def _answers(judged: Judged, receipts: dict[str, list[str]], before: int) -> list[EventAnswer]:
    """In the order of the events; so many came in earlier pieces of their batch."""
    rows = {
        event.index: EventAnswer("accepted", key := event.event.key, receipts.get(key, [])) for event in judged.accepted
    }
    for event in judged.duplicates:
        rows[event.index] = EventAnswer("duplicate", event.event.key)
    for problem in judged.problems:
        assert problem.index is not None
        told = msgspec.structs.replace(problem, index=problem.index + before)
        rows[problem.index] = EventAnswer("rejected", problem.key, error=told)
    return [rows[index] for index in sorted(rows)]


__all__ = ["BatchAnswer", "BatchRequest", "Computation", "EventAnswer", "Intake", "Posting", "accept_batch"]
