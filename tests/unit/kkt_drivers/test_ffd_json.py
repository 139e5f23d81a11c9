"""Documents as JSON of the tax service, both ways; what services publish; oddities of names and numbers."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.receipts.codes import DocumentForm
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.check import check_document
from kkt_drivers.ffd.envelope import open_envelope
from kkt_drivers.ffd.findings import Severity
from kkt_drivers.ffd.json_read import document_from_json, envelope_from_json
from kkt_drivers.ffd.json_write import document_to_json, json_number
from kkt_drivers.ffd.qr import qr_of, qr_text
from kkt_drivers.ffd.tags import TAGS
from kkt_drivers.ffd.tree import Node, decode_document, encode_node, same_values
from tests.unit.kkt_drivers import golden
from tests.unit.kkt_drivers.ffd_samples import V1_05, V1_2
from tests.unit.kkt_drivers.ffd_wholes import MADE, utility_receipt, whole


def through_text(fields: dict[str, Any]) -> Any:
    return json.loads(json.dumps(fields, ensure_ascii=False))


def without_raw(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: {key: value for key, value in inside.items() if key != "rawData"} for name, inside in fields.items()}


@pytest.mark.parametrize("name", golden.EVERYTHING)
def test_real_document_goes_to_json_and_back_byte_for_byte(name: str) -> None:
    fields = through_text(document_to_json(golden.document(name)))
    document = open_envelope(golden.document(name)).document
    assert encode_node(document_from_json(fields)) == document
    envelope = envelope_from_json(fields)
    assert envelope is not None
    assert envelope.sign == open_envelope(golden.document(name)).sign


@pytest.mark.parametrize("name", golden.EVERYTHING)
def test_fields_alone_give_the_same_values(name: str) -> None:
    fields = without_raw(through_text(document_to_json(golden.document(name))))
    assert same_values(document_from_json(fields), decode_document(open_envelope(golden.document(name)).document))


@pytest.mark.parametrize("ffd", [V1_05, V1_2])
@pytest.mark.parametrize("form", MADE)
def test_every_form_goes_both_ways(form: DocumentForm, ffd: Any) -> None:
    document = whole(form, ffd)
    fields = through_text(document_to_json(document))
    assert document_from_json(fields) == document
    assert same_values(document_from_json(without_raw(fields)), document)


def test_names_and_numbers_are_those_of_the_tax_service() -> None:
    receipt = document_to_json(golden.document("raw_data_four_items"))["receipt"]
    assert receipt["code"] == 3
    assert receipt["dateTime"] == 1540972200
    assert receipt["totalSum"] == 56300
    assert receipt["kktRegId"] == "0001470177045226    "
    assert receipt["userInn"] == "7731162754  "
    assert receipt["fiscalSign"] == 2060427117
    assert receipt["taxationType"] == 1
    assert receipt["nds18"] == 6536
    assert receipt["messageFiscalSign"] == int.from_bytes(bytes.fromhex("81062EF455F892BA"), "big")
    assert receipt["items"][0]["quantity"] == 1
    assert receipt["rawData"].startswith("//8AHKUD")


def test_registration_has_the_whole_sign_and_a_report_its_name() -> None:
    fields = document_to_json(golden.document("re_registration"))
    assert fields["fiscalReportCorrection"]["fiscalSign"] == 0x2104AA107541
    assert fields["fiscalReportCorrection"]["correctionReasonCode"] == 1


def test_receipt_of_1_2_has_its_own_names() -> None:
    receipt = document_to_json(utility_receipt())["receipt"]
    assert receipt["appliedTaxationType"] == 1
    assert receipt["amountsReceiptNds"] == {"amountsNds": [{"nds": 11, "ndsSum": 20356}]}
    assert receipt["properties"] == {"propertyName": "Лицевой счёт", "propertyValue": "40817-015"}
    assert receipt["items"][1]["quantity"] == 22.5
    assert receipt["items"][1]["providerData"]["providerPhone"] == "+74950000000"


# What services publish


@pytest.mark.parametrize("name", ["receipt_ffd_1_2_weighed", "receipt_ffd_1_2_vat_22"])
def test_published_receipt_of_1_2_is_read_and_given_back(name: str) -> None:
    published = golden.published_json(name)
    receipt = published["document"]["receipt"]
    document = document_from_json(published["document"])
    assert qr_text(qr_of(document)) == published["qr"]
    again = document_to_json(document)["receipt"]
    differ = {key for key, value in receipt.items() if again.get(key) != value}
    assert differ <= {"dateTime", "messageFiscalSign", "metadata", "region", "numberKkt", "redefine_mask"}
    findings = check_document(DocumentForm.RECEIPT, V1_2, document)
    assert [finding for finding in findings if finding.severity is Severity.ERROR] == []


def test_published_copy_whose_time_a_service_changed_contradicts_its_raw_data() -> None:
    published = golden.published_json("receipt_ffd_1_0_five_items")
    with pytest.raises(CodecError, match="rawData contradicts") as caught:
        document_from_json(published["document"])
    assert caught.value.tag in (1012, 1021)
    document = document_from_json(published["document"], strict=False)
    assert encode_node(document) == golden.document("receipt_ffd_1_0_five_items")
    assert qr_text(qr_of(document)) == published["qr"]


# Oddities


def of_receipt(**fields: object) -> Node:
    return document_from_json({"receipt": fields})


def test_cyrillic_first_letter_of_correction_base_is_taken() -> None:
    odd = {"\u0441orrectionBase": {"correctionDocumentDate": 0, "correctionDocumentNumber": "7"}}
    assert document_from_json({"receiptCorrection": odd}).all(1174)[0].text(1179) == "7"
    assert "correctionBase" in document_to_json(whole(DocumentForm.CORRECTION_RECEIPT, V1_05))["receiptCorrection"]


def test_names_of_every_era_are_taken() -> None:
    assert of_receipt(taxationType=1).number(1055) == 1
    assert of_receipt(appliedTaxationType=1).number(1055) == 1
    assert of_receipt(nds20=5).number(1102) == of_receipt(nds18=5).number(1102) == 5
    assert of_receipt(ndsCalculated18=5).number(1106) == 5
    assert of_receipt(propertiesUser={"key": "Код", "value": "G637"}).all(1084)[0].text(1086) == "G637"
    assert document_from_json({"fiscalReport": {"taxationType": 3}}).number(1062) == 3
    counters = {"sellOper": {"totalSum": 7}, "receiptCount": 2}
    closing = document_from_json({"closeShift": {"shiftSumReports": counters}})
    assert closing.all(1194)[0].all(1129)[0].number(1201) == 7
    assert closing.all(1194)[0].number(1134) == 2


def test_flags_may_be_true_and_bit_sets_lists() -> None:
    assert document_from_json({"fiscalReport": {"autoMode": True}}).number(1001) == 1
    later = {"fiscalDocumentFormatVer": 4, "correctionReasonCode": [1, 22]}
    assert document_from_json({"fiscalReportCorrection": later}).number(1205) == 1 | 1 << 21
    older = {"fiscalDocumentFormatVer": 2, "correctionReasonCode": [2, 3]}
    nodes = document_from_json({"fiscalReportCorrection": older}).all(1101)
    assert [node.value for node in nodes] == [2, 3]


def test_sign_of_four_bytes_gets_the_usual_two_before_it() -> None:
    assert of_receipt(fiscalSign=1).find(1077) == Node(1077, bytes.fromhex("310400000001"))


@pytest.mark.parametrize(
    ("value", "number"),
    [(Decimal("1.000"), 1), (Decimal("0.876"), 0.876), (Decimal("1234567890123.4567890"), "1234567890123.4567890")],
)
def test_quantity_is_a_number_unless_a_float_would_change_it(value: Decimal, number: object) -> None:
    assert json_number(value) == number


def test_withdrawn_and_unknown_tags_go_by_their_numbers() -> None:
    fields = document_to_json(golden.document("registration_beta"))["fiscalReport"]
    assert fields["1049"] == "111234"
    node = Node(3, (Node(60000, b"\x01\xff"),))
    assert document_to_json(node)["receipt"]["60000"] == "Af8="
    assert document_from_json(without_raw(document_to_json(node))) == node


@pytest.mark.parametrize(
    ("fields", "tag"),
    [
        ({"totalSum": 1.5}, 1020),
        ({"totalSum": "1"}, 1020),
        ({"totalSum": -1}, 1020),
        ({"operationType": 256}, 1054),
        ({"totalSum": {}}, 1020),
        ({"dateTime": "2026-10-08T13:05:00Z"}, 1012),
        ({"dateTime": "вчера"}, 1012),
        ({"dateTime": 1 << 33}, 1012),
        ({"operator": 5}, 1021),
        ({"operator": "中"}, 1021),
        ({"items": [{"quantity": "много"}]}, 1023),
        ({"fiscalSign": 1 << 49}, 1077),
        ({"productCode": "?"}, None),
        ({"nobody": 1}, None),
        ({"code": 31}, None),
        ({"rawData": "?"}, None),
        ({"rawData": 5}, None),
    ],
)
def test_what_cannot_be_is_refused_with_the_tag(fields: dict[str, object], tag: int | None) -> None:
    with pytest.raises(CodecError) as caught:
        of_receipt(**fields)
    assert tag is None or caught.value.tag == tag


@pytest.mark.parametrize("data", [{}, {"receipt": 5}, {"receipt": {}, "bso": {}}])
def test_one_key_must_name_the_document(data: dict[str, object]) -> None:
    with pytest.raises(CodecError, match="one key"):
        document_from_json(data)


names = st.sampled_from([*{name: 0 for tag in TAGS.values() for name in tag.json_names}, "1049", "99999", "rawData"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(names, inside, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(names, anything, max_size=8), st.booleans())
def test_any_json_ends_in_a_typed_error_or_a_tree(fields: dict[str, Any], strict: bool) -> None:
    try:
        document = document_from_json({"receipt": fields}, strict=strict)
    except CodecError:
        return
    assert decode_document(encode_node(document), strict=False)


@pytest.mark.parametrize("quantity", ["1e99999999", "1e-99999999", "9" * 5000, 10**400, "Infinity", "NaN", "-1"])
def test_a_quantity_beyond_reason_is_refused(quantity: object) -> None:
    with pytest.raises(CodecError) as caught:
        document_from_json({"receipt": {"items": [{"quantity": quantity}]}})
    assert caught.value.tag == 1023


def test_a_quantity_has_as_many_decimals_as_a_byte_counts() -> None:
    """Found by the fuzzer: what a document holds was written as JSON and could not be read from it."""
    document = encode_node(document_from_json({"receipt": {"items": [{"quantity": "4.70832609796e-38"}]}}))
    assert encode_node(document_from_json(through_text(document_to_json(document)))) == document
