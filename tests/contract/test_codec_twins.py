"""The compiled codec and the plain one write and read the same bytes, whatever they are given, errors included."""

import importlib.util
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting.receipts.codes import FfdVersion
from accounting.receipts.model import Correction, Receipt, Tenders, UserRequisite
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import _codec_plain, _engine, tlv
from kkt_drivers.ffd.receipt import receipt_records
from kkt_drivers.ffd.receipt_bytes import encode_receipt
from kkt_drivers.ffd.record import Tlv
from kkt_drivers.ffd.tags import STRUCTURES
from kkt_drivers.ffd.text import STAND_INS
from kkt_drivers.kkt import ReceiptOrder
from tests.contract.random_receipts import BROKEN_ORDERS, ORDERS, VERSIONS, order_of, with_line
from tests.unit.kkt_drivers import golden
from tests.unit.kkt_drivers.ffd_samples import LINE, ORDER, RECEIPT, V1_2

ROOT = Path(__file__).parents[2]
BUILT = importlib.util.find_spec("kkt_drivers.ffd._codec") is not None
pytestmark = pytest.mark.skipif(not BUILT, reason="the codec is not built")

Answer = tuple[object, ...]

slow_to_draw = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _answer(work: Callable[[], object]) -> Answer:
    try:
        return ("done", work())
    except CodecError as error:
        return (str(error), error.rule, error.offset, error.tag)
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:  # a struct filled with other types
        return (type(error), str(error))


def _plain(order: ReceiptOrder, ffd: FfdVersion) -> bytes:
    return b"".join(receipt_records(order, ffd))


def _decoders_agree(data: bytes) -> None:
    from kkt_drivers.ffd import _codec

    assert _answer(lambda: _codec.decode(data)) == _answer(lambda: _codec_plain.decode(data))


# Encoding -------------------------------------------------------------------------------------------------------------


@slow_to_draw
@given(ORDERS, VERSIONS)
def test_receipts_are_written_the_same_by_both(order: ReceiptOrder, ffd: FfdVersion) -> None:
    from kkt_drivers.ffd import _codec

    data = _codec.encode_receipt(order, ffd)
    assert data == _plain(order, ffd)
    assert data is not None, "the compiled form gave up: right, but slow"


@settings(slow_to_draw, max_examples=100)
@given(BROKEN_ORDERS, st.sampled_from(FfdVersion))
def test_receipts_with_something_wrong_are_refused_the_same_by_both(order: ReceiptOrder, ffd: FfdVersion) -> None:
    from kkt_drivers.ffd import _codec

    plain = _answer(lambda: _plain(order, ffd))
    assert _answer(lambda: encode_receipt(order, ffd)) == plain
    compiled = _codec.encode_receipt(order, ffd)
    assert compiled is None or plain == ("done", compiled)


@pytest.mark.parametrize(
    "changes",
    [
        {"price_kopecks": 210_000.0},
        {"quantity_micro": 1_000_000.0},
        {"price_kopecks": 1 << 63, "sum_kopecks": 1 << 63},
        {"vat_code": 256},
        {"vat_code": -1},
        {"name": None},
        {"name": b"bytes"},
        {"name": "\ud800"},
        {"name": "中"},
        {"additional": 7},
        {"agent": "nobody"},
    ],
    ids=str,
)
def test_values_of_other_types_end_as_in_plain_python(changes: dict[str, object]) -> None:
    line = msgspec.structs.replace(LINE, **changes)
    order = with_line(line)
    assert _answer(lambda: encode_receipt(order, V1_2)) == _answer(lambda: _plain(order, V1_2))


def test_every_character_is_written_the_same_by_both() -> None:
    from kkt_drivers.ffd import _codec

    beyond = [*STAND_INS, 0x2600, 0xD800, 0xFFFD, 0x1F600]
    for code in [*range(0x2600), *beyond]:
        # By itself, and beside a character that brings the stand-ins in.
        for text in (chr(code), f"`{chr(code)}`", f"«{chr(code)}`"):
            order = with_line(msgspec.structs.replace(LINE, name=text))
            compiled = _codec.encode_receipt(order, V1_2)
            try:
                assert compiled == _plain(order, V1_2)
            except CodecError:
                assert compiled is None


def test_characters_of_the_compiled_tables_never_compose() -> None:
    """Plain Python composes letters before it looks for stand-ins; the tables leave that out, because of this."""
    characters = [*bytes(range(255)).decode("cp866"), *(chr(code) for code in STAND_INS)]
    pairs = "\n".join(first + second for first in characters for second in characters)
    assert unicodedata.is_normalized("NFC", pairs)


@pytest.mark.parametrize("ffd", [FfdVersion.FFD_1_05, FfdVersion.FFD_1_2])
@pytest.mark.parametrize("size", [100, 300, 400])
def test_a_receipt_of_many_lines_outgrows_the_first_room(size: int, ffd: FfdVersion) -> None:
    from kkt_drivers.ffd import _codec

    total = LINE.sum_kopecks * size
    receipt = msgspec.structs.replace(
        RECEIPT, lines=(LINE,) * size, tenders=Tenders(electronic=total), total_kopecks=total
    )
    assert _codec.encode_receipt(order_of(receipt), ffd) == _plain(order_of(receipt), ffd)


@pytest.mark.parametrize("settled_on", [date(1969, 12, 31), date(1970, 1, 1), date(2106, 2, 7), date(2106, 2, 8)])
def test_dates_that_four_bytes_hold_are_the_same_in_both(settled_on: date) -> None:
    order = order_of(msgspec.structs.replace(RECEIPT, correction=Correction(0, settled_on)))
    assert _answer(lambda: encode_receipt(order, V1_2)) == _answer(lambda: _plain(order, V1_2))


def test_a_requisite_named_like_ours_is_refused_by_both() -> None:
    order = order_of(msgspec.structs.replace(RECEIPT, user_requisite=UserRequisite("ID", "r-18")))
    with pytest.raises(CodecError) as caught:
        encode_receipt(order, V1_2)
    assert caught.value.tag == 1085


# Decoding -------------------------------------------------------------------------------------------------------------

PIECES = st.recursive(
    st.builds(tlv.encode_tlv, st.integers(0, 0xFFFF), st.binary(max_size=12)),
    lambda inner: st.builds(
        lambda tag, parts, tail: tlv.encode_tlv(tag, b"".join(parts) + tail),
        st.sampled_from(sorted(STRUCTURES)),
        st.lists(inner, max_size=3),
        st.sampled_from([b"", b"", b"", b"\x01", b"\xfe\x03\x01\x00"]),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("name", [*golden.DOCUMENTS, "receipt_zero_length_vln"])
def test_real_documents_are_read_the_same_by_both(name: str) -> None:
    _decoders_agree(golden.document(name))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_the_same_by_both(data: bytes) -> None:
    _decoders_agree(data)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=4), st.sampled_from([b"", b"", b"\x04", b"\xff\xff\xff\xff"]))
def test_any_records_are_read_the_same_by_both(pieces: list[bytes], tail: bytes) -> None:
    _decoders_agree(b"".join(pieces) + tail)


@settings(max_examples=300)
@given(st.sampled_from(golden.DOCUMENTS), st.integers(0), st.binary(max_size=4), st.integers(0, 4))
def test_damaged_documents_are_read_the_same_by_both(name: str, place: int, change: bytes, dropped: int) -> None:
    data = golden.document(name)
    at = place % len(data)
    _decoders_agree(data[:at] + change + data[at + dropped :])


@pytest.mark.parametrize("depth", [1, 8, 9, 10, 2000])
def test_nesting_ends_at_the_same_depth_in_both(depth: int) -> None:
    data = b""
    for _ in range(depth):
        data = tlv.encode_tlv(1059, data)
    _decoders_agree(data)


@pytest.mark.parametrize("tail", ["", "ошибка", "\x00"])
@pytest.mark.parametrize("head", [b"", b"\xfe\x03", b"\xfe\x03\x01\x00\x0e", b"\xfe\x03\xff\xff\x0e"])
def test_operator_messages_are_read_the_same_by_both(head: bytes, tail: str) -> None:
    _decoders_agree(tlv.encode_tlv(1068, head + tail.encode("cp866")))


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_buffers_of_bytes_are_read_the_same_by_both(kind: Callable[[bytes], bytes]) -> None:
    _decoders_agree(kind(golden.document("receipt_two_items")))


def test_equal_trees_have_equal_types() -> None:
    from kkt_drivers.ffd import _codec

    (document,) = _codec.decode(golden.document("receipt_two_items"))
    assert type(document) is Tlv
    assert type(document.value) is bytes
    assert {type(child) for child in document.children or ()} == {Tlv}


# Which one runs -------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.environ.get("FISCAL_PURE") == "1", reason="the plain form was asked for")
def test_the_compiled_codec_is_loaded_when_it_is_built() -> None:
    assert _engine.codec is not None
    assert _engine.codec.__name__ == "kkt_drivers.ffd._codec"
    assert tlv.decode is _engine.codec.decode


def test_the_tests_of_the_formats_pass_in_plain_python_too() -> None:
    """The same tests in a process of FISCAL_PURE=1, which first says that it is one."""
    tests = ["test_ffd_tlv.py", "test_ffd_documents.py", "test_ffd_reports.py"]
    run = (
        "import sys, pytest; from kkt_drivers.ffd import _engine; sys.exit(_engine.codec is not None or pytest.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", run, "-q", "-p", "no:cacheprovider"]
        + [str(ROOT / "tests" / "unit" / "kkt_drivers" / name) for name in tests],
        env={**os.environ, "FISCAL_PURE": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout


def test_a_receipt_is_what_the_structs_say() -> None:
    """One receipt by hand: two twins that err together would not pass this."""
    receipt: Receipt = msgspec.structs.replace(RECEIPT, contact=None)
    order = msgspec.structs.replace(ORDER, receipt=receipt, cashier="", place="", address="")
    item = (
        bytes.fromhex("0604 1200") + "Отопление, 10.2026".encode("cp866")  # 1030
        + bytes.fromhex("3704 0300 503403" "FF03 0200 0001" "3C08 0100 00" "1304 0300 503403")  # 1079 1023 2108 1043
        + bytes.fromhex("AF04 0100 06" "BE04 0100 04" "BC04 0100 04")  # 1199 1214 1212
    )  # fmt: skip
    expected = (
        bytes.fromhex("1F04 0100 01" "2304") + len(item).to_bytes(2, "little") + item  # 1055 1059
        + bytes.fromhex("0704 0100 00" "3904 0300 503403" "BF04 0100 00" "C004 0100 00" "C104 0100 00")  # tenders
        + bytes.fromhex("5104 0300 503403")  # 1105
        + bytes.fromhex("3C04 0E00" "3D04 0200 4944" "3E04 0400 722D3137")  # 1084
    )  # fmt: skip
    assert encode_receipt(order, V1_2) == expected
