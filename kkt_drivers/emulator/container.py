"""The container between FN and operator, both ways. OFD protocol 3 and 5; no I/O.

     0   2   4    5     6    7      9          17       20         32
    +---+---+----+-----+----+------+----------+--------+----------+------+-----+-------+
    |len|CRC|A5h |form |01h |10 09 |FN, packed|FD, 3 BE|service, 12| STLV | ФПС | 00 00 |
    +---+---+----+-----+----+------+----------+--------+----------+------+-----+-------+

CRC over everything but itself. Service data: 5 varying bytes, FD of the shift's opening report (3, big-endian), 00 02,
length of the STLV (2, big-endian); the meaning is inferred from published samples.
"""

import binascii
import struct

import msgspec

from kkt_drivers.emulator import signature
from kkt_drivers.emulator.answers import OfdRefusal
from kkt_drivers.emulator.requisites import byte, number, requisite, split, text, uint32

_HEAD = struct.Struct("<HHBBB2s8s3s")
_SERVICE = struct.Struct(">5s3s2sH")
HEAD_SIZE = 32
BODY_OFFSET = 36
"""Where the TLVs of a document's body start: behind the head and the outer STLV's own head."""
SIGN_SIZE = 8
MAX_SIZE = 32_768
CONFIRMATION_FORM = 7


class BrokenContainer(Exception):
    """The bytes are no container; ``reason`` is what an FN says behind 20h."""

    def __init__(self, reason: OfdRefusal) -> None:
        super().__init__(reason.name)
        self.reason = reason


class Message(msgspec.Struct, frozen=True):
    """A container taken apart."""

    form: int
    fn_number: str
    fd_number: int
    document: bytes  # the outer STLV with its head
    sign: bytes  # ФПС or ФПП

    @property
    def body(self) -> bytes:
        """TLVs without the outer head."""
        return self.document[4:]


class Confirmation(msgspec.Struct, frozen=True):
    """What an operator answers (form 7)."""

    fn_number: str
    fd_number: int
    received_at: int  # UTC seconds
    code: int = 0  # tag 1022
    message: bytes = b""
    ofd_inn: str = "0000000000"


def pack_fn_number(fn_number: str) -> bytes:
    """Two digits a byte; a missing digit is nibble F."""
    return bytes.fromhex(fn_number.ljust(16, "F"))


def seal(form: int, fn_number: str, fd_number: int, document: bytes, tail: tuple[bytes, bytes]) -> bytes:
    """The whole container. ``tail`` is (service data, sign with whatever follows it)."""
    service, end = tail
    length = HEAD_SIZE + len(document) + len(end)
    fd = fd_number.to_bytes(3, "big")
    head = _HEAD.pack(length, 0, 0xA5, form, 1, b"\x10\x09", pack_fn_number(fn_number), fd)
    raw = head + service + document + end
    crc = binascii.crc_hqx(raw[4:], binascii.crc_hqx(raw[:2], 0xFFFF))
    return raw[:2] + crc.to_bytes(2, "little") + raw[4:]


def service_data(nonce: bytes, shift_opening_fd: int, document_size: int, kind: bytes = b"\x00\x02") -> bytes:
    """Bytes 20..31."""
    return _SERVICE.pack(nonce, shift_opening_fd.to_bytes(3, "big"), kind, document_size)


def seal_document(form: int, fn_number: str, fd_number: int, body: bytes, shift_opening_fd: int) -> bytes:
    """The container of a fiscal document, signed with the toy key. ``body``: TLVs without the outer head."""
    document = requisite(form, body)
    service = service_data(signature.message_nonce(document), shift_opening_fd, len(document))
    sign = signature.message_sign(document)
    return seal(form, fn_number, fd_number, document, (service, sign + b"\x00\x00"))


def document_body(container: bytes) -> bytes:
    """TLVs of the document inside a container that we made ourselves."""
    size = int.from_bytes(container[34:36], "little")
    return container[BODY_OFFSET : BODY_OFFSET + size]


def open_message(container: bytes) -> Message:
    """Take a container apart after checking length and CRC. Raises BrokenContainer."""
    if len(container) < BODY_OFFSET + SIGN_SIZE or len(container) > MAX_SIZE + 64:
        raise BrokenContainer(OfdRefusal.LENGTH)
    length, crc, kind, form, version, _, fn_number, fd = _HEAD.unpack_from(container)
    if length != len(container):
        raise BrokenContainer(OfdRefusal.LENGTH)
    if crc != binascii.crc_hqx(container[4:], binascii.crc_hqx(container[:2], 0xFFFF)):
        raise BrokenContainer(OfdRefusal.CRC)
    tag, size = struct.unpack_from("<HH", container, HEAD_SIZE)
    end = BODY_OFFSET + size
    if kind != 0xA5 or version != 1 or tag != form or end + SIGN_SIZE > len(container):
        raise BrokenContainer(OfdRefusal.FORMAT)
    return Message(
        form=form,
        fn_number=fn_number.hex().rstrip("f"),
        fd_number=int.from_bytes(fd, "big"),
        document=container[HEAD_SIZE:end],
        sign=container[end : end + SIGN_SIZE],
    )


def seal_confirmation(answer: Confirmation, message_sign: bytes) -> bytes:
    """The operator's container for a document whose ФПС is ``message_sign``."""
    sign = signature.operator_sign(answer.fn_number, answer.fd_number, message_sign, answer.received_at, answer.code)
    body = (
        text(1017, answer.ofd_inn, 12)
        + text(1041, answer.fn_number, 16)
        + uint32(1040, answer.fd_number)
        + uint32(1012, answer.received_at)
        + requisite(1068, byte(1022, answer.code) + answer.message)
        + requisite(1078, sign)
    )
    document = requisite(CONFIRMATION_FORM, body)
    service = service_data(bytes(5), 1, len(document))
    return seal(
        CONFIRMATION_FORM,
        answer.fn_number,
        answer.fd_number,
        document,
        (service, signature.confirmation_sign(document)),
    )


def open_confirmation(message: Message) -> tuple[Confirmation, bytes]:
    """The fields of a form 7 message and its ФПО. Raises BrokenContainer when one is missing."""
    if message.form != CONFIRMATION_FORM:
        raise BrokenContainer(OfdRefusal.FORMAT)
    fields = dict(split(message.body))
    code, words = 0, b""
    if 1068 in fields:  # holds 1022 and then bare text without a head of its own
        code, words = fields[1068][4] if len(fields[1068]) > 4 else 0, fields[1068][5:]
    try:
        answer = Confirmation(
            fn_number=fields[1041].decode("ascii").strip(),
            fd_number=number(fields[1040]),
            received_at=number(fields[1012]),
            code=code,
            message=words,
            ofd_inn=fields[1017].decode("ascii").strip(),
        )
        return answer, fields[1078]
    except (KeyError, UnicodeDecodeError):
        raise BrokenContainer(OfdRefusal.FORMAT) from None


def seal_as_report(container: bytes, answer: Confirmation) -> bytes:
    """The same confirmation under the form of a shift report: well sealed, of the wrong kind."""
    message = open_message(container)
    document = requisite(2, message.body)
    service = service_data(bytes(5), 1, len(document))
    sign = signature.confirmation_sign(document)
    return seal(2, answer.fn_number, answer.fd_number, document, (service, sign))
