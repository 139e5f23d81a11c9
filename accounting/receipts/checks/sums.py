"""Sums of a finished receipt: total, lines, forms of payment, sizes (receipt rules 2, 3.5, 4.3, 5 [I])."""

from datetime import date
from functools import lru_cache
from typing import Final

from accounting.receipts.checks.findings import Findings
from accounting.receipts.checks.invariants import TAXATIONS
from accounting.receipts.codes import PREPAYMENTS, SettlementMethod, SettlementSign, SubjectType, TaxationSystem
from accounting.receipts.consolidate import agent_bytes
from accounting.receipts.model import QUANTITY_ONE, Receipt, ReceiptLine
from accounting.receipts.money import price_times_quantity
from accounting.receipts.wording import roubles

MAX_SUM_KOPECKS: Final = 9_999_999_999
MAX_LINES: Final = 100
MAX_BYTES: Final = 32_768
_LINE_BYTES: Final = 60
"""A line without its name (receipt rules 5, size estimate [I])."""
_ROUBLE: Final = 100
_IMPUTED_UNTIL: Final = date(2020, 12, 31)

_SIGNS: Final = frozenset(int(sign) for sign in SettlementSign)
_SUBJECTS: Final = frozenset(int(subject) for subject in SubjectType)
_NOT_ASSIGNED: Final = frozenset({SubjectType.NOT_ASSIGNED_28, SubjectType.NOT_ASSIGNED_29})
_CREDIT: Final = SettlementMethod.CREDIT
_PART_CREDIT: Final = SettlementMethod.PARTIAL_SETTLEMENT_AND_CREDIT


def check_sums(receipt: Receipt, found: Findings, settled_on: date | None) -> None:
    """The invariants, the arithmetic of lines, the limits, and whether the forms suit the methods."""
    if not receipt.lines and receipt.correction is None:
        found.add("lines")
    _check_total(receipt, found)
    if int(receipt.taxation) not in TAXATIONS:
        found.add("1055", value=int(receipt.taxation))
    else:
        _check_regime(receipt, found, settled_on)
    if int(receipt.sign) not in _SIGNS:
        found.add("1054", sign=int(receipt.sign))
    for place, line in enumerate(receipt.lines):
        _check_line(line, place, found)
        if not _suits_subject(line.subject, line.method) or line.service is not None:
            _check_subject(line, place, found)
    _check_limits(receipt, found)
    if receipt.lines:
        _check_forms(receipt, found)


def _check_regime(receipt: Receipt, found: Findings, settled_on: date | None) -> None:
    """Tag 1055 on the day of what was settled; a correction of totals alone (FFD 1.05) does not say which that is."""
    if receipt.correction is not None:
        settled_on = receipt.correction.settled_on if receipt.lines else None
    if receipt.taxation is TaxationSystem.IMPUTED and settled_on is not None and settled_on > _IMPUTED_UNTIL:
        found.add("1055_date", date=settled_on)


def _check_total(receipt: Receipt, found: Findings) -> None:
    total, forms = receipt.total_kopecks, receipt.tenders
    lines = sum([line.sum_kopecks for line in receipt.lines])
    if receipt.lines and lines != total:
        rounded = lines - total > 0 and lines // _ROUBLE == total // _ROUBLE
        found.add("1020_rounded" if rounded else "1020=sum(1043)", total=roubles(total), lines=roubles(lines))
    if forms.total() != total:
        found.add("1020=forms", total=roubles(total), forms=roubles(forms.total()))
    if min(forms.cash, forms.electronic, forms.prepaid, forms.credit, forms.provision) < 0:
        found.add("forms>=0")
    if total <= 0:
        found.add("1020>0", total=roubles(total))


def _check_line(line: ReceiptLine, place: int, found: Findings) -> None:
    if line.sum_kopecks <= 0 or line.price_kopecks < 0 or line.quantity_micro <= 0:
        found.add("1043>0", place, sum=roubles(line.sum_kopecks))
    product = line.price_kopecks
    if line.quantity_micro != QUANTITY_ONE:
        product = price_times_quantity(product, line.quantity_micro)
    if product != line.sum_kopecks:
        rule = "1043_kopeck" if abs(product - line.sum_kopecks) == 1 else "1043=1079*1023"
        found.add(rule, place, product=roubles(product), sum=roubles(line.sum_kopecks))


@lru_cache(maxsize=512)
def _suits_subject(subject: SubjectType | None, method: SettlementMethod | None) -> bool:
    """Whether `_check_subject` has nothing to say of them; numbers from outside may be none of the codes."""
    if method is None or subject is None or subject in _NOT_ASSIGNED or int(subject) not in _SUBJECTS:
        return False
    return subject is SubjectType.PAYMENT or method not in (SettlementMethod.ADVANCE, SettlementMethod.CREDIT_PAYMENT)


def _check_subject(line: ReceiptLine, place: int, found: Findings) -> None:
    """What is paid for against how (receipt rules 2, 3.5 [I])."""
    if line.method is None:
        found.add("1214", place)
    if line.subject is None:
        found.add("1212", place)
    elif line.subject in _NOT_ASSIGNED or int(line.subject) not in _SUBJECTS:
        found.add("1212_value", place, subject=int(line.subject))
    elif line.subject is not SubjectType.PAYMENT:
        if line.method is SettlementMethod.ADVANCE:
            found.add("1212/1214", place, subject=int(line.subject))
        elif line.method is SettlementMethod.CREDIT_PAYMENT:
            found.add("1212/7", place, subject=int(line.subject))
    if line.method is SettlementMethod.ADVANCE and line.service is not None:
        found.add("1214=3", place)


def _check_limits(receipt: Receipt, found: Findings) -> None:
    largest, size = receipt.total_kopecks, 0
    for line in receipt.lines:
        largest = max(largest, line.sum_kopecks)
        size += _LINE_BYTES + len(line.name)
        if line.agent is not None:
            size += agent_bytes(line.agent)
    if largest > MAX_SUM_KOPECKS:
        found.add("max_sum", sum=roubles(largest))
    if len(receipt.lines) > MAX_LINES:
        found.add("max_lines", count=len(receipt.lines))
    if size > MAX_BYTES:
        found.add("max_bytes", bytes=size)


def _check_forms(receipt: Receipt, found: Findings) -> None:
    """Credit belongs to lines given on credit, an offset to lines that are delivered (receipt rules 3.5 [I])."""
    on_credit = partly = delivered = 0
    for line in receipt.lines:
        if line.method is None:
            return
        if line.method is _CREDIT:
            on_credit += line.sum_kopecks
        elif line.method not in PREPAYMENTS:
            delivered += line.sum_kopecks
            partly += line.sum_kopecks if line.method is _PART_CREDIT else 0
    forms = receipt.tenders
    # A line with method 5 is neither settled whole nor left whole on credit: a kopeck of each at least.
    least, most = (on_credit + 1, on_credit + partly - 1) if partly else (on_credit, on_credit)
    if not least <= forms.credit <= most:
        found.add("1216/1214", credit=roubles(forms.credit), least=roubles(least), most=roubles(most))
    if forms.prepaid > delivered:
        found.add("1215/1214", prepaid=roubles(forms.prepaid), most=roubles(delivered))
