"""Periods and the deadlines of receipts that hang on them (receipt rules 3.2 [I]).

Months are text "YYYY-MM", called periods. Which days are working days says ``accounting.working_days``.
"""

from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Final

import msgspec

Period = Annotated[str, msgspec.Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])\Z")]

CONSOLIDATED_DAYS: Final = 10
"""Calendar days after the settlement period (54-FZ art. 1.2 clause 2.1)."""

DUE_ON_15TH_FROM: Final = "2026-03"
"""First month whose payment day is the 15th, not the 10th (receipt rules 4.1)."""

_ONE_DAY: Final = timedelta(days=1)


@cache
def last_day(period: str) -> date:
    """Last day of a period: the delivery date of its monthly services (receipt rules 7 [I])."""
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, monthrange(year, month)[1])


def period_of(day: date) -> str:
    """The period a day lies in."""
    return day.strftime("%Y-%m")


@cache
def default_due_date(period: str) -> date:
    """Due date of a debt without one: 15th (until February 2026 10th) of the next month (receipt rules 4.1 [I])."""
    following = last_day(period) + _ONE_DAY
    return following.replace(day=15 if period_of(following) >= DUE_ON_15TH_FROM else 10)


@cache
def consolidated_deadline(period: str) -> date:
    """Ten calendar days after the period, days off included (receipt rules 5 [I]; telecom among the services: [M])."""
    return last_day(period) + timedelta(days=CONSOLIDATED_DAYS)


def years_later(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes the 28th (ГК ст. 192 п. 3)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
