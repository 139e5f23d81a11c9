"""What a month costs on a day: introductory months, annexes, indexations, and months with several fees."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.office.contract_fees import FeeSpan, fee_on, fee_to_follow, fees_within, introductory
from accounting.office.contracts import Contract, FeeChange, FeeStage, Indexation

FULL, LESS, NEW = 1_980_000, 1_782_000, 2_500_000
STAGES = (FeeStage(1, 3, LESS), FeeStage(4, None, FULL))
CAFE = Contract(id="c", client="c", starts_on=date(2026, 2, 1), fee_kopecks=FULL, stages=STAGES)
DAY = timedelta(days=1)


def changed(contract: Contract, *changes: tuple[date, int]) -> Contract:
    return msgspec.structs.replace(contract, fee_changes=tuple(FeeChange(*one) for one in changes))


@pytest.mark.parametrize(
    ("starts_on", "last"),
    [
        (date(2026, 2, 1), date(2026, 4, 30)),
        (date(2026, 2, 15), date(2026, 5, 14)),
        (date(2025, 11, 30), date(2026, 2, 27)),
        (date(2026, 1, 31), date(2026, 4, 29)),
        (date(2023, 11, 29), date(2024, 2, 28)),
        (date(2024, 2, 29), date(2024, 5, 28)),
    ],
)
def test_introductory_months_are_counted_from_the_first_day_of_the_contract(starts_on: date, last: date) -> None:
    one = msgspec.structs.replace(CAFE, starts_on=starts_on)
    assert [fee_on(one, day) for day in (date(2020, 1, 1), starts_on, last)] == [LESS] * 3
    assert fee_on(one, last + DAY) == FULL


def test_of_the_month_that_introductory_months_end_in_every_fee_is_told_with_its_days() -> None:
    one = msgspec.structs.replace(
        CAFE, starts_on=date(2026, 2, 15), stages=(FeeStage(1, 1, 100), FeeStage(2, 3, LESS), FeeStage(4, None, FULL))
    )
    assert fees_within(one, date(2026, 2, 1), date(2026, 2, 28)) == (
        FeeSpan(date(2026, 2, 15), date(2026, 2, 28), 100),
    )
    assert fees_within(one, date(2026, 3, 1), date(2026, 3, 31)) == (
        FeeSpan(date(2026, 3, 1), date(2026, 3, 14), 100),
        FeeSpan(date(2026, 3, 15), date(2026, 3, 31), LESS),
    )
    assert fees_within(one, date(2026, 1, 1), date(2026, 1, 31)) == ()


def test_months_of_a_price_that_is_not_the_fee_any_more_are_none_of_the_contract() -> None:
    assert introductory(STAGES, FULL) == STAGES[:1]
    assert introductory(STAGES, FULL + 1) == introductory((), FULL) == introductory(STAGES[1:], FULL) == ()
    other = msgspec.structs.replace(CAFE, fee_kopecks=NEW)
    assert fee_on(other, CAFE.starts_on) == NEW


@pytest.mark.parametrize("since", [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 10), date(2026, 5, 1)])
def test_from_the_day_of_an_annex_on_no_introductory_month_counts(since: date) -> None:
    one = changed(CAFE, (since, NEW))
    for day in (CAFE.starts_on + number * DAY for number in range(150)):
        before = LESS if day < date(2026, 5, 1) else FULL
        assert fee_on(one, day) == (NEW if day >= since else before), day


def test_what_an_annex_of_the_first_day_replaces_is_still_known() -> None:
    one = changed(CAFE, (CAFE.starts_on, NEW))
    assert [fee_on(one, CAFE.starts_on - DAY), fee_on(one, CAFE.starts_on)] == [LESS, NEW]


def test_behind_its_introductory_months_a_contract_costs_what_it_would_without_them() -> None:
    """Named for a month, a sum grows by no indexation; the fee behind it has had every one."""
    late = msgspec.structs.replace(CAFE, starts_on=date(2026, 11, 15), indexation=Indexation(rate_bp=1000, month=1))
    assert [fee_on(late, day) for day in (date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 14))] == [LESS] * 3
    assert fee_on(late, date(2027, 2, 15)) == 2_178_000
    assert fee_on(late, date(2028, 1, 1)) == 2_395_800


def test_after_its_last_day_a_contract_costs_what_it_did_on_that_day() -> None:
    one = msgspec.structs.replace(
        changed(CAFE, (date(2026, 6, 15), NEW)), closes_on=date(2026, 6, 10),
        indexation=Indexation(rate_bp=1000, month=1),
    )  # fmt: skip
    assert fee_on(one, date(2026, 6, 30)) == fee_on(one, date(2028, 6, 30)) == FULL
    assert fees_within(one, date(2026, 6, 1), date(2026, 6, 30)) == (
        FeeSpan(date(2026, 6, 1), date(2026, 6, 10), FULL),
    )
    assert fees_within(one, date(2026, 7, 1), date(2026, 7, 31)) == ()


def test_an_older_annex_holds_where_the_newest_one_comes_too_late() -> None:
    one = msgspec.structs.replace(
        changed(CAFE, (date(2026, 3, 1), NEW), (date(2026, 6, 15), 1)), closes_on=date(2026, 6, 10)
    )
    (only,) = fees_within(one, date(2026, 6, 1), date(2026, 6, 30))
    assert only.fee_kopecks == NEW


def test_of_two_annexes_of_one_day_the_later_one_holds() -> None:
    assert fee_on(changed(CAFE, (date(2026, 3, 1), NEW), (date(2026, 3, 1), 7)), date(2026, 3, 1)) == 7
    assert fee_on(changed(CAFE, (date(2026, 4, 1), NEW), (date(2026, 3, 1), 7)), date(2026, 4, 1)) == NEW


def test_a_contract_that_follows_begins_with_the_fee_of_its_own_first_day() -> None:
    one = msgspec.structs.replace(
        CAFE, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31), indexation=Indexation(rate_bp=1000, month=1)
    )
    assert fee_on(one, date(2026, 1, 1)) == FULL
    assert fee_to_follow(one, date(2026, 1, 1)) == 2_178_000
    assert fee_to_follow(changed(one, (date(2026, 1, 1), NEW)), date(2026, 1, 1)) == NEW
    short = msgspec.structs.replace(one, ends_on=date(2025, 1, 31))
    assert fee_to_follow(short, date(2025, 2, 1)) == FULL, "introductory months are of the contract that names them"


@settings(max_examples=100)
@given(
    st.dates(date(2023, 1, 1), date(2025, 12, 31)),
    st.lists(st.tuples(st.integers(-40, 500), st.integers(1, 9)), max_size=3),
    st.lists(st.integers(1, 5), max_size=3),
    st.none() | st.integers(1, 12),
    st.none() | st.integers(0, 400),
)
def test_the_fees_of_a_month_are_those_of_its_days(
    starts_on: date, annexes: list[tuple[int, int]], lengths: list[int], month: int | None, ends: int | None
) -> None:
    stages, behind = [], 0
    for place, length in enumerate(lengths):
        stages.append(FeeStage(behind + 1, behind + length, 100 + place))
        behind += length
    one = changed(
        Contract(
            id="c", client="c", starts_on=starts_on, fee_kopecks=1000,
            stages=(*stages, FeeStage(behind + 1, None, 1000)),
            indexation=None if month is None else Indexation(rate_bp=500, month=month),
            closes_on=None if ends is None else starts_on + ends * DAY,
        ),
        *((starts_on + days * DAY, 2000 + fee) for days, fee in annexes),
    )  # fmt: skip
    first = starts_on - 20 * DAY
    for number in range(20):
        since, until = first + number * 31 * DAY, first + (number * 31 + 30) * DAY
        held = [day for day in (since + n * DAY for n in range(31)) if day >= starts_on]
        held = [day for day in held if one.closes_on is None or day <= one.closes_on]
        told = [
            (span.first + n * DAY, span.fee_kopecks)
            for span in fees_within(one, since, until)
            for n in range((span.last - span.first).days + 1)
        ]
        assert told == [(day, fee_on(one, day)) for day in held]
