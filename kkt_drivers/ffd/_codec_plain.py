"""The decoder in plain Python: what ``_codec.pyx`` does in C, written to be read. FFD, points 3 to 8 of appendix 2.

The plain twin of the encoder is ``receipt.py`` with ``item.py``: the list of a receipt's records is a thing of its own.
"""

import struct

from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.record import HEAD_SIZE, Tlv
from kkt_drivers.ffd.tags import STRUCTURES

OPERATOR_MESSAGE = 1068
"""Its TLV 1022 may be followed by raw text without a head."""
MAX_DEPTH = 8
"""Structures inside structures: real documents need 4; deeper nesting is an attack on the stack."""

_HEAD = struct.Struct("<HH")


def decode(data: bytes) -> tuple[Tlv, ...]:
    """Every record of ``data`` with its structures opened; unknown tags are kept as bytes.

    Raises CodecError with offset and tag for a cut head, a value that runs out, or nesting that no document has.
    """
    return _decode(data, 0, len(data), 0)


def _decode(data: bytes, at: int, end: int, depth: int) -> tuple[Tlv, ...]:
    if depth > MAX_DEPTH:
        raise CodecError("structures are nested too deeply", offset=at)
    records: list[Tlv] = []
    while at < end:
        if end - at < HEAD_SIZE:
            raise CodecError("a TLV head is cut", offset=at)
        tag, length = _HEAD.unpack_from(data, at)
        start = at + HEAD_SIZE
        at = start + length
        if at > end:
            raise CodecError(f"a value of {length} bytes runs out", offset=start, tag=tag)
        if tag not in STRUCTURES:
            records.append(Tlv(tag, data[start:at]))
        elif tag == OPERATOR_MESSAGE:
            records.append(Tlv(tag, data[start:at], _decode_message(data, start, at)))
        else:
            records.append(Tlv(tag, data[start:at], _decode(data, start, at, depth + 1)))
    return tuple(records)


def _decode_message(data: bytes, at: int, end: int) -> tuple[Tlv, ...]:
    """1022 in front, whatever follows is the operator's raw text (FFD, table of form 7)."""
    if end - at >= HEAD_SIZE:
        tag, length = _HEAD.unpack_from(data, at)
        start = at + HEAD_SIZE
        if start + length <= end:
            return (Tlv(tag, data[start : start + length]),)
    raise CodecError("an operator's message begins with its code", offset=at, tag=OPERATOR_MESSAGE)
