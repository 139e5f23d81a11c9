"""Working days of a country: the one place that says whether a day is one.

The published days are data (``accounting/data/production-calendar.csv``, each row with its source). A year of which
nothing is published has Monday to Friday only: ``is_known`` says so, and whoever shows a day of it says it too.

``CalendarRules``     somebody's own days and region
``BusinessCalendar``  the answers
"""

import csv
from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Final

import msgspec

_ONE_DAY: Final = timedelta(days=1)
FRIDAY: Final = 4
SATURDAY: Final = 5


class CalendarRules(msgspec.Struct, frozen=True, kw_only=True):
    """Own days of a merchant or an office, added to the published ones and stronger than they."""

    region: str | None = None
    nonworking: tuple[date, ...] = ()
    working: tuple[date, ...] = ()


class PublishedDay(msgspec.Struct, frozen=True):
    """A row of the data."""

    country: str
    region: str
    date: date
    day_type: str
    name: str
    status: str
    source: str


@cache
def published() -> tuple[PublishedDay, ...]:
    """All rows, in the order of country, region and day."""
    text = resources.files("accounting.data").joinpath("production-calendar.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(msgspec.convert(row, PublishedDay) for row in rows)


class BusinessCalendar:
    """Answers "which is the next business day" for one country, region and set of own days."""

    def __init__(self, rules: CalendarRules, country: str = "RU", last_weekday: int = FRIDAY) -> None:
        """``last_weekday``: the last working day of the week, ``SATURDAY`` where pay and the like count it."""
        self._rows = [row for row in published() if row.country == country and row.region in ("", rules.region)]
        off = {row.date for row in self._rows if row.day_type == "nonworking"} - set(rules.working)
        self._off = off | set(rules.nonworking)
        self._working = {row.date for row in self._rows if row.day_type == "working_weekend"} | set(rules.working)
        self._working -= set(rules.nonworking)
        self._banks_closed = {row.date for row in self._rows if row.day_type == "bank_closed"}
        self._known_years = {row.date.year for row in self._rows if not row.region}
        self._published_years = self._known_years - {row.date.year for row in self._rows if row.status != "published"}
        self._last_weekday = last_weekday
        self._next: dict[date, date] = {}

    def is_business_day(self, day: date) -> bool:
        """The days of the week without official days off, and working weekends (office domain 4.3)."""
        if day in self._working:
            return True
        return day.weekday() <= self._last_weekday and day not in self._off

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

    def on_or_after(self, day: date) -> date:
        """The day itself if it is a business day, else the next one."""
        return day if self.is_business_day(day) else self.next_business_day(day)

    def on_or_before(self, day: date) -> date:
        """The day itself if it is a business day, else the one before."""
        while not self.is_business_day(day):
            day -= _ONE_DAY
        return day

    def later(self, day: date, count: int) -> date:
        """So many business days after a day, which is not counted itself; ``count`` >= 1."""
        for _ in range(count):
            day = self.next_business_day(day)
        return day

    def earlier(self, day: date, count: int) -> date:
        """So many business days before a day, which is not counted itself; 0 gives the day."""
        for _ in range(count):
            day = self.on_or_before(day - _ONE_DAY)
        return day

    def nth_of_month(self, year: int, month: int, number: int) -> date:
        """The first, second … business day of a month; goes on into the next month where the month has fewer."""
        return self.later(date(year, month, 1) - _ONE_DAY, number)

    def last_of_month(self, year: int, month: int) -> date:
        """The last business day of a month."""
        return self.on_or_before(date(year, month, monthrange(year, month)[1]))

    def banks_pay(self, day: date) -> bool:
        """Whether money can leave on that day: a business day on which banks work."""
        return self.is_business_day(day) and day not in self._banks_closed

    def last_day_of_payment(self, day: date) -> date:
        """The last day on or before the given one on which banks pay."""
        while not self.banks_pay(day):
            day -= _ONE_DAY
        return day

    def is_known(self, year: int) -> bool:
        """Whether there are days of the year at all; of one that is not known weekends alone are days off."""
        return year in self._known_years

    def is_preliminary(self, year: int) -> bool:
        """Whether the calendar of the year has not been published, or not been checked against the act."""
        return year not in self._published_years

    def name_of(self, day: date) -> str:
        """What the calendar calls a day off, in the country's language; empty for a weekend and for other days."""
        return next((row.name for row in self._rows if row.date == day and row.day_type == "nonworking"), "")
