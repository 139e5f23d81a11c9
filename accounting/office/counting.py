"""How terms are counted: Tax Code of Russia art. 6.1 (office domain 4.1, all [F]).

A term begins on the day after the date or the event that begins it (item 2); a term in days is in working days unless
calendar days are named (item 6); one whose last day is no working day ends on the next one (item 7); what is done
before 24:00 of the last day is done in time (item 8). Laws outside art. 6.1 have rules of their own: the shift is data
of each obligation, never of these functions.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from accounting.working_days import BusinessCalendar


def calendar_days_after(day: date, count: int) -> date:
    """The last day of a term in calendar days; the day itself is not counted (art. 6.1 item 2)."""
    return day + timedelta(days=count)


def working_days_after(day: date, count: int, calendar: BusinessCalendar) -> date:
    """The last day of a term in working days, at least one; the day itself is not counted (art. 6.1 items 2, 6)."""
    return calendar.later(day, count)


def months_after(day: date, count: int) -> date:
    """The same day of the last month of a term; the month's last day where it has no such day (art. 6.1 item 5).

    A year is twelve of them: the same month and day of the last year (item 3).
    """
    year, month = month_after(day.year, day.month, count)
    return clamped(year, month, day.day)


def month_after(year: int, month: int, count: int) -> tuple[int, int]:
    """Year and month so many months later; a negative count goes back."""
    months = 12 * year + month - 1 + count
    return months // 12, months % 12 + 1


def clamped(year: int, month: int, day: int) -> date:
    """A day of a month, or its last day if the month is shorter."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def in_time(done_at: datetime, due: date, zone: ZoneInfo) -> bool:
    """Whether a thing was done before 24:00 of the last day where the organisation is (art. 6.1 item 8).

    ``done_at`` knows its zone. Raises ValueError if it does not.
    """
    if done_at.tzinfo is None:
        raise ValueError("a moment without a time zone belongs to no day")
    return done_at.astimezone(zone).date() <= due
