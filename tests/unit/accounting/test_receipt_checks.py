import msgspec
import pytest

from accounting.receipts.checks import check_receipt
from accounting.receipts.codes import SettlementMethod, SettlementSign, SubjectType, TaxationSystem, VatCode
from accounting.receipts.model import Receipt, ReceiptLine, Tenders, VatTotal

LINE = ReceiptLine(
    name="Отопление, 10.2026",
    price_kopecks=100,
    sum_kopecks=100,
    method=SettlementMethod.FULL_SETTLEMENT,
    subject=SubjectType.SERVICE,
    vat_code=VatCode.VAT_22,
    vat_kopecks=18,
)
GOOD = Receipt(
    sign=SettlementSign.INCOME,
    taxation=TaxationSystem.GENERAL,
    lines=(LINE,),
    tenders=Tenders(cash=100),
    total_kopecks=100,
    vat_totals=(VatTotal(VatCode.VAT_22, 18),),
)


def _with_line(**fields: object) -> Receipt:
    return msgspec.structs.replace(GOOD, lines=(msgspec.structs.replace(LINE, **fields),))


def test_sound_receipt_has_no_findings() -> None:
    assert check_receipt(GOOD) == []


@pytest.mark.parametrize(
    ("receipt", "rule"),
    [
        (msgspec.structs.replace(GOOD, total_kopecks=101), "1020=sum(1043)"),
        (msgspec.structs.replace(GOOD, tenders=Tenders(cash=99)), "1020=forms"),
        (msgspec.structs.replace(GOOD, tenders=Tenders(cash=101, credit=-1)), "forms>=0"),
        (msgspec.structs.replace(GOOD, lines=(), tenders=Tenders(), total_kopecks=0, vat_totals=()), "lines"),
        (msgspec.structs.replace(GOOD, contact="1" * 65), "1008"),
        (msgspec.structs.replace(GOOD, vat_totals=()), "vat_totals=lines"),
        (msgspec.structs.replace(GOOD, vat_totals=(VatTotal(VatCode.VAT_22, 101),)), "vat_total"),
        (_with_line(name="«Отопление»"), "cp866"),
        (_with_line(name="О" * 129), "1030"),
        (_with_line(vat_code=VatCode.VAT_22_122), "1199/1214"),
    ],
)
def test_broken_rule_is_named(receipt: Receipt, rule: str) -> None:
    assert rule in [finding.rule for finding in check_receipt(receipt)]
