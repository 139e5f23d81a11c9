"""Whose clients a transaction sees: those assigned to a person, those of people they stand in for, or all."""

from datetime import date

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_sight", "admin.storage")


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks, and on which day: assignments and absences have dates. ``person_id`` None sees only with ``all``, or
    the client of an ``emergency``."""

    person_id: int | None
    today: date
    all: bool
    emergency: int | None = None


async def let_see(db: ReadConnection | WriteConnection, sight: Sight) -> None:
    """From here to the end of the transaction, which must have begun."""
    person = "" if sight.person_id is None else str(sight.person_id)
    emergency = "" if sight.emergency is None else str(sight.emergency)
    await db.execute(SQL["let_see_clients"], person, sight.today.isoformat(), "yes" if sight.all else "no", emergency)
