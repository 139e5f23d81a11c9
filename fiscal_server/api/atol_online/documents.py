"""Documents as they come: version 4 with words for units and subjects, version 5 with numbers and whole corrections."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from fiscal_server.api.atol_online.parts import (
    AgentInfo,
    CorrectionInfo,
    Day,
    ExternalId,
    Inn,
    Method,
    Moment,
    Payment,
    Phone,
    Service,
    SupplierInfo,
    Taxation,
    Text16,
    Text20,
    Text32,
    Text64,
    Text256,
    UserProps,
    Vat,
)

Vats = Annotated[tuple[Vat, ...], Meta(max_length=6)]
Payments = Annotated[tuple[Payment, ...], Meta(min_length=1, max_length=10)]
Subject = Literal[
    "commodity", "excise", "job", "service", "gambling_bet", "gambling_prize", "lottery", "lottery_prize",
    "intellectual_activity", "payment", "agent_commission", "award", "another", "property_right", "non-operating_gain",
    "insurance_premium", "sales_tax", "resort_fee", "deposit", "expense", "pension_insurance_ip", "pension_insurance",
    "medical_insurance_ip", "medical_insurance", "social_insurance", "casino_payment",
]  # fmt: skip


class Client(msgspec.Struct, frozen=True):
    """The buyer; v5 has the second half. Neither e-mail nor phone is looked at for its form, as the vendor does not."""

    email: Text64 | None = None
    phone: Phone | None = None
    name: Text256 | None = None
    inn: Annotated[str, Meta(pattern=r"^([0-9]{10}|[0-9]{12})?\Z")] | None = None
    birthdate: Day | None = None  # 1243
    citizenship: Annotated[str, Meta(pattern=r"^[0-9]{1,3}\Z")] | None = None  # 1244
    document_code: Annotated[str, Meta(max_length=2)] | None = None  # 1245
    document_data: Text64 | None = None  # 1246
    address: Text256 | None = None  # 1254


class Company(msgspec.Struct, frozen=True):
    """The seller, v4 and corrections."""

    inn: Inn
    payment_address: Annotated[str, Meta(min_length=1, max_length=256)]
    sno: Taxation | None = None
    email: Text64 | None = None
    location: Text256 | None = None


class Company5(Company, frozen=True, kw_only=True):
    """The seller, v5: nothing is left to the settings of the register."""

    sno: Taxation
    email: Text64


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What lines of both versions have. ``sum`` null: price by quantity."""

    name: Annotated[str, Meta(min_length=1, max_length=128)]
    price: Decimal
    quantity: Decimal
    sum: Decimal | None = None
    vat: Vat | None = None
    agent_info: AgentInfo | None = None
    supplier_info: SupplierInfo | None = None
    user_data: Text64 | None = None
    excise: Decimal | None = None
    country_code: Annotated[str, Meta(pattern=r"^[0-9]{1,3}\Z")] | None = None
    declaration_number: Text32 | None = None


class Item4(Item, frozen=True, kw_only=True):
    """A line of v4, with the vendor's defaults."""

    measurement_unit: Text16 | None = None
    nomenclature_code: Annotated[str, Meta(max_length=150)] | None = None
    payment_method: Method | None = None
    payment_object: Subject | None = None


class IndustryProps(msgspec.Struct, frozen=True):
    """1260, 1261."""

    federal_id: Annotated[str, Meta(pattern=r"^[0-9]{3}\Z")]
    date: Day
    number: Text32
    value: Text256


class OperatingProps(msgspec.Struct, frozen=True):
    """1270. The number of the operation is 0 until the tax service says otherwise."""

    name: Literal["0"]
    value: Text64
    timestamp: Moment


class Item5(Item, frozen=True, kw_only=True):
    """A line of v5. ``mark_code`` and what belongs to it are named only to be refused."""

    sum: Decimal
    measure: int
    payment_method: Method
    payment_object: Annotated[int, Meta(ge=1, le=33)]
    vat: Vat
    sectoral_item_props: tuple[IndustryProps, ...] | None = None
    mark_code: Any = None
    wholesale: bool | None = None


class Receipt4(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt of v4."""

    client: Client
    company: Company
    items: Annotated[tuple[Item4, ...], Meta(min_length=1, max_length=100)]
    payments: Payments
    total: Decimal
    vats: Vats | None = None
    agent_info: AgentInfo | None = None
    supplier_info: SupplierInfo | None = None
    additional_check_props: Text16 | None = None
    cashier: Text64 | None = None
    additional_user_props: UserProps | None = None
    device_number: Text20 | None = None


class Receipt5(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt of v5; agents stand in lines only, as in FFD 1.2 (inferred)."""

    client: Client
    company: Company5
    items: Annotated[tuple[Item5, ...], Meta(min_length=1, max_length=100)]
    payments: Payments
    total: Decimal
    vats: Vats | None = None
    additional_check_props: Text16 | None = None
    cashier: Text64 | None = None
    cashier_inn: Annotated[str, Meta(pattern=r"^[0-9]{12}\Z")] | None = None
    additional_user_props: UserProps | None = None
    sectoral_check_props: tuple[IndustryProps, ...] | None = None
    operating_check_props: OperatingProps | None = None
    internet: bool | None = None
    cashless_payments: tuple[Any, ...] | None = None
    device_number: Text20 | None = None


class Correction4(msgspec.Struct, frozen=True, kw_only=True):
    """A correction of v4: totals alone."""

    company: Company
    correction_info: CorrectionInfo
    payments: Payments
    vats: Annotated[tuple[Vat, ...], Meta(min_length=1, max_length=6)]
    cashier: Text64 | None = None
    device_number: Text20 | None = None


class Correction5(Receipt5, frozen=True, kw_only=True):
    """A correction of v5: a whole receipt and what it corrects."""

    correction_info: CorrectionInfo
    client: Client | None = None  # type: ignore[assignment]  # a correction is often sent to nobody


class Sale4(msgspec.Struct, frozen=True, kw_only=True):
    timestamp: Moment
    external_id: ExternalId
    receipt: Receipt4
    service: Service | None = None


class Sale5(msgspec.Struct, frozen=True, kw_only=True):
    timestamp: Moment
    external_id: ExternalId
    receipt: Receipt5
    service: Service | None = None


class Amendment4(msgspec.Struct, frozen=True, kw_only=True):
    timestamp: Moment
    external_id: ExternalId
    correction: Correction4
    service: Service | None = None


class Amendment5(msgspec.Struct, frozen=True, kw_only=True):
    timestamp: Moment
    external_id: ExternalId
    correction: Correction5
    service: Service | None = None


Document = Sale4 | Sale5 | Amendment4 | Amendment5


class _Told(msgspec.Struct, frozen=True):
    """What a report repeats of a document."""

    external_id: str
    service: Service | None = None


DECODERS: Final[dict[tuple[int, bool], msgspec.json.Decoder[Any]]] = {
    (4, False): msgspec.json.Decoder(Sale4),
    (5, False): msgspec.json.Decoder(Sale5),
    (4, True): msgspec.json.Decoder(Amendment4),
    (5, True): msgspec.json.Decoder(Amendment5),
}
"""(version, whether it is a correction) -> decoder."""

TOLD = msgspec.json.Decoder(_Told)
