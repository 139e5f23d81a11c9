"""When a contract ends: by its term, by a notice, or not yet while it renews by itself."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.office.contracts import (
    Contract,
    ContractLine,
    closes_on,
    ends_within,
    following_term,
    known_end,
    last_day,
    last_day_for_notice,
    term_on,
    terms_of,
)
from accounting.office.periods import PeriodKind

FIRST, END = date(2025, 1, 1), date(2025, 12, 31)
YEAR = Contract(id="c", client="c", starts_on=FIRST, ends_on=END)
RENEWING = msgspec.structs.replace(YEAR, renews_by_months=12)
ENDLESS = msgspec.structs.replace(YEAR, ends_on=None)
DAY = timedelta(days=1)


def noticed(contract: Contract, on: date) -> Contract:
    return msgspec.structs.replace(contract, closes_on=closes_on(contract, on))


@pytest.mark.parametrize(
    ("contract", "notice", "ends"),
    [
        (YEAR, None, END),
        (YEAR, date(2025, 6, 1), date(2025, 7, 1)),
        (YEAR, date(2025, 12, 1), END),  # the last day to say so in time
        (YEAR, date(2025, 12, 20), END),  # nothing makes it longer
        (YEAR, date(2026, 3, 1), END),  # nobody closed it
        (ENDLESS, None, None),
        (ENDLESS, date(2026, 3, 1), date(2026, 3, 31)),
        (RENEWING, None, None),
        (RENEWING, date(2025, 6, 1), date(2025, 7, 1)),
        (RENEWING, date(2025, 12, 1), END),
        (RENEWING, date(2025, 12, 2), date(2026, 1, 1)),  # too late to stop the renewal
        (RENEWING, date(2027, 5, 1), date(2027, 5, 31)),
    ],
)
def test_a_notice_ends_a_contract_on_its_day_and_makes_none_longer(
    contract: Contract, notice: date | None, ends: date | None
) -> None:
    one = contract if notice is None else noticed(contract, notice)
    assert last_day(one) == ends
    if ends is not None:
        assert term_on(one, ends) is not None
        assert term_on(one, ends + DAY) is None
        assert {known_end(one, day) for day in (FIRST - DAY, ends, ends + DAY, date(2030, 1, 1))} == {ends}


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (date(2020, 1, 1), END),
        (END, END),
        (END + DAY, date(2026, 12, 31)),
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2030, 2, 1), date(2030, 12, 31)),
    ],
)
def test_one_that_renews_by_itself_ends_with_the_term_that_runs(day: date, ends: date) -> None:
    assert known_end(RENEWING, day) == ends
    assert known_end(ENDLESS, day) is None


def test_the_end_of_a_leap_february_stays_the_end_of_february() -> None:
    monthly = Contract(id="c", client="c", starts_on=date(2023, 12, 31), ends_on=date(2024, 1, 30), renews_by_months=1)
    assert known_end(monthly, date(2024, 2, 28)) == date(2024, 2, 28)  # the next term begins on the 29th
    assert known_end(monthly, date(2024, 2, 29)) == date(2024, 3, 30)
    assert known_end(monthly, date(2025, 2, 27)) == date(2025, 2, 27)
    assert known_end(monthly, date(2025, 2, 28)) == date(2025, 3, 30)


def test_a_notice_for_a_day_before_the_contract_leaves_no_day_of_it() -> None:
    one = msgspec.structs.replace(RENEWING, closes_on=FIRST - DAY)
    assert list(terms_of(one, date(2030, 1, 1))) == []
    assert known_end(one, FIRST) == FIRST - DAY


def test_a_notice_cuts_the_term_that_it_falls_into_and_none_comes_after() -> None:
    one = noticed(RENEWING, date(2026, 2, 1))
    assert [(term.number, term.end) for term in terms_of(one, date(2030, 1, 1))] == [(1, END), (2, date(2026, 3, 3))]
    assert ends_within(one, date(2026, 1, 2))
    assert not ends_within(one, date(2026, 1, 1))
    assert ends_within(RENEWING, date(2026, 11, 1)), "a later term, too"


def test_what_lines_serve_ends_with_the_contract() -> None:
    line = ContractLine(id="l", service="l", starts_on=FIRST, period=PeriodKind.MONTH, obligations=frozenset({"*"}))
    short = msgspec.structs.replace(line, ends_on=date(2025, 3, 31))

    def ends(contract: Contract) -> list[date | None]:
        held = msgspec.structs.replace(contract, lines=(line, short))
        return [one.valid_to for one in held.coverage()]

    assert ends(YEAR) == [END + DAY, date(2025, 4, 1)]
    assert ends(RENEWING) == [None, date(2025, 4, 1)]
    assert ends(noticed(RENEWING, date(2026, 2, 1))) == [date(2026, 3, 4), date(2025, 4, 1)]


@settings(max_examples=100)
@given(
    st.dates(date(2023, 1, 1), date(2025, 12, 31)),
    st.integers(0, 800),
    st.none() | st.integers(1, 30),
    st.integers(0, 1500),
    st.integers(0, 90),
)
def test_a_notice_in_time_ends_the_term_and_a_later_one_the_contract(
    starts_on: date, days: int, renews: int | None, later: int, notice: int
) -> None:
    one = Contract(
        id="c", client="c", starts_on=starts_on, ends_on=starts_on + timedelta(days=days), renews_by_months=renews,
        notice_days=notice,
    )  # fmt: skip
    day = starts_on + timedelta(days=later)
    term = term_on(one, day)
    if term is None:
        assert renews is None
        assert last_day(noticed(one, day)) == one.ends_on
        return
    in_time = last_day_for_notice(one, term)
    assert in_time is not None
    assert last_day(noticed(one, in_time)) == term.end
    ends = last_day(noticed(one, day))
    assert ends is not None
    assert ends == (min(closes_on(one, day), term.end or ends) if renews is None else closes_on(one, day))


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "renews", "today", "follows"),
    [
        (FIRST, END, None, date(2025, 6, 1), (date(2026, 1, 1), date(2026, 12, 31))),
        (FIRST, END, None, date(2027, 6, 1), (date(2026, 1, 1), date(2026, 12, 31))),
        (FIRST, END, 6, date(2025, 6, 1), (date(2026, 1, 1), date(2026, 12, 31))),
        (FIRST, END, 6, date(2026, 3, 1), (date(2026, 7, 1), date(2026, 12, 31))),
        (date(2025, 1, 20), END, None, FIRST, (date(2026, 1, 1), date(2026, 12, 31))),
        (date(2024, 2, 29), date(2025, 2, 28), None, FIRST, (date(2025, 3, 1), date(2026, 2, 28))),
        (date(2023, 3, 1), date(2024, 2, 29), None, FIRST, (date(2024, 3, 1), date(2025, 2, 28))),
        (date(2025, 1, 31), date(2025, 2, 27), None, FIRST, (date(2025, 2, 28), date(2025, 3, 27))),
        (date(2025, 1, 10), date(2025, 1, 20), None, FIRST, (date(2025, 1, 21), date(2025, 2, 20))),
    ],
)
def test_what_follows_begins_after_the_running_term_and_is_as_long(
    starts_on: date, ends_on: date, renews: int | None, today: date, follows: tuple[date, date]
) -> None:
    one = Contract(id="c", client="c", starts_on=starts_on, ends_on=ends_on, renews_by_months=renews)
    assert following_term(one, today) == follows


def test_what_follows_a_notice_begins_after_its_day() -> None:
    assert following_term(ENDLESS, FIRST) is None
    assert following_term(noticed(ENDLESS, date(2026, 3, 1)), FIRST) == (date(2026, 4, 1), None)
    assert following_term(noticed(YEAR, date(2025, 6, 1)), FIRST) == (date(2025, 7, 2), date(2026, 7, 1))
    half = msgspec.structs.replace(RENEWING, renews_by_months=6)
    assert following_term(noticed(half, date(2026, 8, 1)), FIRST) == (date(2026, 9, 1), date(2027, 2, 28))
