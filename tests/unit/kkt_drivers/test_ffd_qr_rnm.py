"""Text of a receipt's QR code; check digits of a registration number."""

from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.receipts.codes import SettlementSign
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.qr import QrReceipt, parse_qr, qr_of, qr_text
from kkt_drivers.ffd.rnm import check_digits, is_registration_number, registration_number
from kkt_drivers.ffd.tree import decode_document
from tests.unit.kkt_drivers import golden

PUBLISHED = "t=20171007T0856&s=279.90&fn=8710000100923403&i=95961&fp=3153580303&n=1"


def test_published_text_is_that_of_the_document() -> None:
    receipt = qr_of(decode_document(golden.document("receipt_ffd_1_0_five_items")))
    assert qr_text(receipt) == PUBLISHED
    assert parse_qr(PUBLISHED) == receipt


@pytest.mark.parametrize(
    "text",
    [
        "t=20171007T085600&s=279.90&fn=8710000100923403&i=95961&fp=3153580303&n=1",
        "t=20171007t0856&s=279,9&fn=8710000100923403&i=95961&fp=3153580303&n=1",
        " n=1&fp=3153580303&i=95961&fn=8710000100923403&s=279.90&t=20171007T0856\n",
    ],
)
def test_what_some_registers_and_programs_write_is_read_too(text: str) -> None:
    assert parse_qr(text) == parse_qr(PUBLISHED)


def test_seconds_are_read_and_not_written() -> None:
    receipt = parse_qr(PUBLISHED.replace("T0856", "T085607"))
    assert receipt.issued_at.second == 7
    assert qr_text(receipt) == PUBLISHED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.com",
        PUBLISHED + "&x=1",
        PUBLISHED.replace("&n=1", ""),
        PUBLISHED.replace("&n=1", "&t=1"),
        PUBLISHED.replace("n=1", "n=5"),
        PUBLISHED.replace("T0856", "T2560"),
        PUBLISHED.replace("279.90", "279.900"),
        PUBLISHED.replace("279.90", "-1.00"),
        PUBLISHED.replace("95961", "٩"),
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(CodecError):
        parse_qr(text)


@given(
    st.builds(
        QrReceipt,
        st.datetimes(datetime(2017, 1, 1), datetime(2099, 1, 1)),  # noqa: DTZ001
        st.integers(0, 2**48 - 1),
        st.integers(10**15, 10**16 - 1).map(str),
        st.integers(1, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.sampled_from(SettlementSign),
    )
)
def test_any_receipt_comes_back(receipt: QrReceipt) -> None:
    minute = receipt.issued_at.replace(second=0, microsecond=0)
    assert parse_qr(qr_text(receipt)) == msgspec.structs.replace(receipt, issued_at=minute)


@given(st.text(max_size=80))
def test_any_text_ends_in_a_typed_error_or_a_receipt(text: str) -> None:
    try:
        receipt = parse_qr(text)
    except CodecError:
        return
    assert parse_qr(qr_text(receipt)).fd_number == receipt.fd_number


def test_report_has_no_code() -> None:
    with pytest.raises(CodecError) as caught:
        qr_of(decode_document(golden.document("re_registration")))
    assert caught.value.tag == 1054


# RNM


def test_check_digits_of_a_real_registration() -> None:
    document = decode_document(golden.document("re_registration"))
    rnm, inn, serial = (document.text(tag) or "" for tag in (1037, 1018, 1013))
    assert registration_number(rnm[:10], inn, serial) == rnm == "0000000005008570"
    assert is_registration_number("0000000005008570    ", "7702203276  ", serial)


@pytest.mark.parametrize("rnm", ["0000000005008571", "0000000005", "", "000000000500857X"])
def test_wrong_number_is_told_apart(rnm: str) -> None:
    assert not is_registration_number(rnm, "7702203276", "000000000002")


@pytest.mark.parametrize(
    ("order", "inn", "serial", "tag"),
    [("1", "7702203276", "2", 1037), ("0000000005", "ИНН", "2", 1018), ("0000000005", "77", "2" * 21, 1013)],
)
def test_check_digits_of_nonsense_are_refused(order: str, inn: str, serial: str, tag: int) -> None:
    with pytest.raises(CodecError) as caught:
        check_digits(order, inn, serial)
    assert caught.value.tag == tag
