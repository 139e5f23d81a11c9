"""Access in an emergency: who broke the glass before which merchant or client of the office, why, and until when."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("break_glass", "admin.storage")


class Broken(msgspec.Struct, frozen=True):
    """What somebody sees because of an emergency: a merchant or a client of the office, by its name."""

    merchant_id: int | None
    organisation_id: int | None
    name: str
    reason: str
    ends_at: datetime


class Glance(msgspec.Struct, frozen=True):
    """That somebody looked, as the people of the merchant or the client are told; ``of``: its id."""

    of: int
    person: str
    reason: str
    begun_at: datetime
    until: datetime


async def break_glass(db: WriteConnection, number: int, person_id: int, broken: Broken, now: datetime) -> None:
    """From now on, until ``broken.ends_at``."""
    seen = (broken.merchant_id, broken.organisation_id)
    await db.execute(SQL["break_glass"], number, person_id, *seen, broken.reason, now, broken.ends_at)


async def broken_by(db: ReadConnection | WriteConnection, person_id: int, now: datetime) -> Broken | None:
    """What the person has broken and not given back."""
    row = await db.fetchrow(SQL["broken_glass"], person_id, now)
    return None if row is None else Broken(*row)


async def give_back(db: WriteConnection, person_id: int, now: datetime) -> None:
    """It ends now."""
    await db.execute(SQL["give_glass_back"], person_id, now)


async def glances_since(db: ReadConnection, merchants: Sequence[int], since: datetime) -> list[Glance]:
    """Who looked at these merchants, the newest first."""
    return [Glance(*row) for row in await db.fetch(SQL["glass_broken_since"], list(merchants), since)]


async def glances_at_client(db: ReadConnection, organisation_id: int, since: datetime) -> list[Glance]:
    """Who looked at a client of the office, the newest first."""
    return [Glance(*row) for row in await db.fetch(SQL["glass_broken_before_client"], organisation_id, since)]


async def client_names(db: ReadConnection) -> list[tuple[int, str]]:
    """Id and name of every client: no more of them is seen before the glass is broken."""
    return [(row["id"], row["name"]) for row in await db.fetch(SQL["client_names_in_an_emergency"])]
