"""Orders to correct registered receipts and to restore missing ones: written once, their receipts tell the rest."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("corrections")

DAY_TOTALS_MOST: Final = 100
"""How often a day may be restored and cancelled."""


class CorrectionKind(StrEnum):
    """What an order is about."""

    CORRECTION = "correction"  # registered receipts that are wrong
    RESTORATION = "restoration"  # events that never came


class CorrectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An order. ``body``: its canonical JSON; ``receipt_ids``: what it issues, in order."""

    merchant_id: int
    id: int
    kind: str
    idempotency_key: str
    body_hash: bytes
    body: bytes
    receipt_ids: list[int]
    created_at: datetime


class CorrectedReceipt(msgspec.Struct, frozen=True):
    """A receipt that an order says is wrong. ``stands``: not all that was to correct it is cancelled."""

    receipt_id: int
    correction_id: int
    event_id: int
    stands: bool


class DayTotal(msgspec.Struct, frozen=True):
    """A restoration of a day's total. ``stands``: its document is not cancelled."""

    event_id: int
    correction_id: int
    stands: bool


async def hold_corrections(db: WriteConnection, merchant_id: int) -> None:
    """Wait until no other correction of the merchant is under way; holds until the end of the transaction."""
    await db.execute(SQL["hold_corrections"], merchant_id)


async def correction_of_key(db: WriteConnection, merchant_id: int, key: str) -> tuple[int, bytes] | None:
    """(id, body hash) of the order that had this Idempotency-Key before."""
    row = await db.fetchrow(SQL["correction_of_key"], merchant_id, key)
    return None if row is None else (row["id"], row["body_hash"])


async def add_correction(db: WriteConnection, row: CorrectionRow, corrected: Sequence[tuple[int, int]]) -> None:
    """Store an order; ``corrected``: receipts that are wrong, each with the id of the event that corrects it."""
    await db.execute(SQL["add_correction"], *msgspec.structs.astuple(row))
    if corrected:
        wrong, events = zip(*corrected, strict=True)
        await db.execute(SQL["add_corrected_receipts"], row.merchant_id, row.id, list(wrong), list(events))


async def read_correction(
    db: ReadConnection | WriteConnection, merchant_id: int, correction_id: int
) -> CorrectionRow | None:
    """One order."""
    row = await db.fetchrow(SQL["read_correction"], merchant_id, correction_id)
    return None if row is None else CorrectionRow(**dict(row.items()))


async def restorations_among(db: ReadConnection, merchant_id: int, ids: Collection[int]) -> dict[int, bytes]:
    """Orders to restore among things that events came in, by id: their canonical JSON."""
    return {row["id"]: row["body"] for row in await db.fetch(SQL["restorations_among"], merchant_id, list(ids))}


async def list_corrections(
    db: ReadConnection, merchant_id: int, kind: CorrectionKind, *, before: int, limit: int
) -> list[CorrectionRow]:
    """Orders of a kind with ids below ``before``, newest first."""
    rows = await db.fetch(SQL["list_corrections"], merchant_id, kind.value, before, limit)
    return [CorrectionRow(**dict(row.items())) for row in rows]


async def corrections_of_receipts(
    db: ReadConnection | WriteConnection, merchant_id: int, receipt_ids: Collection[int]
) -> list[CorrectedReceipt]:
    """Orders that say these receipts are wrong, the oldest of each first."""
    rows = await db.fetch(SQL["corrections_of_receipts"], merchant_id, list(receipt_ids))
    return [CorrectedReceipt(*row) for row in rows]


async def day_totals(db: WriteConnection, merchant_id: int, key: str) -> list[DayTotal]:
    """Restorations of a day's total, oldest first; ``key``: of the first one's event, those after it are numbered."""
    keys = [key, *(f"{key}|{number}" for number in range(2, DAY_TOTALS_MOST + 1))]
    return [DayTotal(*row) for row in await db.fetch(SQL["day_totals"], merchant_id, keys)]


async def wrong_by_event(
    db: ReadConnection, merchant_id: int, correction_id: int, receipt_ids: Sequence[int]
) -> dict[int, int]:
    """Event id -> the receipt that it corrects, of one order and those receipts."""
    rows = await db.fetch(SQL["corrected_by_order"], merchant_id, correction_id, list(receipt_ids))
    return {row["event_id"]: row["receipt_id"] for row in rows}
