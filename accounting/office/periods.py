"""Periods that obligations are about: months, their halves, quarters, running totals of a year (office domain 4.2)."""

from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

import msgspec

from accounting.office.counting import clamped


class PeriodKind(StrEnum):
    """The values of the column ``period``."""

    MONTH = "month"
    HALF1 = "half1"
    HALF2 = "half2"
    HALF2DEC = "half2dec"
    QUARTER = "quarter"
    YTD = "ytd"
    YTD_Q = "ytd_q"
    HALFYEAR1 = "halfyear1"
    YEAR = "year"
    PATENT = "patent"
    EVENT = "event"
    CUSTOM = "custom"


OF_OCCASIONS: Final = frozenset({PeriodKind.PATENT, PeriodKind.EVENT, PeriodKind.CUSTOM})
"""Kinds that do not come round by the calendar: something has to happen first."""

END_MONTHS: Final = {
    PeriodKind.MONTH: range(1, 13),
    PeriodKind.HALF1: range(1, 13),
    PeriodKind.HALF2: range(1, 12),
    PeriodKind.HALF2DEC: (12,),
    PeriodKind.QUARTER: (3, 6, 9, 12),
    PeriodKind.YTD: (3, 6, 9, 12),
    PeriodKind.YTD_Q: (3, 6, 9),
    PeriodKind.HALFYEAR1: (6,),
    PeriodKind.YEAR: (12,),
}
"""Months that periods of a kind end in."""

_HALF_ENDS: Final = 22
_YTD_NAMES: Final = {3: "Q1", 6: "H1", 9: "9M", 12: "Y"}


class ReportingPeriod(msgspec.Struct, frozen=True, order=True):
    """A period: both days belong to it. ``key`` is its name for good: "2026-04", "2026-04/23-30", "2026-Q2", "2026"."""

    start: date
    end: date
    key: str


def period_ending(kind: PeriodKind, year: int, month: int) -> ReportingPeriod:
    """The period of a kind that ends in a month. Raises KeyError or ValueError if none does."""
    if month not in END_MONTHS[kind]:
        raise ValueError(f"no {kind} ends in month {month}")
    end = clamped(year, month, 31)
    match kind:
        case PeriodKind.MONTH:
            return ReportingPeriod(date(year, month, 1), end, f"{year}-{month:02d}")
        case PeriodKind.HALF1:
            return ReportingPeriod(date(year, month, 1), end.replace(day=_HALF_ENDS), f"{year}-{month:02d}/01-22")
        case PeriodKind.HALF2 | PeriodKind.HALF2DEC:
            return ReportingPeriod(date(year, month, _HALF_ENDS + 1), end, f"{year}-{month:02d}/23-{end.day}")
        case PeriodKind.QUARTER:
            return ReportingPeriod(date(year, month - 2, 1), end, f"{year}-Q{month // 3}")
        case PeriodKind.HALFYEAR1:
            return ReportingPeriod(date(year, 1, 1), end, f"{year}-H1")
        case PeriodKind.YEAR:
            return ReportingPeriod(date(year, 1, 1), end, str(year))
        case _:
            return ReportingPeriod(date(year, 1, 1), end, f"{year}-{_YTD_NAMES[month]}")


@cache
def periods_of_year(kind: PeriodKind, year: int) -> tuple[ReportingPeriod, ...]:
    """All periods of a kind that end in a year, in order; none for kinds of occasions."""
    return tuple(period_ending(kind, year, month) for month in END_MONTHS.get(kind, ()))


def month_of(day: date) -> ReportingPeriod:
    """The month that a day lies in."""
    return period_ending(PeriodKind.MONTH, day.year, day.month)
