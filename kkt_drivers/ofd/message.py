"""Messages between a KKT and a fiscal data operator: session header, container, confirmation. OFD protocol 2-5; no I/O.

Session header, 30 bytes, put before the container by whoever carries it (numbers little-endian):

  0            4       6       8              24     26      28    30
  | 2A08410A   | S-ver | A-ver | FN number    | size | flags | CRC | container ...
  +------------+-------+-------+--------------+------+-------+-----+

Container, made and checked by the FN (FD numbers and the document's size big-endian, the rest little-endian):

  0        2     4    5      6     7        9          17     20        32
  | length | CRC | A5 | form | 01h | svc 1  | FN packed | FD   | svc 2   | body ...
  +--------+-----+----+------+-----+--------+-----------+------+---------+

The CRC covers everything but itself. The body is the document's STLV, its 8-byte sign and ``00 00``, or is encrypted.
The operator's answer, a container too, is opened in ``confirmation.py``.
"""

import binascii
import struct

import msgspec

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.errors import CodecError

HEADER_SIZE = 30
CONTAINER_HEAD_SIZE = 32
MAX_CONTAINER = 32 * 1024
SIGN_SIZE = 8
"""ФПС behind a document and ФПП behind a confirmation."""

SIGNATURE = b"\x2a\x08\x41\x0a"
SESSION_VERSION = b"\x81\xa2"
TEST_SESSION_VERSION = b"\x82\xfb"
APPLICATION_VERSIONS = {
    FfdVersion.FFD_1_05: b"\x01\x05",
    FfdVersion.FFD_1_1: b"\x01\x10",
    FfdVersion.FFD_1_2: b"\x01\x20",
}
FLAGS = 0x0014
"""A container follows (bit 2), the sender waits for an answer (bit 4), no CRC in the header (bits 0-1)."""

_HEADER = struct.Struct("<4s2s2s16sHHH")
_HEAD = struct.Struct("<HHBBB2s8s3s12s")
_TYPE = 0xA5
_VERSION = 1
_FORMS = frozenset(int(form) for form in DocumentForm)


class SessionHeader(msgspec.Struct, frozen=True):
    """Who speaks and how much follows. ``size`` counts the container's bytes; 0: there is none."""

    fn_number: str
    size: int
    application_version: bytes = b"\x01\x05"
    session_version: bytes = SESSION_VERSION
    flags: int = FLAGS
    crc: int = 0


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """One signed message. The meaning of the three service fields was read off samples, not published."""

    form: DocumentForm
    fn_number: str
    fd_number: int
    body: bytes
    service: bytes = b"\x10\x09"
    nonce: bytes = bytes(5)
    shift_opening_fd: int = 0  # FD number of the report that opened the document's shift
    mark: bytes = b"\x00\x02"
    document_size: int = 0  # of the STLV with its head


def encode_header(header: SessionHeader) -> bytes:
    """30 bytes. Raises CodecError for an FN number that is not 16 ASCII characters."""
    return _HEADER.pack(
        SIGNATURE,
        header.session_version,
        header.application_version,
        _ascii_fn(header.fn_number),
        header.size,
        header.flags,
        header.crc,
    )


def decode_header(data: bytes) -> SessionHeader:
    """The first 30 bytes of a message. Raises CodecError for another signature, session version, or a wrong CRC.

    Every application version is let through: KKTs in the field send six of them, some by mistake.
    """
    if len(data) < HEADER_SIZE:
        raise CodecError(f"a session header has {HEADER_SIZE} bytes", offset=len(data))
    signature, session, application, fn_number, size, flags, crc = _HEADER.unpack_from(data)
    if signature != SIGNATURE:
        raise CodecError("the signature is not that of the operator's protocol", offset=0)
    if session not in (SESSION_VERSION, TEST_SESSION_VERSION):
        raise CodecError(f"session protocol version {session.hex()} is unknown", offset=4)
    if not fn_number.isascii():
        raise CodecError("an FN number is ASCII", offset=8)
    if flags & 3 == 1 and crc != binascii.crc_hqx(data[:28], 0xFFFF):
        raise CodecError("the CRC of a session header does not match", offset=28)
    return SessionHeader(fn_number.decode("ascii"), size, application, session, flags, crc)


def encode_message(container: bytes, ffd: FfdVersion, fn_number: str) -> bytes:
    """Header and container in one piece, as a KKT writes them to the operator's socket."""
    if len(container) > MAX_CONTAINER:
        raise CodecError(f"a container has at most {MAX_CONTAINER} bytes, not {len(container)}")
    return encode_header(SessionHeader(fn_number, len(container), APPLICATION_VERSIONS[ffd])) + container


def encode_container(container: Container) -> bytes:
    """Raises CodecError when a field does not fit its place or the whole is longer than 32 KiB."""
    length = CONTAINER_HEAD_SIZE + len(container.body)
    if length > MAX_CONTAINER:
        raise CodecError(f"a container has at most {MAX_CONTAINER} bytes, not {length}")
    try:
        service_2 = (
            container.nonce
            + container.shift_opening_fd.to_bytes(3, "big")
            + container.mark
            + container.document_size.to_bytes(2, "big")
        )
        fd_number = container.fd_number.to_bytes(3, "big")
    except OverflowError:
        raise CodecError("a number of a container's head does not fit") from None
    if len(service_2) != 12 or len(container.service) != 2:
        raise CodecError("the service data of a container have 2, 5 and 2 bytes")
    fn_number = pack_fn(container.fn_number)
    head = _HEAD.pack(length, 0, _TYPE, container.form, _VERSION, container.service, fn_number, fd_number, service_2)
    crc = _container_crc(head + container.body)
    return head[:2] + crc.to_bytes(2, "little") + head[4:] + container.body


def decode_container(data: bytes) -> Container:
    """Raises CodecError for a wrong length, CRC, type, version, form or FN number, with the offset of the field."""
    if len(data) < CONTAINER_HEAD_SIZE:
        raise CodecError("a container's head is cut", offset=len(data))
    length, crc, kind, form, version, service, fn_number, fd_number, service_2 = _HEAD.unpack_from(data)
    if length != len(data):
        raise CodecError(f"a container says {length} bytes and has {len(data)}", offset=0)
    if crc != _container_crc(data):
        raise CodecError("the CRC of a container does not match", offset=2)
    if kind != _TYPE:
        raise CodecError(f"message type {kind:02X}h is unknown", offset=4)
    if form not in _FORMS:
        raise CodecError(f"document form {form} is unknown", offset=5)
    if version != _VERSION:
        raise CodecError(f"container version {version} is unknown", offset=6)
    return Container(
        form=DocumentForm(form),
        fn_number=unpack_fn(fn_number),
        fd_number=int.from_bytes(fd_number, "big"),
        body=data[CONTAINER_HEAD_SIZE:],
        service=service,
        nonce=service_2[:5],
        shift_opening_fd=int.from_bytes(service_2[5:8], "big"),
        mark=service_2[8:10],
        document_size=int.from_bytes(service_2[10:], "big"),
    )


def document_of(container: Container) -> bytes | None:
    """The document's STLV with its head out of a plain body; None when the body is encrypted."""
    body = container.body
    size = container.document_size
    if size < 4 or size > len(body) or int.from_bytes(body[:2], "little") != container.form:
        return None
    return body[:size] if int.from_bytes(body[2:4], "little") == size - 4 else None


def pack_fn(fn_number: str) -> bytes:
    """Two digits a byte, missing digits are nibbles F. Raises CodecError for anything but up to 16 digits."""
    digits = fn_number.rstrip(" ")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16):
        raise CodecError(f"an FN number has up to 16 digits, not {fn_number!r}")
    return bytes.fromhex(digits.ljust(16, "F"))


def unpack_fn(packed: bytes) -> str:
    """The digits of a packed FN number, unpadded."""
    digits = packed.hex().rstrip("f")
    if not digits.isdigit():
        raise CodecError("an FN number is not packed decimal", offset=9)
    return digits


def _ascii_fn(fn_number: str) -> bytes:
    if not fn_number.isascii() or len(fn_number) > 16:
        raise CodecError(f"an FN number has 16 ASCII characters, not {fn_number!r}")
    return fn_number.encode("ascii").ljust(16)


def _container_crc(data: bytes) -> int:
    return binascii.crc_hqx(data[4:], binascii.crc_hqx(data[:2], 0xFFFF))
