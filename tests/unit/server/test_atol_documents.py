"""Documents of ATOL Online to receipts: the published samples, both versions, and what real clients send."""

import json
from datetime import date
from pathlib import Path

import msgspec
import pytest

from accounting.receipts.codes import FfdVersion, SettlementMethod, SettlementSign, SubjectType, VatCode
from accounting.receipts.model import Agent, Requisite, Tenders, UserRequisite, VatTotal
from tests.acceptance.atol_client import correction_v4, correction_v5, sale_v4, sale_v5
from tests.unit.server.atol_papers import INN, Json, made, refusal, with_field

SAMPLES = json.loads((Path(__file__).parents[2] / "data/atol-online-samples.json").read_text())


def test_the_published_receipt_passes_whole() -> None:
    """Vendor's description of v4, sample of a sale; on a day when 20 % was in force."""
    receipt = made(SAMPLES["sale"], 4, inn="1234567891", today=date(2024, 1, 27))
    assert receipt.total_kopecks == 40_000
    assert receipt.tenders == Tenders(electronic=40_000)
    assert [line.sum_kopecks for line in receipt.lines] == [30_000, 10_000]
    assert [line.quantity_micro for line in receipt.lines] == [300_000, 1_000_000]
    assert [line.measure_text for line in receipt.lines] == ["кг", "Упаковка 10 шт."]
    assert receipt.vat_totals == (VatTotal(VatCode.VAT_20, 5_000), VatTotal(VatCode.VAT_10, 909))
    assert (receipt.contact, receipt.sender_email) == ("kkt@kkt.ru", "chek@romashka.ru")
    assert receipt.requisites == (Requisite(1187, "http://magazin.ru/"),)


def test_the_published_receipt_with_vat_totals_of_18_percent_is_refused_by_its_totals() -> None:
    """Its ``vats`` kept the tax of the rate before: 45.76 of 300.00. A wrong tax is not registered."""
    text = refusal(SAMPLES["sale_with_vats"], 4, inn="1234567891", today=date(2024, 1, 27))
    assert text.startswith("Unsound: #/receipt.vats (")
    right = with_field(SAMPLES["sale_with_vats"], "receipt.vats[0].sum", 50.00)
    totals = made(right, 4, inn="1234567891", today=date(2024, 1, 27)).vat_totals
    assert totals == (VatTotal(VatCode.VAT_20, 5_000), VatTotal(VatCode.VAT_10, 909))


def test_the_published_correction_passes_whole() -> None:
    """Vendor's description of v4, sample of a correction."""
    receipt = made(SAMPLES["correction"], 4, inn="331122667723")
    assert receipt.correction is not None
    assert (receipt.correction.kind, receipt.correction.settled_on) == (0, date(2017, 7, 25))
    assert receipt.correction.order_number == "1175"
    assert (receipt.total_kopecks, receipt.tenders, receipt.lines) == (200_000, Tenders(electronic=200_000), ())
    assert receipt.vat_totals == (VatTotal(VatCode.VAT_20, 1_000), VatTotal(VatCode.VAT_10, 2_000))


def test_both_versions_give_the_same_receipt_but_for_the_unit() -> None:
    old = made(sale_v4("a", INN), 4)
    new = made(sale_v5("a", INN), 5)
    assert old.lines[0].measure_text == "мес"
    lines = tuple(msgspec.structs.replace(line, measure_text=None) for line in old.lines)
    assert msgspec.structs.replace(old, lines=lines) == new
    [line] = new.lines
    assert (line.method, line.subject) == (SettlementMethod.FULL_SETTLEMENT, SubjectType.SERVICE)
    assert (line.vat_code, line.vat_kopecks) == (VatCode.VAT_22, 8_115)


def test_a_v4_document_goes_to_a_register_of_the_later_format_with_its_unit_as_a_number() -> None:
    document = with_field(sale_v4("a", INN), "receipt.items[0].measurement_unit", "кг.")
    [line] = made(document, 4, ffd=FfdVersion.FFD_1_2).lines
    assert (line.measure, line.measure_text) == (11, None)
    [other] = made(sale_v4("a", INN), 4, ffd=FfdVersion.FFD_1_2).lines
    assert other.measure == 255


def test_a_correction_without_lines_is_what_the_later_format_does_not_take() -> None:
    text = refusal(correction_v4("a", INN), 4, ffd=FfdVersion.FFD_1_2)
    assert text.startswith("PropertyRequired: #/correction.items (")


def test_a_whole_correction_keeps_lines_and_basis() -> None:
    receipt = made(correction_v5("a", INN))
    assert receipt.correction is not None
    assert receipt.correction.settled_on == date(2026, 10, 1)
    assert len(receipt.lines) == 1


def test_a_correction_of_a_settlement_of_2018_has_its_rate() -> None:
    document = with_field(correction_v5("a", INN), "correction.items[0].vat.type", "vat18")
    receipt = made(with_field(document, "correction.correction_info.base_date", "01.10.2018"))
    assert receipt.vat_totals == (VatTotal(VatCode.VAT_20, 6_864),)


@pytest.mark.parametrize("stated", [None, 0, 68.64])
@pytest.mark.parametrize("sign", [SettlementSign.INCOME_RETURN, SettlementSign.EXPENSE_RETURN])
def test_what_goes_back_of_2018_has_its_rate_however_late(sign: SettlementSign, stated: float | None) -> None:
    document = with_field(sale_v5("a", INN), "receipt.items[0].vat", {"type": "vat118", "sum": stated})
    document = with_field(document, "receipt.items[0].payment_method", "full_prepayment")
    receipt = made(document, sign=sign)
    assert [(line.vat_code, line.vat_kopecks) for line in receipt.lines] == [(VatCode.VAT_20_120, 6_864)]
    assert receipt.vat_totals == (VatTotal(VatCode.VAT_20_120, 6_864),)


def test_an_order_of_the_tax_office_needs_its_number() -> None:
    document = with_field(correction_v5("a", INN), "correction.correction_info.type", "instruction")
    assert refusal(document).startswith("PropertyRequired: #/correction.correction_info.base_number")
    numbered = with_field(document, "correction.correction_info.base_number", "12-3")
    correction = made(numbered).correction
    assert correction is not None
    assert (correction.kind, correction.order_number) == (1, "12-3")


def test_explicit_nulls_and_unknown_members_are_passed_over() -> None:
    """MAJ sends every optional field as null and a tax of 0."""
    document = sale_v4("a", INN)
    nulls = ("agent_info", "supplier_info", "vats", "additional_check_props", "cashier", "additional_user_props")
    document["receipt"] |= dict.fromkeys(nulls)
    item = document["receipt"]["items"][0]
    item |= dict.fromkeys(("agent_info", "supplier_info", "user_data", "excise", "country_code", "nomenclature_code"))
    item["vat"]["sum"] = 0
    document["receipt"]["client"] |= {"phone": None, "name": None, "inn": None, "loyalty": 5}
    document |= {"service": None, "unheard": {"of": []}}
    assert made(document, 4) == made(sale_v4("a", INN), 4)


@pytest.mark.parametrize(
    ("client", "contact"),
    [
        ({"email": "a@b.example", "phone": ""}, "a@b.example"),
        ({"email": "a@b.example", "phone": "+79000000001"}, "a@b.example"),
        ({"email": "", "phone": "9000000001"}, "+79000000001"),
        ({"phone": "89000000001"}, "+79000000001"),
        ({"phone": "+79000000001"}, "+79000000001"),
        ({"email": "test", "phone": "none"}, "test"),
        ({"phone": "none"}, "none"),
    ],
)
def test_the_buyers_contact_is_taken_as_real_clients_send_it(client: Json, contact: str) -> None:
    assert made(with_field(sale_v5("a", INN), "receipt.client", client)).contact == contact


def test_amounts_are_exact_whatever_binary_fractions_say() -> None:
    document = sale_v5("a", INN)
    item = document["receipt"]["items"][0] | {"price": 0.1, "quantity": 0.3, "sum": 0.03}
    rest = document["receipt"]["items"][0] | {"price": 1000.10, "quantity": 1, "sum": 1000.10}
    document["receipt"] |= {"items": [item, rest], "payments": [{"type": 0, "sum": 1000.13}], "total": 1000.13}
    receipt = made(document)
    assert [line.price_kopecks for line in receipt.lines] == [10, 100_010]
    assert receipt.tenders == Tenders(cash=100_013)


def test_a_total_of_v4_may_lack_the_kopecks_of_its_lines_and_of_v5_may_not() -> None:
    old, new = sale_v4("a", INN), sale_v5("a", INN)
    for document in (old, new):
        document["receipt"]["items"][0] |= {"price": 450.99, "sum": 450.99}
    assert made(old, 4).total_kopecks == 45_000
    assert refusal(new).startswith("Unsound: #/receipt.total")


def test_a_payment_without_a_sum_is_the_whole_total() -> None:
    document = with_field(sale_v4("a", INN), "receipt.payments[0].sum", ...)
    assert made(document, 4).tenders == Tenders(electronic=45_000)


def test_a_sum_that_is_null_is_price_by_quantity_and_defaults_are_the_vendors() -> None:
    document = sale_v4("a", INN)
    item = document["receipt"]["items"][0]
    for name in ("payment_method", "payment_object", "measurement_unit"):
        del item[name]
    item |= {"sum": None, "vat": {"type": "vat122"}}
    [line] = made(document, 4).lines
    assert (line.sum_kopecks, line.method, line.subject) == (
        45_000, SettlementMethod.FULL_PREPAYMENT, SubjectType.GOODS,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "form"), [(0, "cash"), (1, "electronic"), (2, "prepaid"), (4, "provision"), (7, "electronic")]
)
def test_kinds_of_payment_are_the_forms_of_the_receipt(kind: int, form: str) -> None:
    document = with_field(sale_v5("a", INN), "receipt.payments[0].type", kind)
    assert made(document).tenders == Tenders(**{form: 45_000})


def test_a_receipts_agent_belongs_to_its_lines_with_their_suppliers() -> None:
    document = sale_v4("a", INN)
    document["receipt"] |= {"agent_info": {"type": "paying_agent", "paying_agent": {"phones": ["+79101234567"]}}}
    document["receipt"]["items"][0]["supplier_info"] = {"phones": ["+79101234567"], "name": "Сеть", "inn": "7705935687"}
    receipt = made(document, 4)
    agent = receipt.lines[0].agent
    assert isinstance(agent, Agent)
    assert (agent.sign, agent.supplier_inn, agent.supplier_name) == (4, "7705935687", "Сеть")
    assert agent.data is not None
    assert agent.data.agent_phones == ("+79101234567",)
    assert receipt.agent_sign == 4


def test_what_our_receipts_do_not_know_goes_along_by_tag() -> None:
    document = sale_v5("a", INN)
    props = {"federal_id": "030", "date": "01.10.2026", "number": "5", "value": "a=b"}
    document["receipt"] |= {
        "cashier": "Иванова", "cashier_inn": "123456789012", "additional_check_props": "стол 5",
        "additional_user_props": {"name": "Заказ", "value": "№ 5"}, "internet": True, "sectoral_check_props": [props],
        "operating_check_props": {"name": "0", "value": "x", "timestamp": "01.01.1970 00:01:00"},
    }  # fmt: skip
    document["receipt"]["client"] |= {"name": "ООО «Сад»", "inn": "7702203276"}
    document["receipt"]["company"]["location"] = "Казань"
    document["receipt"]["items"][0] |= {"excise": 1.50, "country_code": "643", "declaration_number": "10/1"}
    receipt = made(document)
    industry = Requisite(
        1261, (Requisite(1262, "030"), Requisite(1263, "01.10.2026"), Requisite(1264, "5"), Requisite(1265, "a=b"))
    )
    operation = Requisite(1270, (Requisite(1271, 0), Requisite(1272, "x"), Requisite(1273, 60)))
    assert receipt.requisites == (
        Requisite(1187, "https://shop.example"), Requisite(1009, "Казань"), Requisite(1021, "Иванова"),
        Requisite(1256, (Requisite(1227, 'ООО "Сад"'), Requisite(1228, "7702203276"))),
        industry, Requisite(1203, "123456789012"), operation,
    )  # fmt: skip
    assert receipt.lines[0].requisites == (Requisite(1229, 150), Requisite(1230, "643"), Requisite(1231, "10/1"))
    assert receipt.user_requisite == UserRequisite("Заказ", "№ 5")
    assert (receipt.additional, receipt.internet) == ("стол 5", True)


def test_the_older_format_has_the_buyer_beside_the_rest_and_codes_as_digits() -> None:
    document = sale_v4("a", INN)
    document["receipt"]["client"] |= {"name": "ООО Сад", "inn": "7702203276"}
    document["receipt"]["items"][0]["nomenclature_code"] = "44 4D 01 FF"
    receipt = made(document, 4)
    assert receipt.requisites[1:] == (Requisite(1227, "ООО Сад"), Requisite(1228, "7702203276"))
    assert receipt.lines[0].requisites == (Requisite(1162, "444D01FF"),)
    bad = with_field(document, "receipt.items[0].nomenclature_code", "не код")
    assert refusal(bad, 4) == "PatternMismatch: #/receipt.items[0].nomenclature_code"
