import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.receipts.money import (
    half_up_from_micro,
    kopecks_from_text,
    micro_from_text,
    price_times_quantity,
    split,
    text_from_kopecks,
    text_from_micro,
)

WEIGHTS = st.lists(st.integers(1, 10**12), min_size=1, max_size=30)


@given(WEIGHTS, st.integers(0, 10**6))
def test_shares_add_up_and_never_exceed_their_debt(weights: list[int], part: int) -> None:
    amount = sum(weights) * part // 10**6
    shares = split(amount, weights)
    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@given(WEIGHTS)
def test_whole_sum_pays_every_debt_in_full(weights: list[int]) -> None:
    assert split(sum(weights), weights) == weights
    assert split(0, weights) == [0] * len(weights)


def test_tie_of_the_remainder_goes_to_the_larger_weight_then_to_the_earlier_place() -> None:
    assert split(1, [1, 3, 3]) == [0, 1, 0]
    assert split(1, [5, 5]) == [1, 0]


@given(st.integers(-(10**15), 10**15))
def test_kopecks_survive_text(kopecks: int) -> None:
    assert kopecks_from_text(text_from_kopecks(kopecks)) == kopecks


@pytest.mark.parametrize("text", ["", "1,50", "1.505", "1e3", " 1", "1.", "--1", "١"])
def test_text_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        kopecks_from_text(text)


def test_quantity_is_printed_without_trailing_zeros() -> None:
    assert text_from_micro(micro_from_text("2.500")) == "2.5"
    assert text_from_micro(micro_from_text("100")) == "100"


def test_price_is_rounded_half_up_before_it_meets_the_quantity() -> None:
    assert half_up_from_micro(micro_from_text("223.5")) == 224
    assert price_times_quantity(224, micro_from_text("2.5")) == 560
