"""What documents of both versions are made of. Limits: vendor's description of v4, its JSON schema, and v5 of its
clients.

Unknown members are passed over, and an explicit null is an absent value: real clients send both.
"""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Text16 = Annotated[str, Meta(max_length=16)]
Text20 = Annotated[str, Meta(max_length=20)]
Text32 = Annotated[str, Meta(min_length=1, max_length=32)]
Text64 = Annotated[str, Meta(max_length=64)]
Text256 = Annotated[str, Meta(max_length=256)]
Inn = Annotated[str, Meta(pattern=r"^([0-9]{10}|[0-9]{12})\Z")]
Phone = Annotated[str, Meta(pattern=r"^([^\s\\]{0,17}|\+[^\s\\]{1,18})\Z")]
Phones = Annotated[tuple[Phone, ...], Meta(max_length=10)]
Day = Annotated[str, Meta(pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{4}\Z")]
Moment = Annotated[str, Meta(pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}\Z")]
ExternalId = Annotated[str, Meta(min_length=1, max_length=128)]

Taxation = Literal["osn", "usn_income", "usn_income_outcome", "envd", "esn", "patent"]
Method = Literal[
    "full_prepayment", "prepayment", "advance", "full_payment", "partial_payment", "credit", "credit_payment"
]
VatType = Literal[
    "none", "vat0", "vat5", "vat7", "vat10", "vat18", "vat20", "vat22",
    "vat105", "vat107", "vat110", "vat118", "vat120", "vat122",
]  # fmt: skip
AgentType = Literal[
    "bank_paying_agent", "bank_paying_subagent", "paying_agent", "paying_subagent", "attorney", "commission_agent",
    "another",
]  # fmt: skip


class Service(msgspec.Struct, frozen=True):
    """Where the report is to be sent; whether it can be is looked at later, and never refuses a document."""

    callback_url: Text256 | None = None


class Vat(msgspec.Struct, frozen=True):
    """Roubles; 0 and null leave the tax to us."""

    type: VatType
    sum: Decimal | None = None


class Payment(msgspec.Struct, frozen=True):
    """0 cash, 1 electronic, 2 prepayment offset, 3 credit, 4 other, 5-9 further electronic kinds. Roubles."""

    type: Annotated[int, Meta(ge=0, le=9)]
    sum: Decimal | None = None


class PayingAgent(msgspec.Struct, frozen=True):
    """1044, 1073."""

    operation: Annotated[str, Meta(max_length=24)] | None = None
    phones: Phones | None = None


class ReceivePaymentsOperator(msgspec.Struct, frozen=True):
    """1074."""

    phones: Phones | None = None


class MoneyTransferOperator(msgspec.Struct, frozen=True):
    """1075, 1026, 1005, 1016."""

    phones: Phones | None = None
    name: Text64 | None = None
    address: Text256 | None = None
    inn: Inn | None = None


class AgentInfo(msgspec.Struct, frozen=True):
    """1222, 1223; ``type`` is missed where the rest would need it, so that the error has its place."""

    type: AgentType | None = None
    paying_agent: PayingAgent | None = None
    receive_payments_operator: ReceivePaymentsOperator | None = None
    money_transfer_operator: MoneyTransferOperator | None = None


class SupplierInfo(msgspec.Struct, frozen=True):
    """1224, 1226."""

    phones: Phones | None = None
    name: Text256 | None = None
    inn: Inn | None = None


class UserProps(msgspec.Struct, frozen=True):
    """1084."""

    name: Text64
    value: Text256


class CorrectionInfo(msgspec.Struct, frozen=True):
    """1173, 1174; ``base_name`` of older clients is passed over."""

    type: Literal["self", "instruction"]
    base_date: Day
    base_number: Annotated[str, Meta(max_length=32)] | None = None
