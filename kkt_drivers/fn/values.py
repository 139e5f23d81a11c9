"""Times and fixed texts of FN commands. FN protocol 3; no I/O."""

import struct
from datetime import date, datetime
from functools import lru_cache

from kkt_drivers.errors import CodecError
from kkt_drivers.kkt import KktLocalTime

MOMENT_SIZE = 5
INN_SIZE = 12
RNM_SIZE = 20
FN_NUMBER_SIZE = 16

_MOMENT = struct.Struct("<5B")


@lru_cache(maxsize=64)  # two commands of a document, and all documents of a minute, say the same
def moment(at: KktLocalTime) -> bytes:
    """DATE_TIME: year - 2000, month, day, hour, minute; seconds are dropped. Raises CodecError before 2000."""
    if not 2000 <= at.year <= 2255:
        raise CodecError(f"an FN cannot hold the year {at.year}")
    return _MOMENT.pack(at.year - 2000, at.month, at.day, at.hour, at.minute)


def read_moment(data: bytes, offset: int = 0) -> KktLocalTime:
    """Raises CodecError when the five bytes are no date and time."""
    year, month, day, hour, minute = _MOMENT.unpack_from(data, offset)
    try:
        return KktLocalTime(datetime(2000 + year, month, day, hour, minute))  # noqa: DTZ001 - the KKT's clock has no zone
    except ValueError as error:
        raise CodecError(f"no date and time: {error}", offset=offset) from None


def read_moment_or_none(data: bytes, offset: int = 0) -> KktLocalTime | None:
    """None for zero bytes: there was no such moment yet."""
    return read_moment(data, offset) if any(data[offset : offset + MOMENT_SIZE]) else None


def read_date(data: bytes, offset: int = 0) -> date:
    """DATE: year - 2000, month, day. Raises CodecError when the three bytes are no date."""
    try:
        return date(2000 + data[offset], data[offset + 1], data[offset + 2])
    except ValueError as error:
        raise CodecError(f"no date: {error}", offset=offset) from None


def padded(text: str, size: int) -> bytes:
    """ASCII with spaces on the right. Raises CodecError for other characters and for text above ``size``."""
    if not text.isascii() or len(text) > size:
        raise CodecError(f"{text!r} is not ASCII of up to {size} characters")
    return text.encode("ascii").ljust(size)


def read_text(data: bytes) -> str:
    """ASCII without its padding: spaces, or the zero bytes some KKTs write. Raises CodecError for other bytes."""
    try:
        return data.decode("ascii").strip(" \0")
    except UnicodeDecodeError:
        raise CodecError("text of an FN answer is not ASCII", offset=0) from None
