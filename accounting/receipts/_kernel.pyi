"""Integer arithmetic of the computation in C, without the GIL inside the loops.

Columns are ``array('q')`` or anything with the buffer of int64. All functions raise OverflowError rather than wrap.
"""

from array import array

def split(amount: int, weights: array[int], shares: array[int]) -> None:
    """Shares of an amount by the largest remainder. Shapes: weights, shares int64[n]. Source: receipt rules 4.2."""

def vat_of(amounts: array[int], numerators: array[int], denominators: array[int], taxes: array[int]) -> None:
    """Tax inside each amount, half up. Shapes: all int64[n]. Source: receipt rules 4.4."""

def vat_totals(
    amounts: array[int], groups: array[int], numerators: array[int], denominators: array[int], totals: array[int]
) -> None:
    """Tax of each group's sum, half up. Shapes: amounts, groups int64[n]; the others int64[n_groups]."""
