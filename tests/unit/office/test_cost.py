import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.office.cost import CostRules, FeeShare, FixedPay, UnitPay, cost_price, fee_for_margin
from accounting.office.rounding import half_up, share, up_to_step

RULES = CostRules(
    remuneration=(
        UnitPay(role="primary documents", parameter="documents", price_kopecks=2_500),
        UnitPay(role="payroll", parameter="employees", price_kopecks=30_000),
        FixedPay(role="tax", amount_kopecks=350_000),
        FeeShare(role="tax", rate_bp=1_000),
        FeeShare(role="lead", rate_bp=500),
    ),
    payroll_tax_bp=3_020,
    tools_kopecks=40_000,
    overhead_bp=1_500,
)
CAFE = {"documents": 120, "employees": 4}


def test_worked_example_of_the_cost_price() -> None:
    cost = cost_price(RULES, 1_980_000, CAFE)
    assert cost.pay == {"primary documents": 300_000, "payroll": 120_000, "tax": 548_000, "lead": 99_000}
    assert cost.direct_kopecks == 1_067_000
    assert cost.payroll_tax_kopecks == 322_234
    assert cost.overhead_kopecks == 297_000
    assert cost.cost_kopecks == 1_726_234
    assert (cost.margin_kopecks, cost.margin_bp) == (253_766, 1_282)


def test_worked_example_with_the_discounted_fee() -> None:
    cost = cost_price(RULES, 1_782_000, CAFE)
    assert (cost.direct_kopecks, cost.payroll_tax_kopecks, cost.overhead_kopecks) == (1_037_300, 313_265, 267_300)
    assert (cost.cost_kopecks, cost.margin_kopecks, cost.margin_bp) == (1_657_865, 124_135, 697)


def test_worked_example_of_the_fee_for_a_margin() -> None:
    assert fee_for_margin(RULES, CAFE, 2_500) == 2_576_081
    assert fee_for_margin(RULES, CAFE, 2_500, 1_000) == 2_577_000


def test_margin_that_no_fee_brings_is_said_to_be_none() -> None:
    # Of each rouble 15 % overhead and 15 % × 1.302 pay go away: 65.47 % are left at the most.
    assert fee_for_margin(RULES, CAFE, 6_547) is None
    assert fee_for_margin(RULES, CAFE, 6_546) is not None


@given(st.integers(0, 6_000))
def test_offered_fee_brings_the_wanted_margin(margin_bp: int) -> None:
    fee = fee_for_margin(RULES, CAFE, margin_bp)
    assert fee is not None
    reached_bp = cost_price(RULES, fee, CAFE).margin_bp
    assert reached_bp is not None
    assert abs(reached_bp - margin_bp) <= 1


def test_bounds_of_pay_hold() -> None:
    bounded = CostRules(
        remuneration=(
            UnitPay(role="documents", parameter="documents", price_kopecks=2_500, most_kopecks=200_000),
            FeeShare(role="lead", rate_bp=500, least_kopecks=150_000),
        ),
        payroll_tax_bp=0,
        tools_kopecks=0,
        overhead_bp=0,
    )
    assert cost_price(bounded, 1_000_000, CAFE).pay == {"documents": 200_000, "lead": 150_000}
    with pytest.raises(ValueError, match="bounds"):
        fee_for_margin(bounded, CAFE, 1_000)


def test_client_without_a_fee_has_no_margin_in_percent() -> None:
    cost = cost_price(RULES, 0, CAFE)
    assert (cost.margin_kopecks < 0, cost.margin_bp) == (True, None)


def test_quantity_nobody_gave_is_missed() -> None:
    with pytest.raises(KeyError, match="employees"):
        cost_price(RULES, 1, {"documents": 1})


@pytest.mark.parametrize(("number", "by", "whole"), [(5, 10, 1), (4, 10, 0), (-5, 10, -1), (-4, 10, 0), (15, 10, 2)])
def test_halves_go_away_from_zero(number: int, by: int, whole: int) -> None:
    assert half_up(number, by) == whole


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_step_is_reached_from_below_only(kopecks: int, step: int) -> None:
    up = up_to_step(kopecks, step)
    assert up % step == 0
    assert kopecks <= up < kopecks + step


def test_share_is_rounded_to_a_kopeck() -> None:
    assert share(1_037_300, 3_020) == 313_265  # 313,264.6
    assert up_to_step(123, 0) == 123
