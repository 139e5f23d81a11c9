"""What stands around one receipt, for whoever looks at it; reading only."""

from datetime import date, datetime
from typing import Final

import msgspec

from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("receipt_cards")

AHEAD_MAX: Final = 5


class DeviceOfFn(msgspec.Struct, frozen=True):
    """A slot with the FN that holds a document."""

    kkt_id: int
    slot: int
    cassette: str
    registration_number: str
    ffd: int
    emulated: bool


class WaitingReceipt(msgspec.Struct, frozen=True):
    """A receipt's place in the queue. ``expected_fd``: a device was about to make this number of it."""

    state: str
    deadline: date
    attempts: int
    refusals: int
    error: str | None
    updated_at: datetime
    slot: int | None
    fn_number: str | None
    expected_fd: int | None
    intended_at: datetime | None


class RelatedReceipt(msgspec.Struct, frozen=True):
    """Another receipt that belongs to this one."""

    id: int
    form: int
    sign: int
    total_kopecks: int
    created_at: datetime


async def device_of_fn(db: ReadConnection, merchant_id: int, fn_number: str) -> DeviceOfFn | None:
    """The slot of an FN; None when the books have none of it any more."""
    row = await db.fetchrow(SQL["device_of_fn"], merchant_id, fn_number)
    return None if row is None else DeviceOfFn(*row)


async def waiting_receipt(db: ReadConnection, merchant_id: int, receipt_id: int) -> WaitingReceipt | None:
    """None when it waits for nothing any more."""
    row = await db.fetchrow(SQL["waiting_receipt"], merchant_id, receipt_id)
    return None if row is None else WaitingReceipt(*row)


async def receipts_ahead(db: ReadConnection, merchant_id: int, account_id: int, receipt_id: int) -> list[int]:
    """Ids of receipts of the account that are to be made before, up to ``AHEAD_MAX``."""
    rows = await db.fetch(SQL["receipts_ahead"], merchant_id, account_id, receipt_id, AHEAD_MAX)
    return [row["id"] for row in rows]


async def corrections_of(db: ReadConnection, merchant_id: int, receipt_id: int) -> list[RelatedReceipt]:
    """Receipts that correct this one."""
    return [RelatedReceipt(*row) for row in await db.fetch(SQL["receipts_of_corrections"], merchant_id, receipt_id)]


async def corrected_by_event(db: ReadConnection, merchant_id: int, event_id: int) -> list[RelatedReceipt]:
    """Receipts that the event of a correction corrects."""
    return [RelatedReceipt(*row) for row in await db.fetch(SQL["corrected_by_event"], merchant_id, event_id)]


async def receipts_of_event(db: ReadConnection, merchant_id: int, event_id: int, besides: int) -> list[RelatedReceipt]:
    """What else an event led to."""
    rows = await db.fetch(SQL["receipts_of_event"], merchant_id, event_id, besides)
    return [RelatedReceipt(*row) for row in rows]
