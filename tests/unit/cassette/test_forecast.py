"""When FNs end, when the queue is through, what must be bought, which deadlines are in danger."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from fiscal_server.storage.cassette_rules import CassetteRules
from tests.unit.cassette.facts import NOW, TODAY, cassette, foretold, slot

STEADY = {TODAY - timedelta(days=n): 98 for n in range(1, 100)}
"""With the two reports of the shift 100 documents a day."""


def test_an_fn_ends_when_its_memory_is_full() -> None:
    (fn,) = foretold(cassette([slot(1, "ACTIVE", documents_left=1004)], past=STEADY)).fns
    assert (fn.ends_on, fn.ends_by) == (TODAY + timedelta(days=9), "documents")


def test_an_fn_ends_three_days_before_its_term() -> None:
    (fn,) = foretold(cassette([slot(1, "ACTIVE", valid_until=TODAY + timedelta(days=20))], past=STEADY)).fns
    assert (fn.ends_on, fn.ends_by) == (TODAY + timedelta(days=17), "days")


def test_an_fn_ends_by_what_its_own_cassette_keeps_free() -> None:
    rules = CassetteRules(documents_reserved=504, days_reserved=10)
    (fn,) = foretold(cassette([slot(1, "ACTIVE", documents_left=1004)], past=STEADY, rules=rules)).fns
    assert (fn.ends_on, fn.ends_by) == (TODAY + timedelta(days=4), "documents")
    term = slot(1, "ACTIVE", valid_until=TODAY + timedelta(days=20))
    (fn,) = foretold(cassette([term], past=STEADY, rules=rules)).fns
    assert (fn.ends_on, fn.ends_by) == (TODAY + timedelta(days=10), "days")


def test_the_next_fn_begins_where_the_one_before_ends() -> None:
    slots = [slot(1, "ACTIVE", documents_left=504), slot(2, documents_left=1004)]
    found = foretold(cassette(slots, past=STEADY))
    assert [fn.ends_on for fn in found.fns] == [TODAY + timedelta(days=n) for n in (4, 14)]
    assert found.empty_on == TODAY + timedelta(days=14)


def test_the_queue_of_today_counts_too() -> None:
    facts = cassette([slot(1, "ACTIVE", documents_left=504)], past=STEADY, queue=[(TODAY, 300)])
    assert foretold(facts).empty_on == TODAY + timedelta(days=1)


def test_a_term_runs_in_the_drawer() -> None:
    spare = slot(2, valid_until=TODAY + timedelta(days=5))
    found = foretold(cassette([slot(1, "ACTIVE", documents_left=2004), spare], past=STEADY))
    assert [(fn.ends_on, fn.ends_by) for fn in found.fns][1] == (TODAY + timedelta(days=2), "days")


def test_an_fn_that_was_never_asked_is_unknown() -> None:
    found = foretold(cassette([slot(1, "ACTIVE", documents_left=None, valid_until=None)], past=STEADY))
    assert (found.fns[0].ends_by, found.empty_on) == ("unknown", None)


def test_what_must_be_bought_is_counted_in_fns_of_the_cassettes_own_size() -> None:
    found = foretold(cassette([slot(1, "ACTIVE", documents_left=1004)], past=STEADY))
    assert found.fns_needed == {1: 2, 3: 9, 6: 18, 12: 36}  # 20, 81, 173 and 355 days at about 100 a day


def test_nothing_must_be_bought_while_the_fns_last() -> None:
    found = foretold(cassette([slot(1, "ACTIVE", documents_left=200_000)], past=STEADY))
    assert found.fns_needed == {1: 0, 3: 0, 6: 0, 12: 0}


def test_the_queue_is_through_as_fast_as_the_active_slots_are() -> None:
    slots = [slot(1, "ACTIVE"), slot(2, "ACTIVE"), slot(3)]
    found = foretold(cassette(slots, parallel=2, queue=[(TODAY, 7200)], seconds=0.5))
    assert found.queue_done_at == NOW + timedelta(minutes=30)
    assert found.receipts_an_hour == 14_400


def test_no_end_is_foretold_of_a_queue_that_nobody_works_on() -> None:
    found = foretold(cassette([slot(1)], queue=[(TODAY, 10)]))
    assert found.queue_done_at is None
    assert found.deadlines[0].in_danger


def test_a_deadline_is_in_danger_when_what_comes_before_it_takes_too_long() -> None:
    tomorrow = TODAY + timedelta(days=1)
    queue = [(TODAY, 3600), (tomorrow, 36 * 3600)]  # twelve hours are left of today, a day more for the second
    found = foretold(cassette([slot(1, "ACTIVE")], queue=queue))
    assert [day.in_danger for day in found.deadlines] == [False, True]


def test_a_receipt_without_a_deadline_waits_and_is_late_for_nothing() -> None:
    found = foretold(cassette([slot(1)], queue=[(TODAY, 3), (date.max, 2)]))
    assert found.waiting == 5
    assert [day.deadline for day in found.deadlines] == [TODAY]


@settings(deadline=None)  # a busy machine is no fault of the forecast
@given(
    left=st.lists(st.none() | st.integers(0, 3000), max_size=6),
    terms=st.lists(st.none() | st.integers(-5, 500), min_size=6, max_size=6),
    parallel=st.integers(1, 4),
    daily=st.integers(0, 2000),
    waiting=st.integers(0, 5000),
)
def test_whatever_the_cassette_the_play_ends_and_is_sane(
    left: list[int | None], terms: list[int | None], parallel: int, daily: int, waiting: int
) -> None:
    slots = [
        slot(
            n,
            "ACTIVE" if n <= parallel else "READY",
            documents_left=documents,
            valid_until=None if term is None else TODAY + timedelta(days=term),
        )
        for n, (documents, term) in enumerate(zip(left, terms, strict=False), 1)
    ]
    past = {TODAY - timedelta(days=n): daily for n in range(1, 60)}
    found = foretold(cassette(slots, parallel=parallel, past=past, queue=[(TODAY, waiting)]))
    ends = [fn.ends_on for fn in found.fns]
    assert all(end is None or end >= TODAY for end in ends)
    if ends and all(ends):
        assert found.empty_on == max(end for end in ends if end)
    needs = [n for n in found.fns_needed.values() if n is not None]
    assert needs == sorted(needs)


def test_days_left_are_told_of_a_real_calendar() -> None:
    found = foretold(cassette([slot(1, "ACTIVE", valid_until=date(2026, 10, 22))], past=STEADY))
    assert found.empty_on == TODAY  # the reserve of three days has begun
