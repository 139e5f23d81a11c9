"""Reports as documents, comparison with what an FN gives back, handing over in portions."""

import msgspec
import pytest

from accounting.receipts.codes import FfdVersion
from accounting.receipts.model import (
    Tenders,
)
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import tlv
from kkt_drivers.ffd.compare import FN_WRITTEN
from kkt_drivers.ffd.documents import (
    FnOwner,
    fn_closing_records,
    receipt_records,
    registration_records,
    same_content,
    settlements_report_records,
    shift_closing_records,
    shift_opening_records,
)
from kkt_drivers.fn.handover import RECEIPT_LIMIT, pack
from kkt_drivers.kkt import FnWarning, ReceiptOrder
from tests.unit.kkt_drivers.ffd_samples import (
    LINE,
    ORDER,
    REGISTRATION,
    V1_05,
    V1_2,
    order,
    order_of_lines,
    record,
    tags,
)

# Other documents


def test_registration_of_1_2_leaves_to_the_fn_what_is_the_fns() -> None:
    found = tags(registration_records(REGISTRATION))
    assert not FN_WRITTEN.intersection(found)
    assert {1048, 1009, 1187, 1013, 1021, 1060, 1117, 1046, 1188, 1189} == set(found)


def test_registration_of_1_05_brings_operator_version_and_flags() -> None:
    found = tags(registration_records(msgspec.structs.replace(REGISTRATION, ffd=V1_05)))
    assert {1209, 1017, 1057, 1126, 1193, 1207, 1221} <= set(found)


def test_registration_replaces_typographic_quotes() -> None:
    assert record(registration_records(REGISTRATION), 1048).text() == 'ООО "Тепло"'


def test_closing_of_1_05_reports_raised_warnings_only() -> None:
    warnings = FnWarning.URGENT_REPLACEMENT | FnWarning.OFD_TIMEOUT
    assert tags(shift_closing_records(V1_05, "Иванова", warnings)) == [1209, 1021, 1051]
    assert tags(shift_closing_records(V1_2, "Иванова", warnings)) == [1021]


def test_reports_hold_what_the_kkt_supplies() -> None:
    assert tags(shift_opening_records(V1_2, "Иванова")) == [1021, 1188, 1189]
    assert settlements_report_records(V1_2) == ()
    assert tags(settlements_report_records(V1_05)) == [1209]
    assert tags(fn_closing_records(V1_2, "Иванова", FnOwner("ООО", None, "сайт"))) == [1021, 1048, 1187]


# Comparison with what an FN gives back


def archived(records: tuple[bytes, ...], *more: bytes) -> bytes:
    head = (tlv.text_tlv(1041, "9999078900005488"), tlv.encode_tlv(1040, tlv.uint32(7)), tlv.money_tlv(1020, 210_000))
    return b"".join((*head, *records, *more))


@pytest.mark.parametrize("ffd", [V1_05, V1_2])
def test_what_was_sent_is_recognised_among_the_fns_own_tags(ffd: FfdVersion) -> None:
    records = receipt_records(ORDER, ffd)
    more = () if ffd is V1_05 else (tlv.byte_tlv(1209, 4),)
    assert same_content(records, archived(records, *more))
    assert same_content(tuple(pack(records, RECEIPT_LIMIT)), archived(records, *more))
    assert same_content(b"".join(records), archived(records, *more))


def test_number_with_needless_zeros_is_the_same_number() -> None:
    sent = (tlv.money_tlv(1031, 0), tlv.encode_tlv(1059, tlv.encode_tlv(1023, b"\x00\x01")))
    kept = (tlv.encode_tlv(1031, b""), tlv.encode_tlv(1059, tlv.encode_tlv(1023, b"\x03\xe8\x03")))
    assert same_content(sent, b"".join(kept))


@pytest.mark.parametrize(
    "other",
    [
        order(contact="+79000000002"),
        order_of_lines((LINE, LINE)),
        msgspec.structs.replace(ORDER, receipt_id="r-18"),
        order(tenders=Tenders(cash=210_000)),
    ],
)
def test_another_receipt_is_not_the_same(other: ReceiptOrder) -> None:
    assert not same_content(receipt_records(ORDER, V1_2), archived(receipt_records(other, V1_2)))


def test_lines_in_another_order_are_another_receipt() -> None:
    second = msgspec.structs.replace(LINE, name="Вода, 10.2026")
    one = receipt_records(order_of_lines((LINE, second)), V1_2)
    other = receipt_records(order_of_lines((second, LINE)), V1_2)
    assert not same_content(one, archived(other))


# Handing over


def test_records_are_packed_tightly_and_none_is_cut() -> None:
    records = [tlv.encode_tlv(1059, bytes(296)) for _ in range(7)]
    frames = pack(records, RECEIPT_LIMIT)
    assert [len(frame) for frame in frames] == [900, 900, 300]
    assert b"".join(frames) == b"".join(records)


def test_item_that_fits_no_frame_is_refused() -> None:
    assert pack([tlv.encode_tlv(1059, bytes(1020))], RECEIPT_LIMIT)
    with pytest.raises(CodecError) as caught:
        pack([tlv.encode_tlv(1059, bytes(1021))], RECEIPT_LIMIT)
    assert caught.value.tag == 1059


def test_more_than_the_fn_takes_is_refused() -> None:
    with pytest.raises(CodecError):
        pack([bytes(1024)] * 31, RECEIPT_LIMIT)
