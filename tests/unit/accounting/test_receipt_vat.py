from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.receipts.codes import VatCode
from accounting.receipts.vat import (
    Rate,
    calculated_code,
    highest,
    is_allowed_for_delivery,
    needs_zero_1104,
    ordinary_code,
    rate_of,
    tax_plain,
    taxes_of_groups,
    total_tag,
)

RATES = [(22, 122), (20, 120), (18, 118), (10, 110), (7, 107), (5, 105)]


@given(st.integers(0, 10**12), st.sampled_from(RATES))
def test_tax_is_the_exact_fraction_rounded_half_up(amount: int, rate: Rate) -> None:
    exact = Fraction(amount * rate[0], rate[1])
    assert tax_plain(amount, rate) == (exact + Fraction(1, 2)).__floor__()


@pytest.mark.parametrize(
    ("day", "ordinary", "calculated", "rate"),
    [
        (date(2018, 12, 31), VatCode.VAT_20, VatCode.VAT_20_120, (18, 118)),
        (date(2019, 1, 1), VatCode.VAT_20, VatCode.VAT_20_120, (20, 120)),
        (date(2025, 12, 31), VatCode.VAT_20, VatCode.VAT_20_120, (20, 120)),
        (date(2026, 1, 1), VatCode.VAT_22, VatCode.VAT_22_122, (22, 122)),
    ],
)
def test_general_rate_follows_the_timetable(day: date, ordinary: VatCode, calculated: VatCode, rate: Rate) -> None:
    for treatment in (VatCode.VAT_20, VatCode.VAT_22):
        assert ordinary_code(treatment, day) is ordinary
        assert calculated_code(treatment, day) is calculated
    assert rate_of(ordinary, day) == rate_of(calculated, day) == rate


def test_simplified_rates_do_not_exist_before_2025() -> None:
    assert ordinary_code(VatCode.VAT_5, date(2024, 12, 31)) is VatCode.NO_VAT
    assert calculated_code(VatCode.VAT_7, date(2025, 1, 1)) is VatCode.VAT_7_107
    assert not is_allowed_for_delivery(VatCode.VAT_5, date(2024, 12, 31))


def test_calculated_code_never_stands_on_a_delivery() -> None:
    assert not is_allowed_for_delivery(VatCode.VAT_22_122, date(2026, 5, 31))
    assert not is_allowed_for_delivery(VatCode.VAT_20, date(2026, 1, 31))
    assert is_allowed_for_delivery(VatCode.VAT_10, date(2010, 1, 31))


def test_receipt_total_is_taken_from_the_total_not_from_its_lines() -> None:
    assert taxes_of_groups([10, 10, 10], [0, 0, 0], [(22, 122)]) == [5]


def test_zero_1104_is_added_only_beside_1115_alone() -> None:
    assert needs_zero_1104([VatCode.VAT_22, VatCode.VAT_22_122])
    assert not needs_zero_1104([VatCode.NO_VAT, VatCode.VAT_22])
    assert total_tag(VatCode.VAT_10_110) == 1107
    assert total_tag(VatCode.VAT_7) == 1115


def test_highest_code_prefers_tax_to_zero_and_zero_to_exempt() -> None:
    assert highest([VatCode.NO_VAT, VatCode.VAT_0, VatCode.VAT_5_105]) is VatCode.VAT_5_105
    assert highest([VatCode.NO_VAT, VatCode.VAT_0]) is VatCode.VAT_0
