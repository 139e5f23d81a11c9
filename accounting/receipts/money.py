"""Kopecks: bounds, text, and the only divisions outside ``vat.py``.

Every amount is an int of kopecks. Quantities and tariffs that have decimals are ints of millionths. Each division names
its rounding; the rules are receipt rules 4.2 (largest remainder) and 4.3 (half up).
"""

import re
from array import array
from collections.abc import Sequence
from typing import Annotated

import msgspec

from accounting.receipts._engine import kernel

MAX_KOPECKS = 10**15
"""Bound of a single amount: ten trillion roubles. With it a product of two amounts fits into 128 bits, a sum of
thousands of them into 64."""

MICRO = 1_000_000
"""Millionths in one."""

Kopecks = Annotated[int, msgspec.Meta(ge=0, le=MAX_KOPECKS)]
PositiveKopecks = Annotated[int, msgspec.Meta(ge=1, le=MAX_KOPECKS)]
SignedKopecks = Annotated[int, msgspec.Meta(ge=-MAX_KOPECKS, le=MAX_KOPECKS)]
DecimalText = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?\Z")]

_ROUBLES = re.compile(r"(-?)(0|[1-9][0-9]{0,13})(?:\.([0-9]{1,2}))?")


def kopecks_from_text(text: str) -> int:
    """Kopecks of roubles written as decimal text: "450" or "450.5" or "450.05". Raises ValueError on anything else."""
    found = _ROUBLES.fullmatch(text)
    if found is None:
        raise ValueError(f"not an amount in roubles: {text!r}")
    sign, roubles, fraction = found.groups()
    kopecks = int(roubles) * 100 + int((fraction or "").ljust(2, "0"))
    return -kopecks if sign else kopecks


def text_from_kopecks(kopecks: int) -> str:
    """Roubles with two decimals: 45005 -> "450.05"."""
    roubles, rest = divmod(abs(kopecks), 100)
    return f"{'-' if kopecks < 0 else ''}{roubles}.{rest:02d}"


def micro_from_text(text: str) -> int:
    """Millionths of decimal text with up to six decimals: "2.5" -> 2_500_000."""
    whole, _, fraction = text.partition(".")
    return int(whole) * MICRO + int(fraction.ljust(6, "0"))


def text_from_micro(micro: int) -> str:
    """Decimal text without trailing zeros: 2_500_000 -> "2.5"."""
    whole, fraction = divmod(micro, MICRO)
    return f"{whole}.{fraction:06d}".rstrip("0").rstrip(".") if fraction else str(whole)


def half_up_from_micro(micro: int) -> int:
    """Whole kopecks of millionths of a kopeck, half up (receipt rules 4.3: a fractional tariff is rounded first)."""
    return (2 * micro + MICRO) // (2 * MICRO)


def price_times_quantity(price_kopecks: int, quantity_micro: int) -> int:
    """Amount of a line, kopecks, half up: tag 1043 = 1079 * 1023 (receipt rules 4.3 [I])."""
    return half_up_from_micro(price_kopecks * quantity_micro)


def is_whole_multiple(amount_kopecks: int, price_kopecks: int) -> bool:
    """Whether the money buys a whole number of prices (receipt rules 3.4 [I], ``full_prepayment``)."""
    return amount_kopecks % price_kopecks == 0


def split_plain(amount_kopecks: int, weights: Sequence[int]) -> list[int]:
    """Shares of an amount in proportion to weights, by the largest remainder (receipt rules 4.2).

    Shapes: one share per weight, in their order; shares add up to the amount. Units: kopecks, weights > 0.
    Ties of the remainder go to the larger weight, then to the earlier place in the list.
    """
    if not 0 <= amount_kopecks <= MAX_KOPECKS or not weights or min(weights) <= 0 or max(weights) > MAX_KOPECKS:
        raise OverflowError("amount or weight out of bounds")
    total = sum(weights)
    shares = [amount_kopecks * weight // total for weight in weights]
    remainders = [amount_kopecks * weight % total for weight in weights]
    left = amount_kopecks - sum(shares)
    order = sorted(range(len(weights)), key=lambda place: (-remainders[place], -weights[place], place))
    for place in order[:left]:
        shares[place] += 1
    return shares


def split(amount_kopecks: int, weights: Sequence[int]) -> list[int]:
    """``split_plain``, by the kernel when it is there."""
    if kernel is None:
        return split_plain(amount_kopecks, weights)
    shares = array("q", bytes(8 * len(weights)))
    kernel.split(amount_kopecks, array("q", weights), shares)
    return shares.tolist()
