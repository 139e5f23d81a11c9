"""Values of tags: typed in memory, bytes on the wire, and back byte for byte. Order ЕД-7-20/662@, points 3 to 8.

  type                    in memory    on the wire
  byte, uint, bits, VLN   int          little-endian; VLN in as few bytes as needed, at least one
  FVLN                    Decimal      count of decimals, then a VLN; the Decimal keeps the count as its exponent
  string                  str          CP866; padding of fixed strings is taken off and put back
  unixtime                datetime     naive wall clock, uint32
  bytes, unknown tags     bytes        as they are

Documents of the field also write zero as no bytes and numbers with needless zeros: the *width* remembers that.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import tlv
from kkt_drivers.ffd.tags import TAGS, Tag, TagType
from kkt_drivers.ffd.text import encode_text

Scalar = int | Decimal | str | datetime | bytes

MAX_NUMBER = 8
"""Bytes of the longest number; the order gives money 6, KKTs and operators take 8."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock time has no zone
_SIZES = {TagType.BYTE: 1, TagType.UINT16: 2, TagType.UINT32: 4}
_INTEGERS = frozenset((TagType.BYTE, TagType.UINT16, TagType.UINT32, TagType.BITS, TagType.VLN))


def read_value(tag: int, data: bytes, offset: int | None = None, *, strict: bool = True) -> tuple[Scalar, int | None]:
    """The typed value, and its width in bytes when that is not the one that ``write_value`` would choose.

    Strict: raises CodecError with offset, tag and rule for a length that the table does not allow. Lenient: numbers of
    any width up to 8 bytes are read, what cannot be read stays bytes. Unknown tags are bytes either way.
    """
    info = TAGS.get(tag)
    if info is None or info.type is TagType.PRINT_ONLY:
        return data, None
    if strict and (fault := _length_fault(info, len(data))):
        raise CodecError(fault, offset=offset, tag=tag)
    value = _typed(info, data)
    if isinstance(value, bytes):
        return value, None
    return value, None if _is_usual(tag, value, data) else len(data)


def _is_usual(tag: int, value: Scalar, data: bytes) -> bool:
    try:
        return write_value(tag, value) == data
    except CodecError:
        return False  # a number wider than its tag, read leniently


def _length_fault(info: Tag, size: int) -> str | None:
    if info.type in (TagType.STRUCTURE, TagType.PRINT_ONLY):
        return None
    if info.type is TagType.VLN:
        return f"a VLN has at most {MAX_NUMBER} bytes, not {size}" if size > MAX_NUMBER else None
    if info.type is TagType.FVLN:
        return None if 1 <= size <= MAX_NUMBER else f"an FVLN has 1 to {MAX_NUMBER} bytes, not {size}"
    if info.length is None:
        own = _SIZES.get(info.type)  # no source gives a length, but the type has one
        return None if own in (None, size) else f"the value is {size} bytes long, must be {own}"
    if info.fixed:
        return None if size == info.length else f"the value is {size} bytes long, must be {info.length}"
    most = max(info.length, info.length_seen or 0)
    return f"the value is {size} bytes long, may be {most}" if size > most else None


def _typed(info: Tag, data: bytes) -> Scalar:
    if info.type in _INTEGERS and len(data) <= MAX_NUMBER:
        return int.from_bytes(data, "little")
    if info.type is TagType.FVLN and 1 <= len(data) <= MAX_NUMBER:
        return Decimal(int.from_bytes(data[1:], "little")).scaleb(-data[0])
    if info.type is TagType.STRING:
        text = data.decode("cp866")  # every byte has a character
        return text.rstrip(" ") if info.padded else text
    if info.type is TagType.UNIXTIME and len(data) == 4:
        return _EPOCH + timedelta(seconds=int.from_bytes(data, "little"))
    return data


def write_value(tag: int, value: Scalar, width: int | None = None) -> bytes:
    """Bytes of a value, in ``width`` bytes if given. Raises CodecError naming the tag and what does not fit."""
    info = TAGS.get(tag)
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return _write_text(info, value, width)
    if isinstance(value, datetime):
        return tlv.unixtime(value)
    if isinstance(value, Decimal):
        return _write_fvln(tag, value, width)
    return _write_number(tag, info, value, width)


def _write_number(tag: int, info: Tag | None, value: int, width: int | None) -> bytes:
    if width is None and info is not None:
        width = _SIZES.get(info.type, info.length if info.type is TagType.BITS else None)
    if width is None:
        width = (value.bit_length() + 7) // 8 or 1
    if value < 0 or width > MAX_NUMBER or value.bit_length() > width * 8:
        raise CodecError(f"{value} does not fit into {min(width, MAX_NUMBER)} bytes", tag=tag)
    return value.to_bytes(width, "little")


def _write_fvln(tag: int, value: Decimal, width: int | None) -> bytes:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or sign or exponent < -255 or exponent > 18:
        raise CodecError(f"{value} cannot be a quantity", tag=tag)
    mantissa: int = int("".join(map(str, digits)) or "0") * 10 ** max(exponent, 0)
    size = (mantissa.bit_length() + 7) // 8 or 1 if width is None else width - 1
    if not 0 <= size < MAX_NUMBER or mantissa.bit_length() > size * 8:
        raise CodecError(f"{value} does not fit into {MAX_NUMBER} bytes", tag=tag)
    return bytes((max(-exponent, 0),)) + mantissa.to_bytes(size, "little")


def _write_text(info: Tag | None, value: str, width: int | None) -> bytes:
    tag = None if info is None else info.number
    try:
        data = value.encode("cp866")  # keeps what was read, no-break spaces too
    except UnicodeEncodeError:
        data = encode_text(value, tag)
    if width is None and info is not None and info.padded:
        width = info.length
    return data if width is None else data.ljust(width)
