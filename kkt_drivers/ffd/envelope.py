"""What a document comes wrapped in, and its text forms. OFD protocol 2, 3; FFD 6 (``rawData``).

  message     session header (30) + container                       KKT -> operator
  container   head (32, with length and CRC) + document + sign      FN -> operator
  rawData     FF FF 00 1C + bytes 4..31 of a container + document + sign     JSON of the tax service, base64
  document    STLV with the form code, maybe the 8-byte sign behind it
  records     TLVs without the outer head, as an FN's archive gives them

The sign is ФПС behind a document and ФПП behind a confirmation; two zero bytes may follow it.
"""

import base64
import binascii
from enum import StrEnum

import msgspec

from accounting.receipts.codes import DocumentForm
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.tlv import HEAD_SIZE
from kkt_drivers.ofd.message import (
    CONTAINER_HEAD_SIZE,
    HEADER_SIZE,
    SIGN_SIZE,
    SIGNATURE,
    decode_container,
    decode_header,
    document_of,
)

RAW_HEAD_SIZE = 28
"""A container's head without its length and CRC."""

_RAW_MARK = b"\xff\xff\x00\x1c"
_CONTAINER_TYPE = 0xA5
_FORMS = frozenset(int(form) for form in DocumentForm)


class Wrapping(StrEnum):
    """What the bytes were."""

    MESSAGE = "message"
    CONTAINER = "container"
    RAW_DATA = "rawData"
    DOCUMENT = "document"
    RECORDS = "records"


class Envelope(msgspec.Struct, frozen=True):
    """A document taken out. ``document`` is the STLV with its head, or the bare records."""

    wrapping: Wrapping
    document: bytes
    sign: bytes = b""  # ФПС or ФПП, 8 bytes; empty: none
    head: bytes = b""  # 28 bytes of the container's head; empty: none


def open_envelope(data: bytes) -> Envelope:
    """The document inside, whatever it came in. Raises CodecError with the offset of what is wrong.

    The CRC of a container is checked; an encrypted one cannot be opened.
    """
    if data.startswith(SIGNATURE):
        header = decode_header(data)
        if header.size != len(data) - HEADER_SIZE:
            raise CodecError(f"a header says {header.size} bytes, {len(data) - HEADER_SIZE} follow", offset=24)
        return _open_container(data[HEADER_SIZE:], Wrapping.MESSAGE)
    if data.startswith(_RAW_MARK):
        head = data[len(_RAW_MARK) : len(_RAW_MARK) + RAW_HEAD_SIZE]
        if len(head) < RAW_HEAD_SIZE:
            raise CodecError("the head of rawData is cut", offset=len(data))
        document, sign = _split(data, len(_RAW_MARK) + RAW_HEAD_SIZE)
        return Envelope(Wrapping.RAW_DATA, document, sign, head)
    if len(data) >= CONTAINER_HEAD_SIZE and data[4] == _CONTAINER_TYPE and _uint16(data, 0) == len(data):
        return _open_container(data, Wrapping.CONTAINER)
    if len(data) >= HEAD_SIZE and _uint16(data, 0) in _FORMS:
        return Envelope(Wrapping.DOCUMENT, *_split(data, 0))
    return Envelope(Wrapping.RECORDS, data)


def _open_container(data: bytes, wrapping: Wrapping) -> Envelope:
    container = decode_container(data)
    if document_of(container) is None:
        raise CodecError("the container is encrypted or its document is damaged", offset=CONTAINER_HEAD_SIZE)
    document, sign = _split(data, CONTAINER_HEAD_SIZE)
    return Envelope(wrapping, document, sign, data[4:CONTAINER_HEAD_SIZE])


def _split(data: bytes, at: int) -> tuple[bytes, bytes]:
    """The document that begins at ``at``, and the sign behind it."""
    if len(data) - at < HEAD_SIZE:
        raise CodecError("the head of a document is cut", offset=at)
    end = at + HEAD_SIZE + _uint16(data, at + 2)
    if end > len(data):
        raise CodecError("a document runs out", offset=at + HEAD_SIZE, tag=_uint16(data, at))
    rest = data[end:]
    if len(rest) == SIGN_SIZE + 2 and rest.endswith(b"\x00\x00"):
        rest = rest[:SIGN_SIZE]
    if len(rest) not in (0, SIGN_SIZE):
        raise CodecError(f"{len(rest)} bytes behind a document are no sign of {SIGN_SIZE}", offset=end)
    return data[at:end], rest


def raw_data(document: bytes, sign: bytes = b"", head: bytes = b"") -> bytes:
    """The layout of ``rawData`` before base64; without a head the mark is left out too."""
    if head and len(head) != RAW_HEAD_SIZE:
        raise CodecError(f"the head of rawData has {RAW_HEAD_SIZE} bytes, not {len(head)}")
    return (_RAW_MARK + head if head else b"") + document + sign


def bytes_of_text(text: str) -> bytes:
    """Bytes written as hex (spaces and ``#`` comments between) or as base64. Raises CodecError for neither."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    packed = "".join("".join(lines).split())
    if packed.lower().startswith("0x"):
        packed = packed[2:]
    try:
        return bytes.fromhex(packed)
    except ValueError:
        pass  # letters beyond f: base64 then
    try:
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        raise CodecError("the text is neither hex nor base64") from None


def _uint16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")
