"""Every dialect gives the same receipt; nothing of a line is lost silently; keys outlive a second reading."""

from datetime import date

import pytest

from accounting.receipts.codes import SettlementMethod, SettlementSign, SubjectType, TaxationSystem, VatCode
from accounting.receipts.model import Tenders, UserRequisite, VatTotal
from accounting.reconciliation.import_findings import ImportedReceipt, NoteKind, Reason, Rejection
from accounting.reconciliation.import_policy import ImportPolicy
from accounting.reconciliation.receipt_dialects import parse_receipts
from tests.unit.reconciliation.invented_receipts import (
    accepted,
    codeless,
    consumer,
    modern,
    priced,
    refused,
    with_item,
    without,
    written,
)


def kinds(found: ImportedReceipt) -> set[NoteKind]:
    return {note.kind for note in found.notes}


def test_old_receipt_without_codes_is_read() -> None:
    found = accepted(codeless())
    (line,) = found.receipt.lines
    assert (line.vat_code, line.method, line.subject) == (VatCode.VAT_20, None, None)
    assert found.receipt.vat_totals == (VatTotal(VatCode.VAT_20, 10000),)
    assert found.settled_on == date(2020, 9, 14)
    assert found.original.document_number == 1701
    assert kinds(found) == {NoteKind.VAT_CODE_DERIVED}


def test_names_of_consumer_services_are_read() -> None:
    found = accepted(consumer())
    receipt = found.receipt
    (line,) = receipt.lines
    assert (line.quantity_micro, line.price_kopecks, line.sum_kopecks) == (7_500_000, 4217, 31628)
    assert (line.method, line.subject) == (SettlementMethod.FULL_SETTLEMENT, SubjectType.SERVICE)
    assert (line.vat_kopecks, line.measure_text) == (5271, "Куб.м")
    assert receipt.tenders == Tenders(electronic=20000, prepaid=11628)
    assert receipt.user_requisite == UserRequisite("Лицевой счет", "100200300")
    assert (receipt.contact, receipt.sender_email) == ("payer@example.org", "sender@example.org")
    assert found.agrees_total
    assert found.agrees_vat
    assert not found.notes


def test_names_of_the_newest_format_and_its_vat_container_are_read() -> None:
    found = accepted(modern())
    assert found.settled_on == date(2026, 11, 20)
    assert found.receipt.internet
    assert found.receipt.vat_totals == (VatTotal(VatCode.VAT_22, 14558),)
    assert found.agrees_vat


def test_sums_on_the_lines_of_the_oldest_format_name_the_code() -> None:
    receipt = priced(12000, 6000, ndsCalculated18=2000, ndsNo=6000)
    receipt["items"][0]["ndsCalculated18"] = 2000
    first, second = accepted(receipt).receipt.lines
    assert (first.vat_code, first.vat_kopecks) == (VatCode.VAT_20_120, 2000)
    assert (second.vat_code, second.vat_kopecks) == (VatCode.NO_VAT, 0)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("nds18", "nds20"), VatCode.VAT_20),
        (("nds18118", "ndsCalculated18", "nds20120", "ndsCalculated20"), VatCode.VAT_20_120),
    ],
)
def test_ordinary_and_calculated_totals_are_told_apart_by_name(names: tuple[str, ...], code: VatCode) -> None:
    for name in names:
        found = accepted({**without(codeless(), "nds18"), name: 10000})
        assert found.receipt.lines[0].vat_code is code


def test_receipt_inside_its_wrapper_is_read() -> None:
    assert accepted({"document": {"receipt": codeless()}}).receipt == accepted(codeless()).receipt


@pytest.mark.parametrize("requisite", ["propertiesUser", "properties", "userProperty"])
def test_users_requisite_is_read_as_object_and_as_list(requisite: str) -> None:
    receipt = without(consumer(), "userProperty")
    pair = {"propertyName": "Маршрут", "propertyValue": "12"}
    for value in (pair, [{"key": "Маршрут", "value": "12"}]):
        assert accepted({**receipt, requisite: value}).receipt.user_requisite == UserRequisite("Маршрут", "12")


def test_agent_of_a_line_is_read_with_its_supplier() -> None:
    provider = {"providerName": "Водоканал", "providerPhone": ["+78000000000"]}
    data = {"paymentAgentPhone": "+79000000001", "operatorTransferInn": "7700000001"}
    item = {"paymentAgentByProductType": 64, "providerInn": "7800000001  ", "providerData": provider}
    found = accepted(with_item(consumer(), **item, paymentAgentData=data))
    agent = found.receipt.lines[0].agent
    assert agent is not None
    assert (agent.sign, agent.supplier_inn, agent.supplier_name) == (64, "7800000001", "Водоканал")
    assert agent.supplier_phones == ("+78000000000",)
    assert agent.data is not None
    assert agent.data.transfer_operator_inn == "7700000001"
    assert not found.notes


def test_unknown_fields_are_noted_with_their_values() -> None:
    found = accepted(with_item(consumer(moonPhase="new"), nomenclatureCode="00000000"))
    noted = {(note.field, note.text) for note in found.notes if note.kind is NoteKind.FIELD_NOT_KEPT}
    assert noted == {("moonPhase", "new"), ("items[1].nomenclatureCode", "00000000")}


def test_empty_fields_count_as_absent() -> None:
    found = accepted(
        consumer(buyerAddress="", providerPhone=[], paymentAgentType=-1, stornoItems=[], userProperty=None)
    )
    assert (found.receipt.contact, found.receipt.agent_sign, found.receipt.user_requisite) == (None, None, None)
    assert not found.notes


def test_two_names_of_one_field_may_not_disagree() -> None:
    assert refused(consumer(prepaidSum=11629)).reason is Reason.CONFLICT
    assert accepted(consumer(prepaidSum=0)).receipt.tenders.prepaid == 11628


def test_quantity_is_exact_to_the_sixth_digit_and_not_further() -> None:
    exact = written(with_item(codeless(), quantity="@")).replace(b'"@"', b"0.999999")
    assert accepted(exact).receipt.lines[0].quantity_micro == 999_999
    scientific = written(with_item(codeless(), quantity="@", price=6000)).replace(b'"@"', b"1E1")
    assert accepted(scientific).receipt.lines[0].quantity_micro == 10_000_000
    for text in (b"1.0000001", b"0", b"-1", b"1e-7", b"1e400", b"1e999999999999", b'"1"', b"true", b"[1]"):
        wrong = written(with_item(codeless(), quantity="@")).replace(b'"@"', text)
        assert refused(wrong).field == "items[1].quantity"


def test_lines_without_a_quantity_count_one() -> None:
    found = accepted(with_item(codeless(), quantity=..., price=...))
    assert (found.receipt.lines[0].price_kopecks, found.receipt.lines[0].quantity_micro) == (60000, 1_000_000)
    assert NoteKind.QUANTITY_ASSUMED in kinds(found)
    assert refused(with_item(codeless(), quantity=..., price=20000)).reason is Reason.MISSING


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("+79000000000", "+79000000000"),
        ("8 (900) 000-00-00", "+79000000000"),
        ("9000000000", "+79000000000"),
        ("None", "none"),
        (" payer@example.org ", "payer@example.org"),
    ],
)
def test_contact_is_a_phone_an_email_or_none(text: str, contact: str) -> None:
    assert accepted(consumer(buyerAddress=text)).receipt.contact == contact


def test_typography_is_replaced_and_noted() -> None:
    found = accepted(with_item(codeless(), name="Кафе «Ёлка» — 2 м²"))
    assert found.receipt.lines[0].name == 'Кафе "Ёлка" - 2 м2'
    assert NoteKind.TEXT_REPLACED in kinds(found)


def test_same_file_twice_gives_the_same_keys_and_equal_lines_stay_two() -> None:
    lines = [written(codeless()), written(consumer()), b"\r\n", written(codeless()).rstrip() + b"\r\n", b"broken"]
    first = list(parse_receipts(lines, ImportPolicy()))
    assert first == list(parse_receipts(lines, ImportPolicy()))
    assert [found.number for found in first] == [1, 2, 4, 5]
    keys = [found.key for found in first]
    assert len(set(keys)) == 4
    assert keys[0].split("|")[:2] == keys[2].split("|")[:2]
    assert [key.split("|")[2] for key in keys] == ["1", "1", "2", "1"]
    assert len(keys[0].split("|")[1]) == 32
    assert isinstance(first[-1], Rejection)


def test_byte_order_mark_does_not_hide_the_first_line() -> None:
    line = written(codeless())
    assert accepted(b"\xef\xbb\xbf" + line).key == accepted(line).key


def test_each_settlement_sign_is_taken() -> None:
    for sign in SettlementSign:
        assert accepted(codeless(operationType=sign.value)).receipt.sign is sign


def test_taxation_system_follows_from_vat_by_policy() -> None:
    found = accepted(codeless(taxationType=0))
    assert found.receipt.taxation is TaxationSystem.GENERAL
    assert NoteKind.TAXATION_ASSUMED in kinds(found)
    strict = ImportPolicy(missing_taxation="refuse")
    assert refused(codeless(taxationType=0), strict).reason is Reason.TAXATION_MISSING
    assert refused(priced(100, ndsNo=100, taxationType=0)).reason is Reason.TAXATION_MISSING
    assert refused(without(modern(), "appliedTaxationType")).reason is Reason.TAXATION_MISSING


def test_odd_number_of_the_original_is_no_reason_to_refuse() -> None:
    assert accepted(codeless(fiscalDocumentNumber="01701")).original.document_number == 1701
    assert accepted(codeless(fiscalDocumentNumber=["?"])).original.document_number is None
