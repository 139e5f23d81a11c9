"""What a receipt may not be, looked at before it is written: the rules of ``check.py`` that cost nothing. FFD 3.3, 3.4.

These run for every receipt on its way to a device, so they are integer arithmetic on the typed receipt; the whole
tables are for documents that exist already.
"""

from accounting.receipts.codes import FfdVersion, SettlementSign
from accounting.receipts.model import QUANTITY_ONE, Receipt
from kkt_drivers.errors import CodecError

_SIGNS_OF_1_05_CORRECTION = (SettlementSign.INCOME, SettlementSign.EXPENSE)


def refuse_receipt(receipt: Receipt, ffd: FfdVersion, *, with_lines: bool) -> None:
    """Raises CodecError with the tag, what is wrong and what the rule is.

    Receipts that others made are let through as far as the tables go: lines without method (1214), subject (1212) or
    VAT code (1199), which are conditional or optional, and a total that lacks the kopecks of its lines.
    """
    total = receipt.total_kopecks
    paid = receipt.tenders.total()
    if paid != total:
        raise CodecError(
            f"the five forms of payment are {paid} kopecks, the total is {total}: they must agree", tag=1020
        )
    if not receipt.vat_totals:
        raise CodecError(
            "a receipt has at least one VAT total; without VAT it is code 6 with the receipt's sum", tag=1105
        )
    if not with_lines:
        if receipt.sign not in _SIGNS_OF_1_05_CORRECTION:
            raise CodecError("a correction of FFD 1.05 is income or expense only", tag=1054)
        return
    if not receipt.lines:
        raise CodecError(f"a receipt of {ffd.name} has at least one line", tag=1059)
    of_lines = 0
    for number, line in enumerate(receipt.lines, start=1):
        of_lines += line.sum_kopecks
        if abs(line.price_kopecks * line.quantity_micro - line.sum_kopecks * QUANTITY_ONE) > QUANTITY_ONE:
            raise CodecError(
                f"line {number}: price by quantity is not {line.sum_kopecks} kopecks, give or take one", tag=1043
            )
    if of_lines // 100 != total // 100:
        rule = f"the lines are {of_lines} kopecks, the total is {total}: only the kopecks may differ"
        raise CodecError(rule, tag=1020)
