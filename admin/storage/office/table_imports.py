"""Tables that people hand over, whatever their rows are to become: rows as they came, and what became of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_table_imports", "admin.storage")

Kind = Literal["lead", "slip"]
"""What rows become."""


class TableImport(msgspec.Struct, frozen=True, kw_only=True):
    """A file. ``mapping``: the number of its column by field; ``source``: of leads, empty of others."""

    id: int
    version: int = 1
    kind: Kind
    file_name: str
    state: str = "new"
    heads: list[str]
    mapping: dict[str, int]
    source: str = ""
    created_at: datetime


class ImportRow(msgspec.Struct, frozen=True):
    """A row; ``made_id``: what it became."""

    line: int
    cells: list[str]
    made_id: int | None = None


def _import(row: Any) -> TableImport:
    return msgspec.convert(dict(row), TableImport)


async def add_import(db: WriteConnection, one: TableImport, rows: Sequence[ImportRow], by: int | None) -> None:
    """The file with its rows."""
    await db.execute(
        SQL["add_table_import"], one.id, one.kind, one.file_name, one.heads, one.mapping, one.source, one.created_at, by
    )
    await db.execute(SQL["add_table_rows"], one.id, [[row.line, row.cells] for row in rows])


async def import_by_id(db: ReadConnection | WriteConnection, kind: Kind, import_id: int) -> TableImport | None:
    """None for one that there is not, or that is somebody else's."""
    row = await db.fetchrow(SQL["table_import_by_id"], import_id, kind)
    return None if row is None else _import(row)


async def lock_import(db: WriteConnection, kind: Kind, import_id: int) -> TableImport | None:
    """The same, held until the transaction ends."""
    await db.fetchval(SQL["lock_table_import"], import_id)
    return await import_by_id(db, kind, import_id)


async def list_imports(db: ReadConnection, kind: Kind, limit: int = 20) -> list[TableImport]:
    """Newest first."""
    return [_import(row) for row in await db.fetch(SQL["list_table_imports"], kind, limit)]


async def rows_of(db: ReadConnection | WriteConnection, import_id: int) -> list[ImportRow]:
    """In their order."""
    return [ImportRow(*row) for row in await db.fetch(SQL["rows_of_table"], import_id)]


async def set_mapping(db: WriteConnection, import_id: int, mapping: dict[str, int], source: str = "") -> bool:
    """False when it was taken in already."""
    return await db.fetchval(SQL["map_table_columns"], import_id, mapping, source) is not None


async def end_import(db: WriteConnection, import_id: int, state: str) -> None:
    """``done`` or ``undone``."""
    await db.execute(SQL["end_table_import"], import_id, state)
