"""Access in an emergency: who broke the glass before which merchant, why, and until when."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("break_glass", "admin.storage")


class Broken(msgspec.Struct, frozen=True):
    """What somebody sees because of an emergency."""

    merchant_id: int
    reason: str
    ends_at: datetime


class Glance(msgspec.Struct, frozen=True):
    """That somebody looked, as the merchant's people are told."""

    merchant_id: int
    person: str
    reason: str
    begun_at: datetime
    until: datetime


async def break_glass(db: WriteConnection, number: int, person_id: int, broken: Broken, now: datetime) -> None:
    """From now on, until ``broken.ends_at``."""
    await db.execute(SQL["break_glass"], number, person_id, broken.merchant_id, broken.reason, now, broken.ends_at)


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
