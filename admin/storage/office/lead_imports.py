"""What became of the rows of a table of leads."""

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_lead_imports", "admin.storage")


async def has_become(db: WriteConnection, import_id: int, line: int, lead_id: int) -> None:
    """A row became a lead."""
    await db.execute(SQL["lead_is_of_import"], lead_id, import_id)
    await db.execute(SQL["lead_of_row"], import_id, line, lead_id)


async def drop_untouched(db: WriteConnection, import_id: int) -> int:
    """How many went; what somebody has touched stays."""
    return len(await db.fetch(SQL["drop_untouched_leads"], import_id))


async def leads_left(db: ReadConnection, import_id: int) -> int:
    """How many of its leads there are."""
    return int(await db.fetchval(SQL["leads_of_import"], import_id))
