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


class FoundKkt(msgspec.Struct, frozen=True):
    """A KKT by the number of its FN, or by its own with the tax service."""

    merchant_id: int
    id: int
    slot: int
    fn_number: str
    registration_number: str


async def merchants_by_inn(
    db: ReadConnection, merchants: Sequence[int], begins: str, limit: int
) -> list[FoundMerchant]:
    """Those whose INN begins so."""
    return [FoundMerchant(*row) for row in await db.fetch(SQL["merchants_by_inn"], merchants, begins, limit)]


async def kkts_by_number(db: ReadConnection, merchants: Sequence[int], begins: str, limit: int) -> list[FoundKkt]:
    """Those whose FN's number, or registration number (with or without its zeros), begins so."""
    return [FoundKkt(*row) for row in await db.fetch(SQL["kkts_by_number"], merchants, begins, limit)]


async def merchant_of_receipt(db: ReadConnection, merchants: Sequence[int], receipt_id: int) -> int | None:
    """Who issued a receipt; None when no merchant in sight did."""
    found: int | None = await db.fetchval(SQL["merchant_of_receipt"], merchants, receipt_id)
    return found
