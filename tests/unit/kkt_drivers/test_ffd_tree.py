"""Documents as typed trees: byte for byte, strictly and leniently, and under damage of every kind."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import tlv
from kkt_drivers.ffd.check import check_document
from kkt_drivers.ffd.drawing import drawing_of
from kkt_drivers.ffd.envelope import Wrapping, bytes_of_text, open_envelope, raw_data
from kkt_drivers.ffd.json_read import document_from_json
from kkt_drivers.ffd.json_write import document_to_json
from kkt_drivers.ffd.listing import listing
from kkt_drivers.ffd.tree import Node, decode_document, decode_nodes, encode_node, form_of, same_values, version_of
from kkt_drivers.ffd.values import read_value, write_value
from tests.unit.kkt_drivers import golden
from tests.unit.kkt_drivers.ffd_samples import V1_05

# Real documents


@pytest.mark.parametrize("name", golden.EVERYTHING)
def test_real_document_becomes_a_tree_and_the_same_bytes_again(name: str) -> None:
    envelope = open_envelope(golden.document(name))
    tree = decode_document(envelope.document)
    assert encode_node(tree) == envelope.document
    assert decode_document(envelope.document, strict=False) == tree


def test_values_have_the_types_of_the_table() -> None:
    tree = decode_document(golden.document("receipt_weighed_goods"))
    assert tree.text(1037) == "0002648048036688"
    assert tree.moment(1012) == datetime(2020, 3, 20, 15, 24)  # noqa: DTZ001
    assert tree.number(1020) == 40449
    weighed = tree.all(1059)[2]
    assert weighed.quantity(1023) == Decimal("0.876")
    assert weighed.text(1030) == "3:3693812 Ребрышки ПРЕМИУМ 1кг"
    assert tree.find(1077) == Node(1077, bytes.fromhex("310410E1A362"))


def test_widths_that_real_documents_have_are_kept() -> None:
    tree = decode_document(open_envelope(golden.document("receipt_zero_length_vln_signed")).document)
    assert tree.find(1081) == Node(1081, 0, width=0)
    assert tree.all(1059)[0].find(1023) == Node(1023, Decimal("5.2700"))
    assert decode_document(golden.document("receipt_user_requisite")).all(1059)[0].quantity(1023) == 1


@pytest.mark.parametrize(
    ("tag", "data"),
    [
        (1020, "0000000000000000"),
        (1020, "c4090000"),
        (1020, ""),
        (1023, "0640420f"),
        (1023, "00"),
        (1023, "ff01"),
        (1018, "20202020202020202020202020"[:24]),
        (1021, "ff8a20"),
        (1012, "00000000"),
        (1213, "1000"),
        (777, "00ff"),
    ],
)
def test_odd_values_come_back_as_they_were(tag: int, data: str) -> None:
    value, width = read_value(tag, bytes.fromhex(data))
    assert write_value(tag, value, width).hex() == data


def test_operators_text_behind_a_code_is_kept() -> None:
    data = tlv.stlv(7, tlv.encode_tlv(1068, tlv.byte_tlv(1022, 14) + "нет ИНН".encode("cp866")))
    tree = decode_document(data)
    assert tree.children[0].tail.decode("cp866") == "нет ИНН"
    assert encode_node(tree) == data
    assert document_to_json(tree)["operatorAck"]["messageToFn"]["message"] == "нет ИНН"


# Strict and lenient


@pytest.mark.parametrize(
    ("record", "tag", "offset"),
    [
        (tlv.encode_tlv(1054, b"\x01\x00"), 1054, 13),
        (tlv.encode_tlv(1012, b"\x01"), 1012, 13),
        (tlv.encode_tlv(1023, b""), 1023, 13),
        (tlv.encode_tlv(1020, bytes(9)), 1020, 13),
        (tlv.encode_tlv(1018, b"7702203276"), 1018, 13),
        (tlv.encode_tlv(1021, b"a" * 65), 1021, 13),
    ],
)
def test_strict_names_offset_tag_and_rule_and_lenient_reads_on(record: bytes, tag: int, offset: int) -> None:
    data = tlv.stlv(3, tlv.byte_tlv(1209, 2), record)
    with pytest.raises(CodecError, match="bytes") as caught:
        decode_document(data)
    assert (caught.value.tag, caught.value.offset) == (tag, offset)
    assert encode_node(decode_document(data, strict=False)) == data


def test_unknown_tags_stay_raw_either_way() -> None:
    data = tlv.stlv(3, tlv.encode_tlv(9999, b"\x01\x02"))
    for strict in (True, False):
        tree = decode_document(data, strict=strict)
        assert tree.children == (Node(9999, b"\x01\x02"),)


def test_structure_that_breaks_is_bytes_when_lenient() -> None:
    data = tlv.stlv(3, tlv.encode_tlv(1059, b"\x06\x04\xff"), tlv.byte_tlv(1209, 2))
    with pytest.raises(CodecError):
        decode_document(data)
    tree = decode_document(data, strict=False)
    assert tree.children == (Node(1059, b"\x06\x04\xff"), Node(1209, 2))


@pytest.mark.parametrize("data", [b"", b"\x03", tlv.byte_tlv(1054, 1), tlv.stlv(3) + tlv.stlv(3)])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        decode_document(data)


# Envelopes


@pytest.mark.parametrize("name", golden.EVERYTHING)
def test_every_wrapping_is_opened(name: str) -> None:
    envelope = open_envelope(golden.document(name))
    expected = {
        **dict.fromkeys(golden.RAW_DATA, Wrapping.RAW_DATA),
        **dict.fromkeys(golden.CONTAINERS, Wrapping.CONTAINER),
        **dict.fromkeys(golden.MESSAGES, Wrapping.MESSAGE),
    }
    assert envelope.wrapping is expected.get(name, Wrapping.DOCUMENT)
    assert len(envelope.sign) == (0 if name in golden.DOCUMENTS else 8)
    if name in golden.RAW_DATA:
        assert raw_data(envelope.document, envelope.sign, envelope.head) == golden.document(name)


def test_records_without_a_head_are_told_apart() -> None:
    assert open_envelope(golden.document("receipt_zero_length_vln")).wrapping is Wrapping.RECORDS


def test_container_with_a_wrong_crc_is_refused() -> None:
    data = bytearray(golden.document("ofd_container_registration"))
    data[40] ^= 1
    with pytest.raises(CodecError, match="CRC"):
        open_envelope(bytes(data))


@pytest.mark.parametrize("text", ["0x0300 0400\n1e04 # sign\n", "AwAEAB4E", "03 00 04 00 1E 04"])
def test_bytes_may_come_as_hex_or_base64(text: str) -> None:
    assert bytes_of_text(text) == bytes.fromhex("030004001e04")


def test_other_text_is_refused() -> None:
    with pytest.raises(CodecError):
        bytes_of_text("кассовый чек")


# Damage


def everything_that_reads(data: bytes) -> None:
    """Every way of the package through foreign bytes: a CodecError, or a tree that gives the same bytes."""
    try:
        envelope = open_envelope(data)
    except CodecError:
        return
    for strict in (True, False):
        try:
            tree = decode_document(envelope.document, strict=strict)
        except CodecError:
            continue
        assert encode_node(tree) == envelope.document
        check_document(form_of(tree), version_of(tree) or V1_05, tree)
        drawing_of(tree)
        assert list(listing(tree, envelope))
        fields = document_to_json(tree)
        if strict:
            assert same_values(document_from_json(fields, strict=False), tree)
    try:
        assert tlv.encode(tlv.decode(envelope.document)) == envelope.document
    except CodecError:
        pass  # said with a type


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real document with bytes changed, cut out, doubled or put in."""
    data = bytearray(golden.document(draw(st.sampled_from(golden.EVERYTHING))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        length = draw(st.integers(0, 12))
        match draw(st.integers(0, 3)):
            case 0:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case _:
                data[at:at] = draw(st.binary(max_size=12))
    return bytes(data)


@settings(deadline=None)
@given(damaged())
def test_damage_ends_in_a_typed_error_or_another_tree(data: bytes) -> None:
    everything_that_reads(data)


@settings(deadline=None)
@given(st.binary(max_size=200))
@example(b"\x03\x00\x00\x00")
def test_any_bytes_end_in_a_typed_error_or_a_tree(data: bytes) -> None:
    everything_that_reads(data)
    everything_that_reads(tlv.encode_tlv(3, data))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_ends_in_a_typed_error_or_bytes(text: str) -> None:
    try:
        found = bytes_of_text(text)
    except CodecError:
        return
    assert isinstance(found, bytes)


def test_deep_nesting_is_no_attack() -> None:
    data = b""
    for _ in range(200):
        data = tlv.encode_tlv(1059, data)
    everything_that_reads(tlv.encode_tlv(3, data))
    assert decode_nodes(data, strict=False)
