"""Money of an event while it meets the lines: cash first, and what gets no receipt leaves the non-cash part first.

Source: receipt rules 3.5 l, 3.7 [I].
"""

from accounting.receipts.model import Tenders


class Purse:
    """Cash and non-cash money that is not used yet, kopecks."""

    def __init__(self, cash_kopecks: int, noncash_kopecks: int) -> None:
        self._cash = cash_kopecks
        self._noncash = noncash_kopecks

    def withhold(self, amount_kopecks: int) -> None:
        """Take out money that gets no receipt."""
        noncash = min(amount_kopecks, self._noncash)
        self._noncash -= noncash
        self._cash -= amount_kopecks - noncash

    def take(self, amount_kopecks: int) -> Tenders:
        """The forms of the next line."""
        cash = min(amount_kopecks, self._cash)
        self._cash -= cash
        self._noncash -= amount_kopecks - cash
        return Tenders(cash, amount_kopecks - cash)
