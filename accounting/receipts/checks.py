"""Format and logic control of a finished receipt, before any device sees it (receipt rules 2, invariants)."""

from functools import lru_cache
from typing import Final

import msgspec

from accounting.receipts.codes import SettlementMethod, TaxationSystem, VatCode
from accounting.receipts.model import Receipt, ReceiptLine
from accounting.receipts.vat import ORDINARY

NAME_LENGTH: Final = 128  # 1030
CONTACT_LENGTH: Final = 64  # 1008
ADDITIONAL_LENGTH: Final = 16  # 1192
USER_REQUISITE_LENGTH: Final = 235  # 1085 and 1086 together
_WITHOUT_TAX: Final = frozenset({VatCode.VAT_0, VatCode.NO_VAT})
_OF_PREPAYMENT: Final = frozenset({1, 2, 3})
_CALCULATED: Final = frozenset(
    {VatCode.VAT_20_120, VatCode.VAT_10_110, VatCode.VAT_5_105, VatCode.VAT_7_107, VatCode.VAT_22_122}
)
_TAXED_DELIVERY: Final = ORDINARY - _WITHOUT_TAX


class Finding(msgspec.Struct, frozen=True):
    """A broken rule: its name, and what is wrong in this receipt."""

    rule: str
    message: str


def check_receipt(receipt: Receipt) -> list[Finding]:
    """All broken rules of a receipt; empty when it may go to a device."""
    found: list[Finding] = []
    _check_sums(receipt, found)
    _check_texts(receipt, found)
    for place, line in enumerate(receipt.lines):
        _check_line(line, place, found)
    _check_vat_totals(receipt, found)
    return found


def _check_sums(receipt: Receipt, found: list[Finding]) -> None:
    if not receipt.lines and receipt.correction is None:
        found.append(Finding("lines", "a receipt without lines"))
    lines_kopecks = sum([line.sum_kopecks for line in receipt.lines])
    if receipt.lines and lines_kopecks != receipt.total_kopecks:
        found.append(Finding("1020=sum(1043)", f"total {receipt.total_kopecks}, lines {lines_kopecks}"))
    forms = receipt.tenders
    if forms.total() != receipt.total_kopecks:
        found.append(Finding("1020=forms", f"total {receipt.total_kopecks}, forms {forms.total()}"))
    if min(forms.cash, forms.electronic, forms.prepaid, forms.credit, forms.provision) < 0:
        found.append(Finding("forms>=0", "a negative form of payment"))
    if receipt.total_kopecks <= 0:
        found.append(Finding("1020>0", f"total {receipt.total_kopecks}"))
    if receipt.taxation not in TaxationSystem:
        found.append(Finding("1055", f"not one taxation system: {receipt.taxation}"))


def _check_texts(receipt: Receipt, found: list[Finding]) -> None:
    contact = receipt.contact
    if contact is not None and not 1 <= len(contact) <= CONTACT_LENGTH:
        found.append(Finding("1008", f"contact of {len(contact)} characters"))
    if receipt.additional is not None and len(receipt.additional) > ADDITIONAL_LENGTH:
        found.append(Finding("1192", f"{len(receipt.additional)} characters"))
    user = receipt.user_requisite
    if user is not None and len(user.name) + len(user.value) > USER_REQUISITE_LENGTH:
        found.append(Finding("1084", f"{len(user.name) + len(user.value)} characters"))


def _check_line(line: ReceiptLine, place: int, found: list[Finding]) -> None:
    if line.sum_kopecks <= 0 or line.price_kopecks < 0 or line.quantity_micro <= 0:
        found.append(Finding("1043>0", f"line {place}: sum {line.sum_kopecks}"))
    if not 1 <= len(line.name) <= NAME_LENGTH:
        found.append(Finding("1030", f"line {place}: a name of {len(line.name)} characters"))
    if not _is_printable(line.name):
        found.append(Finding("cp866", f"line {place}: a character that registers cannot print"))
    if line.vat_kopecks < 0 or (line.vat_code in _WITHOUT_TAX and line.vat_kopecks):
        found.append(Finding("1200", f"line {place}: tax {line.vat_kopecks} under code {line.vat_code}"))
    if line.vat_code in _CALCULATED and line.method not in _OF_PREPAYMENT:
        found.append(Finding("1199/1214", f"line {place}: a calculated rate on a delivery"))
    if line.vat_code in _TAXED_DELIVERY and line.method in _OF_PREPAYMENT:
        found.append(Finding("1199/1214", f"line {place}: a rate of deliveries on money before the delivery"))
    if line.method is SettlementMethod.ADVANCE and line.service is not None:
        found.append(Finding("1214=3", f"line {place}: an advance knows no service"))
    if line.agent is not None and not line.agent.supplier_inn:
        found.append(Finding("1226", f"line {place}: an agent's line without the supplier's INN"))


@lru_cache(maxsize=4096)
def _is_printable(name: str) -> bool:
    try:
        name.encode("cp866")
    except UnicodeEncodeError:
        return False
    return True


def _check_vat_totals(receipt: Receipt, found: list[Finding]) -> None:
    codes = [total.code for total in receipt.vat_totals]
    if codes != sorted(codes) or len(set(codes)) != len(codes):
        found.append(Finding("vat_totals", "totals are not ascending by code"))
    on_lines = {line.vat_code for line in receipt.lines if line.vat_code is not None}
    if receipt.lines and on_lines != set(codes):
        found.append(Finding("vat_totals=lines", "totals and lines have different codes"))
    for total in receipt.vat_totals:
        if not 0 <= total.kopecks <= receipt.total_kopecks:
            found.append(Finding("vat_total", f"code {int(total.code)}: {total.kopecks}"))
