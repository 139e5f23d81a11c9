"""Format and logic control of a finished receipt, ours or another's, before any device sees it.

``check_receipt`` gives findings for people: what is wrong, where, by which rule, what to do. Sums stand in
``check_sums``, taxes in ``check_vat``, texts and agents in ``check_texts``, the format's versions and corrections here.
"""

from datetime import date
from typing import Final

from accounting.receipts.checks.findings import Finding, Findings
from accounting.receipts.checks.rules import Severity
from accounting.receipts.checks.sums import check_sums
from accounting.receipts.checks.texts import check_agents, check_contact, check_texts
from accounting.receipts.checks.vat import check_vat
from accounting.receipts.codes import FfdVersion, SettlementSign, VatCode
from accounting.receipts.draft import SHOWS_VOLUME
from accounting.receipts.model import Correction, Receipt
from accounting.receipts.money import text_from_micro

__all__ = ["Finding", "Severity", "check_receipt", "may_be_registered"]

_UNTIL_2025: Final = frozenset({VatCode.VAT_20, VatCode.VAT_20_120})
_FROM_2026: Final = frozenset({VatCode.VAT_22, VatCode.VAT_22_122})
_WITH_VOLUME: Final = frozenset({None, *SHOWS_VOLUME})
_THREE_DECIMALS: Final = 1000  # millionths


def check_receipt(
    receipt: Receipt, *, ffd: FfdVersion = FfdVersion.FFD_1_2, settled_on: date | None = None
) -> list[Finding]:
    """Everything wrong or unusual in a receipt; without errors it may go to a device.

    ``settled_on`` is the day of the settlement; of a correction the day of the document. Without it nothing is judged
    by date.
    """
    found = Findings()
    check_sums(receipt, found, settled_on)
    check_vat(receipt, found, settled_on)
    check_texts(receipt, found)
    check_contact(receipt, found, settled_on)
    check_agents(receipt, found, ffd)
    _check_version(receipt, found, ffd)
    if receipt.correction is not None:
        _check_correction(receipt, receipt.correction, found, ffd, settled_on)
    return found.rows


def may_be_registered(findings: list[Finding]) -> bool:
    """Whether none of the findings is an error."""
    return all(finding.severity is not Severity.ERROR for finding in findings)


def _check_version(receipt: Receipt, found: Findings, ffd: FfdVersion) -> None:
    """What only one version of the format has (receipt rules 2 [M])."""
    for place, line in enumerate(receipt.lines):
        if line.measure and ffd is FfdVersion.FFD_1_05:
            found.add("2108", place)
        if line.measure and line.method not in _WITH_VOLUME:
            found.add("2108_volume", place, measure=line.measure, method=int(line.method or 0))
        if ffd is FfdVersion.FFD_1_05 and line.quantity_micro % _THREE_DECIMALS:
            found.add("1023_decimals", place, quantity=text_from_micro(line.quantity_micro))
        if line.measure_text is not None and ffd is FfdVersion.FFD_1_2:
            found.add("1197", place)


def _check_correction(
    receipt: Receipt, correction: Correction, found: Findings, ffd: FfdVersion, made_on: date | None
) -> None:
    """Fields of form 31 (receipt rules 6.1, 6.2 [I])."""
    if correction.kind not in (0, 1):
        found.add("1173", kind=correction.kind)
    if correction.kind == 1 and not correction.order_number:
        found.add("1179")
    if made_on is not None and correction.settled_on > made_on:
        found.add("1178", date=correction.settled_on)
    if ffd is not FfdVersion.FFD_1_05:
        if not receipt.lines:
            found.add("correction_lines")
        return
    if receipt.additional is not None:
        found.add("form31_1192")
    if receipt.sign not in (SettlementSign.INCOME, SettlementSign.EXPENSE):
        found.add("form31_sign")
    if receipt.lines:
        found.add("form31_lines")
    if receipt.contact is not None:
        found.add("form31_contact")
    codes = {total.code for total in receipt.vat_totals}
    if codes & _UNTIL_2025 and codes & _FROM_2026:
        found.add("form31_rates")
