"""Restorations of many events that run as jobs: their rows (``close_states`` judges the states)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("restoration_jobs")


class NewRestorationJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it begins."""

    merchant_id: int
    id: int
    idempotency_key: str
    body_hash: bytes
    dry_run: bool
    on_error: str
    state: CloseState
    events: int
    actor: str
    request_id: str | None
    started_at: datetime


class RestorationJobRow(msgspec.Struct, frozen=True, kw_only=True):
    """A job. ``position``: every piece before this one is done. ``problems``: JSON of intake's ``Problem``."""

    merchant_id: int
    id: int
    dry_run: bool
    on_error: str
    state: CloseState
    events: int
    position: int
    done: int
    known: int
    refused: int
    documents: int
    problems: list[dict[str, Any]]
    order_ids: list[int]
    actor: str
    request_id: str | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None


def stopped_by(problems: Sequence[dict[str, Any]]) -> str:
    """The ``error`` of a job that its own problems stopped; whoever has readers of other languages says it anew."""
    return f"{len(problems)} problem(s): {problems[0]['reason']}"


def _job(row: Any) -> RestorationJobRow:
    return RestorationJobRow(**{**dict(row.items()), "state": CloseState(row["state"])})


async def job_of_key(db: WriteConnection, merchant_id: int, key: str) -> tuple[int, bytes] | None:
    """(id, body hash) of the job that had this Idempotency-Key; else the key is ours until the transaction ends."""
    await db.execute(SQL["hold_restoration_key"], merchant_id, key)
    row = await db.fetchrow(SQL["restoration_job_of_key"], merchant_id, key)
    return None if row is None else (row["id"], row["body_hash"])


async def add_restoration_job(db: WriteConnection, job: NewRestorationJob, pieces: Sequence[bytes]) -> None:
    """Store a job with what it has to do."""
    values = msgspec.structs.asdict(job) | {"state": job.state.value}
    await db.execute(SQL["add_restoration_job"], *values.values())
    await db.execute(SQL["add_restoration_pieces"], job.merchant_id, job.id, list(pieces))


async def read_restoration_job(
    db: ReadConnection | WriteConnection, merchant_id: int, job_id: int
) -> RestorationJobRow | None:
    """One job; None when the merchant has none of this id."""
    row = await db.fetchrow(SQL["read_restoration_job"], merchant_id, job_id)
    return None if row is None else _job(row)


async def list_restoration_jobs(
    db: ReadConnection, merchant_id: int, *, before: int, limit: int
) -> list[RestorationJobRow]:
    """Jobs with ids below ``before``, newest first."""
    return [_job(row) for row in await db.fetch(SQL["list_restoration_jobs"], merchant_id, before, limit)]


async def lock_restoration_job(db: WriteConnection, merchant_id: int, job_id: int) -> RestorationJobRow | None:
    """One job, held until the end of the transaction."""
    row = await db.fetchrow(SQL["lock_restoration_job"], merchant_id, job_id)
    return None if row is None else _job(row)


async def read_piece(db: WriteConnection, job: RestorationJobRow) -> bytes | None:
    """The next piece of a job: the JSON of an order to restore; None when all are done."""
    found: bytes | None = await db.fetchval(SQL["read_restoration_piece"], job.merchant_id, job.id, job.position)
    return found


async def take_restoration_job(
    db: WriteConnection, runner: int, now: datetime, until: datetime
) -> tuple[int, int] | None:
    """Merchant and id of a job that nobody works on; it is the runner's until then."""
    row = await db.fetchrow(SQL["take_restoration_job"], runner, now, until)
    return None if row is None else (row["merchant_id"], row["id"])


async def advance_restoration_job(db: WriteConnection, job: RestorationJobRow, runner: int, until: datetime) -> None:
    """Write how far a job has come that the caller holds."""
    await db.execute(
        SQL["advance_restoration_job"], job.merchant_id, job.id, job.position, job.done, job.known, job.refused,
        job.documents, job.problems, job.order_ids, runner, until,
    )  # fmt: skip


async def move_restoration_job(
    db: WriteConnection, job: RestorationJobRow, state: CloseState, *, over: datetime | None, error: str | None = None
) -> None:
    """Give a job that the caller holds another state. ``over``: when it ended; its pieces go then."""
    await db.execute(SQL["move_restoration_job"], job.merchant_id, job.id, state.value, error, job.problems, over)
    if over is not None:
        await db.execute(SQL["forget_restoration_pieces"], job.merchant_id, job.id)
