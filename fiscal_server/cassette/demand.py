"""How many receipts a day will bring, from the days that were.

Utilities and providers live by the month: bills go out, people pay before a date, the month is closed. So a day is
expected to be like the same day of the last months (counted from the end of the month when that is nearer: the last
day is the last day, with 28 or 31 of them). Until there is a month of history, every day is like the mean one.
"""

import calendar
import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

MONTHS: Final = 3
"""Months that are looked back at: more would remember tariffs and crowds of another year."""

_ENOUGH_DAYS: Final = 28


class Demand:
    """What a cassette's past says of its future."""

    def __init__(self, receipts_by_day: Mapping[date, int], today: date) -> None:
        """``receipts_by_day``: whole days before ``today``; a day that is missing between others had none."""
        begun = min(receipts_by_day, default=today)
        self.days_known: int = (today - begun).days
        self._by_day = receipts_by_day
        self._begun = begun
        self._today = today
        self._of_place: dict[int, int] = {}
        recent = [n for day, n in receipts_by_day.items() if (today - day).days <= MONTHS * 31]
        self._mean = sum(recent) / min(self.days_known, MONTHS * 31) if self.days_known else 0.0

    def expected(self, day: date) -> int:
        """Receipts of a day from today on, rounded up; 0 while nothing is known."""
        if self.days_known < _ENOUGH_DAYS:
            return math.ceil(self._mean)
        place = _place(day)
        if place not in self._of_place:  # a year ahead has some 36 places: each is looked for once
            alike = [self._by_day.get(past, 0) for past in self._same_days(place) if past >= self._begun]
            self._of_place[place] = math.ceil(sum(alike) / len(alike)) if alike else math.ceil(self._mean)
        return self._of_place[place]

    def _same_days(self, place: int) -> list[date]:
        found: list[date] = []
        month = self._today.replace(day=1)
        while len(found) < MONTHS and month >= self._begun.replace(day=1):
            past = _at_place(place, month)
            if past < self._today:
                found.append(past)
            month = _month_before(month)
        return found


def _place(day: date) -> int:
    """Where a day stands in its month: its number, or for the last five of a month 0 to -4, counted from its end."""
    to_the_end = calendar.monthrange(day.year, day.month)[1] - day.day
    return -to_the_end if to_the_end < 5 else day.day


def _month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _at_place(place: int, month: date) -> date:
    """The day of ``month`` (its first) that stands there."""
    length = calendar.monthrange(month.year, month.month)[1]
    return month.replace(day=length + place if place <= 0 else min(place, length))
