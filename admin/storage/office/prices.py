"""Prices that were worked out, kept as they were."""

from datetime import date, datetime
from typing import Any

import msgspec

from accounting.office.contract_offer import regular_fee
from accounting.office.price import PriceCalculation
from admin.storage.office.catalogue import SQL
from fiscal_server.storage.pool import ReadConnection, WriteConnection


class SavedPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A calculation with who made it, for whom and when. ``subject``: how the lead or the client is called."""

    id: int
    lead_id: int | None
    organisation_id: int | None
    tariff_plan_id: int
    calculation: PriceCalculation
    fee_kopecks: int
    one_off_kopecks: int
    valid_until: date
    author: str
    created_at: datetime
    subject: str


class PriceFor(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a price is: a lead, a client, or a lead that became one."""

    lead_id: int | None = None
    organisation_id: int | None = None


def _saved(row: Any) -> SavedPrice:
    return msgspec.convert(dict(row), SavedPrice)


async def save_price(
    db: WriteConnection, price_id: int, whom: PriceFor, tariff_id: int, calculation: PriceCalculation,
    now: datetime, author: tuple[int | None, str],
) -> None:  # fmt: skip
    """For ever; ``author``: number and name."""
    await db.execute(
        SQL["add_calculation"], price_id, whom.lead_id, whom.organisation_id, tariff_id,
        msgspec.to_builtins(calculation), regular_fee(calculation), calculation.one_off_kopecks,
        calculation.valid_until, author[1], now, author[0],
    )  # fmt: skip


async def price_by_id(db: ReadConnection | WriteConnection, price_id: int) -> SavedPrice | None:
    """None for one that there is not, or that is for somebody out of sight."""
    row = await db.fetchrow(SQL["calculation_by_id"], price_id)
    return None if row is None else _saved(row)


async def prices_of(db: ReadConnection | WriteConnection, whom: PriceFor, limit: int = 100) -> list[SavedPrice]:
    """Newest first; for nobody in particular: everybody's in sight."""
    rows = await db.fetch(SQL["calculations_of"], whom.lead_id, whom.organisation_id, limit)
    return [_saved(row) for row in rows]


async def give_to_client(db: WriteConnection, lead_id: int, organisation_id: int) -> None:
    """What was worked out for a lead belongs to the client it became."""
    await db.execute(SQL["calculations_of_lead_are_clients"], lead_id, organisation_id)
