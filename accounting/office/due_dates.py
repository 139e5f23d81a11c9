"""From a template to days: nominal date, shift, one-off date, and why (office domain 3.12, 4).

``Calendars``  the calendars of countries and regions, made once
``DueDate``    one obligation of one period, without its organisation: the same object serves all of them
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from accounting.office.clients import Occasion
from accounting.office.due_rules import (
    AfterMonths,
    Term,
    cap_date,
    counted_term,
    counts_working_days,
    first_counted_day,
    nominal_date,
)
from accounting.office.obligation_templates import ObligationKind, ObligationTemplate, OneOffDate, Pack, Shift
from accounting.office.periods import ReportingPeriod, month_of, periods_of_year
from accounting.working_days import FRIDAY, SATURDAY, BusinessCalendar, CalendarRules

_ONE_DAY = timedelta(days=1)


class Move(StrEnum):
    """What became of the nominal date."""

    NONE = "none"
    FORWARD = "forward"
    BACK = "back"
    SET_BY_AUTHORITY = "set_by_authority"


class DueDate(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """When a template is due for a period, and how that came about. ``instalment`` is 0 where there is one only."""

    template: ObligationTemplate
    period: ReportingPeriod
    instalment: int
    term: Term
    nominal: date | None
    """What the rule names; None where only a table has dates."""
    due: date
    """The legal date: after the shift, or as an authority set it."""
    target: date
    """The office's own date, so many working days earlier."""
    move: Move
    passed_over: tuple[date, ...]
    """The days off that the shift went over, the nominal date first."""
    one_off: OneOffDate | None
    preliminary: bool
    """The date hangs on a calendar that is not published yet: it is to be planned anew when it is."""
    unpublished: tuple[int, ...]
    """The years of such calendars."""
    unknown: tuple[int, ...]
    """Those of them whose days off nobody has told this package: it counted their weekends alone."""
    money_leaves_by: date | None
    """For a payment: the last day on or before ``due`` on which banks pay."""

    def period_key(self) -> str:
        """The period with its instalment: "2026-Q2/1"."""
        return f"{self.period.key}/{self.instalment}" if self.instalment else self.period.key


class Calendars:
    """Calendars by country, region and length of the week."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str | None, bool], BusinessCalendar] = {}

    def of(self, country: str, region: str | None, saturdays: bool = False) -> BusinessCalendar:
        """The calendar of a country; with a region also its days off (office domain 4.3: a setting, off by itself)."""
        key = country, region, saturdays
        if key not in self._made:
            week = SATURDAY if saturdays else FRIDAY
            self._made[key] = BusinessCalendar(CalendarRules(region=region), country, week)
        return self._made[key]


OneOffDates = Mapping[tuple[str, str, int], OneOffDate]
"""By code, period and instalment."""


def one_off_dates(pack: Pack, client: str | None = None) -> OneOffDates:
    """The one-off dates for everybody, or those of one client."""
    return {(row.code, row.period, row.instalment): row for row in pack.one_off_dates if row.client == client}


def shifted(day: date, shift: Shift, calendar: BusinessCalendar) -> date:
    """Where a term goes that ends on this day: the day itself unless it is a day off (art. 6.1 item 7 for ``NEXT``)."""
    match shift:
        case Shift.NEXT:
            return calendar.on_or_after(day)
        case Shift.PREV:
            return calendar.on_or_before(day)
        case Shift.NONE:
            return day


def legal_date(term: Term, nominal: date, end: date, shift: Shift, calendar: BusinessCalendar) -> date:
    """Where a term goes from its nominal date; ``end``: of its period.

    No shift carries it past its cap. A cap on a day off is kept on the working day before, which is in time however
    the law is read, unless that lies before what the term is counted from.
    """
    day = shifted(nominal, shift, calendar)
    cap = cap_date(term, end, calendar)
    if cap is None or day <= cap:
        return day
    before = calendar.on_or_before(cap)
    return before if before >= end else cap


def due_dates_of_years(
    template: ObligationTemplate, calendar: BusinessCalendar, years: range, one_off: OneOffDates
) -> Iterator[DueDate]:
    """The due dates of all periods that end in these years, in order of periods; none for what occasions start."""
    for year in years:
        for period in periods_of_year(template.period, year):
            if (not template.months or period.end.month in template.months) and template.is_for(period.end):
                yield from due_dates_of_period(template, calendar, period, one_off)


def due_dates_of_occasion(
    template: ObligationTemplate, calendar: BusinessCalendar, occasion: Occasion, one_off: OneOffDates
) -> Iterator[DueDate]:
    """The due dates that an occasion starts. Events that are reported by the month share the month's period."""
    if isinstance(counted_term(template.terms[0]), AfterMonths):
        period = month_of(occasion.start)
    else:
        period = ReportingPeriod(occasion.start, occasion.last_day(), f"{occasion.name}/{occasion.id}")
    if template.is_for(period.end):
        yield from due_dates_of_period(template, calendar, period, one_off)


def due_dates_of_period(
    template: ObligationTemplate, calendar: BusinessCalendar, period: ReportingPeriod, one_off: OneOffDates
) -> Iterator[DueDate]:
    """One due date an instalment; none where only a table has dates and it has none."""
    single = len(template.terms) == 1
    for number, term in enumerate(template.terms, start=1):
        instalment = 0 if single else number
        set_date = one_off.get((template.code, period.key, instalment))
        nominal = nominal_date(term, period.start, period.end, calendar)
        if set_date is not None or nominal is not None:
            yield _due_date(template, calendar, period, instalment, term, nominal, set_date)


def _due_date(
    template: ObligationTemplate,
    calendar: BusinessCalendar,
    period: ReportingPeriod,
    instalment: int,
    term: Term,
    nominal: date | None,
    set_date: OneOffDate | None,
) -> DueDate:
    passed_over: tuple[date, ...] = ()
    hangs_on: tuple[int, ...] = ()
    if set_date is not None or nominal is None:
        assert set_date is not None
        due, move = set_date.due, Move.SET_BY_AUTHORITY
    else:
        due = legal_date(term, nominal, period.end, template.shift, calendar)
        move = Move.NONE if due == nominal else Move.FORWARD if due > nominal else Move.BACK
        passed_over = _days_between(nominal, due)
        if template.shift is not Shift.NONE or counts_working_days(term):
            days = (nominal, due, first_counted_day(term, period.end) or nominal)
            hangs_on = tuple(range(min(days).year, max(days).year + 1))
    is_payment = template.kind is ObligationKind.PAYMENT
    unpublished = tuple(filter(calendar.is_preliminary, hangs_on))
    return DueDate(
        template=template,
        period=period,
        instalment=instalment,
        term=term,
        nominal=nominal,
        due=due,
        target=calendar.earlier(due, template.lead_days),
        move=move,
        passed_over=passed_over,
        one_off=set_date,
        preliminary=bool(unpublished),
        unpublished=unpublished,
        unknown=tuple(year for year in unpublished if not calendar.is_known(year)),
        money_leaves_by=calendar.last_day_of_payment(due) if is_payment else None,
    )


def _days_between(nominal: date, due: date) -> tuple[date, ...]:
    step = _ONE_DAY if due > nominal else -_ONE_DAY
    days = []
    while nominal != due:
        days.append(nominal)
        nominal += step
    return tuple(days)
