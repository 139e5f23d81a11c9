"""Rules that a foreign receipt's own sums and words must keep before anything is taken from it.

What contradicts itself is refused; what is unusual but lawful on paper is taken with a note (``unusual_points``).
"""

from datetime import date
from typing import Final

from accounting.receipts.codes import SettlementMethod, TaxationSystem, VatCode
from accounting.receipts.money import price_times_quantity
from accounting.receipts.vat import GENERAL_20_FROM, ORDINARY, SIMPLIFIED_5_7_FROM
from accounting.reconciliation.foreign_receipt import ForeignReceipt
from accounting.reconciliation.import_findings import Note, NoteKind, Reason, Refused
from accounting.reconciliation.import_policy import ImportPolicy
from accounting.reconciliation.vat_timetable import TURNOVER_CODES, is_possible

LINE_TOLERANCE_KOPECKS: Final = 1
"""1043 = 1079 * 1023 within a kopeck (ffd-documents, 3.3)."""
ROUBLE: Final = 100
IMPUTED_UNTIL: Final = date(2020, 12, 31)

_BEFORE_DELIVERY: Final = frozenset(
    {SettlementMethod.FULL_PREPAYMENT, SettlementMethod.PREPAYMENT, SettlementMethod.ADVANCE}
)


def check_sums(receipt: ForeignReceipt, policy: ImportPolicy) -> list[Note]:
    """Lines, total and forms of payment against each other. Raises Refused where they contradict."""
    for index, line in enumerate(receipt.lines, 1):
        product = price_times_quantity(line.price_kopecks, line.quantity_micro)
        if abs(product - line.sum_kopecks) > LINE_TOLERANCE_KOPECKS:
            raise Refused(f"items[{index}].sum", Reason.LINE_SUM, f"{product} / {line.sum_kopecks}")
    tendered = receipt.tenders.total()
    if tendered != receipt.total_kopecks:
        raise Refused("totalSum", Reason.TENDERS, f"{tendered} / {receipt.total_kopecks}")
    notes = _check_total(receipt, policy)
    if not receipt.total_kopecks and policy.zero_total == "refuse":
        raise Refused("totalSum", Reason.ZERO_TOTAL)
    return notes


def _check_total(receipt: ForeignReceipt, policy: ImportPolicy) -> list[Note]:
    """1020 against the lines: equal, or less with the same whole roubles."""
    rounded_off = receipt.rounded_off_kopecks()
    if not rounded_off:
        return []
    of_lines = receipt.total_kopecks + rounded_off
    met = f"{of_lines} / {receipt.total_kopecks}"
    if rounded_off < 0 or of_lines // ROUBLE != receipt.total_kopecks // ROUBLE:
        raise Refused("totalSum", Reason.TOTAL, met)
    if policy.rounded_total == "refuse":
        raise Refused("totalSum", Reason.ROUNDED_TOTAL, met)
    return [Note(NoteKind.ROUNDED_TOTAL, "totalSum", met)]


def settled_taxation(receipt: ForeignReceipt, policy: ImportPolicy) -> tuple[TaxationSystem, list[Note]]:
    """Tag 1055, stated or by policy. Raises Refused where it is unknown or had ended by the date."""
    taxation, notes = receipt.taxation, []
    if taxation is None:
        charged = any(code not in TURNOVER_CODES for code in receipt.vat_by_code())
        if policy.missing_taxation == "refuse" or not charged or receipt.settled_on >= SIMPLIFIED_5_7_FROM:
            raise Refused("taxationType", Reason.TAXATION_MISSING)
        taxation = TaxationSystem.GENERAL
        notes.append(Note(NoteKind.TAXATION_ASSUMED, "taxationType", str(taxation.value)))
    if taxation is TaxationSystem.IMPUTED and receipt.settled_on > IMPUTED_UNTIL:
        raise Refused("taxationType", Reason.TAXATION_DATE, receipt.settled_on.isoformat())
    return taxation, notes


def check_code_dates(receipt: ForeignReceipt) -> None:
    """Every stated code must have existed on the date of the settlement."""
    for index, line in enumerate(receipt.lines, 1):
        code = line.vat_code
        if code is not None and not is_possible(code, receipt.settled_on, receipt.sign, line.method):
            raise Refused(f"items[{index}].nds", Reason.VAT_CODE_DATE, f"{code.value}, {receipt.settled_on}")


def unusual_points(receipt: ForeignReceipt, taxation: TaxationSystem, codes: tuple[VatCode, ...]) -> list[Note]:
    """Mistakes that a real register let through and the law corrects elsewhere, one note a line and kind."""
    notes = []
    pays_vat = {TaxationSystem.GENERAL}
    if receipt.settled_on >= GENERAL_20_FROM:
        pays_vat.add(TaxationSystem.AGRICULTURAL)
    special = taxation not in pays_vat and receipt.settled_on < SIMPLIFIED_5_7_FROM
    for index, (line, code) in enumerate(zip(receipt.lines, codes, strict=True), 1):
        field = f"items[{index}].nds"
        if special and code is not VatCode.NO_VAT:
            notes.append(Note(NoteKind.VAT_UNDER_SPECIAL_SYSTEM, field, f"{code.value}, 1055 = {taxation.value}"))
        if line.method is None or code in TURNOVER_CODES:
            continue
        early, calculated = line.method in _BEFORE_DELIVERY, code not in ORDINARY
        if early and not calculated:
            notes.append(Note(NoteKind.ADVANCE_AT_ORDINARY_RATE, field, str(code.value)))
        if calculated and not early:
            notes.append(Note(NoteKind.DELIVERY_AT_CALCULATED_RATE, field, str(code.value)))
    return notes
