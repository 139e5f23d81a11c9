"""Month closes that run as jobs: their rows (``close_states`` judges the states)."""

from datetime import date, datetime
from typing import Any

import msgspec

from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.pool import ReadConnection, WriteConnection, one_row
from fiscal_server.storage.queries import load_queries

SQL = load_queries("closing")

BEFORE_ALL = -(1 << 63)
"""The position of a job that has not begun."""


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it begins; ``runner`` holds it until ``lease_until``, None: whoever comes first."""

    merchant_id: int
    id: int
    period: str
    dry_run: bool
    state: CloseState
    event_key: str
    event_id: int
    deadline: date
    kept: bytes
    runner: int | None
    lease_until: datetime | None
    started_at: datetime


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """A job. ``position``: every account up to this id is closed. ``kept``: MessagePack that the job itself reads."""

    merchant_id: int
    id: int
    period: str
    dry_run: bool
    state: CloseState
    event_key: str
    event_id: int
    position: int
    accounts: int
    done: int
    changed: int
    settlements: int
    receipts: int
    kept: bytes
    totals: Any
    deadline: date
    error: str | None
    started_at: datetime
    finished_at: datetime | None

    @property
    def has_begun(self) -> bool:
        """Whether a chunk was committed."""
        return self.position != BEFORE_ALL


def _job(row: Any) -> JobRow:
    return JobRow(**{**dict(row), "state": CloseState(row["state"])})


async def add_job(db: WriteConnection, job: NewJob) -> None:
    """Store a job; the merchant's accounts are counted."""
    values = msgspec.structs.asdict(job) | {"state": job.state.value}
    await db.execute(SQL["add_job"], *values.values())


async def read_job(db: ReadConnection | WriteConnection, merchant_id: int, job_id: int) -> JobRow | None:
    """One job; None when the merchant has none of this id."""
    row = await db.fetchrow(SQL["read_job"], merchant_id, job_id)
    return None if row is None else _job(row)


async def list_jobs(
    db: ReadConnection, merchant_id: int, period: str | None, state: CloseState | None, *, before: int, limit: int
) -> list[JobRow]:
    """Jobs with ids below ``before``, newest first, previews too; of one month or in one state if that is given."""
    return [_job(row) for row in await db.fetch(SQL["list_jobs"], merchant_id, before, period, state, limit)]


async def lock_job(db: WriteConnection, merchant_id: int, job_id: int) -> JobRow | None:
    """The same, held until the end of the transaction."""
    row = await db.fetchrow(SQL["lock_job"], merchant_id, job_id)
    return None if row is None else _job(row)


async def newest_job(db: ReadConnection, merchant_id: int, period: str) -> int | None:
    """The latest job that closes (or was to close) a month; its id."""
    found: int | None = await db.fetchval(SQL["newest_job"], merchant_id, period)
    return found


async def job_of_event(db: WriteConnection, merchant_id: int, event_key: str) -> int | None:
    """The job that an event's key began; None when a batch brought the event."""
    found: int | None = await db.fetchval(SQL["job_of_event"], merchant_id, event_key)
    return found


async def half_closed(db: ReadConnection | WriteConnection, merchant_id: int) -> list[str]:
    """Months that a job has begun to close and not finished."""
    return [row["period"] for row in await db.fetch(SQL["half_closed"], merchant_id)]


async def has_more_accounts(db: WriteConnection, merchant_id: int, than: int) -> bool:
    """Whether a merchant has more accounts than a number."""
    found: int = await db.fetchval(SQL["count_accounts"], merchant_id, than)
    return found > than


async def commit_without_waiting(db: WriteConnection) -> None:
    """This transaction's commit is answered before it is on the disk; the order of commits stays."""
    await db.execute(SQL["commit_without_waiting"])


async def take_job(db: WriteConnection, runner: int, now: datetime, until: datetime) -> tuple[int, int] | None:
    """Merchant and id of a job that nobody works on; it is the runner's until then."""
    row = await db.fetchrow(SQL["take_job"], runner, now, until)
    return None if row is None else (row["merchant_id"], row["id"])


async def advance_job(db: WriteConnection, before: JobRow, job: JobRow, runner: int, until: datetime) -> bool:
    """Write how far a job has come; False when it was stopped, or somebody else went on with it meanwhile."""
    moved = await db.fetchval(
        SQL["advance_job"], job.merchant_id, job.id, before.position, job.position, job.done, job.changed,
        job.settlements, job.receipts, job.kept, job.totals, runner, until,
    )  # fmt: skip
    return moved is not None


async def move_job(
    db: WriteConnection,
    job: JobRow,
    state: CloseState,
    *,
    error: str | None = None,
    finished_at: datetime | None = None,
    runner: int | None = None,
    until: datetime | None = None,
) -> None:
    """Give a job that the caller holds another state."""
    await db.execute(SQL["move_job"], job.merchant_id, job.id, state.value, error, finished_at, runner, until)


async def finish_job(db: WriteConnection, job: JobRow, state: CloseState, now: datetime) -> None:
    """The last state of a job that the caller holds, with its last figures."""
    await db.execute(SQL["finish_job"], job.merchant_id, job.id, state.value, job.receipts, job.totals, now)


async def forget_event(db: WriteConnection, job: JobRow) -> None:
    """The event of a job that did nothing; its key becomes free too."""
    await db.execute(SQL["forget_event"], job.merchant_id, job.event_id)


async def last_of_chunk(db: ReadConnection | WriteConnection, merchant_id: int, position: int, size: int) -> int | None:
    """Id of the last account of the next chunk; None when none is left."""
    last: int | None = (await one_row(db, SQL["last_of_chunk"], merchant_id, position, size))["last"]
    return last
