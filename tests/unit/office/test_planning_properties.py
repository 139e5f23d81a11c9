"""Promises of the deadline engine for organisations of any kind (office domain 4.5)."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.office.attributes import ATTRIBUTES, AttributeKind
from accounting.office.clients import Client, Payer, ProfileSpan, TaxProfile
from accounting.office.conditions import Fact
from accounting.office.due_dates import Calendars, Move
from accounting.office.obligation_templates import Shift
from accounting.office.plan_changes import compare
from accounting.office.planning import Plan, plan
from tests.unit.office.organisations import confirmed

PACKS = {country: confirmed(country) for country in ("RU", "PL", "BR")}
CALENDARS = Calendars()
SYSTEMS = sorted({system for pack in PACKS.values() for one in pack.templates for system in one.systems} - {"ANY"})
FLAGS = [one.name for one in ATTRIBUTES if one.kind is AttributeKind.FLAG and not one.of_occasion]
NUMBERS = [one.name for one in ATTRIBUTES if one.kind is AttributeKind.NUMBER and not one.of_occasion]
DAYS = st.dates(date(2025, 1, 1), date(2030, 12, 31))
SPANS = st.integers(1, 500)

flags: st.SearchStrategy[dict[str, Fact]] = st.dictionaries(st.sampled_from(FLAGS), st.booleans())
numbers: st.SearchStrategy[dict[str, Fact]] = st.dictionaries(st.sampled_from(NUMBERS), st.integers(0, 10**11))
profiles = st.builds(
    lambda payer, systems, employees, first, second: TaxProfile(
        payer=payer, systems=tuple(systems), with_employees=employees, facts={**first, **second}
    ),
    st.sampled_from(list(Payer)),
    st.lists(st.sampled_from(SYSTEMS), min_size=1, max_size=4),
    st.booleans(),
    flags,
    numbers,
)
clients = st.builds(
    lambda country, profile: Client(
        id="c", country=country, history=(ProfileSpan(profile=profile, valid_from=date(2020, 1, 1)),)
    ),
    st.sampled_from(sorted(PACKS)),
    profiles,
)


def _plan(client: Client, first: date, days: int) -> Plan:
    return plan([client], PACKS, first, first + timedelta(days=days))


@settings(max_examples=60, deadline=None)
@given(clients, DAYS, SPANS)
def test_no_term_that_moves_ends_on_a_day_off(client: Client, first: date, days: int) -> None:
    for obligation in _plan(client, first, days).obligations:
        what = obligation.what
        calendar = CALENDARS.of(client.country, None, what.template.saturdays)
        assert what.nominal is not None
        if what.move is Move.SET_BY_AUTHORITY:
            continue
        if what.template.shift is Shift.NONE:
            assert what.due == what.nominal
        else:
            assert calendar.is_business_day(what.due)
            assert what.due >= what.nominal if what.template.shift is Shift.NEXT else what.due <= what.nominal


@settings(max_examples=60, deadline=None)
@given(clients, DAYS, SPANS)
def test_planning_again_changes_nothing_and_keys_are_unique(client: Client, first: date, days: int) -> None:
    planned = _plan(client, first, days)
    assert compare(planned.dates(), _plan(client, first, days), today=first).is_nothing()
    assert len(planned.dates()) == len(planned.obligations)
    run = compare({}, planned, today=first)
    assert compare(run.applied_to({}), planned, today=first).is_nothing()
    assert all(first <= one.what.due <= first + timedelta(days=days) for one in planned.obligations)


@settings(max_examples=60, deadline=None)
@given(clients, profiles, DAYS, SPANS, DAYS)
def test_profile_change_and_back_restores_the_plan(
    client: Client, other: TaxProfile, first: date, days: int, since: date
) -> None:
    changed = client.with_profile(other, since)
    before, after = _plan(client, first, days), _plan(changed, first, days)
    there = compare(before.dates(), after, today=first)
    assert there.applied_to(before.dates()) == after.dates()
    back = compare(after.dates(), before, today=first)
    assert back.applied_to(after.dates()) == before.dates()
    assert {one.key() for one in there.created} == {one.key for one in back.cancelled}
    restored = changed.with_profile(client.history[0].profile, since)
    assert compare(before.dates(), _plan(restored, first, days), today=first).is_nothing()
    # What is about a period that ended before the change stays.
    touched = [*(one.what for one in there.created), *(one.what for one in back.created)]
    assert all(what.period.end >= since for what in touched)


@settings(max_examples=60, deadline=None)
@given(clients, profiles, DAYS, DAYS)
def test_profile_that_changes_for_some_days_within_a_period_changes_nothing(
    client: Client, other: TaxProfile, first: date, since: date
) -> None:
    """Only the last days of periods ask: a change that is over before the next one leaves no trace."""
    since = since.replace(day=2)
    there_and_back = client.with_profile(other, since).with_profile(client.history[0].profile, since.replace(day=20))
    assert _plan(client, first, 400).dates() == _plan(there_and_back, first, 400).dates()


@settings(max_examples=40, deadline=None)
@given(clients, DAYS, SPANS, SPANS)
def test_windows_side_by_side_give_what_one_window_gives(client: Client, first: date, one: int, two: int) -> None:
    middle = first + timedelta(days=one)
    whole = _plan(client, first, one + two + 1).dates()
    parts = _plan(client, first, one).dates() | _plan(client, middle + timedelta(days=1), two).dates()
    assert parts == whole
