"""What forecasts are made of: slots, queue, past days and pace, of one merchant or of all."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from fiscal_server.ids import first_id_at
from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("forecast")


class SlotAhead(msgspec.Struct, frozen=True):
    """A slot and its cassette; what belongs to the slot is None in a cassette without any."""

    merchant_id: int
    cassette_id: int
    cassette: str
    parallel: int
    routed: bool  # new receipts of the merchant come to this cassette
    kkt_id: int | None
    slot: int | None
    fn_number: str | None
    state: str | None
    documents_left: int | None
    valid_until: date | None
    last_fd: int | None
    backlog: int | None
    unconfirmed_since: datetime | None
    unreachable_since: datetime | None
    paused_since: datetime | None
    rules: CassetteRules


class QueueAhead(msgspec.Struct, frozen=True):
    """Receipts due on one day."""

    merchant_id: int
    cassette_id: int | None  # None: computed before the merchant had a cassette
    deadline: date
    parked: bool
    receipts: int


class DayBehind(msgspec.Struct, frozen=True):
    """Receipts that were computed on a day that is over."""

    merchant_id: int
    day: date
    receipts: int


async def count_days(db: WriteConnection, days: Sequence[date], zone: ZoneInfo) -> None:
    """Count days that are over, each once; ``days`` in ``zone``."""
    starts = [first_id_at(datetime.combine(day, time(), zone)) for day in days]
    ends = [first_id_at(datetime.combine(day + timedelta(days=1), time(), zone)) for day in days]
    await db.execute(SQL["count_days"], list(days), starts, ends)


async def slots_ahead(db: ReadConnection, merchant_id: int | None = None) -> list[SlotAhead]:
    """Every slot in the order of its cassette; of one merchant, or of all."""
    rows = await db.fetch(SQL["slots_ahead"], merchant_id)
    return [SlotAhead(**{**row, "rules": msgspec.convert(row["rules"], CassetteRules)}) for row in rows]


async def queue_ahead(db: ReadConnection, merchant_id: int | None = None) -> list[QueueAhead]:
    """The queue in the order of deadlines."""
    found = [QueueAhead(*row) for row in await db.fetch(SQL["queue_ahead"], merchant_id)]
    return sorted(found, key=lambda row: row.deadline)


async def days_behind(db: ReadConnection, since: date, merchant_id: int | None = None) -> list[DayBehind]:
    """Counted days from ``since`` on."""
    return [DayBehind(*row) for row in await db.fetch(SQL["days_behind"], merchant_id, since)]


async def pace(db: ReadConnection, merchant_id: int | None = None) -> dict[tuple[int, int], float]:
    """(merchant, cassette) -> seconds a receipt of one FN that is kept busy; missing until enough was made."""
    rows: list[Any] = await db.fetch(SQL["pace"], merchant_id)
    return {(row["merchant_id"], row["cassette_id"]): row["seconds"] for row in rows}
