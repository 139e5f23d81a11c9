"""When a payer of the simplified or the patent system begins to charge VAT (office domain 3.3 [F]; Law 425-FZ).

The exemption holds while the income of the year before and the running one are within the limit. The first day of the
month after the one in which the running income goes over it is the first day with VAT.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from accounting.office.counting import month_after

_MILLION: Final = 100_000_000
LIMITS_KOPECKS: Final = {2026: 20 * _MILLION, 2027: 15 * _MILLION, 2028: 10 * _MILLION}
"""By the year from whose start the limit is asked: of the income of the year before and of its own."""

WARN_AT_PERCENT: Final = (80, 90, 100)


class VatDuty(msgspec.Struct, frozen=True, kw_only=True):
    """How far the income of a year has come. ``since``: the first day with VAT, None while the payer is exempt."""

    limit_kopecks: int
    income_kopecks: int
    since: date | None
    reached_percent: int
    """The highest step of 80, 90 and 100 percent of the limit that was reached; 0 below them."""


def limit_kopecks(year: int) -> int:
    """The limit of a year: 20 mln RUB for 2026, 15 mln for 2027, 10 mln from 2028. Raises KeyError before 2026."""
    return LIMITS_KOPECKS[min(year, max(LIMITS_KOPECKS))]


def vat_duty(year: int, income_of_months: Mapping[int, int], income_of_year_before: int = 0) -> VatDuty:
    """The duty of a year by its income so far: kopecks by month, 1 to 12; months that are not there had none."""
    limit = limit_kopecks(year)
    since = date(year, 1, 1) if income_of_year_before > limit else None
    running = 0
    for month in range(1, 13):
        running += income_of_months.get(month, 0)
        if since is None and running > limit:
            since = date(*month_after(year, month, 1), 1)
    reached = max((step for step in WARN_AT_PERCENT if 100 * running >= step * limit), default=0)
    return VatDuty(limit_kopecks=limit, income_kopecks=running, since=since, reached_percent=reached)
