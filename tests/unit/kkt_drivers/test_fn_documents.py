"""Documents and messages to the operator, read out of an FN piece by piece."""

import pytest

from accounting.receipts.codes import DocumentForm
from kkt_drivers.errors import KktRefused, Refusal
from kkt_drivers.ffd import tlv
from tests.unit.kkt_drivers import golden
from tests.unit.kkt_drivers.test_fn_driver import BEGINNING, Bench


async def test_document_is_read_whole_while_the_fn_keeps_it() -> None:
    bench = Bench()
    bench.fn.answers |= {
        0x40: (0, golden.table("fn_archive_records")["40h receipt"]),
        0x45: (0, b"\x03\x00\x0a\x00"),
        0x46: [(0, tlv.byte_tlv(1055, 1)), (0, tlv.byte_tlv(1209, 4)), (8, b"")],
    }
    document = await bench.kkt.read_document(163)
    assert document.tlv == tlv.byte_tlv(1055, 1) + tlv.byte_tlv(1209, 4)
    assert (document.total_kopecks, document.confirmed, document.form) == (20000, False, DocumentForm.RECEIPT)


async def test_document_that_ends_too_early_is_read_again() -> None:
    """The FN lost its power after the first record and has forgotten that it was reading out."""
    bench = Bench()
    first, second = tlv.byte_tlv(1055, 1), tlv.byte_tlv(1209, 4)
    bench.fn.answers |= {
        0x40: (0, golden.table("fn_archive_records")["40h receipt"]),
        0x45: (0, b"\x03\x00\x0a\x00"),
        0x46: [(0, first), (8, b""), (0, first), (0, second), (8, b"")],
    }
    assert (await bench.kkt.read_document(163)).tlv == first + second


async def test_document_that_twice_ends_at_the_same_place_is_believed() -> None:
    bench = Bench()
    record = tlv.byte_tlv(1055, 1)
    bench.fn.answers |= {
        0x40: (0, golden.table("fn_archive_records")["40h receipt"]),
        0x45: (0, b"\x03\x00\x0a\x00"),
        0x46: [(0, record), (8, b""), (0, record), (8, b"")],
    }
    assert (await bench.kkt.read_document(163)).tlv == record


async def test_document_beyond_the_30_days_has_its_short_record_only() -> None:
    bench = Bench()
    bench.fn.answers |= {0x40: (0, golden.table("fn_archive_records")["40h receipt"]), 0x45: (8, b"")}
    assert (await bench.kkt.read_document(163)).tlv is None


async def test_missing_document_is_no_data() -> None:
    bench = Bench()
    bench.fn.answers[0x40] = (8, b"")
    with pytest.raises(KktRefused) as caught:
        await bench.kkt.read_document(500)
    assert caught.value.kind is Refusal.NO_DATA


async def test_operators_message_is_read_in_blocks_and_ended() -> None:
    bench = Bench()
    bench.fn.answers |= {
        0x21: (0, b""),
        0x22: (0, (1500).to_bytes(2, "little")),
        0x23: [(0, b"a" * 1024), (0, b"b" * 476)],
        0x25: (0, b""),
    }
    assert await bench.kkt.read_ofd_message() == b"a" * 1024 + b"b" * 476
    assert [data.hex() for code, data in bench.fn.asked if code == "23"] == ["00000004", "0004dc01"]
    assert bench.fn.codes[-1] == "25"


async def test_empty_queue_is_no_data_and_the_fn_is_told_that_nobody_is_connected() -> None:
    bench = Bench()
    bench.fn.answers |= {0x21: (0, b""), 0x22: (8, b"")}
    with pytest.raises(KktRefused) as caught:
        await bench.kkt.read_ofd_message()
    assert caught.value.kind is Refusal.NO_DATA
    assert bench.fn.asked[-1] == ("21", b"\x00")


async def test_operators_answer_that_the_fn_rejects_is_refused_with_its_reason() -> None:
    bench = Bench()
    bench.fn.answers |= {0x21: (0, b""), 0x26: (0x20, b"\x04")}
    with pytest.raises(KktRefused) as caught:
        await bench.kkt.accept_ofd_answer(b"x")
    assert caught.value.kind is Refusal.OFD_ANSWER
    assert bench.fn.codes == [*BEGINNING, "26", "21"]
