"""Orders to devices as rows: whoever holds the KKT's lease carries them out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fiscal_server.storage.kkts import SQL
from fiscal_server.storage.pool import ReadConnection, WriteConnection


async def add_request(
    db: WriteConnection, request_id: int, merchant_id: int, kkt_id: int, kind: str, now: datetime
) -> None:
    """Ask for something; ``announce`` in the same transaction wakes who acts."""
    await db.execute(SQL["add_request"], merchant_id, request_id, kkt_id, kind, now)


async def open_requests(db: ReadConnection, merchant_id: int, kkt_id: int) -> list[tuple[int, str]]:
    """Orders that wait, as (id, kind), oldest first."""
    return [(row["id"], row["kind"]) for row in await db.fetch(SQL["open_requests"], merchant_id, kkt_id)]


async def finish_request(db: WriteConnection, merchant_id: int, request_id: int, answer: Any, now: datetime) -> None:
    """Answer an order; the answer is kept as JSON."""
    await db.execute(SQL["finish_request"], merchant_id, request_id, now, answer)


async def note_progress(db: WriteConnection, merchant_id: int, request_ids: Sequence[int], progress: Any) -> set[int]:
    """Say how far orders have come; gives the ids of those that somebody still waits for."""
    rows = await db.fetch(SQL["note_progress"], merchant_id, list(request_ids), progress)
    return {row["id"] for row in rows}


async def read_request(db: ReadConnection, merchant_id: int, request_id: int) -> tuple[datetime | None, Any]:
    """When an order was carried out (None: not yet), and the answer, or how far it has come."""
    row = await db.fetchrow(SQL["read_request"], merchant_id, request_id)
    if row is None:
        raise LookupError(f"there is no request {request_id}")
    return row["finished_at"], row["answer"]
