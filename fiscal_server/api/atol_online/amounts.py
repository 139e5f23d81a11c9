"""Roubles and quantities of JSON to kopecks and millionths: exact decimals, bounds of the format, mistakes with their
place."""

from decimal import Decimal
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
        return self._whole(roubles, _KOPECK, root, field, most)

    def micro(self, quantity: Decimal, root: str, field: str) -> int:
        """A quantity above 0, at most three decimals."""
        found = self._whole(quantity, _THOUSANDTH, root, field, _MAX_QUANTITY_MILLI)
        if not found and not quantity:
            self.add("NumberTooSmall", f"{root}.{field}")
        return found * _MICRO_IN_MILLI

    def _whole(self, number: Decimal, finest: Decimal, root: str, field: str, most: int) -> int:
        """How many of the finest units."""
        rule = "NumberTooBig"
        if number.is_finite() and number.adjusted() < _LONGEST:
            whole, rest = divmod(number, finest)
            if number < 0:
                rule = "NumberTooSmall"
            elif rest:
                rule = "NumberNotMultipleOf"
            elif (found := int(whole)) <= most:
                return found
        self.add(rule, f"{root}.{field}")
        return 0
