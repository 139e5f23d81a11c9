"""Files of leads: rows as they came, and what became of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_lead_imports", "admin.storage")


class LeadImport(msgspec.Struct, frozen=True, kw_only=True):
    """A file. ``mapping``: the number of its column by field of a lead."""

    id: int
    version: int = 1
    file_name: str
    state: str = "new"
    heads: list[str]
    mapping: dict[str, int]
    source: str
    created_at: datetime


class ImportRow(msgspec.Struct, frozen=True):
    """A row; ``lead_id``: what it became."""

    line: int
    cells: list[str]
    lead_id: int | None = None


def _import(row: Any) -> LeadImport:
    return msgspec.convert(dict(row), LeadImport)


async def add_import(db: WriteConnection, one: LeadImport, rows: Sequence[ImportRow], by: int | None) -> None:
    """The file with its rows."""
    await db.execute(
        SQL["add_lead_import"], one.id, one.file_name, one.heads, one.mapping, one.source, one.created_at, by
    )
    await db.execute(SQL["add_lead_import_rows"], one.id, [[row.line, row.cells] for row in rows])


async def import_by_id(db: ReadConnection | WriteConnection, import_id: int) -> LeadImport | None:
    """None for one that there is not, or that is somebody else's."""
    row = await db.fetchrow(SQL["lead_import_by_id"], import_id)
    return None if row is None else _import(row)


async def lock_import(db: WriteConnection, import_id: int) -> LeadImport | None:
    """The same, held until the transaction ends."""
    await db.fetchval(SQL["lock_lead_import"], import_id)
    return await import_by_id(db, import_id)


async def list_imports(db: ReadConnection, limit: int = 20) -> list[LeadImport]:
    """Newest first."""
    return [_import(row) for row in await db.fetch(SQL["list_lead_imports"], limit)]


async def rows_of(db: ReadConnection | WriteConnection, import_id: int) -> list[ImportRow]:
    """In their order."""
    return [ImportRow(*row) for row in await db.fetch(SQL["rows_of_lead_import"], import_id)]


async def set_mapping(db: WriteConnection, import_id: int, mapping: dict[str, int], source: str) -> bool:
    """False when it was taken in already."""
    return await db.fetchval(SQL["map_lead_import"], import_id, mapping, source) is not None


async def has_become(db: WriteConnection, import_id: int, line: int, lead_id: int) -> None:
    """A row became a lead."""
    await db.execute(SQL["lead_is_of_import"], lead_id, import_id)
    await db.execute(SQL["lead_of_row"], import_id, line, lead_id)


async def end_import(db: WriteConnection, import_id: int, state: str) -> None:
    """``done`` or ``undone``."""
    await db.execute(SQL["end_lead_import"], import_id, state)


async def drop_untouched(db: WriteConnection, import_id: int) -> int:
    """How many went; what somebody has touched stays."""
    return len(await db.fetch(SQL["drop_untouched_leads"], import_id))


async def leads_left(db: ReadConnection, import_id: int) -> int:
    """How many of its leads there are."""
    return int(await db.fetchval(SQL["leads_of_import"], import_id))
