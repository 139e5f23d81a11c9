"""What the database knows of its own backups: it was put back from one, or never."""

from datetime import datetime

import msgspec

from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("backup_overview")


class RestorationSeen(msgspec.Struct, frozen=True):
    """A restore. ``closed_at`` None: receipts are on hold until the FNs were read."""

    restored_at: datetime
    backup_made_at: datetime | None
    file: str
    closed_at: datetime | None


async def last_restoration(db: ReadConnection) -> RestorationSeen | None:
    """The newest one; None: this database was never put back."""
    row = await db.fetchrow(SQL["last_restoration"])
    return None if row is None else RestorationSeen(*row)
