"""Roubles and quantities of JSON to kopecks and millionths: exact decimals, bounds of the format, mistakes with their
place."""

from decimal import Decimal
from typing import Final

from fiscal_server.api.atol_online.errors import fault

MAX_PRICE_KOPECKS: Final = 4_294_967_295
"""42 949 672.95 roubles, of a price, a line, a form of payment."""
MAX_TOTAL_KOPECKS: Final = 10_000_000_000
MAX_QUANTITY_MICRO: Final = 99_999_999_000
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

    def kopecks(self, roubles: Decimal, path: str, most: int = MAX_PRICE_KOPECKS) -> int:
        """From 0 to ``most``, at most two decimals; 0 when it is not so."""
        return self._scaled(roubles, path, _KOPECK, 2, most)

    def micro(self, quantity: Decimal, path: str) -> int:
        """A quantity above 0, at most three decimals."""
        found = self._scaled(quantity, path, _THOUSANDTH, 6, MAX_QUANTITY_MICRO)
        if not found and not quantity:
            self.add("NumberTooSmall", path)
        return found

    def _scaled(self, number: Decimal, path: str, finest: Decimal, places: int, most: int) -> int:
        if not number.is_finite() or number.adjusted() >= _LONGEST:
            self.add("NumberTooBig", path)
            return 0
        if number < 0:
            self.add("NumberTooSmall", path)
            return 0
        exact = number.quantize(finest)
        if exact != number:
            self.add("NumberNotMultipleOf", path)
            return 0
        scaled = int(exact.scaleb(places))
        if scaled > most:
            self.add("NumberTooBig", path)
            return 0
        return scaled
