"""What the tests of document builders build: one receipt, one registration, and ways to look at records."""

import msgspec

from accounting.receipts.codes import FfdVersion, SettlementMethod, SettlementSign, SubjectType, TaxationSystem, VatCode
from accounting.receipts.model import (
    Receipt,
    ReceiptLine,
    Tenders,
    VatTotal,
)
from kkt_drivers.ffd import tlv
from kkt_drivers.kkt import ReceiptOrder, Registration

V1_05, V1_2 = FfdVersion.FFD_1_05, FfdVersion.FFD_1_2

LINE = ReceiptLine(
    name="Отопление, 10.2026",
    price_kopecks=210_000,
    sum_kopecks=210_000,
    method=SettlementMethod.FULL_SETTLEMENT,
    subject=SubjectType.SERVICE,
    vat_code=VatCode.NO_VAT,
)
NOTED = (msgspec.structs.replace(LINE, additional="л/с 40817"),)
RECEIPT = Receipt(
    sign=SettlementSign.INCOME,
    taxation=TaxationSystem.GENERAL,
    lines=(LINE,),
    tenders=Tenders(electronic=210_000),
    total_kopecks=210_000,
    vat_totals=(VatTotal(VatCode.NO_VAT, 210_000),),
    contact="+79000000001",
)
ORDER = ReceiptOrder(RECEIPT, "r-17", 1084, "Иванова", "https://pay.example", "109240, Москва")
REGISTRATION = Registration(
    user_inn="7702203276",
    user_name="ООО «Тепло»",
    kkt_registration_number="0000000005008570",
    kkt_serial_number="000000000002",
    taxation_systems=1,
    ffd=V1_2,
    address="109240, Москва",
    place="https://pay.example",
    cashier="Иванова",
    ofd_inn="7704358518",
    ofd_name="ООО Оператор",
    sender_email="check@example.com",
)


def order(id_tag: int = 1084, **changes: object) -> ReceiptOrder:
    receipt = msgspec.structs.replace(RECEIPT, **changes)
    return msgspec.structs.replace(ORDER, receipt=receipt, receipt_id_tag=id_tag)


def order_of_lines(lines: tuple[ReceiptLine, ...]) -> ReceiptOrder:
    """The receipt with other lines and the sums that follow from them."""
    total = sum(line.sum_kopecks for line in lines)
    totals = (VatTotal(VatCode.NO_VAT, total),)
    return order(lines=lines, total_kopecks=total, tenders=Tenders(electronic=total), vat_totals=totals)


def tags(records: tuple[bytes, ...] | list[bytes]) -> list[int]:
    return [record.tag for record in tlv.decode(b"".join(records))]


def record(records: tuple[bytes, ...], tag: int) -> tlv.Tlv:
    found = tlv.find(tlv.decode(b"".join(records)), tag)
    assert found is not None
    return found


def item_tags(records: tuple[bytes, ...]) -> list[int]:
    return [child.tag for child in record(records, 1059).children or ()]
