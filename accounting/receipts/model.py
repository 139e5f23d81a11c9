"""A receipt as the law sees it: what was settled, how, and with which tax. No register, no FN, no time of issue.

Units: money is int64 kopecks (names end in ``_kopecks``), quantities are integers in millionths (``quantity_micro``).
The numbers in the comments are FFD tags.
"""

from datetime import date

import msgspec

from accounting.receipts.codes import (
    SettlementMethod,
    SettlementSign,
    SubjectType,
    TaxationSystem,
    VatCode,
)

QUANTITY_ONE = 1_000_000
"""Quantity 1, in millionths."""


class AgentData(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Tag 1223: what is known of the agent who takes the money."""

    transfer_operator_address: str | None = None  # 1005
    transfer_operator_inn: str | None = None  # 1016
    transfer_operator_name: str | None = None  # 1026
    operation: str | None = None  # 1044
    agent_phones: tuple[str, ...] = ()  # 1073
    receiver_phones: tuple[str, ...] = ()  # 1074
    transfer_operator_phones: tuple[str, ...] = ()  # 1075


class Agent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The line's service belongs to a supplier and the seller is only an agent."""

    sign: int  # 1222, one bit
    supplier_inn: str  # 1226
    supplier_name: str | None = None  # 1224 / 1225
    supplier_phones: tuple[str, ...] = ()  # 1224 / 1171
    data: AgentData | None = None  # 1223


class UserRequisite(msgspec.Struct, frozen=True, gc=False):
    """Tag 1084: a named value that the seller adds to the whole receipt."""

    name: str  # 1085
    value: str  # 1086


class Requisite(msgspec.Struct, frozen=True, gc=False):
    """A tag that another system gives and no rule of ours uses: it goes into the document as it is.

    ``value``: a text (bytes as hexadecimal digits), a number (a moment as seconds of a local clock since 1970), or the
    requisites of a structure.
    """

    tag: int
    value: "str | int | tuple[Requisite, ...]"


class ReceiptLine(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Tag 1059. ``method``, ``subject`` and ``vat_code`` are None only in receipts that others made (old formats)."""

    name: str  # 1030
    price_kopecks: int  # 1079
    sum_kopecks: int  # 1043
    method: SettlementMethod | None  # 1214
    subject: SubjectType | None  # 1212
    vat_code: VatCode | None  # 1199
    quantity_micro: int = QUANTITY_ONE  # 1023
    vat_kopecks: int = 0  # 1200, written only when it is not 0
    measure: int = 0  # 2108, FFD 1.2 only
    measure_text: str | None = None  # 1197, FFD 1.05 only
    agent: Agent | None = None
    additional: str | None = None  # 1191
    service: str | None = None  # ours: catalogue id, never printed
    period: str | None = None  # ours: YYYY-MM, never printed
    account: str | None = None  # ours: only in consolidated receipts with a line an account
    requisites: tuple[Requisite, ...] = ()  # further tags, as another system gave them


class Tenders(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Forms of payment, kopecks; their sum is the receipt's total."""

    cash: int = 0  # 1031
    electronic: int = 0  # 1081
    prepaid: int = 0  # 1215
    credit: int = 0  # 1216
    provision: int = 0  # 1217

    def total(self) -> int:
        """The money that the five forms add up to, kopecks."""
        return self.cash + self.electronic + self.prepaid + self.credit + self.provision


class VatTotal(msgspec.Struct, frozen=True, gc=False):
    """One VAT total of a receipt: the tax for a rate, or the turnover for codes 5 (0 %) and 6 (no VAT).

    Which tag carries it (1102-1107 or 1115) follows from the code; receipt-level rule in ``vat.py``.
    """

    code: VatCode
    kopecks: int


class Correction(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What makes a receipt a correction receipt (form 31)."""

    kind: int  # 1173: 0 on one's own initiative, 1 by order
    settled_on: date  # 1178
    order_number: str | None = None  # 1179


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A finished receipt: everything that its buyer and the tax service will read, but for the register's own part."""

    sign: SettlementSign  # 1054
    taxation: TaxationSystem  # 1055
    lines: tuple[ReceiptLine, ...]  # 1059
    tenders: Tenders
    total_kopecks: int  # 1020
    vat_totals: tuple[VatTotal, ...]  # ascending by code
    contact: str | None = None  # 1008
    agent_sign: int | None = None  # 1057, FFD 1.05 only
    user_requisite: UserRequisite | None = None  # 1084
    additional: str | None = None  # 1192
    correction: Correction | None = None  # 1173, 1174
    internet: bool = False  # 1125
    sender_email: str | None = None  # 1117
    requisites: tuple[Requisite, ...] = ()  # further tags; 1009, 1021 and 1187 among them stand for the merchant's own
