"""One row or a few by what somebody has in the hand: an INN, the number of an FN, the number of a receipt here."""

from collections.abc import Sequence

import msgspec

from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("lookups")


class FoundMerchant(msgspec.Struct, frozen=True):
    """An organisation by its INN."""

    id: int
    name: str
    inn: str


class FoundSlot(msgspec.Struct, frozen=True):
    """A slot by the number of its FN."""

    merchant_id: int
    cassette_id: int
    slot: int
    fn_number: str


async def merchants_by_inn(
    db: ReadConnection, merchants: Sequence[int], begins: str, limit: int
) -> list[FoundMerchant]:
    """Those whose INN begins so."""
    return [FoundMerchant(*row) for row in await db.fetch(SQL["merchants_by_inn"], merchants, begins, limit)]


async def slots_by_fn(db: ReadConnection, merchants: Sequence[int], begins: str, limit: int) -> list[FoundSlot]:
    """Those whose FN's number begins so."""
    return [FoundSlot(*row) for row in await db.fetch(SQL["slots_by_fn"], merchants, begins, limit)]


async def merchant_of_receipt(db: ReadConnection, merchants: Sequence[int], receipt_id: int) -> int | None:
    """Who issued a receipt; None when no merchant in sight did."""
    found: int | None = await db.fetchval(SQL["merchant_of_receipt"], merchants, receipt_id)
    return found
