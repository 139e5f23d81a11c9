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


RENEWALS_AHEAD: Final = timedelta(days=30)
"""So long before the last day for a notice a contract that renews by itself is spoken of."""
ENDS_AHEAD: Final = timedelta(days=60)
"""So long before its last day one that does not, as the register has it."""


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """One thing. ``count``: letters that went, or payments without a sum; ``detail``: the code of a payment, the name
    of a handbook, the number of a contract, or before whom a power of attorney is.

    The day of a contract that renews by itself is the last one on which somebody can still say no.
    """

    kind: Literal[
        "failed",
        "unconfirmed",
        "no_sum",
        "told_gone",
        "handbook",
        "contract_renews",
        "contract_ends",
        "contract_over",
        "power",
    ]
    organisation_id: int
    short_name: str
    day: date
    count: int
    detail: str
    handbook_id: int
    contract_id: int


async def concerns_of(db: ReadConnection, people: Sequence[int], day: date, limit: int) -> list[Concern]:
    """Of clients that these people lead on that day (contracts: or manage), the nearest day first."""
    ahead = (day + RENEWALS_AHEAD, day + ENDS_AHEAD, day + ENDING_BEFORE)
    rows = await db.fetch(SQL["what_people_see_to"], list(people), day, day + SUMS_AHEAD, limit, *ahead)
    return [msgspec.convert(dict(row), Concern) for row in rows]
