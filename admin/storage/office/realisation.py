"""A month of contracts as the database has it. ``money``: whether fees may be told."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from admin.storage.office.contracts import ForceRow
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_realisation", "admin.storage")


class MonthContract(ForceRow, frozen=True, kw_only=True):
    """A contract that held in the month. ``fee_kopecks`` None: it may not be told; ``stages``: as they are kept.

    ``fee_days`` and ``fee_sums``: what annexes made of the fee, in their order.
    """

    short_name: str
    fee_kopecks: int | None
    indexation_bp: int | None
    indexation_month: int | None
    stages: Any
    fee_days: list[date]
    fee_sums: list[int]

    def place(self) -> tuple[str, int]:
        """Its place in the list."""
        return self.short_name.lower(), self.id


class MonthCase(msgspec.Struct, frozen=True):
    """A case that was due. ``code``: of its obligation, empty without one; ``closed_at``: when it was done."""

    organisation_id: int
    code: str
    state: str
    due: date
    target: date | None
    closed_at: datetime | None


class MonthMinutes(msgspec.Struct, frozen=True):
    """Time on what a code is of."""

    organisation_id: int
    code: str
    minutes: int


class MonthBill(msgspec.Struct, frozen=True):
    """What a client was to confirm."""

    organisation_id: int
    due: date
    confirmed_at: datetime | None


async def contracts_of_month(
    db: ReadConnection, place: tuple[str, int] | None, days: tuple[date, date], limit: int, *, money: bool
) -> list[MonthContract]:
    """By the names of clients, behind a place; ``days``: the first and the last one of the month."""
    rows = await db.fetch(SQL["contracts_of_month"], *(place or ("", 0)), *days, money, limit, None)
    return [MonthContract(**dict(row)) for row in rows]


async def contracts_of_clients(
    db: ReadConnection, clients: Sequence[int], days: tuple[date, date]
) -> list[MonthContract]:
    """All of some clients in the month, without their money."""
    rows = await db.fetch(SQL["contracts_of_month"], "", 0, *days, False, None, list(clients))
    return [MonthContract(**dict(row)) for row in rows]


async def cases_due(db: ReadConnection, clients: Sequence[int], days: tuple[date, date]) -> list[MonthCase]:
    """Cases that contracts hold, in no order."""
    return [MonthCase(*row) for row in await _of(db, SQL["cases_due_in_month"], clients, days)]


async def extras(db: ReadConnection, clients: Sequence[int], between: tuple[datetime, datetime]) -> list[MonthMinutes]:
    """Work outside of contracts, done from the first moment on and before the second."""
    return [MonthMinutes(*row) for row in await db.fetch(SQL["extras_of_month"], list(clients), *between)]


async def minutes(db: ReadConnection, clients: Sequence[int], days: tuple[date, date]) -> list[MonthMinutes]:
    """Time on cases that contracts hold."""
    return [MonthMinutes(*row) for row in await _of(db, SQL["minutes_of_month"], clients, days)]


async def bills(db: ReadConnection, clients: Sequence[int], days: tuple[date, date]) -> list[MonthBill]:
    """Bills that ask for a confirmation."""
    return [MonthBill(*row) for row in await _of(db, SQL["bills_of_month"], clients, days)]


async def _of(db: ReadConnection, statement: str, clients: Sequence[int], days: tuple[date, date]) -> Sequence[Any]:
    return await db.fetch(statement, list(clients), *days)
