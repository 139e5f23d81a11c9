"""VAT of services by date: the timetable, the tax inside an amount, and where a receipt's totals go.

Words (rules 4.5 [I], 7): a *treatment* is what the catalogue says of a service, written as an ordinary code, where
1 and 11 both mean "the general rate, whatever it is that day". The *ordinary* code belongs to a delivery and its date,
the *calculated* one (x/(100+x)) to money that came before the delivery and its date. A code is always judged by the
date it belongs to, never by today.
"""

from array import array
from collections.abc import Sequence
from datetime import date
from typing import Final

from accounting.receipts._engine import kernel
from accounting.receipts.codes import VatCode
from accounting.receipts.money import MAX_KOPECKS

Rate = tuple[int, int]
"""Tax as a fraction of the price that contains it: (22, 122)."""

NO_TAX: Final[Rate] = (0, 1)
"""Codes 5 (0 %) and 6 (no VAT)."""

GENERAL_20_FROM: Final = date(2019, 1, 1)  # 303-FZ of 03.08.2018
SIMPLIFIED_5_7_FROM: Final = date(2025, 1, 1)  # 176-FZ of 12.07.2024
GENERAL_22_FROM: Final = date(2026, 1, 1)  # 425-FZ of 28.11.2025

ORDINARY: Final = frozenset(
    {VatCode.VAT_20, VatCode.VAT_10, VatCode.VAT_0, VatCode.NO_VAT, VatCode.VAT_5, VatCode.VAT_7, VatCode.VAT_22}
)
_GENERAL: Final = frozenset({VatCode.VAT_20, VatCode.VAT_22})
_UNTIL_2025: Final = frozenset({VatCode.VAT_20, VatCode.VAT_20_120})
_FROM_2026: Final = frozenset({VatCode.VAT_22, VatCode.VAT_22_122})
_FROM_2025: Final = frozenset({VatCode.VAT_5, VatCode.VAT_7, VatCode.VAT_5_105, VatCode.VAT_7_107})

_CALCULATED: Final = {
    VatCode.VAT_20: VatCode.VAT_20_120,
    VatCode.VAT_22: VatCode.VAT_22_122,
    VatCode.VAT_10: VatCode.VAT_10_110,
    VatCode.VAT_5: VatCode.VAT_5_105,
    VatCode.VAT_7: VatCode.VAT_7_107,
    VatCode.VAT_0: VatCode.VAT_0,
    VatCode.NO_VAT: VatCode.NO_VAT,
}

_RATES: Final = {
    VatCode.VAT_10: (10, 110),
    VatCode.VAT_10_110: (10, 110),
    VatCode.VAT_5: (5, 105),
    VatCode.VAT_5_105: (5, 105),
    VatCode.VAT_7: (7, 107),
    VatCode.VAT_7_107: (7, 107),
    VatCode.VAT_22: (22, 122),
    VatCode.VAT_22_122: (22, 122),
    VatCode.VAT_0: NO_TAX,
    VatCode.NO_VAT: NO_TAX,
}

_HIGHEST_FIRST: Final = (
    VatCode.VAT_22_122,
    VatCode.VAT_20_120,
    VatCode.VAT_10_110,
    VatCode.VAT_7_107,
    VatCode.VAT_5_105,
    VatCode.VAT_0,
    VatCode.NO_VAT,
)

_FLAT_TAGS: Final = {
    VatCode.VAT_20: 1102,
    VatCode.VAT_10: 1103,
    VatCode.VAT_0: 1104,
    VatCode.NO_VAT: 1105,
    VatCode.VAT_20_120: 1106,
    VatCode.VAT_10_110: 1107,
}


def ordinary_code(treatment: VatCode, on: date) -> VatCode:
    """Code of a delivery on that day (receipt rules 7). A 5 % or 7 % treatment had no tax before 2025."""
    if treatment in _GENERAL:
        return VatCode.VAT_22 if on >= GENERAL_22_FROM else VatCode.VAT_20
    if treatment in _FROM_2025 and on < SIMPLIFIED_5_7_FROM:
        return VatCode.NO_VAT
    return treatment


def calculated_code(treatment: VatCode, on: date) -> VatCode:
    """Code of an advance received on that day (receipt rules 4.5 [M] [I], 7; НК ст. 164 п. 4)."""
    return _CALCULATED[ordinary_code(treatment, on)]


def is_allowed_for_delivery(code: VatCode, on: date) -> bool:
    """Whether a code given from outside may stand on a delivery of that day (receipt rules 7)."""
    if code not in ORDINARY:
        return False
    if code in _UNTIL_2025:
        return on < GENERAL_22_FROM
    if code in _FROM_2026:
        return on >= GENERAL_22_FROM
    return code not in _FROM_2025 or on >= SIMPLIFIED_5_7_FROM


def rate_of(code: VatCode, on: date) -> Rate:
    """The fraction behind a code on the date it belongs to: codes 1 and 3 meant 18 % until 2018."""
    rate = _RATES.get(code)
    if rate is not None:
        return rate
    return (20, 120) if on >= GENERAL_20_FROM else (18, 118)


def highest(codes: Sequence[VatCode]) -> VatCode:
    """The calculated code with the highest rate: 22 > 20 > 18 > 10 > 7 > 5 > 0 % > exempt (receipt rules 4.5 [I])."""
    return min(codes, key=_HIGHEST_FIRST.index)


def total_tag(code: VatCode) -> int:
    """Tag that carries a receipt's total for the code: flat 1102-1107, or 1115 for codes 7-12 (receipt rules 2)."""
    return _FLAT_TAGS.get(code, 1115)


def needs_zero_1104(codes: Sequence[VatCode]) -> bool:
    """Whether 1104 = 0 is added: the tax stands in 1115 only, none of 1102-1107 is there (receipt rules 2 [I])."""
    return bool(codes) and all(total_tag(code) == 1115 for code in codes)


def tax_plain(amount_kopecks: int, rate: Rate) -> int:
    """Tax inside a price, kopecks, half up: (2*A*n + d) // (2*d) (receipt rules 4.4)."""
    numerator, denominator = rate
    return (2 * amount_kopecks * numerator + denominator) // (2 * denominator)


def taxes_plain(amounts: Sequence[int], rates: Sequence[Rate]) -> list[int]:
    """``taxes`` in plain Python."""
    _check_bounds(amounts)
    return [tax_plain(amount, rate) for amount, rate in zip(amounts, rates, strict=True)]


def taxes_of_groups_plain(amounts: Sequence[int], groups: Sequence[int], rates: Sequence[Rate]) -> list[int]:
    """``taxes_of_groups`` in plain Python."""
    _check_bounds(amounts)
    sums = [0] * len(rates)
    for amount, group in zip(amounts, groups, strict=True):
        sums[group] += amount
    return [tax_plain(total, rate) for total, rate in zip(sums, rates, strict=True)]


def _check_bounds(amounts: Sequence[int]) -> None:
    if amounts and not 0 <= min(amounts) <= max(amounts) <= MAX_KOPECKS:
        raise OverflowError("amount out of bounds")


def taxes(amounts: Sequence[int], rates: Sequence[Rate]) -> list[int]:
    """Tax of each amount, kopecks. Shapes: both int[n]. Source: receipt rules 4.4."""
    if kernel is None:
        return taxes_plain(amounts, rates)
    result = array("q", bytes(8 * len(amounts)))
    numerators = array("q", [rate[0] for rate in rates])
    denominators = array("q", [rate[1] for rate in rates])
    kernel.vat_of(array("q", amounts), numerators, denominators, result)
    return result.tolist()


def taxes_of_groups(amounts: Sequence[int], groups: Sequence[int], rates: Sequence[Rate]) -> list[int]:
    """Tax of the sum of each group: a receipt's total is taken from the total, not from its lines.

    Shapes: amounts and groups int[n], groups hold places in rates; result int[len(rates)]. Source: receipt rules 4.4,
    ``from_total``.
    """
    if kernel is None:
        return taxes_of_groups_plain(amounts, groups, rates)
    result = array("q", bytes(8 * len(rates)))
    numerators = array("q", [rate[0] for rate in rates])
    denominators = array("q", [rate[1] for rate in rates])
    kernel.vat_totals(array("q", amounts), array("q", groups), numerators, denominators, result)
    return result.tolist()
