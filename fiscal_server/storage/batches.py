"""Batches, the events in them, and the keys that make every event happen once."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fiscal_server.storage.merchants import SQL
from fiscal_server.storage.pool import ReadConnection, WriteConnection


class BatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """A batch with its counts; ``answer`` is the JSON that was given."""

    id: int
    idempotency_key: str
    body_hash: bytes
    events: int
    accepted: int
    duplicates: int
    rejected: int
    receipts: int
    answer: bytes


class BatchCounts(msgspec.Struct, frozen=True):
    """A batch without its answer."""

    id: int
    idempotency_key: str
    created_at: datetime
    events: int
    accepted: int
    duplicates: int
    rejected: int
    receipts: int


class EventRow(msgspec.Struct, frozen=True):
    """An event as it is kept; ``body`` is its canonical JSON."""

    merchant_id: int
    id: int
    key: str
    type: str
    account_id: int | None
    batch_id: int | None
    body: bytes
    received_at: datetime


async def claim_idempotency_key(db: WriteConnection, merchant_id: int, key: str) -> tuple[bytes, bytes] | None:
    """(body hash, answer) of the batch that had this key before; None: it is free, and ours in this transaction."""
    await db.execute(SQL["claim_idempotency_key"], merchant_id, key)
    row = await db.fetchrow(SQL["find_batch"], merchant_id, key)
    return None if row is None else (row["body_hash"], row["answer"])


async def add_batch(db: WriteConnection, merchant_id: int, batch: BatchRow, now: datetime) -> None:
    """Store a batch and its answer."""
    await db.execute(SQL["add_batch"], merchant_id, *msgspec.structs.astuple(batch), now)


async def read_batch_answer(db: ReadConnection, merchant_id: int, batch_id: int) -> bytes | None:
    """The JSON that was answered to a batch."""
    row = await db.fetchrow(SQL["read_batch"], merchant_id, batch_id)
    return None if row is None else bytes(row["answer"])


async def list_batches(
    db: ReadConnection, merchant_id: int, key: str | None, *, before: int, limit: int
) -> list[BatchCounts]:
    """Batches with smaller ids than ``before``, newest first; of one Idempotency-Key if asked."""
    return [BatchCounts(*row) for row in await db.fetch(SQL["list_batches"], merchant_id, key, before, limit)]


async def claim_event_keys(
    db: WriteConnection, merchant_id: int, keys: Sequence[tuple[str, int, bytes]]
) -> dict[str, bytes]:
    """Take keys, given as (key, event id, body hash); gives the body hashes of those that were taken before."""
    if not keys:
        return {}
    names, ids, hashes = zip(*sorted(keys), strict=True)
    done = await db.execute(SQL["claim_event_keys"], merchant_id, names, ids, b"".join(hashes))
    if int(done.rpartition(" ")[2]) == len(names):
        return {}
    ours = set(ids)
    found = await db.fetch(SQL["find_event_keys"], merchant_id, names)
    return {row["key"]: row["body_hash"] for row in found if row["event_id"] not in ours}


async def event_ids(db: ReadConnection | WriteConnection, merchant_id: int, keys: Sequence[str]) -> dict[str, int]:
    """Ids of accepted events by key."""
    rows = await db.fetch(SQL["find_event_keys"], merchant_id, list(keys))
    return {row["key"]: row["event_id"] for row in rows}


async def free_event_keys(db: WriteConnection, merchant_id: int, keys: Sequence[str]) -> None:
    """Refused events leave their keys free."""
    if keys:
        await db.execute(SQL["free_event_keys"], merchant_id, list(keys))


async def add_events(db: WriteConnection, rows: Sequence[EventRow]) -> None:
    """Store accepted events."""
    if not rows:
        return
    await db.copy_records_to_table(
        "event",
        schema_name="fiscal",
        columns=EventRow.__struct_fields__,
        records=[msgspec.structs.astuple(row) for row in rows],
    )


async def receipt_states(db: ReadConnection, merchant_id: int, receipt_ids: Sequence[int]) -> dict[str, int]:
    """How many of these receipts stand in which state."""
    rows = await db.fetch(SQL["batch_progress"], merchant_id, list(receipt_ids))
    return {row["state"]: row["receipts"] for row in rows}
