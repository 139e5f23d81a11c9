"""What a day is expected to bring."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fiscal_server.cassette.demand import Demand

TODAY = date(2026, 10, 20)


def days(since: date, receipts: int = 10) -> dict[date, int]:
    return {since + timedelta(days=n): receipts for n in range((TODAY - since).days)}


def test_nothing_is_expected_of_a_merchant_without_a_past() -> None:
    assert Demand({}, TODAY).expected(TODAY + timedelta(days=5)) == 0


def test_a_young_merchant_has_the_same_every_day() -> None:
    demand = Demand({TODAY - timedelta(days=2): 10, TODAY - timedelta(days=1): 21}, TODAY)
    assert {demand.expected(TODAY + timedelta(days=n)) for n in range(40)} == {16}


def test_a_peak_of_the_month_comes_again() -> None:
    past = days(date(2026, 7, 1)) | {date(2026, month, 25): 1000 for month in (7, 8, 9)}
    demand = Demand(past, TODAY)
    assert demand.expected(date(2026, 10, 25)) == 1000
    assert demand.expected(date(2026, 12, 25)) == 1000
    assert demand.expected(date(2026, 10, 24)) == 10


def test_the_last_day_of_a_month_is_its_last_day_however_long_it_is() -> None:
    past = days(date(2026, 7, 1)) | {date(2026, 7, 31): 500, date(2026, 8, 31): 500, date(2026, 9, 30): 500}
    demand = Demand(past, TODAY)
    assert demand.expected(date(2026, 10, 31)) == 500
    assert demand.expected(date(2027, 2, 28)) == 500
    assert demand.expected(date(2026, 10, 30)) == 10


def test_days_without_a_row_had_no_receipts() -> None:
    past = {date(2026, 7, 1): 1, date(2026, 9, 22): 30}
    assert Demand(past, TODAY).expected(date(2026, 10, 22)) == 10  # 0 in July and August, 30 in September


@given(
    st.dictionaries(st.integers(1, 200), st.integers(0, 10_000)),
    st.integers(0, 800),
)
def test_no_day_is_expected_to_be_beyond_all_that_were(past: dict[int, int], ahead: int) -> None:
    demand = Demand({TODAY - timedelta(days=n): receipts for n, receipts in past.items()}, TODAY)
    assert 0 <= demand.expected(TODAY + timedelta(days=ahead)) <= max(past.values(), default=0)
