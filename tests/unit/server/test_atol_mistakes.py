"""What is wrong with a document of the dialect is said with its place, in the vendor's words where they are known."""

from typing import Any

import pytest

from accounting.receipts.codes import SettlementSign
from fiscal_server.api.atol_online.errors import AtolError
from fiscal_server.api.atol_online.reading import read_document
from tests.acceptance.atol_client import sale_v5
from tests.unit.server.atol_papers import INN, refusal, with_field


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("receipt.total", -1000.1, "NumberTooSmall: #/receipt.total"),  # the words of the vendor's sandbox
        ("receipt.total", 451.00, "Unsound: #/receipt.total"),
        ("receipt.total", 450.001, "NumberNotMultipleOf: #/receipt.total"),
        ("receipt.total", 1e300, "NumberTooBig: #/receipt.total"),
        ("receipt.total", "много", "NumberExpected: #/receipt.total"),
        ("receipt.items[0].price", 42_949_672.96, "NumberTooBig: #/receipt.items[0].price"),
        ("receipt.items[0].quantity", 0, "NumberTooSmall: #/receipt.items[0].quantity"),
        ("receipt.items[0].quantity", 0.0001, "NumberNotMultipleOf: #/receipt.items[0].quantity"),
        ("receipt.items[0].quantity", 100_000, "NumberTooBig: #/receipt.items[0].quantity"),
        ("receipt.items[0].sum", ..., "PropertyRequired: #/receipt.items[0].sum"),
        ("receipt.items[0].sum", 449.00, "Unsound: #/receipt.items[0].sum"),
        ("receipt.items[0].name", "я" * 129, "StringTooLong: #/receipt.items[0].name"),
        ("receipt.items[0].name", "", "StringTooShort: #/receipt.items[0].name"),
        ("receipt.items[0].name", 5, "StringExpected: #/receipt.items[0].name"),
        ("receipt.items[0].name", "зонт ☂", "Unsound: #/receipt.items[0]"),
        ("receipt.items[0].payment_object", "service", "IntegerExpected: #/receipt.items[0].payment_object"),
        ("receipt.items[0].payment_object", 28, "NotInEnumeration: #/receipt.items[0].payment_object"),
        ("receipt.items[0].payment_object", 34, "NumberTooBig: #/receipt.items[0].payment_object"),
        ("receipt.items[0].payment_method", "gift", "NotInEnumeration: #/receipt.items[0].payment_method"),
        ("receipt.items[0].payment_method", "advance", "Unsound: #/receipt.items[0].vat.type"),
        ("receipt.items[0].measure", 13, "NotInEnumeration: #/receipt.items[0].measure"),
        ("receipt.items[0].vat.type", "vat19", "NotInEnumeration: #/receipt.items[0].vat.type"),
        ("receipt.items[0].vat.sum", 90.00, "Unsound: #/receipt.items[0].vat.sum"),
        ("receipt.items[0].vat", None, "ObjectExpected: #/receipt.items[0].vat"),
        ("receipt.items[0].agent_info", {"type": "another"}, "PropertyRequired: #/receipt.items[0].supplier_info.inn"),
        ("receipt.items[0].mark_code", {"short": "x"}, "NotSupported: #/receipt.items[0].mark_code"),
        ("receipt.items[0].wholesale", True, "NotSupported: #/receipt.items[0].wholesale"),
        ("receipt.items[0].user_data", "я" * 65, "StringTooLong: #/receipt.items[0].user_data"),
        ("receipt.items", [], "TooFewItems: #/receipt.items"),
        ("receipt.payments", [], "TooFewItems: #/receipt.payments"),
        ("receipt.payments[0].sum", 449.00, "Unsound: #/receipt.payments"),
        ("receipt.payments[0].type", 10, "NumberTooBig: #/receipt.payments[0].type"),
        ("receipt.company.inn", "7702203276", "OtherCompany: #/receipt.company.inn"),
        ("receipt.company.inn", "77", "PatternMismatch: #/receipt.company.inn"),
        ("receipt.company.email", ..., "PropertyRequired: #/receipt.company.email"),
        ("receipt.company.sno", ..., "PropertyRequired: #/receipt.company.sno"),
        ("receipt.company.sno", "envd", "Unsound: #/receipt.company.sno"),
        ("receipt.company.payment_address", ..., "PropertyRequired: #/receipt.company.payment_address"),
        ("receipt.client", {}, "PropertyRequired: #/receipt.client.email"),
        ("receipt.client.email", "я" * 65, "StringTooLong: #/receipt.client.email"),
        ("receipt.vats", [{"type": "vat10", "sum": 5.00}], "Unsound: #/receipt.vats"),
        ("receipt.cashless_payments", [{"sum": 450.00}], "NotSupported: #/receipt.cashless_payments"),
        ("timestamp", "2026-10-20 12:00:00", "PatternMismatch: #/timestamp"),
        ("timestamp", "31.02.2026 12:00:00", "PatternMismatch: #/timestamp"),
        ("external_id", "я" * 129, "StringTooLong: #/external_id"),
        ("external_id", "a\0b", "PatternMismatch: #/external_id"),
        ("receipt", ..., "PropertyRequired: #/receipt"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_place(path: str, value: Any, expected: str) -> None:
    text = refusal(with_field(sale_v5("a", INN), path, value))
    assert text == expected or f"{expected} (" in text


def test_all_wrong_amounts_are_named_at_once() -> None:
    document = with_field(sale_v5("a", INN), "receipt.items[0].price", -1)
    text = refusal(with_field(document, "receipt.payments[0].sum", -1))
    fields = [part.partition("#/")[2] for part in text.split(", ")]
    assert fields[:2] == ["receipt.items[0].price", "receipt.payments[0].sum"]


@pytest.mark.parametrize("kind", ["vat18", "vat118"])
def test_rates_of_18_percent_are_refused_with_the_vendors_sentence(kind: str) -> None:
    document = with_field(sale_v5("a", INN), "receipt.items[0].vat.type", kind)
    for sign in (SettlementSign.INCOME, SettlementSign.EXPENSE):
        assert "С 01.04.2019 ставки НДС 18 и 18/118 не могут использоваться" in refusal(document, sign=sign)


def test_a_document_without_room_for_our_id_is_refused() -> None:
    document = sale_v5("a", INN)
    document["receipt"]["additional_user_props"] = {"name": "Заказ", "value": "5"}
    document["receipt"]["items"][0]["user_data"] = "x"
    assert refusal(document).startswith("NotSupported: #/receipt.items[0].user_data")
    document["receipt"]["additional_user_props"]["name"] = "ID"
    assert "NotSupported: #/receipt.additional_user_props.name" in refusal(document)


@pytest.mark.parametrize("body", [b"", b"{", b'{"external_id": NaN}', b"\xff", b'{"a":' + b"[" * 5000])
def test_what_is_no_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(AtolError) as caught:
        read_document(5, body, correction=False)
    assert caught.value.code == 40
