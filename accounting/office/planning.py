"""The plan: what each client owes between two days (office domain 3.12). A pure function of its inputs.

Due dates do not depend on the client, and which rules apply depends on the profile alone: each is worked out once for
all clients that share it. Keys make generation idempotent: the same inputs give the same keys with the same dates.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from accounting.office.clients import Client, Occasion, ProfileSpan, TaxProfile
from accounting.office.conditions import holds
from accounting.office.due_dates import (
    Calendars,
    DueDate,
    OneOffDates,
    due_dates_of_occasion,
    due_dates_of_period,
    due_dates_of_years,
    one_off_dates,
)
from accounting.office.obligation_templates import ObligationTemplate, Pack
from accounting.office.periods import OF_OCCASIONS
from accounting.working_days import BusinessCalendar

YEARS_BACK = 2
"""How many years before a window the periods may have ended that are due in it; rules go no further than the next."""


class ObligationKey(NamedTuple):
    """What an obligation is, whenever it is planned: one case for ever."""

    client: str
    code: str
    period: str
    instalment: int


class Obligation(msgspec.Struct, frozen=True, eq=False):
    """What one client owes. ``profile_since``: which profile of the client selected it."""

    client: str
    what: DueDate
    profile_since: date
    outside_contract: bool

    def key(self) -> ObligationKey:
        """Its name for good."""
        return ObligationKey(self.client, self.what.template.code, self.what.period.key, self.what.instalment)


class Plan(msgspec.Struct, frozen=True, eq=False):
    """Obligations in the order of their days; within a day by client and code."""

    obligations: tuple[Obligation, ...]

    def dates(self) -> dict[ObligationKey, date]:
        """Legal dates by key: what is kept of a plan, and what the next one is compared with."""
        return {obligation.key(): obligation.what.due for obligation in self.obligations}


def plan(
    clients: Iterable[Client],
    packs: Mapping[str, Pack],
    first: date,
    last: date,
    *,
    regional_days: bool = False,
) -> Plan:
    """All obligations of the clients whose legal date lies from ``first`` to ``last``, both included.

    A rule applies to a period if it does to the profile of the period's last day. ``packs`` by country; raises KeyError
    for a client of another one. ``regional_days``: days off of the client's region count too.
    """
    calendars = Calendars()
    schedules: dict[tuple[str, str | None], _Schedule] = {}
    found: list[Obligation] = []
    for client in clients:
        place = client.country, client.region if regional_days else None
        if place not in schedules:
            schedules[place] = _Schedule(packs[client.country], calendars, place[1], first, last)
        found += _of_client(client, schedules[place])
    found.sort(key=lambda one: (one.what.due, one.client, one.what.template.code, one.what.period.key))
    return Plan(tuple(found))


class _Schedule:
    """Everything of a window that does not depend on the client, for one pack and region."""

    def __init__(self, pack: Pack, calendars: Calendars, region: str | None, first: date, last: date) -> None:
        self.pack = pack
        self.first = first
        self.last = last
        self._calendars = calendars
        self._region = region
        self._years = range(first.year - YEARS_BACK, last.year + 2)
        self.one_off = one_off_dates(pack)
        self.clients_with_dates = {row.client for row in pack.one_off_dates if row.client is not None}
        self._regular = [template for template in pack.active() if template.period not in OF_OCCASIONS]
        self._occasional = [template for template in pack.active() if template.period in OF_OCCASIONS]
        self._of_template: dict[str, list[DueDate]] = {}
        self._of_profile: dict[tuple[object, ...], list[DueDate]] = {}

    def of_profile(self, profile: TaxProfile) -> list[DueDate]:
        """Due dates of the window that such a profile has, whenever it holds."""
        identity = profile.identity()
        if identity not in self._of_profile:
            self._of_profile[identity] = [due for due in self.all_of_profile(profile) if self.includes(due)]
        return self._of_profile[identity]

    def all_of_profile(self, profile: TaxProfile) -> Iterator[DueDate]:
        """The same whatever the window."""
        for template in self._regular:
            if template.is_for_payer(profile) and holds(template.condition, profile.facts):
                yield from self._dates(template)

    def _dates(self, template: ObligationTemplate) -> list[DueDate]:
        version = f"{template.code} {template.valid_from}"
        if version not in self._of_template:
            calendar = self.calendar(template)
            self._of_template[version] = list(due_dates_of_years(template, calendar, self._years, self.one_off))
        return self._of_template[version]

    def of_occasion(self, profile: TaxProfile, occasion: Occasion, one_off: OneOffDates) -> Iterator[DueDate]:
        """Due dates that an occasion starts for such a profile, whatever the window."""
        facts = {**profile.facts, **occasion.facts()}
        for template in self._occasional:
            if (
                template.occasion == occasion.name
                and template.is_for_payer(profile)
                and holds(template.condition, facts)
            ):
                yield from due_dates_of_occasion(template, self.calendar(template), occasion, one_off)

    def calendar(self, template: ObligationTemplate) -> BusinessCalendar:
        """The calendar a template is counted by."""
        return self._calendars.of(self.pack.country, self._region, template.saturdays)

    def includes(self, due: DueDate) -> bool:
        return self.first <= due.due <= self.last


def _of_client(client: Client, schedule: _Schedule) -> Iterator[Obligation]:
    if client.id in schedule.clients_with_dates:
        yield from _of_client_with_dates(client, schedule)
        return
    for span in client.history:
        for due in schedule.of_profile(span.profile):
            if span.holds_on(due.period.end):
                yield _obligation(client, span, due)
    yield from _of_occasions(client, schedule, schedule.one_off)


def _of_client_with_dates(client: Client, schedule: _Schedule) -> Iterator[Obligation]:
    """One-off dates of its own may move a term into the window or out of it: every period is looked at."""
    one_off = {**schedule.one_off, **one_off_dates(schedule.pack, client.id)}
    for span in client.history:
        for due in schedule.all_of_profile(span.profile):
            if not span.holds_on(due.period.end):
                continue
            if one_off.get((due.template.code, due.period.key, due.instalment)) is not due.one_off:
                again = due_dates_of_period(due.template, schedule.calendar(due.template), due.period, one_off)
                due = next(one for one in again if one.instalment == due.instalment)
            if schedule.includes(due):
                yield _obligation(client, span, due)
    yield from _of_occasions(client, schedule, one_off)


def _of_occasions(client: Client, schedule: _Schedule, one_off: OneOffDates) -> Iterator[Obligation]:
    seen: set[ObligationKey] = set()
    # The earliest of several events of a month starts its report, whatever order they come in.
    for occasion in sorted(client.occasions, key=lambda one: (one.last_day(), one.name, one.id)):
        span = next((span for span in client.history if span.holds_on(occasion.last_day())), None)
        if span is None:
            continue
        for due in schedule.of_occasion(span.profile, occasion, one_off):
            obligation = _obligation(client, span, due)
            # Several events of one month are one report of the month.
            if schedule.includes(due) and obligation.key() not in seen:
                seen.add(obligation.key())
                yield obligation


def _obligation(client: Client, span: ProfileSpan, due: DueDate) -> Obligation:
    return Obligation(client.id, due, span.valid_from, not client.is_served(due.template.code, due.period.end))
