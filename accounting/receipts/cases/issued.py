"""The ``issued`` of a case: registered receipts by tags, as corrections refer to them (case format 1, 2.1)."""

from datetime import date
from typing import Literal

import msgspec

from accounting.receipts.calendar import Period
from accounting.receipts.cases.merchant import Strict
from accounting.receipts.codes import SettlementSign, TaxationSystem, VatCode
from accounting.receipts.corrections.events import DocumentNumber, RightLine
from accounting.receipts.corrections.receipt import line_agent
from accounting.receipts.event_parts import AccountId, Contact, EventKey
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.model import Correction, Receipt, ReceiptLine, Tenders, VatTotal
from accounting.receipts.money import Kopecks, PositiveKopecks, micro_from_text
from accounting.receipts.outcome import ComputedReceipt


class NestedVat(Strict, frozen=True):
    """Tag 1119."""

    code: VatCode = msgspec.field(name="1199")
    tax_kopecks: Kopecks = msgspec.field(name="1120")


class CorrectionBasis(Strict, frozen=True):
    """Tag 1174."""

    settled_on: date = msgspec.field(name="1178")
    number: DocumentNumber | None = msgspec.field(default=None, name="1179")


class IssuedRow(Strict, frozen=True, kw_only=True):
    """A registered receipt as a case writes it."""

    id: EventKey
    issued_on: date = msgspec.field(name="1012")
    fiscal_sign: str = msgspec.field(name="1077")
    settled_on: date | None = None
    status: Literal["accepted", "quarantined"] = "accepted"
    kind: Literal["receipt", "correction"]
    event: str
    account: AccountId | None = None
    consolidated: Period | None = None
    part: str | None = None
    register_group: str = ""
    sign: SettlementSign = msgspec.field(name="1054")
    taxation: TaxationSystem = msgspec.field(name="1055")
    agent_sign: int | None = msgspec.field(default=None, name="1057")
    contact: Contact | None = msgspec.field(default=None, name="1008")
    items: tuple[RightLine, ...]
    total_kopecks: PositiveKopecks = msgspec.field(name="1020")
    cash_kopecks: Kopecks = msgspec.field(default=0, name="1031")
    electronic_kopecks: Kopecks = msgspec.field(default=0, name="1081")
    prepaid_kopecks: Kopecks = msgspec.field(default=0, name="1215")
    credit_kopecks: Kopecks = msgspec.field(default=0, name="1216")
    provision_kopecks: Kopecks = msgspec.field(default=0, name="1217")
    vat_20: Kopecks | None = msgspec.field(default=None, name="1102")
    vat_10: Kopecks | None = msgspec.field(default=None, name="1103")
    vat_0: Kopecks | None = msgspec.field(default=None, name="1104")
    no_vat: Kopecks | None = msgspec.field(default=None, name="1105")
    vat_20_120: Kopecks | None = msgspec.field(default=None, name="1106")
    vat_10_110: Kopecks | None = msgspec.field(default=None, name="1107")
    nested_vat: tuple[NestedVat, ...] = msgspec.field(default=(), name="1115")
    correction_kind: int = msgspec.field(default=0, name="1173")
    basis: CorrectionBasis | None = msgspec.field(default=None, name="1174")
    additional: str | None = msgspec.field(default=None, name="1192")

    def issued(self) -> IssuedReceipt:
        """The same as corrections take it."""
        document = ComputedReceipt(
            receipt=self._receipt(),
            event_key=self.event,
            account=self.account,
            consolidated=self.consolidated,
            part=self.part,
            register_group=self.register_group,
        )
        return IssuedReceipt(
            id=self.id,
            document=document,
            issued_on=self.issued_on,
            settled_on=self.settled_on,
            fiscal_sign=self.fiscal_sign,
            quarantined=self.status == "quarantined",
        )

    def _receipt(self) -> Receipt:
        basis = self.basis
        return Receipt(
            sign=self.sign,
            taxation=self.taxation,
            lines=tuple(_line(item) for item in self.items),
            tenders=Tenders(
                self.cash_kopecks,
                self.electronic_kopecks,
                self.prepaid_kopecks,
                self.credit_kopecks,
                self.provision_kopecks,
            ),
            total_kopecks=self.total_kopecks,
            vat_totals=self._vat_totals(),
            contact=self.contact,
            agent_sign=self.agent_sign,
            additional=self.additional,
            correction=Correction(self.correction_kind, basis.settled_on, basis.number) if basis else None,
        )

    def _vat_totals(self) -> tuple[VatTotal, ...]:
        flat = {
            VatCode.VAT_20: self.vat_20,
            VatCode.VAT_10: self.vat_10,
            VatCode.VAT_20_120: self.vat_20_120,
            VatCode.VAT_10_110: self.vat_10_110,
            VatCode.VAT_0: self.vat_0,
            VatCode.NO_VAT: self.no_vat,
        }
        if self.vat_0 == 0 and not any(item.vat_code is VatCode.VAT_0 for item in self.items):
            # A stub beside sums that stand in 1115 only (receipt rules 2 [I]): it says nothing of a rate.
            del flat[VatCode.VAT_0]
        totals = {code: total for code, total in flat.items() if total is not None}
        totals |= {row.code: row.tax_kopecks for row in self.nested_vat}
        return tuple(VatTotal(code, totals[code]) for code in sorted(totals))


def _line(item: RightLine) -> ReceiptLine:
    return ReceiptLine(
        name=item.name,
        price_kopecks=item.sum_kopecks if item.price_kopecks is None else item.price_kopecks,
        sum_kopecks=item.sum_kopecks,
        method=item.method,
        subject=item.subject,
        vat_code=item.vat_code,
        quantity_micro=micro_from_text(item.quantity),
        vat_kopecks=item.vat_kopecks,
        measure=item.measure,
        agent=line_agent(item),
        service=item.service,
        period=item.period,
        account=item.account,
    )
