"""Sums to pay out of a table: which payments its rows may mean, and what became of each."""

from collections.abc import Sequence
from datetime import date

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_slip_imports", "admin.storage")


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment of a client. ``draft_kopecks`` and ``told_kopecks``: what is written of it, None when nothing is."""

    id: int
    tax_number: str
    short_name: str
    country: str
    code: str
    period: str
    due: date
    name: str
    draft_kopecks: int | None = None
    told_kopecks: int | None = None
    is_paid: bool = False


async def clients_with(db: ReadConnection | WriteConnection, numbers: Sequence[str]) -> dict[str, str]:
    """Names of clients in sight by tax number."""
    return {row[0]: row[1] for row in await db.fetch(SQL["clients_with_numbers"], list(numbers))}


async def payments_of(
    db: ReadConnection | WriteConnection, numbers: Sequence[str], days: Sequence[date]
) -> list[Payment]:
    """By day."""
    rows = await db.fetch(SQL["payments_rows_may_mean"], list(numbers), list(days))
    return [msgspec.convert(dict(row), Payment) for row in rows]


async def has_become(db: WriteConnection, import_id: int, line: int, slip_id: int) -> None:
    """A row became a draft."""
    await db.execute(SQL["slip_of_row"], import_id, line, slip_id)


async def withdraw_drafts(db: WriteConnection, import_id: int) -> int:
    """How many; what a client was told stays."""
    return len(await db.fetch(SQL["withdraw_imported_drafts"], import_id))


async def slips_left(db: ReadConnection, import_id: int) -> int:
    """How many of its sums stand."""
    return int(await db.fetchval(SQL["slips_of_import_left"], import_id))
