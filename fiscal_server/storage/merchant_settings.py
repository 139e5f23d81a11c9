"""Settings and rules of a merchant, changed inside a transaction of the caller."""

from collections.abc import Sequence
from typing import Any

from fiscal_server.errors import UnknownMerchant
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.pool import WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("merchants")


async def lock_merchant(db: WriteConnection, merchant_id: int) -> MerchantRow:
    """A merchant that nobody else changes until the end of the transaction. Raises UnknownMerchant."""
    row = await db.fetchrow(SQL["hold_merchant_row"], merchant_id)
    if row is None:
        raise UnknownMerchant(f"there is no merchant {merchant_id}")
    return MerchantRow(*row)


async def set_settings(db: WriteConnection, merchant: MerchantRow) -> None:
    """Place, cashier, time zone and shift hour; they were checked before."""
    hour = merchant.shift_closes_at
    await db.execute(SQL["set_settings"], merchant.id, merchant.place, merchant.cashier, merchant.timezone, hour)


async def set_merchant_rules(db: WriteConnection, merchant_id: int, rules: dict[str, Any]) -> None:
    """Rules that were judged before."""
    await db.execute(SQL["set_merchant_rules"], merchant_id, rules)


async def services_in_use(db: WriteConnection, merchant_id: int, services: Sequence[str]) -> list[str]:
    """Those of the services without which accounts could not be computed any more."""
    rows = await db.fetch(SQL["services_in_use"], merchant_id, list(services)) if services else []
    return [row["service"] for row in rows]
