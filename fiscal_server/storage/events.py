"""Events as people look at them: what came, when, and which receipts it led to."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.receipt_search import LOOK_MAX, STEP

SQL = load_queries("events")

CLOSE: Final = "period_close"


class EventView(msgspec.Struct, frozen=True):
    """An event; ``body`` is its canonical JSON. ``batch_id`` None: it came as a job of its own."""

    id: int
    key: str
    type: str
    account: str | None
    batch_id: int | None
    body: bytes
    received_at: datetime


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; None asks for nothing. Ids: from ``first_id`` on, below ``end_id``."""

    first_id: int
    end_id: int
    account_id: int | None = None
    kind: str | None = None


async def find_events(
    db: ReadConnection, merchant_id: int, wanted: EventFilter, limit: int
) -> tuple[list[EventView], int | None]:
    """A page, newest first, and where the next one begins: like a search of receipts it may be short before its end."""
    own_index = wanted.kind is None or (wanted.kind == CLOSE and wanted.account_id is None)
    query, more = SQL["newest_events"], []
    if wanted.account_id is not None:
        query, more = SQL["newest_events_of_account"], [wanted.account_id]
    elif own_index and wanted.kind is not None:
        query = SQL["newest_closes"]
    found: list[int] = []
    end_id, looked_at = wanted.end_id, 0
    following: int | None = None
    while True:
        step = limit + 1 if own_index else STEP
        rows = await db.fetch(query, merchant_id, wanted.first_id, end_id, step, *more)
        found += [row["id"] for row in rows if wanted.kind is None or row["type"] == wanted.kind]
        looked_at += len(rows)
        if len(found) > limit:
            following = found[limit - 1]
            break
        if len(rows) < step:
            break
        end_id = rows[-1]["id"]
        if looked_at >= LOOK_MAX:
            following = end_id
            break
    return await read_events(db, merchant_id, found[:limit]), following


async def read_events(db: ReadConnection | WriteConnection, merchant_id: int, ids: Sequence[int]) -> list[EventView]:
    """Events by id, newest first."""
    rows = await db.fetch(SQL["read_events"], merchant_id, list(ids)) if ids else []
    return [EventView(*row) for row in rows]


async def find_event(db: ReadConnection, merchant_id: int, key: str) -> EventView | None:
    """An accepted event by its key."""
    event_id = await db.fetchval(SQL["event_by_key"], merchant_id, key)
    found = [] if event_id is None else await read_events(db, merchant_id, [event_id])
    return found[0] if found else None


async def receipt_ids_of_events(
    db: ReadConnection, merchant_id: int, event_ids: Sequence[int], limit: int
) -> dict[int, list[int]]:
    """Ids of receipts by event, oldest first, at most ``limit`` of each."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = await db.fetch(SQL["receipts_by_event"], merchant_id, list(event_ids), limit) if event_ids else []
    for row in rows:
        found[row["event_id"]].append(row["id"])
    return found
