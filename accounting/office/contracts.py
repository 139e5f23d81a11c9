"""Contracts generate work: lines with day rules make cases; terms end, renew, are given notice of (office domain 3.8).

The end of a term makes no case: a case would stay until somebody closes it, whatever is signed meanwhile. Who is to see
to it is told while nothing follows (``what_people_see_to`` of the panel's statements).

When a contract ends is one rule, ``last_day``, and ``known_end`` for a day, in the database ``office.known_end``. What
a month costs is in ``contract_fees``.

A line says when in the language of ``due_rules``: a cyclic one by periods ("M+1:WD03": the third working day of the
next month), a one-off one from its own first day ("E:+5W"). Contract dates are no terms of the Tax Code: they move only
where the line says so. Days of contracts are inclusive: ``ends_on`` is the last day it holds on.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated

import msgspec

from accounting.office.clients import Coverage
from accounting.office.counting import months_after
from accounting.office.due_dates import legal_date
from accounting.office.due_rules import AfterEvent, OfPeriod, Term, counted_term, nominal_date
from accounting.office.obligation_templates import Shift
from accounting.office.periods import PeriodKind, ReportingPeriod, periods_of_year
from accounting.receipts.money import Kopecks
from accounting.working_days import BusinessCalendar

_ONE_DAY = timedelta(days=1)


class ContractLine(msgspec.Struct, frozen=True, kw_only=True):
    """A service of a contract. Raises ValueError where terms do not fit the period.

    ``period`` EVENT is a one-off line; ``obligations``: codes of rules that it serves; no ``terms``: it makes no cases
    of its own (those obligations are its work).
    """

    id: str
    service: str
    starts_on: date
    ends_on: date | None = None
    period: PeriodKind = PeriodKind.MONTH
    months: frozenset[int] = frozenset()
    terms: tuple[Term, ...] = ()
    shift: Shift = Shift.NONE
    obligations: frozenset[str] = frozenset()
    quantity: Annotated[int, msgspec.Meta(ge=1)] = 1
    price_kopecks: Kopecks = 0
    in_fee: bool = True

    def __post_init__(self) -> None:
        fitting = AfterEvent if self.is_one_off() else OfPeriod
        if self.period in (PeriodKind.PATENT, PeriodKind.CUSTOM) or not all(
            isinstance(counted_term(term), fitting) for term in self.terms
        ):
            raise ValueError(f"line {self.id}: its terms do not fit the period {self.period}")

    def is_one_off(self) -> bool:
        """Whether it is done once, not in every period."""
        return self.period is PeriodKind.EVENT

    def holds_on(self, day: date) -> bool:
        """Whether the line serves on that day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class Indexation(msgspec.Struct, frozen=True, kw_only=True):
    """The fee grows by a share on the first day of a month of every year after the one the contract began in."""

    rate_bp: Annotated[int, msgspec.Meta(ge=0)]
    month: Annotated[int, msgspec.Meta(ge=1, le=12)]


class FeeChange(msgspec.Struct, frozen=True):
    """The fee that an annex agreed on, from a day on."""

    since: date
    fee_kopecks: Kopecks


class FeeStage(msgspec.Struct, frozen=True, array_like=True):
    """Months of the service, from the contract's first day on, that cost the same. ``last_month`` None: all after."""

    first_month: int
    last_month: int | None
    fee_kopecks: Kopecks


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """What is agreed. ``ends_on``: the last day of the first term; None: without an end.

    ``renews_by_months`` None: it does not renew by itself. ``closes_on``: the day that a notice ends it on.
    ``fee_changes`` in the order of their annexes; ``stages`` as the price had them.
    """

    id: str
    client: str
    starts_on: date
    ends_on: date | None = None
    renews_by_months: Annotated[int, msgspec.Meta(ge=1)] | None = None
    notice_days: Annotated[int, msgspec.Meta(ge=0)] = 30
    closes_on: date | None = None
    fee_kopecks: Kopecks = 0
    indexation: Indexation | None = None
    stages: tuple[FeeStage, ...] = ()
    fee_changes: tuple[FeeChange, ...] = ()
    lines: tuple[ContractLine, ...] = ()

    def coverage(self) -> tuple[Coverage, ...]:
        """Which obligations are served, and when: what a plan asks of a client. Lines end with the contract."""
        end = last_day(self)
        return tuple(
            Coverage(
                codes=line.obligations,
                valid_from=max(line.starts_on, self.starts_on),
                valid_to=None if last is None else last + _ONE_DAY,
            )
            for line in self.lines
            if line.obligations
            for last in (_earlier(line.ends_on, end),)
        )


class ContractCase(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that a contract makes; contract, line, period and instalment are its key for good."""

    contract: str
    line: str
    period: str
    instalment: int
    nominal: date
    due: date

    def key(self) -> tuple[str, str, str, int]:
        """Planned again it has the same."""
        return self.contract, self.line, self.period, self.instalment


class ContractTerm(msgspec.Struct, frozen=True):
    """A stretch between two renewals; ``end`` None: without an end."""

    number: int
    start: date
    end: date | None


def last_day(contract: Contract) -> date | None:
    """The last day of a contract; None: without an end, or it renews by itself and nobody has given notice.

    A notice ends the contract on a day of its own and not at the end of a term: in the first term, in a later one, or,
    given too late to stop a renewal, in the next one. A contract that does not renew it can only end earlier.
    """
    if contract.ends_on is not None and contract.renews_by_months is not None:
        return contract.closes_on
    return _earlier(contract.ends_on, contract.closes_on)


def known_end(contract: Contract, day: date) -> date | None:
    """The end of a contract as it is known on a day: its last one, or, while it renews by itself, of the running term.

    Lists and reminders ask the database for it, whose ``office.known_end`` is held to this.
    """
    last = last_day(contract)
    if last is not None or contract.ends_on is None:
        return last
    *_, running = terms_of(contract, max(day, contract.starts_on))
    return running.end


def terms_of(contract: Contract, until: date) -> Iterator[ContractTerm]:
    """The terms that begin until a day, the renewed ones too; a notice cuts the one it ends."""
    last = last_day(contract)
    number, start, end = 1, contract.starts_on, contract.ends_on
    while start <= until and (last is None or start <= last):
        yield ContractTerm(number, start, _earlier(end, last))
        if end is None or contract.renews_by_months is None:
            return
        start = end + _ONE_DAY
        # From the first end, lest the 31st become the 28th for ever.
        first_after = contract.starts_on if contract.ends_on is None else contract.ends_on + _ONE_DAY
        end = months_after(first_after, number * contract.renews_by_months) - _ONE_DAY
        number += 1


def term_on(contract: Contract, day: date) -> ContractTerm | None:
    """The term that a day lies in; None before and after the contract."""
    return next(
        (term for term in terms_of(contract, day) if term.start <= day and (term.end is None or day <= term.end)), None
    )


def ends_within(contract: Contract, today: date, days: int = 60) -> bool:
    """Whether the contract, without a renewal, ends from today within so many days: a filter of the register."""
    end = known_end(contract, today)
    return end is not None and today <= end <= today + timedelta(days=days)


def following_term(contract: Contract, today: date) -> tuple[date, date | None] | None:
    """The first and the last day of a contract that follows, as long as the term it comes after; None: nothing ends.

    A first term that began within a month counts that month as a whole one.
    """
    last = known_end(contract, today)
    if last is None:
        return None
    start = last + _ONE_DAY
    if contract.ends_on is None:
        return start, None
    if contract.renews_by_months is not None and last > contract.ends_on:
        months = contract.renews_by_months
    else:
        months = _months_of(contract.starts_on, contract.ends_on)
    return start, months_after(start, months) - _ONE_DAY


def _months_of(first: date, last: date) -> int:
    after = last + _ONE_DAY
    months = 12 * (after.year - first.year) + after.month - first.month
    # From the 29th of February to the 28th of the next year are twelve, though March comes after them.
    if last.day < first.day and months_after(first, months - 1) == last:
        months -= 1
    return max(months, 1)


def last_day_for_notice(contract: Contract, term: ContractTerm) -> date | None:
    """The last day on which a notice still ends the term in time; None for one without an end."""
    return None if term.end is None else term.end - timedelta(days=contract.notice_days)


def closes_on(contract: Contract, notice_on: date) -> date:
    """The day that a notice ends a contract on."""
    return notice_on + timedelta(days=contract.notice_days)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)


def contract_cases(contract: Contract, calendar: BusinessCalendar, first: date, last: date) -> list[ContractCase]:
    """The cases that are due from ``first`` to ``last``, in the order of their days.

    A cyclic line makes a case of a period whose last day both line and contract hold on, renewals included.
    """
    cases = _work(contract, calendar, first, last)
    return sorted((case for case in cases if first <= case.due <= last), key=lambda case: (case.due, case.key()))


def _work(contract: Contract, calendar: BusinessCalendar, first: date, last: date) -> Iterator[ContractCase]:
    for line in contract.lines:
        for period in _periods(line, range(first.year - 2, last.year + 2)):
            if not (line.holds_on(period.end) and term_on(contract, period.end)):
                continue
            for number, term in enumerate(line.terms, start=1):
                nominal = nominal_date(term, period.start, period.end, calendar)
                if nominal is not None:
                    yield ContractCase(
                        contract=contract.id,
                        line=line.id,
                        period=period.key,
                        instalment=0 if len(line.terms) == 1 else number,
                        nominal=nominal,
                        due=legal_date(term, nominal, period.end, line.shift, calendar),
                    )


def _periods(line: ContractLine, years: range) -> Iterator[ReportingPeriod]:
    if line.is_one_off():
        yield ReportingPeriod(line.starts_on, line.starts_on, line.starts_on.isoformat())
        return
    for year in years:
        for period in periods_of_year(line.period, year):
            if not line.months or period.end.month in line.months:
                yield period
