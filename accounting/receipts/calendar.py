"""Business days and the deadlines that hang on them (receipt rules 3.2 [I]).

The published days off are data of the package (``data/production-calendar-ru.csv``, each row with its source); a year
that the data do not hold has Monday to Friday only. Months are text "YYYY-MM", called periods.
"""

import csv
from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Annotated, Final

import msgspec

Period = Annotated[str, msgspec.Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])\Z")]

CONSOLIDATED_DAYS: Final = 10
"""Calendar days after the settlement period (54-FZ art. 1.2 clause 2.1)."""

DUE_ON_15TH_FROM: Final = "2026-03"
"""First month whose payment day is the 15th, not the 10th (receipt rules 4.1)."""

_ONE_DAY: Final = timedelta(days=1)


class CalendarRules(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant's own days, added to the published ones and stronger than they."""

    region: str | None = None
    nonworking: tuple[date, ...] = ()
    working: tuple[date, ...] = ()


@cache
def _published() -> tuple[tuple[str, date, str], ...]:
    text = resources.files("accounting.receipts.data").joinpath("production-calendar-ru.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple((row["region"], date.fromisoformat(row["date"]), row["day_type"]) for row in rows)


class BusinessCalendar:
    """Answers "which is the next business day" for one merchant."""

    def __init__(self, rules: CalendarRules) -> None:
        own_region = [row for row in _published() if row[0] in ("", rules.region)]
        off = {day for _, day, kind in own_region if kind == "nonworking"} - set(rules.working)
        self._off = off | set(rules.nonworking)
        self._working = {day for _, day, kind in own_region if kind == "working_weekend"} | set(rules.working)
        self._working -= set(rules.nonworking)
        self._next: dict[date, date] = {}

    def is_business_day(self, day: date) -> bool:
        """Monday to Friday without official days off, and working weekends."""
        if day in self._working:
            return True
        return day.weekday() < 5 and day not in self._off

    def next_business_day(self, day: date) -> date:
        """The first business day after the given one."""
        known = self._next.get(day)
        if known is not None:
            return known
        following = day + _ONE_DAY
        while not self.is_business_day(following):
            following += _ONE_DAY
        self._next[day] = following
        return following


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
