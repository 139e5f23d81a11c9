"""The audit: who changed what through the API or the console, before and after. Rows are written once."""

from datetime import datetime
from typing import Any

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("keys")


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a merchant's things. ``object``: what it was, as in ``key 12``; secrets never stand in it."""

    id: int
    at: datetime
    actor: str
    action: str
    object: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    request_id: str | None = None


async def add_audit(db: WriteConnection, merchant_id: int, row: AuditRow) -> None:
    """In the transaction of the change itself: neither stands without the other."""
    await db.execute(SQL["add_audit"], merchant_id, *msgspec.structs.astuple(row))


async def list_audit(db: ReadConnection, merchant_id: int, before: int, limit: int) -> list[AuditRow]:
    """Newest first, older than the id ``before``."""
    rows = await db.fetch(SQL["list_audit"], merchant_id, before, limit)
    return [AuditRow(**dict(row)) for row in rows]
