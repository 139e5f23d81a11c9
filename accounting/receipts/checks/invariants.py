"""What every receipt we compute keeps whatever the input was (receipt rules 2 [I], invariants): a fast look at each.

The whole control of a finished receipt is ``checks``; a receipt that breaks an invariant is our own error.
"""

from functools import lru_cache
from typing import Final

from accounting.receipts.codes import SettlementMethod, TaxationSystem, VatCode
from accounting.receipts.model import Receipt, ReceiptLine
from accounting.receipts.vat import ORDINARY

NAME_LENGTH: Final = 128  # 1030
KEPT_LENGTH: Final = 256
"""Of the longest text of which it is remembered what was found: clients may send longer ones, enough to fill memory."""
TAXATIONS: Final = frozenset(int(taxation) for taxation in TaxationSystem)
WITHOUT_TAX: Final = frozenset({VatCode.VAT_0, VatCode.NO_VAT})
OF_PREPAYMENT: Final = frozenset({1, 2, 3})
CALCULATED: Final = frozenset(
    {VatCode.VAT_20_120, VatCode.VAT_10_110, VatCode.VAT_5_105, VatCode.VAT_7_107, VatCode.VAT_22_122}
)
TAXED_DELIVERY: Final = ORDINARY - WITHOUT_TAX


def broken_invariants(receipt: Receipt) -> list[str]:
    """Ids of the broken ones; empty for a sound receipt."""
    found: list[str] = []
    _check_sums(receipt, found)
    for line in receipt.lines:
        _check_line(line, found)
    _check_vat_totals(receipt, found)
    return found


def _check_sums(receipt: Receipt, found: list[str]) -> None:
    if not receipt.lines and receipt.correction is None:
        found.append("lines")
    if receipt.lines and sum([line.sum_kopecks for line in receipt.lines]) != receipt.total_kopecks:
        found.append("1020=sum(1043)")
    forms = receipt.tenders
    if forms.total() != receipt.total_kopecks:
        found.append("1020=forms")
    if min(forms.cash, forms.electronic, forms.prepaid, forms.credit, forms.provision) < 0:
        found.append("forms>=0")
    if receipt.total_kopecks <= 0:
        found.append("1020>0")
    if int(receipt.taxation) not in TAXATIONS:
        found.append("1055")


def _check_line(line: ReceiptLine, found: list[str]) -> None:
    if line.sum_kopecks <= 0 or line.price_kopecks < 0 or line.quantity_micro <= 0:
        found.append("1043>0")
    if not 1 <= len(line.name) <= NAME_LENGTH:
        found.append("1030")
    if not is_printable(line.name):
        found.append("cp866")
    if line.vat_kopecks < 0 or (line.vat_code in WITHOUT_TAX and line.vat_kopecks):
        found.append("1200")
    if not suits(line.vat_code, line.method):
        found.append("1199/1214")
    if line.method is SettlementMethod.ADVANCE and line.service is not None:
        found.append("1214=3")
    if line.agent is not None and not line.agent.supplier_inn:
        found.append("1226")


def suits(code: VatCode | None, method: SettlementMethod | None) -> bool:
    """Whether a code may stand beside a method: calculated ones before the delivery, taxed ordinary ones after."""
    if method is None:
        return True
    return not (code in TAXED_DELIVERY if method in OF_PREPAYMENT else code in CALCULATED)


def is_printable(text: str) -> bool:
    """Whether a register can print all of it: code page 866."""
    return _is_printable(text) if len(text) <= KEPT_LENGTH else _prints(text)


@lru_cache(maxsize=4096)
def _is_printable(text: str) -> bool:
    return _prints(text)


def _prints(text: str) -> bool:
    try:
        text.encode("cp866")
    except UnicodeEncodeError:
        return False
    return True


def _check_vat_totals(receipt: Receipt, found: list[str]) -> None:
    codes = [total.code for total in receipt.vat_totals]
    if codes != sorted(codes) or len(set(codes)) != len(codes):
        found.append("vat_totals")
    on_lines = {line.vat_code for line in receipt.lines if line.vat_code is not None}
    if receipt.lines and on_lines != set(codes):
        found.append("vat_totals=lines")
    for total in receipt.vat_totals:
        if not 0 <= total.kopecks <= receipt.total_kopecks:
            found.append("vat_total")
