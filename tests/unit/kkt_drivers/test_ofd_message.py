"""Session headers, containers, confirmations: golden messages, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.errors import CodecError
from kkt_drivers.ofd import confirmation, message
from tests.unit.kkt_drivers import golden

MESSAGES = ("ofd_message_re_registration", "ofd_message_confirmation")


def containers() -> list[bytes]:
    whole = [golden.document(name)[message.HEADER_SIZE :] for name in MESSAGES]
    return [*whole, golden.document("ofd_container_registration")]


@pytest.mark.parametrize("name", MESSAGES)
def test_golden_header_is_read_and_written_byte_for_byte(name: str) -> None:
    data = golden.document(name)
    header = message.decode_header(data)
    assert header.fn_number == "9999078900005488"
    assert header.size == len(data) - message.HEADER_SIZE
    assert message.encode_header(header) == data[: message.HEADER_SIZE]


@pytest.mark.parametrize("data", containers(), ids=lambda data: f"form {data[5]}")
def test_golden_container_is_read_and_written_byte_for_byte(data: bytes) -> None:
    assert message.encode_container(message.decode_container(data)) == data


def test_document_inside_a_plain_container_is_found() -> None:
    container = message.decode_container(golden.document("ofd_container_registration"))
    assert container.form is DocumentForm.REGISTRATION
    assert container.fn_number == "999907891234567"
    assert message.document_of(container) == golden.document("registration_beta")


def test_encrypted_body_has_no_document() -> None:
    container = message.Container(
        form=DocumentForm.RECEIPT, fn_number="9999078900005488", fd_number=7, body=b"\x93" * 200, document_size=180
    )
    assert message.document_of(message.decode_container(message.encode_container(container))) is None


def test_golden_confirmation_is_read_and_written_byte_for_byte() -> None:
    data = golden.document("ofd_message_confirmation")[message.HEADER_SIZE :]
    read = confirmation.decode_confirmation(data)
    assert (read.ofd_inn, read.fd_number, read.code) == ("7704358518", 1, confirmation.ACCEPTED)
    assert int(read.received_at.timestamp()) == 1488530300
    assert read.operator_sign == bytes(range(16))
    assert confirmation.encode_confirmation(read) == data


def test_confirmation_keeps_the_operators_words() -> None:
    read = confirmation.decode_confirmation(golden.document("ofd_message_confirmation")[message.HEADER_SIZE :])
    said = confirmation.Confirmation(
        ofd_inn=read.ofd_inn,
        fn_number=read.fn_number,
        fd_number=5,
        received_at=read.received_at,
        code=confirmation.FAILED_CONTROL,
        message=b"no 1030",
    )
    assert confirmation.decode_confirmation(confirmation.encode_confirmation(said)) == said


def test_message_carries_the_version_of_the_registration() -> None:
    data = message.encode_message(b"\x01", FfdVersion.FFD_1_2, "9999078900005488")
    assert message.decode_header(data).application_version == b"\x01\x20"


@given(st.integers(0, 2), st.integers(0), st.integers(1, 255))
def test_damaged_container_is_refused(which: int, place: int, change: int) -> None:
    data = bytearray(containers()[which])
    data[place % len(data)] ^= change
    with pytest.raises(CodecError):
        message.decode_container(bytes(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_confirmation_or_refused(data: bytes) -> None:
    for read in (message.decode_header, message.decode_container, confirmation.decode_confirmation):
        with pytest.raises(CodecError):
            read(data)


@given(st.binary(max_size=160))
def test_confirmation_with_any_inside_is_read_or_refused(body: bytes) -> None:
    container = message.Container(
        form=DocumentForm.OPERATOR_CONFIRMATION,
        fn_number="9999078900005488",
        fd_number=1,
        body=b"\x07\x00" + len(body).to_bytes(2, "little") + body + bytes(8),
        document_size=4 + len(body),
    )
    try:
        confirmation.decode_confirmation(message.encode_container(container))
    except CodecError:
        pass
