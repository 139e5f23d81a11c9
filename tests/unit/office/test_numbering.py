from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.office.mistakes import BadText
from accounting.office.numbering import ANNEX_RULE, CONTRACT_RULE, read_rule

DAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        (CONTRACT_RULE, "1/2026"),
        (ANNEX_RULE, "1"),
        ("{n:04}", "0001"),
        ("Д-{yy}{month}-{n:03}", "Д-2603-001"),
        ("{year}/{n}", "2026/1"),
    ],
)
def test_a_rule_names_year_month_and_a_counter_with_noughts(rule: str, number: str) -> None:
    assert read_rule(rule).series(DAY).next_number([]) == number


def test_the_smallest_number_that_nobody_has_is_next_and_each_series_begins_at_one() -> None:
    series = read_rule("{n:02}/{year}").series(DAY)
    assert series.next_number(["01/2026", "2/2026", "04/2026", "03/2025", "3/2026-А", "x03/2026"]) == "03/2026"
    assert series.next_number(["01/2026", "11/2026"], skipped_to=10) == "12/2026"
    assert series.next_number([series.number(count) for count in range(1, 100)]) == "100/2026"
    assert read_rule("{n:02}/{year}").series(date(2027, 1, 1)).next_number(["01/2026"]) == "01/2027"


def test_an_annex_may_have_the_number_of_its_contract_in_its_own() -> None:
    series = read_rule("{contract}-{n}", of_annexes=True).series(DAY, "17/2026")
    assert series.next_number(["17/2026-1"]) == "17/2026-2"


@pytest.mark.parametrize("rule", ["", "17", "{n}{n}", "{n:4}", "{n:00}", "{m}/{n}", "{contract}/{n}", "{n}}", "{{n}",
                                  "{n}/" + "1" * 40, "{n}\n"])  # fmt: skip
def test_a_rule_that_says_something_else_is_refused(rule: str) -> None:
    with pytest.raises(BadText) as refused:
        read_rule(rule)
    assert refused.value.reason()


@given(taken=st.sets(st.integers(1, 30)), width=st.integers(1, 4))
def test_numbers_taken_one_after_another_leave_no_gap(taken: set[int], width: int) -> None:
    series = read_rule(f"{{n:0{width}}}").series(DAY)
    numbers = [series.number(count) for count in taken]
    for _ in range(30):
        numbers.append(series.next_number(numbers))
    assert len(set(numbers)) == len(numbers)
    counts = {series.count_of(number) for number in numbers}
    assert counts >= set(range(1, 31))
