"""Sums of accounts that are kept, against the rows that they are sums of."""

from typing import Final

from fiscal_server.storage.pool import ReadConnection

_KEPT: Final = """
select 'debt' as kind, merchant_id, account_id, ordinal, account_total_kopecks,
       case when ordinal = min(ordinal) filter (where not off_balance) over w
            then sum(amount_kopecks) filter (where not off_balance) over w end as kopecks
from fiscal.debt window w as (partition by merchant_id, account_id)
union all
select 'advance', merchant_id, account_id, ordinal, account_total_kopecks,
       case when ordinal = min(ordinal) over w then sum(amount_kopecks) over w end
from fiscal.advance_lot window w as (partition by merchant_id, account_id)
"""


async def wrong_totals(db: ReadConnection) -> list[tuple[object, ...]]:
    """Rows whose kept sum is not the sum of their account's rows, or that keep one and should not."""
    rows = await db.fetch(_KEPT)
    return [tuple(row) for row in rows if row["account_total_kopecks"] != row["kopecks"]]


async def count_totals(db: ReadConnection) -> int:
    """How many sums are kept: a check of none proves nothing."""
    return sum(row["account_total_kopecks"] is not None for row in await db.fetch(_KEPT))
