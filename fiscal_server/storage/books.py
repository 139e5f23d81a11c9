"""What belongs to a merchant as a whole: closed months, money in suspense, returns that wait for the month's end."""

from typing import Any

import msgspec

from fiscal_server.storage.ledger import SQL
from fiscal_server.storage.pool import WriteConnection, one_row


class BookRow(msgspec.Struct, frozen=True):
    """JSON lists as accounting writes them."""

    closed_periods: list[str]
    suspense: list[Any]
    held: list[Any]
    pending_refunds: list[Any]


async def lock_book(db: WriteConnection, merchant_id: int) -> BookRow:
    """Locked until the end of the transaction: events of the merchant as a whole come one after another."""
    return BookRow(*await one_row(db, SQL["lock_book"], merchant_id))


async def read_book(db: WriteConnection, merchant_id: int) -> BookRow:
    """Without the lock, for events that only look at closed months."""
    return BookRow(*await one_row(db, SQL["read_book"], merchant_id))


async def store_book(db: WriteConnection, merchant_id: int, book: BookRow) -> None:
    """After a computation."""
    await db.execute(SQL["update_book"], merchant_id, *msgspec.structs.astuple(book))
