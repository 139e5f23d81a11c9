"""Tags that another system gives go into the document as they are (orders ЕД-7-20/662@, tables 96 and 97)."""

import msgspec
import pytest

from accounting.receipts.checks.receipt import check_receipt
from accounting.receipts.model import Requisite
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.common import requisite_record
from kkt_drivers.ffd.receipt import receipt_records
from kkt_drivers.ffd.receipt_content import content_of_document, content_of_receipt
from kkt_drivers.ffd.tlv import decode, find
from tests.unit.kkt_drivers.ffd_samples import LINE, RECEIPT, V1_2, order, order_of_lines

BUYER = Requisite(1256, (Requisite(1227, "ООО Ромашка"), Requisite(1228, "7702203276")))


def test_a_buyer_is_a_structure_with_its_padding() -> None:
    records = decode(b"".join(receipt_records(order(requisites=(BUYER,)), V1_2)))
    buyer = find(records, 1256)
    assert buyer is not None
    assert [(child.tag, child.value) for child in buyer.children or ()] == [
        (1227, "ООО Ромашка".encode("cp866")),
        (1228, b"7702203276  "),
    ]


def test_a_place_that_the_receipt_brings_stands_for_the_merchants() -> None:
    own = (Requisite(1187, "https://shop.example"), Requisite(1009, "Казань"), Requisite(1021, "Петров"))
    records = decode(b"".join(receipt_records(order(requisites=own), V1_2)))
    for tag, text in ((1187, "https://shop.example"), (1009, "Казань"), (1021, "Петров")):
        assert [record.value.decode("cp866") for record in records if record.tag == tag] == [text]


def test_lines_carry_numbers_texts_and_bytes() -> None:
    line = msgspec.structs.replace(
        LINE, requisites=(Requisite(1162, "444D00"), Requisite(1229, 1050), Requisite(1230, "643"))
    )
    records = decode(b"".join(receipt_records(order_of_lines((line,)), V1_2)))
    item = find(records, 1059)
    assert item is not None
    found = {child.tag: child.value for child in item.children or ()}
    assert (found[1162], found[1229], found[1230]) == (b"\x44\x4d\x00", b"\x1a\x04", b"643")


@pytest.mark.parametrize(
    ("requisite", "tag"),
    [(Requisite(1162, "не hex"), 1162), (Requisite(1227, "я" * 257), 1227), (Requisite(1229, -1), 1229)],
)
def test_what_does_not_fit_its_tag_is_refused_by_its_number(requisite: Requisite, tag: int) -> None:
    with pytest.raises(CodecError) as caught:
        requisite_record(requisite)
    assert caught.value.tag == tag


def test_a_document_with_another_buyer_is_another_receipt() -> None:
    said = content_of_document(b"".join(receipt_records(order(requisites=(BUYER,)), V1_2)))
    assert said == content_of_receipt(msgspec.structs.replace(RECEIPT, requisites=(BUYER,)), V1_2)
    assert said != content_of_receipt(RECEIPT, V1_2)


def test_the_control_looks_into_structures() -> None:
    receipt = msgspec.structs.replace(RECEIPT, requisites=(Requisite(1256, (Requisite(1227, "ООО ☂"),)),))
    assert [finding.rule for finding in check_receipt(receipt)] == ["cp866"]
