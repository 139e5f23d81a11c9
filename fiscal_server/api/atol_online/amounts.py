"""Roubles and quantities of JSON to kopecks and millionths: exact decimals, bounds of the format, mistakes with their
place."""

from decimal import Decimal, InvalidOperation
from typing import Final

from fiscal_server.api.atol_online.errors import fault

MAX_PRICE_KOPECKS: Final = 4_294_967_295
"""42 949 672.95 roubles, of a price, a line, a form of payment."""
MAX_TOTAL_KOPECKS: Final = 10_000_000_000
_MAX_QUANTITY_MILLI: Final = 99_999_999
_MICRO_IN_MILLI: Final = 1_000
_KOPECK: Final = Decimal("0.01")
_THOUSANDTH: Final = Decimal("0.001")
_LONGEST: Final = 15
"""Digits before the point; what has more is refused before anybody computes with it."""


class Faults:
    """What is wrong with a document, in the order in which it was found."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def add(self, rule: str, path: str, words: str = "") -> None:
        """One more wrong field."""
        self.rows.append(fault(rule, path, words))

    def kopecks(self, roubles: Decimal, root: str, field: str, most: int = MAX_PRICE_KOPECKS) -> int:
        """From 0 to ``most``, at most two decimals; 0 when it is not so. The place is ``root.field``."""
        found = _whole(roubles, _KOPECK)
        if 0 <= found <= most:
            return found
        self.add(_broken_rule(roubles, _KOPECK), f"{root}.{field}")
        return 0

    def micro(self, quantity: Decimal, root: str, field: str) -> int:
        """A quantity above 0, at most three decimals."""
        found = _whole(quantity, _THOUSANDTH)
        if 0 < found <= _MAX_QUANTITY_MILLI:
            return found * _MICRO_IN_MILLI
        self.add("NumberTooSmall" if not quantity else _broken_rule(quantity, _THOUSANDTH), f"{root}.{field}")
        return 0


def _whole(number: Decimal, finest: Decimal) -> int:
    """How many of the finest units; -1 when that is no whole number from 0 on, or none at all."""
    try:
        whole, rest = divmod(number, finest)
    except InvalidOperation:  # endless, or of more digits than decimals compute with
        return -1
    return int(whole) if not rest and number >= 0 else -1


def _broken_rule(number: Decimal, finest: Decimal) -> str:
    """Why it is not so many of the finest units as it may be."""
    if not number.is_finite() or number.adjusted() >= _LONGEST:
        return "NumberTooBig"
    if number < 0:
        return "NumberTooSmall"
    return "NumberNotMultipleOf" if number % finest else "NumberTooBig"
