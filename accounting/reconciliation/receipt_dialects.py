"""Receipts of other registers, as receipt-check services answer them, taken over as finished receipts of ours.

    line of bytes -> ForeignReceipt (foreign_reading) -> sums, dates (receipt_checks) -> codes (vat_derivation)
                  -> VAT against the law (vat_agreement) -> the control of every receipt (receipts.checks)
                  -> ImportedReceipt, or Rejection at the first broken rule

A receipt is refused where it contradicts itself, where it cannot be read, and where the law gives its date no such
code. What is merely wrong by someone else's mistake - an advance at the ordinary rate, VAT under a system that does not
pay it, goods sold at a calculated rate - is a document that exists and stays as it is, with a note. Nothing is
corrected silently, but for what belongs to the register of the original (its number, sign, place), which ours replaces.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from accounting.receipts.checks.receipt import Severity, check_receipt
from accounting.receipts.codes import VatCode
from accounting.receipts.model import Receipt, ReceiptLine, VatTotal
from accounting.reconciliation.foreign_reading import read_receipt
from accounting.reconciliation.foreign_receipt import ForeignReceipt
from accounting.reconciliation.import_findings import (
    ImportedReceipt,
    Note,
    NoteKind,
    OriginalTotals,
    Reason,
    Refused,
    Rejection,
)
from accounting.reconciliation.import_policy import ImportPolicy
from accounting.reconciliation.receipt_checks import check_code_dates, check_sums, settled_taxation, unusual_points
from accounting.reconciliation.vat_agreement import check_totals, lawful_totals, line_vat
from accounting.reconciliation.vat_derivation import derive_codes

KEY_DIGITS: Final = 32
_KEPT: Final = frozenset({"1199/1214", "1043>0", "1197", "2108", "1057_1.2"})
"""What the control calls an error and an import takes over: a rate that does not suit the method and a line of nothing
are somebody else's mistakes; the others are tags that the format of the register decides about, chosen later."""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def parse_receipts(lines: Iterable[bytes], policy: ImportPolicy) -> Iterator[ImportedReceipt | Rejection]:
    """Each line of a file as a receipt or as the reason why not, in order; empty lines are passed over.

    Never raises for what a line holds. The key is the same whenever the same file is read again: the line's digest
    and its ordinal among equal lines, so two equal receipts in one file stay two.
    """
    ordinals: Counter[str] = Counter()
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip(b"\r\n")
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line.strip():
            continue
        digest = hashlib.sha256(line).hexdigest()[:KEY_DIGITS]
        ordinals[digest] += 1
        key = f"receipt|{digest}|{ordinals[digest]}"
        try:
            yield _import_receipt(number, key, read_receipt(line), policy)
        except Refused as refused:
            yield Rejection(number, refused.field, refused.reason, key, refused.detail)


def _import_receipt(number: int, key: str, foreign: ForeignReceipt, policy: ImportPolicy) -> ImportedReceipt:
    notes = [*foreign.notes, *check_sums(foreign, policy)]
    taxation, assumed = settled_taxation(foreign, policy)
    check_code_dates(foreign)
    codes = derive_codes(foreign)
    notes += [*assumed, *_derived(foreign, codes), *check_totals(foreign, codes, policy)]
    notes += unusual_points(foreign, taxation, codes)
    lines, line_notes = _finished_lines(foreign, codes)
    receipt = Receipt(
        sign=foreign.sign,
        taxation=taxation,
        lines=lines,
        tenders=foreign.tenders,
        total_kopecks=foreign.tenders.total(),
        vat_totals=lawful_totals(foreign, codes),
        contact=foreign.contact,
        agent_sign=foreign.agent_sign,
        user_requisite=foreign.user_requisite,
        additional=foreign.additional,
        internet=foreign.internet,
        sender_email=foreign.sender_email,
    )
    _check_as_ours(receipt, foreign.settled_on, policy)
    stated = tuple(VatTotal(code, kopecks) for code, kopecks in foreign.vat_by_code().items())
    return ImportedReceipt(
        number=number,
        key=key,
        settled_on=foreign.settled_on,
        receipt=receipt,
        original=OriginalTotals(foreign.total_kopecks, stated, foreign.document_number),
        notes=(*notes, *line_notes),
        agrees_total=receipt.total_kopecks == foreign.total_kopecks,
        agrees_vat=stated == tuple(total for total in receipt.vat_totals if total.kopecks),
    )


def _check_as_ours(receipt: Receipt, settled_on: date, policy: ImportPolicy) -> None:
    """The control that our own receipts pass before any device sees them. Raises Refused."""
    kept = _KEPT | {"1020>0"} if policy.zero_total == "accept" else _KEPT
    for finding in check_receipt(receipt, settled_on=settled_on):
        if finding.severity is Severity.ERROR and finding.rule not in kept:
            field = "receipt" if finding.line is None else f"items[{finding.line + 1}]"
            raise Refused(field, Reason.CONTROL, finding.message)


def _derived(foreign: ForeignReceipt, codes: tuple[VatCode, ...]) -> list[Note]:
    return [
        Note(NoteKind.VAT_CODE_DERIVED, f"items[{index}].nds", str(code.value))
        for index, (line, code) in enumerate(zip(foreign.lines, codes, strict=True), 1)
        if line.vat_code is None
    ]


def _finished_lines(foreign: ForeignReceipt, codes: tuple[VatCode, ...]) -> tuple[tuple[ReceiptLine, ...], list[Note]]:
    lines: list[ReceiptLine] = []
    notes: list[Note] = []
    for index, (line, code) in enumerate(zip(foreign.lines, codes, strict=True), 1):
        vat_kopecks, line_notes = line_vat(line, code, foreign, f"items[{index}].")
        notes += line_notes
        lines.append(
            ReceiptLine(
                name=line.name,
                price_kopecks=line.price_kopecks,
                sum_kopecks=line.sum_kopecks,
                method=line.method,
                subject=line.subject,
                vat_code=code,
                quantity_micro=line.quantity_micro,
                vat_kopecks=vat_kopecks,
                measure=line.measure,
                measure_text=line.measure_text,
                agent=line.agent,
                additional=line.additional,
            )
        )
    return tuple(lines), notes
