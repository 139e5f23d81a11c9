"""A receipt as its original states it, in our types but unchecked: the dialects end here, the rules begin after."""

from datetime import date

import msgspec

from accounting.receipts.codes import SettlementMethod, SettlementSign, SubjectType, TaxationSystem, VatCode
from accounting.receipts.model import Agent, Tenders, UserRequisite, VatTotal
from accounting.reconciliation.import_findings import Note


class ForeignLine(msgspec.Struct, frozen=True):
    """A line (1059). ``vat_kopecks`` is the VAT it states (1200), ``flat_vat`` the sums of FFD 1.0 by code, above 0."""

    name: str
    price_kopecks: int
    quantity_micro: int
    sum_kopecks: int
    method: SettlementMethod | None
    subject: SubjectType | None
    vat_code: VatCode | None
    vat_kopecks: int
    flat_vat: tuple[VatTotal, ...]
    measure: int
    measure_text: str | None
    agent: Agent | None
    additional: str | None


class ForeignReceipt(msgspec.Struct, frozen=True):
    """The whole. ``vat_totals`` are all totals present, zeros included, ascending by code."""

    settled_on: date
    sign: SettlementSign
    taxation: TaxationSystem | None
    lines: tuple[ForeignLine, ...]
    tenders: Tenders
    total_kopecks: int
    vat_totals: tuple[VatTotal, ...]
    contact: str | None
    agent_sign: int | None
    user_requisite: UserRequisite | None
    additional: str | None
    internet: bool
    sender_email: str | None
    document_number: int | None
    notes: tuple[Note, ...]

    def vat_by_code(self) -> dict[VatCode, int]:
        """The totals above 0, kopecks."""
        return {total.code: total.kopecks for total in self.vat_totals if total.kopecks}

    def rounded_off_kopecks(self) -> int:
        """How much the total was rounded down by, against the lines; 0 in nearly all receipts."""
        return sum(line.sum_kopecks for line in self.lines) - self.total_kopecks
