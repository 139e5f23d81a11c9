"""The tag table as data, product codes, and single requisites against bytes that others published."""

from decimal import Decimal

import pytest

from accounting.receipts.codes import VatCode
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import product_code
from kkt_drivers.ffd.meanings import is_flags, meaning, meanings
from kkt_drivers.ffd.tags import TAGS, TagType
from kkt_drivers.ffd.tree import Node, encode_node


def test_table_is_complete() -> None:
    assert len(TAGS) == 287
    assert all(tag.name and tag.identifier for tag in TAGS.values())
    assert TAGS[1020].name == "сумма расчета, указанного в чеке (БСО)"
    assert TAGS[1055].json_names == ("appliedTaxationType", "taxationType")
    assert (TAGS[1078].length, TAGS[1078].length_seen) == (16, 18)
    assert TAGS[1125].one_source


def test_fixed_texts_are_padded_or_have_one_length() -> None:
    padded = {number for number, tag in TAGS.items() if tag.padded}
    assert {1018, 1037, 1203, 1226, 1228, 1016, 1017} <= padded
    assert 1041 not in padded
    assert all(tag.type is TagType.STRING for tag in TAGS.values() if tag.padded)


def test_numbers_have_words() -> None:
    assert meaning(1054, 2) == "возврат прихода"
    assert meaning(1055, 33) == "ОСН, Патент"
    assert meaning(1290, 1 << 5 | 1 << 31) == "ККТ только для Интернет, бит 31"
    assert is_flags(1205)
    assert not is_flags(1054)
    assert meanings(1199).keys() == set(VatCode)
    assert meaning(9999, 1) == ""


def test_encoder_agrees_with_published_vectors() -> None:
    # Zzzzipper/projects fiscal_storage/test/FiscalStorageTest.cpp
    assert encode_node(Node(1079, 2500)).hex().upper() == "37040200C409"
    assert encode_node(Node(1023, Decimal(1))).hex().upper() == "FF0302000001"
    assert encode_node(Node(1030, "01234567890")).hex().upper() == "06040B003031323334353637383930"
    assert encode_node(Node(1059, (Node(1030, "012345"),))).hex().upper().startswith("23040A00")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (product_code.barcode("46198488"), "45 08 00 00 02 C0 EE D8"),
        (product_code.barcode("4606203090785"), "45 0D 04 30 77 19 57 61"),
        (product_code.barcode("14601234567890"), "49 0E 0D 47 9D 66 52 D2"),
        (
            product_code.data_matrix("04600439931256", "JgXJ5.T", "112000"),
            "44 4D 04 2F 1F 96 81 78 4A 67 58 4A 35 2E 54 31 31 32 30 30 30",
        ),
        (product_code.unrecognised(), "00 00"),
        (product_code.egais("0" * 8 + "A" * 23 + "0" * 37), "C5 14" + " 41" * 23),
        (product_code.fur("RU-430302-ABC1234567"), "52 46 " + b"RU-430302-ABC1234567".hex(" ").upper()),
    ],
)
def test_product_codes_are_those_of_the_order(code: bytes, expected: str) -> None:
    assert code.hex(" ").upper() == expected


def test_tobacco_code_is_padded() -> None:
    code = product_code.tobacco("00000046198488X?io+qCABm8wAYa")
    assert len(code) == 2 + 6 + 13
    assert code.endswith(b"X?io+qCABm8  ")


@pytest.mark.parametrize("digits", ["", "123", "4606203090785a", "٤٦٠٦٢٠٣٠"])
def test_what_is_no_barcode_is_refused(digits: str) -> None:
    with pytest.raises(CodecError) as caught:
        product_code.barcode(digits)
    assert caught.value.tag == 1162
