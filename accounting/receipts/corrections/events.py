"""Events that correct documents (receipt rules 6): decoded and checked here, computed elsewhere.

Keys made of digits are fiscal tags, as in the case format.
"""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from accounting.receipts.calendar import Period
from accounting.receipts.codes import SettlementMethod, SettlementSign, SubjectType, TaxationSystem, VatCode
from accounting.receipts.event_parts import AccountId, Contact, EventBase, EventKey, PaymentTenders, ServiceId
from accounting.receipts.money import DecimalText, Kopecks, PositiveKopecks

DocumentNumber = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class BasisDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The act or memo that a correction in FFD 1.05 rests on."""

    issued_on: date = msgspec.field(name="date")
    number: DocumentNumber | UnsetType = UNSET


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tax office's order to correct (1173 = 1)."""

    issued_on: date = msgspec.field(name="date")
    number: DocumentNumber


class DayVat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day's turnover under one VAT code."""

    vat_code: VatCode
    amount_kopecks: PositiveKopecks = msgspec.field(name="amount")


class DayTotalRestoration(EventBase, tag="day_total_restoration", frozen=True):
    """A mass failure of which only the day's total is known."""

    restored_on: date = msgspec.field(name="date")
    day: date
    tenders: PaymentTenders
    vat: Annotated[tuple[DayVat, ...], msgspec.Meta(min_length=1)]
    count: Annotated[int, msgspec.Meta(ge=1)] | UnsetType = UNSET
    basis_document: BasisDocument | UnsetType = UNSET
    order: Order | UnsetType = UNSET


class SupplierTags(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Tag 1224."""

    name: str | None = msgspec.field(default=None, name="1225")
    phones: tuple[str, ...] = msgspec.field(default=(), name="1171")


class AgentDataTags(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Tag 1223."""

    transfer_operator_address: str | None = msgspec.field(default=None, name="1005")
    transfer_operator_inn: str | None = msgspec.field(default=None, name="1016")
    transfer_operator_name: str | None = msgspec.field(default=None, name="1026")
    operation: str | None = msgspec.field(default=None, name="1044")
    agent_phones: tuple[str, ...] = msgspec.field(default=(), name="1073")
    receiver_phones: tuple[str, ...] = msgspec.field(default=(), name="1074")
    transfer_operator_phones: tuple[str, ...] = msgspec.field(default=(), name="1075")


class RightLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A line as it should have been."""

    account: AccountId | None = None
    service: ServiceId | None = None
    period: Period | None = None
    name: str = msgspec.field(name="1030")
    quantity: DecimalText = msgspec.field(default="1", name="1023")
    price_kopecks: Kopecks | None = msgspec.field(default=None, name="1079")
    sum_kopecks: Kopecks = msgspec.field(name="1043")
    method: SettlementMethod = msgspec.field(name="1214")
    subject: SubjectType = msgspec.field(name="1212")
    vat_code: VatCode = msgspec.field(name="1199")
    vat_kopecks: Kopecks = msgspec.field(default=0, name="1200")
    measure: Annotated[int, msgspec.Meta(ge=0, le=255)] = msgspec.field(default=0, name="2108")
    agent_sign: int | None = msgspec.field(default=None, name="1222")
    supplier_inn: str | None = msgspec.field(default=None, name="1226")
    supplier: SupplierTags | None = msgspec.field(default=None, name="1224")
    agent_data: AgentDataTags | None = msgspec.field(default=None, name="1223")


class RightReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A receipt as it should have been; what is left out is as in the wrong one."""

    lines: Annotated[tuple[RightLine, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="items")
    sign: SettlementSign | None = msgspec.field(default=None, name="1054")
    taxation: TaxationSystem | None = msgspec.field(default=None, name="1055")
    contact: Contact | None = msgspec.field(default=None, name="1008")
    cash_kopecks: Kopecks | None = msgspec.field(default=None, name="1031")
    electronic_kopecks: Kopecks | None = msgspec.field(default=None, name="1081")
    prepaid_kopecks: Kopecks | None = msgspec.field(default=None, name="1215")
    credit_kopecks: Kopecks | None = msgspec.field(default=None, name="1216")
    provision_kopecks: Kopecks | None = msgspec.field(default=None, name="1217")


class ReceiptCorrection(EventBase, tag="receipt_correction", frozen=True):
    """A registered receipt is wrong; ``right`` None: it is superfluous."""

    corrected_on: date = msgspec.field(name="date")
    receipt: EventKey
    right: RightReceipt | None
    basis_document: BasisDocument | UnsetType = UNSET
    order: Order | UnsetType = UNSET
