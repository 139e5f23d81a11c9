"""The VAT of a foreign receipt against the law: what ours will state, and whether the original stated the same.

Ours is always taken from the sum of the lines of a code, half up (receipt-rules, 4.4). An original may have added up
the tax of its lines instead, which moves a total by at most half a kopeck a line: such a receipt is taken and listed as
disagreeing. A total rounded down inside a rouble may have taken its VAT totals down with it: that is a disagreement
too. A greater difference means that the code or the sum is wrong, and nobody can say which.

The VAT of a single line (1200) is optional. Where it differs while the totals hold, it gives way to the right one.
"""

from collections import Counter

from accounting.receipts.codes import VatCode
from accounting.receipts.model import VatTotal
from accounting.reconciliation.foreign_receipt import ForeignLine, ForeignReceipt
from accounting.reconciliation.import_findings import Note, NoteKind, Reason, Refused
from accounting.reconciliation.import_policy import ImportPolicy
from accounting.reconciliation.vat_timetable import TURNOVER_CODES, tax_kopecks, total_kopecks


def lawful_totals(receipt: ForeignReceipt, codes: tuple[VatCode, ...]) -> tuple[VatTotal, ...]:
    """The totals of the receipt by the law: one for each code on a line, zeros included, ascending."""
    sums = _sums_by_code(receipt, codes)
    return tuple(VatTotal(code, total_kopecks(code, sums[code], receipt.settled_on)) for code in sorted(sums))


def check_totals(receipt: ForeignReceipt, codes: tuple[VatCode, ...], policy: ImportPolicy) -> list[Note]:
    """The original's totals against the lawful ones. Raises Refused beyond the tolerance, unless policy recomputes."""
    stated = receipt.vat_by_code()
    if not stated:
        return [Note(NoteKind.VAT_TOTALS_ABSENT, "nds", "")]
    sums, lines = _sums_by_code(receipt, codes), Counter(codes)
    notes = []
    for code in sorted(stated.keys() | sums.keys()):
        theirs, ours = stated.get(code, 0), total_kopecks(code, sums[code], receipt.settled_on)
        if theirs == ours:
            continue
        met = f"{code.value}: {theirs} / {ours}"
        of_rounded = total_kopecks(code, max(sums[code] - receipt.rounded_off_kopecks(), 0), receipt.settled_on)
        tolerable = of_rounded <= theirs <= ours or _is_by_lines(code, theirs - ours, lines[code])
        if not tolerable and policy.vat_mismatch == "refuse":
            raise Refused("nds", Reason.VAT_TOTAL, met)
        notes.append(Note(NoteKind.VAT_RECOMPUTED, "nds", met))
    return notes


def _sums_by_code(receipt: ForeignReceipt, codes: tuple[VatCode, ...]) -> Counter[VatCode]:
    sums: Counter[VatCode] = Counter()
    for line, code in zip(receipt.lines, codes, strict=True):
        sums[code] += line.sum_kopecks
    return sums


def _is_by_lines(code: VatCode, difference: int, lines: int) -> bool:
    """Whether adding up the tax of the lines can explain a difference; a turnover has nothing to round."""
    return code not in TURNOVER_CODES and abs(difference) <= lines // 2


def line_vat(line: ForeignLine, code: VatCode, receipt: ForeignReceipt, path: str) -> tuple[int, list[Note]]:
    """The 1200 that our line gets: the right one where the original states any, else none; and notes. Kopecks."""
    if any(flat.code is not code for flat in line.flat_vat):
        raise Refused(f"{path}nds", Reason.CONFLICT, f"{code.value} / {line.flat_vat[0].code.value}")
    lawful = tax_kopecks(code, line.sum_kopecks, receipt.settled_on)
    of_flat = [flat.kopecks for flat in line.flat_vat]
    notes = []
    if line.vat_kopecks not in (0, lawful):
        notes.append(Note(NoteKind.LINE_VAT_REPLACED, f"{path}ndsSum", f"{line.vat_kopecks} / {lawful}"))
    if of_flat and of_flat[0] != total_kopecks(code, line.sum_kopecks, receipt.settled_on):
        notes.append(Note(NoteKind.LINE_VAT_REPLACED, f"{path}nds", f"{of_flat[0]} / {lawful}"))
    return (lawful if line.vat_kopecks or of_flat else 0), notes
