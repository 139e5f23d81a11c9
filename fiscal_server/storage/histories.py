"""What accounts went through, for a replay: events in the order of arrival, and accounts without their money."""

from collections.abc import Sequence

from accounting.receipts.ledger import AccountState, Plan
from fiscal_server.storage.events import EventView
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("histories")


async def events_of_accounts(
    db: ReadConnection, merchant_id: int, codes: Sequence[str], up_to: int, limit: int
) -> list[EventView]:
    """Events of accounts up to the event ``up_to``, oldest first, with the closes of the merchant."""
    rows = await db.fetch(SQL["events_of_accounts"], merchant_id, list(codes), up_to, limit)
    return [EventView(*row) for row in rows]


async def events_by_keys(db: ReadConnection, merchant_id: int, keys: Sequence[str]) -> list[EventView]:
    """Accepted events by key."""
    rows = await db.fetch(SQL["events_by_keys"], merchant_id, list(keys)) if keys else []
    return [EventView(*row) for row in rows]


async def codes_before(db: ReadConnection, merchant_id: int, event_id: int, limit: int) -> list[str]:
    """Codes of the accounts that there were when a close came, up to ``limit``."""
    return [row["code"] for row in await db.fetch(SQL["codes_before"], merchant_id, event_id, limit)]


async def bare_accounts(db: ReadConnection, merchant_id: int, codes: Sequence[str]) -> list[AccountState]:
    """Accounts as they are declared now, without debts, advances and settlements; oldest first."""
    found = []
    for row in await db.fetch(SQL["bare_accounts"], merchant_id, list(codes)):
        price = row["plan_price_kopecks"]
        found.append(
            AccountState(
                id=row["code"],
                contact=row["contact"],
                payer_kind=row["payer_kind"],
                member=row["member"],
                services=None if row["services"] is None else tuple(row["services"]),
                plan=None if row["plan_service"] is None else Plan(service=row["plan_service"], price_kopecks=price),
            )
        )
    return found
