"""What nobody made a case of and somebody should still see to."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Literal

import msgspec

from accounting.office.powers import ENDING_BEFORE
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_attention", "admin.storage")

SUMS_AHEAD: Final = timedelta(days=7)
"""Sums are asked for so long before they fall due: four repeats of a letter still fit in."""


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """One thing. ``count``: letters that went, or payments without a sum; ``detail``: of a payment or a handbook, or
    before whom a power of attorney is.
    """

    kind: Literal["failed", "unconfirmed", "no_sum", "handbook", "power"]
    organisation_id: int
    short_name: str
    day: date
    count: int
    detail: str
    handbook_id: int


async def concerns_of(db: ReadConnection, people: Sequence[int], day: date, limit: int) -> list[Concern]:
    """Of clients that these people lead on that day, the nearest day first."""
    rows = await db.fetch(SQL["what_people_see_to"], list(people), day, day + SUMS_AHEAD, limit, day + ENDING_BEFORE)
    return [msgspec.convert(dict(row), Concern) for row in rows]
