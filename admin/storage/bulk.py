"""Deeds to many rows at once: the job, its rows, what came of each. Any process of the panel can go on with it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("bulk", "admin.storage")

SILENT: Final = timedelta(seconds=30)
"""After this whoever was at a job is taken for dead; anybody may go on with it."""
KEPT: Final = timedelta(days=90)

Outcome = Literal["done", "failed", "asked"]
"""asked: an order that its device has still to answer."""


class JobState(StrEnum):
    """Where a job stands."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    DONE = "DONE"


class Row(msgspec.Struct, frozen=True):
    """Something to be done to: whose it is, its id, how the list named it."""

    merchant_id: int
    object_id: int
    title: str


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job as a form asks for it."""

    id: int
    person_id: int | None
    person: str
    form_key: str
    kind: str
    reason: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job and how far it is."""

    id: int
    person_id: int | None
    kind: str
    reason: str
    total: int
    state: JobState
    beat_at: datetime
    created_at: datetime
    done: int
    failed: int
    waiting: int
    """Their devices have not answered yet."""

    @property
    def is_running(self) -> bool:
        """Whether somebody is at it, or has died at it."""
        return self.state is JobState.RUNNING

    @property
    def left(self) -> int:
        """Rows of which nothing has come yet."""
        return self.total - self.done - self.failed - self.waiting

    def is_silent(self, now: datetime) -> bool:
        """Whether whoever was at it has died."""
        return self.is_running and now - self.beat_at > SILENT


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a job. ``problem``: what the API said, as ``admin.refusals.kept`` keeps it, or a device's answer."""

    place: int
    merchant_id: int
    object_id: int
    title: str
    outcome: Outcome | None
    problem: Any


def _job(row: Any) -> Job:
    return Job(**{**dict(row), "state": JobState(row["state"])})


async def add_job(db: WriteConnection, new: NewJob, rows: Sequence[Row], now: datetime) -> bool:
    """False: the same form came before."""
    values = (new.id, new.person_id, new.person, new.form_key, new.kind, new.reason, len(rows), now)
    if await db.fetchval(SQL["add_bulk_job"], *values) is None:
        return False
    merchants, ids = [one.merchant_id for one in rows], [one.object_id for one in rows]
    await db.execute(SQL["add_bulk_items"], new.id, merchants, ids, [one.title for one in rows])
    await db.execute(SQL["forget_old_bulk_jobs"], now - KEPT)
    return True


async def job_of_form(db: WriteConnection, form_key: str, person_id: int | None) -> int | None:
    """The job that a form of this person has become."""
    row = await db.fetchrow(SQL["bulk_job_of_form"], form_key)
    return None if row is None or row["person_id"] != person_id else row["id"]


async def read_job(db: ReadConnection | WriteConnection, job_id: int, person_id: int | None) -> Job | None:
    """One of the person's own; None for none, and for those of others."""
    row = await db.fetchrow(SQL["read_bulk_job"], job_id, person_id)
    return None if row is None else _job(row)


async def list_jobs(db: ReadConnection, person_id: int | None, limit: int) -> list[Job]:
    """The newest of the person's own."""
    return [_job(row) for row in await db.fetch(SQL["list_bulk_jobs"], person_id or 0, limit)]


async def next_items(db: ReadConnection, job_id: int, limit: int) -> list[Item]:
    """What is still to be asked."""
    return [Item(**dict(row)) for row in await db.fetch(SQL["next_bulk_items"], job_id, limit)]


async def failed_items(
    db: ReadConnection, job_id: int, merchants: Sequence[int], *, behind: int = 0, limit: int
) -> list[Item]:
    """What was refused, behind a place, of these merchants."""
    rows = await db.fetch(SQL["failed_bulk_items"], job_id, behind, limit, list(merchants))
    return [Item(**dict(row)) for row in rows]


async def waiting_items(db: ReadConnection, job_id: int, merchants: Sequence[int], *, limit: int) -> list[Item]:
    """Whose device has not answered, of these merchants."""
    return [Item(**dict(row)) for row in await db.fetch(SQL["waiting_bulk_items"], job_id, limit, list(merchants))]


async def end_item(
    db: WriteConnection, job_id: int, place: int, outcome: Outcome, problem: Any = None, order_id: int | None = None
) -> None:
    """What came of a row; of one that is ``asked``, the order whose answer will tell."""
    await db.execute(SQL["end_bulk_item"], job_id, place, outcome, problem, order_id)


async def beat(db: WriteConnection, job_id: int, last: datetime, now: datetime) -> bool:
    """Whoever was at the job at ``last`` is alive. False: somebody has stopped it, or another goes on with it."""
    return await db.fetchval(SQL["beat_bulk_job"], job_id, now, last) is not None


async def take_job(db: WriteConnection, job_id: int, now: datetime) -> bool:
    """Whether the job is the caller's: of two who ask one goes on with it."""
    return await db.fetchval(SQL["take_bulk_job"], job_id, now, now - SILENT) is not None


async def end_job(db: WriteConnection, job_id: int, state: JobState, last: datetime | None = None) -> bool:
    """DONE or STOPPED; False: it was so already, or it is not with whoever was at it at ``last`` any more."""
    return await db.fetchval(SQL["end_bulk_job"], job_id, state.value, last) is not None
