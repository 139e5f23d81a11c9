"""Tagged values: FFD TLV encoding (order ЕД-7-20/662@, appendix 2, points 3 to 8); no I/O.

  +-------+-------+----------------+
  |  tag  | length|     value      |   tag and length uint16 little-endian; length of the value alone.
  +-------+-------+----------------+   A structure's value is a list of such records.

Numbers are little-endian. VLN: 1 to 8 bytes, as few as the number needs. FVLN: count of decimals, then a VLN. Text is
CP866. Time is the local wall clock counted in seconds as if it were UTC. Real documents also hold VLN of no bytes
(zero) and VLN with needless zero bytes: a decoder takes them.
"""

import calendar
import struct
from collections.abc import Callable, Iterable
from datetime import datetime

from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import _codec_plain
from kkt_drivers.ffd._engine import codec
from kkt_drivers.ffd.record import HEAD_SIZE, QUANTITY_DECIMALS, Tlv, find, read_fvln, read_unixtime
from kkt_drivers.ffd.tags import TAGS
from kkt_drivers.ffd.text import encode_text

__all__ = [
    "HEAD_SIZE",
    "MAX_VALUE",
    "QUANTITY_DECIMALS",
    "Tlv",
    "byte",
    "byte_tlv",
    "decode",
    "encode",
    "encode_tlv",
    "find",
    "fvln",
    "money_tlv",
    "read_fvln",
    "read_unixtime",
    "stlv",
    "string",
    "text_tlv",
    "uint16",
    "uint32",
    "unixtime",
    "vln",
]

MAX_VALUE = 0xFFFF
"""Most bytes of a value."""

decode: Callable[[bytes], tuple[Tlv, ...]] = _codec_plain.decode if codec is None else codec.decode
"""Every record of some bytes with its structures opened; unknown tags are kept as bytes.

Raises CodecError with offset and tag for a cut head, a value that runs out, or nesting that no document has.
"""

_HEAD = struct.Struct("<HH")
_BYTES = tuple(bytes((number,)) for number in range(256))
_UINT32 = struct.Struct("<I")
_BYTE_TLV = struct.Struct("<HHB")


# Values ---------------------------------------------------------------------------------------------------------------


def byte(number: int) -> bytes:
    """One byte. Raises CodecError when the number does not fit, as do the two below."""
    return _fixed(number, 1)


def uint16(number: int) -> bytes:
    """Two bytes, little-endian."""
    return _fixed(number, 2)


def uint32(number: int) -> bytes:
    """Four bytes, little-endian."""
    return _fixed(number, 4)


def _fixed(number: int, size: int) -> bytes:
    try:
        return number.to_bytes(size, "little")
    except OverflowError:
        raise CodecError(f"{number} does not fit into {size} bytes") from None


def vln(number: int, max_size: int = 8) -> bytes:
    """``number`` in as few bytes as it needs, at least one. Raises CodecError below 0 or above ``max_size`` bytes."""
    if number < 0:
        raise CodecError(f"a VLN cannot be negative: {number}")
    size = (number.bit_length() + 7) >> 3 or 1
    if size > max_size:
        raise CodecError(f"{number} does not fit into a VLN of {max_size} bytes")
    return number.to_bytes(size, "little")


def fvln(quantity_micro: int) -> bytes:
    """A quantity in millionths with no more decimals than it needs: 1 000 000 is ``00 01``, 876 000 is ``03 6C 03``."""
    decimals = QUANTITY_DECIMALS
    if quantity_micro % 1_000_000 == 0:
        return b"\x00" + vln(quantity_micro // 1_000_000, 7)
    while quantity_micro % 10 == 0:
        quantity_micro //= 10
        decimals -= 1
    return _BYTES[decimals] + vln(quantity_micro, 7)


def string(text: str, *, length: int | None = None, max_length: int | None = None) -> bytes:
    """CP866; ``length`` pads with spaces on the right to exactly so many bytes.

    Raises CodecError for a character CP866 lacks (``text.py`` says what is replaced) and for text that is too long.
    """
    value = encode_text(text)
    limit = max_length if length is None else length
    if limit is not None and len(value) > limit:
        raise CodecError(f"text of {len(value)} bytes is longer than {limit}: {text[:40]!r}")
    return value if length is None else value.ljust(length)


def unixtime(moment: datetime) -> bytes:
    """Naive wall-clock time; an aware one is refused with CodecError, because the zone would be lost silently.

    The exception, 1012 of an operator's confirmation, is UTC: give it as naive UTC.
    """
    if moment.tzinfo is not None:
        raise CodecError("a tag's time is wall-clock time without a zone")
    try:
        return _UINT32.pack(calendar.timegm(moment.timetuple()))
    except struct.error:
        raise CodecError(f"{moment} is outside what 4 bytes of seconds can hold") from None


# Records --------------------------------------------------------------------------------------------------------------


def encode_tlv(tag: int, value: bytes) -> bytes:
    """One record. Raises CodecError when the value is longer than 65 535 bytes."""
    if len(value) > MAX_VALUE:
        raise CodecError(f"a value has at most {MAX_VALUE} bytes, not {len(value)}", tag=tag)
    return _HEAD.pack(tag, len(value)) + value


def stlv(tag: int, *records: bytes) -> bytes:
    """A structure of encoded records."""
    return encode_tlv(tag, b"".join(records))


def byte_tlv(tag: int, number: int) -> bytes:
    """A one-byte tag. Raises CodecError when the number does not fit."""
    if not 0 <= number <= 0xFF:
        raise CodecError(f"{number} does not fit into 1 byte", tag=tag)
    return _BYTE_TLV.pack(tag, 1, number)


def money_tlv(tag: int, kopecks: int) -> bytes:
    """An amount in kopecks as a VLN of up to 6 bytes, the order's limit. Raises CodecError naming the tag."""
    size = (kopecks.bit_length() + 7) >> 3 or 1
    if kopecks < 0 or size > 6:
        raise CodecError(f"{kopecks} kopecks do not fit into 6 bytes", tag=tag)
    return _HEAD.pack(tag, size) + kopecks.to_bytes(size, "little")


def text_tlv(tag: int, text: str) -> bytes:
    """A string tag, padded and bounded as the tag table says. Raises CodecError naming the tag."""
    info = TAGS[tag]
    value = encode_text(text, tag)
    if info.length is not None and len(value) != info.length:
        if len(value) > info.length:
            raise CodecError(f"text of {len(value)} bytes is longer than {info.length}: {text[:40]!r}", tag=tag)
        if info.padded:
            value = value.ljust(info.length)
        elif info.fixed:
            raise CodecError(f"text of {len(value)} bytes must have exactly {info.length}: {text[:40]!r}", tag=tag)
    return _HEAD.pack(tag, len(value)) + value


def encode(records: Iterable[Tlv]) -> bytes:
    """The bytes that ``decode`` read: only ``value`` counts, ``children`` repeats it."""
    return b"".join(encode_tlv(record.tag, record.value) for record in records)
