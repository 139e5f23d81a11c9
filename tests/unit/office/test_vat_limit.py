from datetime import date

import pytest

from accounting.office.vat_limit import limit_kopecks, vat_duty

MILLION = 100_000_000


def test_income_over_the_limit_in_may_makes_a_vat_payer_from_june() -> None:
    duty = vat_duty(2026, {1: 4 * MILLION, 3: 8 * MILLION, 5: 13 * MILLION})
    assert duty.income_kopecks == 25 * MILLION
    assert duty.since == date(2026, 6, 1)
    assert duty.reached_percent == 100


def test_exactly_the_limit_is_still_exempt() -> None:
    duty = vat_duty(2026, {2: 20 * MILLION})
    assert (duty.since, duty.reached_percent) == (None, 100)


@pytest.mark.parametrize(("income", "step"), [(15_999, 0), (16_000, 80), (17_999, 80), (18_000, 90), (20_000, 100)])
def test_warnings_come_at_80_90_and_100_percent(income: int, step: int) -> None:
    assert vat_duty(2026, {1: income * 100_000}).reached_percent == step


def test_income_of_december_over_the_limit_counts_from_january() -> None:
    assert vat_duty(2026, {12: 21 * MILLION}).since == date(2027, 1, 1)


def test_year_before_over_the_limit_makes_a_vat_payer_from_the_first_day() -> None:
    assert vat_duty(2027, {}, income_of_year_before=16 * MILLION).since == date(2027, 1, 1)
    assert vat_duty(2026, {}, income_of_year_before=16 * MILLION).since is None


def test_limit_falls_by_steps_and_stays() -> None:
    assert [limit_kopecks(year) // MILLION for year in (2026, 2027, 2028, 2031)] == [20, 15, 10, 10]
    with pytest.raises(KeyError):
        limit_kopecks(2025)
