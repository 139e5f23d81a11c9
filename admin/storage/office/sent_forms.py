"""Forms that have made something, so that the same one again makes nothing."""

from datetime import datetime

from fiscal_server.storage.pool import WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_sent_forms", "admin.storage")


async def take(db: WriteConnection, key: bytes, place: str, now: datetime) -> str | None:
    """Where the form with this key led to when it came before, once that is certain; None: it comes for the first time.

    It counts as having come when the transaction of ``db`` ends well.
    """
    if await db.fetchval(SQL["take_sent_form"], key, place, now) is not None:
        return None
    before: str | None = await db.fetchval(SQL["place_of_sent_form"], key)
    return before or place


async def forget_before(db: WriteConnection, moment: datetime) -> None:
    """Some of the person's own that came before a moment."""
    await db.execute(SQL["forget_old_sent_forms"], moment)
