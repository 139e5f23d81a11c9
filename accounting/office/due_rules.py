"""The column ``due_rule``: when a thing is due, said as terms, read into structs and counted (office domain 4.2).

TERM | INST(TERM, TERM, …)       instalments 1..n of the same period
M+n:PLACE                        in the n-th month after the one in which the period ends
Y+n:mm-PLACE                     in a month of the n-th year after that of the period's end
PLACE = Ddd | DL | WDkk | WDL    day (a shorter month: its last), last day, kk-th and last working day;
                                 behind a month just dd, DL, WDL
E:+kW, E:+kC                     working or calendar days after an event, whose own day is not counted
P0:+kC, P1:+kC                   calendar days after the start, after the end of a patent
name.valid_to                    the day on which a document ends
TABLE                            no rule: each date is set by an authority and stands among the overrides
TERM<=CAP                        not later than CAP, an ``M+`` or ``Y+``, past which no shift carries it
"""

import re
from datetime import date
from typing import Final

import msgspec

from accounting.office.counting import (
    calendar_days_after,
    clamped,
    month_after,
    working_days_after,
)
from accounting.office.mistakes import BadText
from accounting.working_days import BusinessCalendar


class DayOfMonth(msgspec.Struct, frozen=True, tag=True):
    """A day by its number; 31 in a month of 30 days is the 30th."""

    day: int


class LastDay(msgspec.Struct, frozen=True, tag=True):
    """The last calendar day of a month."""


class WorkingDay(msgspec.Struct, frozen=True, tag=True):
    """The first, second … working day of a month."""

    number: int


class LastWorkingDay(msgspec.Struct, frozen=True, tag=True):
    """The last working day of a month."""


PlaceInMonth = DayOfMonth | LastDay | WorkingDay | LastWorkingDay


class AfterMonths(msgspec.Struct, frozen=True, tag=True):
    """In the n-th month after the one in which the period ends; 0 is that month."""

    months: int
    place: PlaceInMonth


class AfterYears(msgspec.Struct, frozen=True, tag=True):
    """In a month of the n-th year after the year in which the period ends."""

    years: int
    month: int
    place: PlaceInMonth


class AfterEvent(msgspec.Struct, frozen=True, tag=True):
    """So many working or calendar days after an event."""

    days: int
    working: bool


class AfterPatentStart(msgspec.Struct, frozen=True, tag=True):
    """So many calendar days after the first day of a patent."""

    days: int


class AfterPatentEnd(msgspec.Struct, frozen=True, tag=True):
    """So many calendar days after the last day of a patent."""

    days: int


class ValidTo(msgspec.Struct, frozen=True, tag=True):
    """The last day of a document."""

    document: str


class Tabled(msgspec.Struct, frozen=True, tag=True):
    """Dates that only a table has."""


Counted = AfterMonths | AfterYears | AfterEvent | AfterPatentStart | AfterPatentEnd | ValidTo | Tabled


class NotLaterThan(msgspec.Struct, frozen=True, tag=True):
    """A term with a last day that it never goes beyond, whatever it is counted from and wherever it is shifted."""

    term: Counted
    cap: AfterMonths | AfterYears


Term = Counted | NotLaterThan
OfPeriod: Final = (AfterMonths, AfterYears, Tabled)

PATENT_END_MOVED: Final = 28
"""A payment due at the end of a patent that ends on 31 December is due on 28 December (Tax Code art. 346.51 [F])."""

_NOT_LATER_THAN: Final = "<="
_INSTALMENTS: Final = re.compile(r"INST\((.*)\)")
_MONTHS: Final = re.compile(r"M\+([0-9]{1,2}):(.*)")
_YEARS: Final = re.compile(r"Y\+([0-9]):([0-9]{2})-(.*)")
_EVENT: Final = re.compile(r"E:\+([0-9]{1,3})([WC])")
_PATENT: Final = re.compile(r"P([01]):\+([0-9]{1,3})C")
_DOCUMENT: Final = re.compile(r"([a-z][a-z_]*)\.valid_to")
_DAY: Final = re.compile(r"D?([0-9]{2})")
_WORKING_DAY: Final = re.compile(r"WD([0-9]{2})")


def parse_due_rule(text: str) -> tuple[Term, ...]:
    """The terms of a rule: one, or one an instalment. Raises BadText."""
    instalments = _INSTALMENTS.fullmatch(text)
    if instalments is None:
        return (_term(text, 0),)
    terms: list[Term] = []
    position = instalments.start(1)
    for part in instalments[1].split(","):
        spaces = len(part) - len(part.lstrip())
        terms.append(_term(part.strip(), position + spaces))
        position += len(part) + 1
    return tuple(terms)


def _term(text: str, at: int) -> Term:
    counted, sign, cap = text.partition(_NOT_LATER_THAN)
    term = _counted(counted, at)
    if not sign:
        return term
    limit = _counted(cap, at + len(counted) + len(sign))
    if isinstance(term, Tabled) or not isinstance(limit, AfterMonths | AfterYears):
        place = at if isinstance(term, Tabled) else at + len(counted) + len(sign)
        text = (
            "Предельный срок «{text}» не подходит: ожидается день месяца, Y+0:12-31 или M+1:DL, после срока с правилом."
        )
        raise BadText(place, text, text=cap)
    return NotLaterThan(term, limit)


def _counted(text: str, at: int) -> Counted:
    if found := _MONTHS.fullmatch(text):
        return AfterMonths(int(found[1]), _place(found[2], at + found.start(2)))
    if found := _YEARS.fullmatch(text):
        month = int(found[2])
        if not 1 <= month <= 12:
            raise BadText(at + found.start(2), "Нет месяца с номером {month}.", month=month)
        return AfterYears(int(found[1]), month, _place(found[3], at + found.start(3)))
    if found := _EVENT.fullmatch(text):
        working = found[2] == "W"
        if working and int(found[1]) == 0:
            raise BadText(at + found.start(1), "Срок в рабочих днях не короче одного дня.")
        return AfterEvent(int(found[1]), working)
    if found := _PATENT.fullmatch(text):
        return (AfterPatentStart if found[1] == "0" else AfterPatentEnd)(int(found[2]))
    if found := _DOCUMENT.fullmatch(text):
        return ValidTo(found[1])
    if text == "TABLE":
        return Tabled()
    raise BadText(at, "Непонятный срок «{text}»: ожидается M+1:D25, Y+1:03-31, E:+5W и подобное.", text=text)


def _place(text: str, at: int) -> PlaceInMonth:
    if text == "DL":
        return LastDay()
    if text == "WDL":
        return LastWorkingDay()
    if (found := _DAY.fullmatch(text)) and 1 <= int(found[1]) <= 31:
        return DayOfMonth(int(found[1]))
    if (found := _WORKING_DAY.fullmatch(text)) and 1 <= int(found[1]) <= 23:
        return WorkingDay(int(found[1]))
    raise BadText(at, "Непонятный день «{text}»: ожидается D25, DL, WD04 или WDL.", text=text)


def nominal_date(term: Term, start: date, end: date, calendar: BusinessCalendar) -> date | None:
    """The day a term names, before any shift; None for ``Tabled``.

    ``start`` and ``end`` are those of the period, the patent or the document; an event begins and ends on its day.
    Of a term with a cap it is the earlier of the two days.
    """
    match term:
        case NotLaterThan(counted, cap):
            days = (nominal_date(one, start, end, calendar) for one in (counted, cap))
            return min((day for day in days if day is not None), default=None)
        case AfterMonths(months, place):
            return _found(place, *month_after(end.year, end.month, months), calendar)
        case AfterYears(years, month, place):
            return _found(place, end.year + years, month, calendar)
        case AfterEvent(days, working):
            return working_days_after(end, days, calendar) if working else calendar_days_after(end, days)
        case AfterPatentStart(days):
            return calendar_days_after(start, days)
        case AfterPatentEnd(days):
            if days == 0 and (end.month, end.day) == (12, 31):
                return end.replace(day=PATENT_END_MOVED)
            return calendar_days_after(end, days)
        case ValidTo():
            return end
        case Tabled():
            return None


def _found(place: PlaceInMonth, year: int, month: int, calendar: BusinessCalendar) -> date:
    match place:
        case DayOfMonth(day):
            return clamped(year, month, day)
        case LastDay():
            return clamped(year, month, 31)
        case WorkingDay(number):
            return calendar.nth_of_month(year, month, number)
        case LastWorkingDay():
            return calendar.last_of_month(year, month)


def counted_term(term: Term) -> Counted:
    """The term itself, without its cap."""
    return term.term if isinstance(term, NotLaterThan) else term


def cap_date(term: Term, end: date, calendar: BusinessCalendar) -> date | None:
    """The last day that the term may fall on; None where it has no cap."""
    return nominal_date(term.cap, end, end, calendar) if isinstance(term, NotLaterThan) else None


def first_counted_day(term: Term, end: date) -> date | None:
    """The day after an event, where working days are counted from it; None for every other term."""
    counted = counted_term(term)
    return calendar_days_after(end, 1) if isinstance(counted, AfterEvent) and counted.working else None


def counts_working_days(term: Term) -> bool:
    """Whether the term names a working day by itself."""
    match term:
        case NotLaterThan(counted, cap):
            return counts_working_days(counted) or counts_working_days(cap)
        case AfterMonths(_, place) | AfterYears(_, _, place):
            return isinstance(place, WorkingDay | LastWorkingDay)
        case AfterEvent(_, working):
            return working
        case _:
            return False
