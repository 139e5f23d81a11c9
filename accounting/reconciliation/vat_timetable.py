"""Which VAT codes a receipt of a date may carry, and what its totals of them hold (receipt-rules, 4.4 and 7).

The rates and the rounding are those of ``accounting.receipts.vat``; here is what only foreign receipts need: codes that
come from outside, and the way back from a total to the money it may be the tax of.
"""

from bisect import bisect_left, bisect_right
from datetime import date
from typing import Final

from accounting.receipts.codes import SettlementMethod, SettlementSign, VatCode
from accounting.receipts.money import MAX_KOPECKS
from accounting.receipts.vat import is_allowed_for_delivery, rate_of, tax_plain

TURNOVER_CODES: Final = frozenset({VatCode.VAT_0, VatCode.NO_VAT})
"""Their totals (1104, 1105) are the money itself, not a tax."""

_ORDINARY_OF: Final = {
    VatCode.VAT_20_120: VatCode.VAT_20,
    VatCode.VAT_10_110: VatCode.VAT_10,
    VatCode.VAT_5_105: VatCode.VAT_5,
    VatCode.VAT_7_107: VatCode.VAT_7,
    VatCode.VAT_22_122: VatCode.VAT_22,
}
_RETURNS: Final = frozenset({SettlementSign.INCOME_RETURN, SettlementSign.EXPENSE_RETURN})


def tax_kopecks(code: VatCode, amount_kopecks: int, on: date) -> int:
    """The VAT inside an amount, half up; 0 for codes 5 and 6."""
    return tax_plain(amount_kopecks, rate_of(code, on))


def total_kopecks(code: VatCode, amount_kopecks: int, on: date) -> int:
    """What the receipt's total of a code holds for lines of this amount: the tax, or the turnover for 5 and 6."""
    return amount_kopecks if code in TURNOVER_CODES else tax_kopecks(code, amount_kopecks, on)


def amounts_giving(code: VatCode, total: int, on: date) -> tuple[int, int]:
    """The least and the greatest amount whose total is this one; all between give it too. Kopecks."""
    amounts = range(MAX_KOPECKS + 1)
    least = bisect_left(amounts, total, key=lambda amount: total_kopecks(code, amount, on))
    return least, bisect_right(amounts, total, lo=least, key=lambda amount: total_kopecks(code, amount, on)) - 1


def is_possible(code: VatCode, on: date, sign: SettlementSign, method: SettlementMethod | None) -> bool:
    """Whether a line may carry the code in a receipt of the date.

    A calculated code lives as long as its ordinary one. From 2026 the codes of 20 % live on where an older sale is
    returned or its credit is paid (receipt-rules, 7, points 2-4).
    """
    ordinary = _ORDINARY_OF.get(code, code)
    if ordinary is VatCode.VAT_20 and (sign in _RETURNS or method is SettlementMethod.CREDIT_PAYMENT):
        return True
    return is_allowed_for_delivery(ordinary, on)
