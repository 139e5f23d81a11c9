"""Shares and steps of money: whole kopecks, half up at the end of each line (office domain 2)."""

from typing import Final

WHOLE_BP: Final = 10_000
"""Basis points in one: 20 % is 2,000, a coefficient of 1.20 is 12,000."""


def half_up(numerator: int, denominator: int) -> int:
    """A quotient as a whole number, halves away from zero. ``denominator`` > 0."""
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -quotient if numerator < 0 else quotient


def share(kopecks: int, rate_bp: int) -> int:
    """So many basis points of an amount, kopecks."""
    return half_up(kopecks * rate_bp, WHOLE_BP)


def up_to_step(kopecks: int, step_kopecks: int) -> int:
    """The next multiple of a step at or above an amount; a step of 0 leaves it."""
    return kopecks if step_kopecks == 0 else -(-kopecks // step_kopecks) * step_kopecks
