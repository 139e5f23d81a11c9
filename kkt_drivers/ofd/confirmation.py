"""The operator's confirmation (form 7, квитанция): what an OFD answers to each document. OFD protocol 5.

Body of its container: STLV 7 {1017, 1041, 1040, 1012 in UTC, 1068 {1022, raw text} if any, 1078} and 8 bytes of ФПП.
"""

from datetime import UTC, datetime

import msgspec

from accounting.receipts.codes import DocumentForm
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import tlv
from kkt_drivers.ofd.message import (
    MAX_CONTAINER,
    SIGN_SIZE,
    Container,
    decode_container,
    document_of,
    encode_container,
)

ACCEPTED = 0
NOT_RECOGNISED = 11
FAILED_CONTROL = 14


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """``received_at`` is aware UTC, whole seconds; ``code`` is tag 1022; ``message`` the operator's words, if any."""

    ofd_inn: str
    fn_number: str
    fd_number: int
    received_at: datetime
    code: int = ACCEPTED
    message: bytes = b""
    operator_sign: bytes = bytes(16)  # 1078, ФПО
    confirmation_sign: bytes = bytes(SIGN_SIZE)  # ФПП
    shift_opening_fd: int = 0  # as in the confirmed document's container


def encode_confirmation(confirmation: Confirmation) -> bytes:
    """The container of an operator's answer, ready for the FN. Raises CodecError when a field does not fit."""
    if confirmation.received_at.tzinfo is None:
        raise CodecError("an operator's time is aware", tag=1012)
    if len(confirmation.confirmation_sign) != SIGN_SIZE:
        raise CodecError(f"the sign of a confirmation has {SIGN_SIZE} bytes")
    received_at = confirmation.received_at.astimezone(UTC).replace(tzinfo=None)
    document = tlv.stlv(
        DocumentForm.OPERATOR_CONFIRMATION,
        tlv.text_tlv(1017, confirmation.ofd_inn),
        tlv.encode_tlv(1041, tlv.string(confirmation.fn_number, length=16)),
        tlv.encode_tlv(1040, tlv.uint32(confirmation.fd_number)),
        tlv.encode_tlv(1012, tlv.unixtime(received_at)),
        tlv.encode_tlv(1068, tlv.encode_tlv(1022, tlv.byte(confirmation.code)) + confirmation.message),
        tlv.encode_tlv(1078, confirmation.operator_sign),
    )
    return encode_container(
        Container(
            form=DocumentForm.OPERATOR_CONFIRMATION,
            fn_number=confirmation.fn_number,
            fd_number=confirmation.fd_number,
            body=document + confirmation.confirmation_sign,
            shift_opening_fd=confirmation.shift_opening_fd,
            document_size=len(document),
        )
    )


def decode_confirmation(data: bytes) -> Confirmation:
    """A confirmation out of its plain container. Raises CodecError for anything else, also for an encrypted one.

    1068 may be missing: the document was accepted and there is nothing to say.
    """
    container, document, records = _open(data)
    sign = container.body[len(document) : len(document) + SIGN_SIZE]
    if len(sign) != SIGN_SIZE:
        raise CodecError("the sign of a confirmation is cut", offset=len(data))
    message = tlv.find(records, 1068)
    code = None if message is None else message.child(1022)
    return Confirmation(
        ofd_inn=_need(records, 1017).text(),
        fn_number=_need(records, 1041).text(),
        fd_number=_need(records, 1040).number(),
        received_at=_need(records, 1012).moment().replace(tzinfo=UTC),
        code=ACCEPTED if code is None else code.number(),
        message=b"" if message is None or code is None else message.value[tlv.HEAD_SIZE + len(code.value) :],
        operator_sign=_need(records, 1078).value,
        confirmation_sign=sign,
        shift_opening_fd=container.shift_opening_fd,
    )


def confirmation_code(data: bytes) -> int:
    """The code alone, whatever else the confirmation says or lacks. Raises CodecError for a container that is none."""
    message = tlv.find(_open(data)[2], 1068)
    code = None if message is None else message.child(1022)
    return ACCEPTED if code is None else code.number()


def _open(data: bytes) -> tuple[Container, bytes, tuple[tlv.Tlv, ...]]:
    """The container, its document, and what stands in it."""
    if len(data) > MAX_CONTAINER:
        raise CodecError("a confirmation is longer than any container")
    container = decode_container(data)
    document = document_of(container)
    if container.form is not DocumentForm.OPERATOR_CONFIRMATION or document is None:
        raise CodecError("not a plain operator confirmation", offset=5)
    return container, document, tlv.decode(document)[0].children or ()


def _need(records: tuple[tlv.Tlv, ...], tag: int) -> tlv.Tlv:
    record = tlv.find(records, tag)
    if record is None:
        raise CodecError("a confirmation lacks a requisite", tag=tag)
    return record
