"""The TLV codec: real documents, every value type, damage."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import tlv
from kkt_drivers.ffd.tags import STRUCTURES, TAGS, TagType
from tests.unit.kkt_drivers import golden

plain_tags = st.integers(0, 0xFFFF).filter(lambda tag: tag not in STRUCTURES)
plain_records = st.builds(tlv.Tlv, plain_tags, st.binary(max_size=60))
records = st.recursive(
    plain_records,
    lambda inner: st.lists(inner, max_size=4).map(lambda some: tlv.Tlv(1059, tlv.encode(some), tuple(some))),
    max_leaves=12,
)


@pytest.mark.parametrize("name", golden.DOCUMENTS)
def test_real_document_is_read_and_written_byte_for_byte(name: str) -> None:
    data = golden.document(name)
    (document,) = tlv.decode(data)
    assert tlv.encode((document,)) == data
    assert document.children is not None
    assert tlv.encode(document.children) == document.value
    assert all(record.tag in TAGS for record in document.children)


@pytest.mark.parametrize("name", [*golden.DOCUMENTS, "receipt_zero_length_vln"])
def test_real_values_keep_to_the_lengths_of_the_table(name: str) -> None:
    data = golden.document(name)
    for record in tlv.decode(data):
        for leaf in record.children or (record,):
            tag = TAGS[leaf.tag]
            assert tag.length is None or len(leaf.value) <= tag.length
            if tag.fixed and tag.type is not TagType.STRING:
                assert len(leaf.value) == tag.length


def test_values_of_a_real_receipt_are_read() -> None:
    (document,) = tlv.decode(golden.document("receipt_two_items"))
    assert document.child(1041).text() == "9289000100087745"
    assert document.child(1018).text() == "7734675810"
    assert document.child(1012).moment() == datetime(2018, 10, 30, 8, 49)  # noqa: DTZ001
    assert document.child(1020).number() == 15900
    items = [record for record in document.children or () if record.tag == 1059]
    assert [item.child(1023).quantity_micro() for item in items] == [2_000_000, 1_000_000]
    assert items[0].child(1030).text() == "Йогурт термостатный 3,5%,шт"


def test_zero_of_no_bytes_is_read_as_zero() -> None:
    found = tlv.decode(golden.document("receipt_zero_length_vln"))
    record = tlv.find(found, 1081)
    assert record is not None
    assert record.value == b""
    assert record.number() == 0


@given(st.lists(records, max_size=5))
def test_records_survive_encoding(sent: list[tlv.Tlv]) -> None:
    assert tlv.decode(tlv.encode(sent)) == tuple(sent)


@given(st.sampled_from(golden.DOCUMENTS), st.integers(0), st.binary(min_size=1, max_size=3))
def test_damaged_document_is_read_as_it_is_or_refused(name: str, place: int, change: bytes) -> None:
    data = golden.document(name)
    at = place % len(data)
    damaged = data[:at] + change + data[at + len(change) :]
    try:
        records = tlv.decode(damaged)
    except CodecError:
        return
    assert tlv.encode(records) == damaged


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        records = tlv.decode(data)
    except CodecError:
        return
    assert tlv.encode(records) == data


def test_error_names_offset_and_tag_of_a_value_that_runs_out() -> None:
    with pytest.raises(CodecError) as caught:
        tlv.decode(tlv.encode_tlv(1055, b"\x01") + b"\x1f\x04\x05\x00\x01")
    assert (caught.value.offset, caught.value.tag) == (9, 1055)


def test_nesting_that_no_document_has_is_refused() -> None:
    data = b""
    for _ in range(2000):
        data = tlv.encode_tlv(1059, data)
    with pytest.raises(CodecError):
        tlv.decode(data)


def test_operator_message_keeps_its_raw_text() -> None:
    value = tlv.byte_tlv(1022, 14) + "ошибка".encode("cp866")
    (record,) = tlv.decode(tlv.encode_tlv(1068, value))
    assert record.value == value
    assert record.child(1022).number() == 14


@given(st.integers(0, (1 << 64) - 1))
def test_vln_is_as_short_as_its_number(number: int) -> None:
    value = tlv.vln(number)
    assert int.from_bytes(value, "little") == number
    assert len(value) == max(1, (number.bit_length() + 7) // 8)


@pytest.mark.parametrize(
    ("micro", "value"),
    [(1_000_000, "0001"), (0, "0000"), (876_000, "036C03"), (5_270_000, "020F02"), (1, "0601"), (225_000_000, "00E1")],
)
def test_quantity_has_no_needless_decimals(micro: int, value: str) -> None:
    assert tlv.fvln(micro).hex().upper() == value
    assert tlv.read_fvln(bytes.fromhex(value)) == micro


@pytest.mark.parametrize("value", ["0001", "03E803", "0640420F", "0780969800"])
def test_quantity_one_is_read_in_every_spelling(value: str) -> None:
    assert tlv.read_fvln(bytes.fromhex(value)) == 1_000_000


@given(st.integers(0, 10**15))
def test_quantity_survives_encoding(micro: int) -> None:
    assert tlv.read_fvln(tlv.fvln(micro)) == micro


def test_quantity_finer_than_a_millionth_is_refused() -> None:
    with pytest.raises(CodecError):
        tlv.read_fvln(b"\x07\x01")


def test_inn_is_padded_with_spaces_on_the_right() -> None:
    assert tlv.text_tlv(1018, "7702203276") == b"\xfa\x03\x0c\x007702203276  "


def test_text_longer_than_its_tag_is_refused_with_the_tag() -> None:
    with pytest.raises(CodecError) as caught:
        tlv.text_tlv(1192, "x" * 17)
    assert caught.value.tag == 1192


def test_typographic_characters_become_plain_ones() -> None:
    assert tlv.string("«Дом» – 5\u00a0₽ …").decode("cp866") == '"Дом" - 5 руб. ...'


def test_decomposed_letter_is_composed_before_encoding() -> None:
    assert tlv.string("мои\u0306 ₽").decode("cp866") == "мой руб."


def test_character_without_a_stand_in_is_named() -> None:
    with pytest.raises(CodecError, match=r"U\+4E2D CJK"):
        tlv.string("中")


def test_aware_time_is_refused_as_wall_clock() -> None:
    with pytest.raises(CodecError):
        tlv.unixtime(datetime.fromisoformat("2026-01-15T12:30:00+03:00"))


def test_amount_above_six_bytes_is_refused() -> None:
    with pytest.raises(CodecError):
        tlv.money_tlv(1043, 1 << 48)
