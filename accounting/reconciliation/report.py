"""The report of an import: how many receipts were taken, refused, agree with their originals, and which do not."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from accounting.receipts.codes import VatCode
from accounting.receipts.model import VatTotal
from accounting.reconciliation.import_findings import ImportedReceipt, NoteKind, Rejection


class Disagreement(msgspec.Struct, frozen=True):
    """An accepted receipt whose total or VAT differs from the original's. Kopecks."""

    number: int
    document_number: int | None
    total_kopecks: int
    original_total_kopecks: int
    vat_totals: tuple[VatTotal, ...]
    original_vat_totals: tuple[VatTotal, ...]


class ImportReport(msgspec.Struct, frozen=True):
    """Counts and lists; ``lines_read`` = ``accepted`` + ``refused``, empty lines are not counted."""

    lines_read: int
    accepted: int
    refused: int
    totals_agree: int
    vat_agrees: int
    refusals: tuple[Rejection, ...]
    total_disagreements: tuple[Disagreement, ...]
    vat_disagreements: tuple[Disagreement, ...]
    notes: tuple[tuple[NoteKind, int], ...]  # receipts with such a note, the commonest first

    def last_line(self) -> str:
        """One JSON object with the five counts, for scripts."""
        counts = {
            "lines": self.lines_read,
            "accepted": self.accepted,
            "refused": self.refused,
            "totals_agree": self.totals_agree,
            "vat_agree": self.vat_agrees,
        }
        return msgspec.json.encode(counts).decode()

    def format_report(self) -> str:
        """The report for people, in Russian; its last line is ``last_line``."""
        return "\n".join([*self._people_lines(), self.last_line()])

    def _people_lines(self) -> Iterator[str]:
        yield f"Прочитано чеков: {self.lines_read}. Принято: {self.accepted}, не принято: {self.refused}."
        yield f"Итог совпал с исходным: {self.totals_agree} из {self.accepted}."
        yield f"НДС совпал с исходным: {self.vat_agrees} из {self.accepted}."
        if self.refusals:
            yield "Не приняты:"
            for reason, count in Counter(refusal.reason for refusal in self.refusals).most_common():
                yield f"  {count}: {reason}"
            for refusal in self.refusals:
                met = f" ({refusal.detail})" if refusal.detail else ""
                yield f"  строка {refusal.number}, {refusal.field or 'вся'}: {refusal.reason}{met}"
        if self.total_disagreements:
            yield "Итог не совпал:"
            for receipt in self.total_disagreements:
                ours, theirs = format_roubles(receipt.total_kopecks), format_roubles(receipt.original_total_kopecks)
                yield f"  {_place(receipt)}: у нас {ours}, в исходном {theirs}"
        if self.vat_disagreements:
            yield "НДС не совпал:"
            for receipt in self.vat_disagreements:
                ours, theirs = _format_vat(receipt.vat_totals), _format_vat(receipt.original_vat_totals)
                yield f"  {_place(receipt)}: у нас {ours}, в исходном {theirs}"
        if self.notes:
            yield "Приняты с замечанием (чеков):"
            for kind, count in self.notes:
                yield f"  {count}: {kind}"


class ImportTally:
    """Adds up an import while it runs; keeps only what the report lists."""

    def __init__(self) -> None:
        self._accepted = 0
        self._refusals: list[Rejection] = []
        self._total_disagreements: list[Disagreement] = []
        self._vat_disagreements: list[Disagreement] = []
        self._notes: Counter[NoteKind] = Counter()

    def add(self, found: ImportedReceipt | Rejection) -> None:
        """Counts one line of the file."""
        if isinstance(found, Rejection):
            self._refusals.append(found)
            return
        self._accepted += 1
        self._notes.update({note.kind for note in found.notes})
        if not found.agrees_total:
            self._total_disagreements.append(_disagreement(found))
        if not found.agrees_vat:
            self._vat_disagreements.append(_disagreement(found))

    def report(self) -> ImportReport:
        """The report of what was added so far."""
        return ImportReport(
            lines_read=self._accepted + len(self._refusals),
            accepted=self._accepted,
            refused=len(self._refusals),
            totals_agree=self._accepted - len(self._total_disagreements),
            vat_agrees=self._accepted - len(self._vat_disagreements),
            refusals=tuple(self._refusals),
            total_disagreements=tuple(self._total_disagreements),
            vat_disagreements=tuple(self._vat_disagreements),
            notes=tuple(self._notes.most_common()),
        )


def report_import(found: Iterable[ImportedReceipt | Rejection]) -> ImportReport:
    """The report of a whole import."""
    tally = ImportTally()
    for item in found:
        tally.add(item)
    return tally.report()


def _disagreement(found: ImportedReceipt) -> Disagreement:
    return Disagreement(
        number=found.number,
        document_number=found.original.document_number,
        total_kopecks=found.receipt.total_kopecks,
        original_total_kopecks=found.original.total_kopecks,
        vat_totals=found.receipt.vat_totals,
        original_vat_totals=found.original.vat_totals,
    )


def _place(receipt: Disagreement) -> str:
    named = "" if receipt.document_number is None else f", чек № {receipt.document_number}"
    return f"строка {receipt.number}{named}"


_VAT_WORDS: Final = {
    VatCode.VAT_20: "20 %", VatCode.VAT_10: "10 %", VatCode.VAT_20_120: "20/120", VatCode.VAT_10_110: "10/110",
    VatCode.VAT_0: "0 %", VatCode.NO_VAT: "без НДС", VatCode.VAT_5: "5 %", VatCode.VAT_7: "7 %",
    VatCode.VAT_5_105: "5/105", VatCode.VAT_7_107: "7/107", VatCode.VAT_22: "22 %", VatCode.VAT_22_122: "22/122",
}  # fmt: skip


def _format_vat(totals: tuple[VatTotal, ...]) -> str:
    stated = [f"{_VAT_WORDS[total.code]}: {format_roubles(total.kopecks)}" for total in totals if total.kopecks]
    return "; ".join(stated) or "не указан"


def format_roubles(kopecks: int) -> str:
    """``1234567`` as ``12 345,67 ₽``."""
    roubles, rest = divmod(kopecks, 100)
    grouped = f"{roubles:,}".replace(",", " ")
    return f"{grouped},{rest:02d} ₽"
