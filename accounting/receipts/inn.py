"""Check digits of a taxpayer's number (ИНН): the last digit of 10, the last two of 12, weighted sums modulo 11 and 10.

The tax service publishes the algorithm with the order on the number; no reference of this project holds it, so it is
marked [M]: whoever fails it is worth a look, and is never refused for it.
"""

import re
from typing import Final

_FORM: Final = re.compile(r"[0-9]{10}|[0-9]{12}")
_WEIGHTS: Final = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
"""Before the last digit of 12; the digits before it have the same weights from the next one on, and so has 10."""


def has_form(inn: str) -> bool:
    """10 or 12 digits; a field of fixed length may be filled with blanks (1226, 1016, 1228)."""
    return _FORM.fullmatch(inn.strip()) is not None


def has_right_digits(inn: str) -> bool:
    """Whether a number that ``has_form`` ends in its check digits."""
    digits = [int(sign) for sign in inn.strip()]
    places = (9,) if len(digits) == 10 else (10, 11)
    return all(_check_digit(digits[:place]) == digits[place] for place in places)


def _check_digit(digits: list[int]) -> int:
    weights = _WEIGHTS[len(_WEIGHTS) - len(digits) :]
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11 % 10
