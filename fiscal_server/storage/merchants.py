"""Merchants: organisations that issue receipts."""

from datetime import datetime, time
from typing import Any

import msgspec

from fiscal_server.errors import UnknownMerchant
from fiscal_server.storage import restoration
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("batches")


class MerchantRow(msgspec.Struct, frozen=True):
    """``rules`` is the JSON of accounting's merchant (receipt case format 1.1); the rest goes to the documents."""

    id: int
    name: str
    rules: dict[str, Any]
    receipt_id_tag: int
    cashier: str
    place: str
    address: str
    timezone: str = "Europe/Moscow"
    shift_closes_at: time | None = None  # in ``timezone``; None: when 24 hours come near


async def add_merchant(db: WriteConnection, merchant: MerchantRow, now: datetime) -> None:
    """Store a merchant whose rules were checked before."""
    await db.execute(SQL["add_merchant"], *msgspec.structs.astuple(merchant), now)
    await restoration.hold_newcomer(db, merchant.id, now)


async def set_shift_hour(db: WriteConnection, merchant_id: int, timezone: str, closes_at: time | None) -> None:
    """When shifts are closed; the zone's name was checked before."""
    await db.execute(SQL["set_shift_hour"], merchant_id, timezone, closes_at)


async def read_merchant(db: ReadConnection | WriteConnection, merchant_id: int) -> MerchantRow:
    """Raises UnknownMerchant."""
    row = await db.fetchrow(SQL["read_merchant"], merchant_id)
    if row is None:
        raise UnknownMerchant(f"there is no merchant {merchant_id}")
    return MerchantRow(*row)


async def find_merchant(db: ReadConnection | WriteConnection, name: str) -> MerchantRow:
    """By name. Raises UnknownMerchant with the names that exist."""
    row = await db.fetchrow(SQL["find_merchant"], name)
    if row is None:
        known = ", ".join(one.name for one in await list_merchants(db)) or "none yet"
        raise UnknownMerchant(f"there is no merchant called {name!r}; known: {known}")
    return MerchantRow(*row)


async def list_merchants(db: ReadConnection | WriteConnection) -> list[MerchantRow]:
    """All merchants, oldest first."""
    return [MerchantRow(*row) for row in await db.fetch(SQL["list_merchants"])]
