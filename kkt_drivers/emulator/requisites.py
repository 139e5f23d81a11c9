"""TLV as an FN reads and forms it: tag, length, value. FFD 1.

The emulated FN has this small codec of its own on purpose: it must notice when the driver's codec is wrong.
"""

import os
import struct
from functools import lru_cache

from kkt_drivers.emulator.answers import AnswerCode, Refused

_HEAD = struct.Struct("<HH")

STRUCTURES = frozenset({1059, 1084, 1115, 1119, 1163, 1174, 1223, 1224, 1256, 1260, 1261, 1270, 1291})
"""Tags whose value is again a list of TLVs; an FN checks that the lengths inside agree too."""

_walker = None
if os.environ.get("FISCAL_PURE") != "1":
    try:
        from kkt_drivers.emulator._walk import Walker

        _walker = Walker(STRUCTURES)
    except ImportError:  # not built
        pass


def requisite(tag: int, value: bytes) -> bytes:
    """One TLV."""
    return _HEAD.pack(tag, len(value)) + value


def byte(tag: int, value: int) -> bytes:
    return requisite(tag, bytes((value,)))


def uint16(tag: int, value: int) -> bytes:
    return requisite(tag, value.to_bytes(2, "little"))


def uint32(tag: int, value: int) -> bytes:
    return requisite(tag, value.to_bytes(4, "little"))


def vln(tag: int, value: int) -> bytes:
    """An unsigned integer in as few bytes as it needs, at least one."""
    return requisite(tag, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "little"))


@lru_cache(maxsize=256)  # names and numbers of an FN stand in every document
def text(tag: int, value: str, width: int) -> bytes:
    """A string of fixed width: CP866, padded on the right with spaces."""
    return requisite(tag, value.encode("cp866").ljust(width))


def split(data: bytes) -> list[tuple[int, bytes]]:
    """Top-level (tag, value) pairs. Raises Refused 01h when a length points outside."""
    found: list[tuple[int, bytes]] = []
    at, size = 0, len(data)
    while at < size:
        if size - at < 4:
            raise Refused(AnswerCode.BAD_FORMAT)
        tag, length = _HEAD.unpack_from(data, at)
        end = at + 4 + length
        if end > size:
            raise Refused(AnswerCode.BAD_FORMAT)
        found.append((tag, data[at + 4 : end]))
        at = end
    return found


def split_checked(data: bytes) -> list[tuple[int, bytes]]:
    """As ``split``, and the lengths inside structures must agree as well."""
    if _walker is None:
        return split_checked_plain(data)
    found = _walker.split_checked(data)
    if found is None:
        raise Refused(AnswerCode.BAD_FORMAT)
    return found


def split_checked_plain(data: bytes) -> list[tuple[int, bytes]]:
    """The same where nothing was compiled."""
    found = split(data)
    inside = found
    while inside:  # level by level: hostile data is nested deeper than calls may be
        inside = [one for tag, value in inside if tag in STRUCTURES for one in split(value)]
    return found


def number(value: bytes) -> int:
    """An unsigned little-endian integer; an empty value is 0, as some registers write it."""
    return int.from_bytes(value, "little")
