"""Months of several merchants with the jobs that close them, for whoever looks; reading only."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("close_overview")


class MonthRow(msgspec.Struct, frozen=True, kw_only=True):
    """A month of a merchant. ``closed``: it takes no charges any more; ``state`` and what follows are those of the job,
    None where a batch closed the month, or nobody."""

    merchant_id: int
    period: str
    created_at: datetime
    closed: bool
    job_id: int | None
    state: CloseState | None
    accounts: int | None
    done: int | None
    receipts: int | None
    error: str | None
    finished_at: datetime | None


async def months_of_merchants(db: ReadConnection, merchants: Sequence[int], periods: Sequence[str]) -> list[MonthRow]:
    """Each merchant in sight with each month, newest month first and inside of it by name."""
    rows = await db.fetch(SQL["months_of_merchants"], list(merchants), list(periods))
    return [msgspec.convert(dict(row), MonthRow) for row in rows]


async def preview_by_key(db: ReadConnection, merchant_id: int, period: str, event_key: str) -> int | None:
    """The preview that was begun under this key."""
    found: int | None = await db.fetchval(SQL["preview_by_key"], merchant_id, period, event_key)
    return found
