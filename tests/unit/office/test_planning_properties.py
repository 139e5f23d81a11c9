"""Promises of the deadline engine for organisations of any kind (office domain 4.5)."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.office.clients import TaxProfile
from accounting.office.due_dates import Calendars, DueDate, Move
from accounting.office.due_rules import cap_date
from accounting.office.obligation_templates import Pack, Shift
from accounting.office.plan_changes import compare
from accounting.office.planning import plan
from tests.unit.office.random_offices import DAYS, EVERYTHING, SPANS, Office, offices, profiles, told

T = TypeVar("T")
CALENDARS = Calendars()


def _stands_rightly(what: DueDate, country: str) -> None:
    calendar = CALENDARS.of(country, None, what.template.saturdays)
    assert what.nominal is not None
    if what.template.shift is Shift.NONE:
        assert what.due == what.nominal
        return
    cap = cap_date(what.term, what.period.end, calendar)
    if cap is not None:
        assert what.due <= cap
        # A cap on a day off is kept before it, unless the term would then end before it begins.
        assert calendar.is_business_day(what.due) or calendar.on_or_before(cap) < what.period.end
        return
    assert calendar.is_business_day(what.due)
    assert what.due >= what.nominal if what.template.shift is Shift.NEXT else what.due <= what.nominal


@settings(max_examples=30, deadline=None)
@given(offices())
def test_no_term_that_moves_ends_on_a_day_off(office: Office) -> None:
    for obligation in office.plan(*EVERYTHING).obligations:
        what = obligation.what
        assert (what.move is Move.SET_BY_AUTHORITY) == (what.one_off is not None)
        if what.one_off is None:
            _stands_rightly(what, office.client.country)
        else:
            assert what.due == what.one_off.due


@settings(max_examples=30, deadline=None)
@given(offices())
def test_year_whose_days_off_are_not_known_is_named_at_every_date_that_hangs_on_it(office: Office) -> None:
    calendar = CALENDARS.of(office.client.country, None)
    for obligation in office.plan(*EVERYTHING).obligations:
        what = obligation.what
        if what.one_off is None and what.template.shift is not Shift.NONE and not calendar.is_known(what.due.year):
            assert what.due.year in what.unknown
        assert not any(map(calendar.is_known, what.unknown))
        assert set(what.unknown) <= set(what.unpublished)
        assert what.preliminary == bool(what.unpublished)


@settings(max_examples=30, deadline=None)
@given(offices(), DAYS, SPANS)
def test_planning_again_changes_nothing_and_keys_are_unique(office: Office, first: date, days: int) -> None:
    made = office.plan(first, days)
    assert told(office.plan(first, days)) == told(made)
    assert compare(made.dates(), made, today=first).is_nothing()
    assert len(made.dates()) == len(made.obligations)
    run = compare({}, made, today=first)
    assert compare(run.applied_to({}), made, today=first).is_nothing()
    assert all(first <= one.what.due <= first + timedelta(days=days) for one in made.obligations)


@settings(max_examples=30, deadline=None)
@given(offices(changes=0), profiles(), DAYS, SPANS, DAYS)
def test_profile_change_and_back_restores_the_plan(
    office: Office, other: TaxProfile, first: date, days: int, since: date
) -> None:
    client = office.client
    changed = client.with_profile(other, since)
    before, after = office.plan(first, days), office.of(changed).plan(first, days)
    there = compare(before.dates(), after, today=first)
    assert there.applied_to(before.dates()) == after.dates()
    back = compare(after.dates(), before, today=first)
    assert back.applied_to(after.dates()) == before.dates()
    assert {one.key() for one in there.created} == {one.key for one in back.cancelled}
    restored = changed.with_profile(client.history[0].profile, since)
    assert compare(before.dates(), office.of(restored).plan(first, days), today=first).is_nothing()
    # What is about a period that ended before the change stays.
    touched = [*(one.what for one in there.created), *(one.what for one in back.created)]
    assert all(what.period.end >= since for what in touched)


@settings(max_examples=30, deadline=None)
@given(offices(), offices(), DAYS, SPANS, st.data())
def test_dates_of_authorities_set_and_taken_back_restore_the_plan_and_leave_work_begun_alone(
    office: Office, other: Office, first: date, days: int, data: st.DataObject
) -> None:
    bare = office.without_dates().plan(first, days)
    dated = office.plan(first, days)
    there = compare(bare.dates(), dated, today=first)
    assert compare(there.applied_to(bare.dates()), bare, today=first).applied_to(dated.dates()) == bare.dates()
    begun = set(data.draw(st.lists(st.sampled_from(sorted(bare.dates())), max_size=5))) if bare.dates() else set()
    kept = compare(bare.dates(), dated, today=first, begun=begun).applied_to(bare.dates())
    assert all(kept[key] == bare.dates()[key] for key in begun)
    # Two clients do not touch each other.
    neighbour = msgspec.structs.replace(other.client, id="n")
    both = plan([office.client, neighbour], office.packs(), first, first + timedelta(days=days))
    assert [one for one in told(both) if one[0] == "c"] == told(dated)


@settings(max_examples=30, deadline=None)
@given(offices(), DAYS, SPANS, st.randoms(use_true_random=False))
def test_order_of_inputs_makes_no_difference(office: Office, first: date, days: int, chance: random.Random) -> None:
    client = office.client
    spans = [msgspec.structs.replace(span, profile=_shuffled(span.profile, chance)) for span in client.history]
    mixed = msgspec.structs.replace(
        client, history=tuple(_mixed(spans, chance)), occasions=tuple(_mixed(client.occasions, chance))
    )
    made = {country: _once(pack) for country, pack in office.packs().items()}
    shuffled = {
        country: msgspec.structs.replace(
            pack,
            templates=tuple(_mixed(pack.templates, chance)),
            one_off_dates=tuple(_mixed(pack.one_off_dates, chance)),
        )
        for country, pack in _mixed(list(made.items()), chance)
    }
    last = first + timedelta(days=days)
    assert told(plan([mixed], shuffled, first, last)) == told(plan([client], made, first, last))


def _once(pack: Pack) -> Pack:
    """Of two dates for one thing the later one counts, so that their order is theirs."""
    dates = {(one.code, one.period, one.instalment, one.client): one for one in pack.one_off_dates}
    return msgspec.structs.replace(pack, one_off_dates=tuple(dates.values()))


def _mixed(rows: Sequence[T], chance: random.Random) -> list[T]:
    return chance.sample(rows, len(rows))


def _shuffled(profile: TaxProfile, chance: random.Random) -> TaxProfile:
    facts = dict(_mixed(list(profile.facts.items()), chance))
    return msgspec.structs.replace(profile, systems=tuple(_mixed(profile.systems, chance)), facts=facts)


@settings(max_examples=30, deadline=None)
@given(offices(changes=0, with_occasions=False), profiles(), DAYS, DAYS)
def test_profile_that_changes_for_some_days_within_a_period_changes_nothing(
    office: Office, other: TaxProfile, first: date, since: date
) -> None:
    """Only the last days of periods ask: a change that is over before the next one leaves no trace."""
    client = office.client
    since = since.replace(day=2)
    there_and_back = client.with_profile(other, since).with_profile(client.history[0].profile, since.replace(day=20))
    assert office.plan(first, 400).dates() == office.of(there_and_back).plan(first, 400).dates()


@settings(max_examples=30, deadline=None)
@given(offices(), DAYS, SPANS, SPANS)
def test_windows_side_by_side_give_what_one_window_gives(office: Office, first: date, one: int, two: int) -> None:
    middle = first + timedelta(days=one)
    whole = office.plan(first, one + two + 1).dates()
    parts = office.plan(first, one).dates() | office.plan(middle + timedelta(days=1), two).dates()
    assert parts == whole


@settings(max_examples=30, deadline=None)
@given(offices())
def test_date_of_an_authority_is_the_date_of_whatever_is_owed(office: Office) -> None:
    dates = office.packs()[office.client.country].one_off_dates
    own = {(one.code, one.period, one.instalment): one.due for one in dates if one.client is None}
    own |= {(one.code, one.period, one.instalment): one.due for one in dates if one.client is not None}
    everything = office.plan(*EVERYTHING).dates()
    assert all(own.get(key[1:], due) == due for key, due in everything.items())
    last = EVERYTHING[0] + timedelta(days=EVERYTHING[1] - 200)  # what stood later may have left the window
    owed = {key for key, due in office.without_dates().plan(*EVERYTHING).dates().items() if due <= last}
    assert owed <= everything.keys(), "a date takes nothing away"
