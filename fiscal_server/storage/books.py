"""What belongs to a merchant as a whole: closed months, money in suspense, returns that wait for the month's end."""

from datetime import date
from typing import Any

import msgspec

from fiscal_server.storage.ledger import SQL
from fiscal_server.storage.pool import ReadConnection, WriteConnection, one_row


class BookRow(msgspec.Struct, frozen=True):
    """JSON lists as accounting writes them."""

    closed_periods: list[str]
    suspense: list[Any]
    held: list[Any]
    pending_refunds: list[Any]


async def lock_book(db: WriteConnection, merchant_id: int) -> BookRow:
    """Locked until the end of the transaction: events of the merchant as a whole come one after another."""
    return BookRow(*await one_row(db, SQL["lock_book"], merchant_id))


async def read_book(db: ReadConnection | WriteConnection, merchant_id: int) -> BookRow:
    """Without the lock, for events that only look at closed months."""
    return BookRow(*await one_row(db, SQL["read_book"], merchant_id))


async def store_book(db: WriteConnection, merchant_id: int, book: BookRow) -> None:
    """After a computation."""
    await db.execute(SQL["update_book"], merchant_id, *msgspec.structs.astuple(book))


async def merchants_with_due_money(db: ReadConnection, today: date) -> list[int]:
    """Merchants that hold payments of unknown payers whose deadline is today or has passed."""
    return [row["merchant_id"] for row in await db.fetch(SQL["merchants_with_due_money"], today)]


async def take_release(db: WriteConnection, merchant_id: int) -> bool:
    """Whether releasing a merchant's held money falls to this transaction: one at a time, nobody waits."""
    taken: bool = await db.fetchval(SQL["take_release"], merchant_id)
    return taken
