"""What an FN of FFD 1.1 and 1.2 adds up by itself: answers of 36h, 37h and 39h. FN protocol 8; no I/O.

Money in kopecks. Everything exists once for each settlement sign, in the order of the sign's codes 1 to 4.
"""

import struct

import msgspec

from accounting.receipts.codes import SettlementSign
from kkt_drivers.errors import CodecError

_SIGNS = tuple(SettlementSign)
_BLOCK_SIZE = 4 + 12 * 6
_SHORT_SIZE = 4 + 6
_SHORTS_SIZE = 4 + 4 * _SHORT_SIZE
_FULL_SIZE = 2 + 4 + 4 * _BLOCK_SIZE + _SHORTS_SIZE
_OPERATIONS = struct.Struct("<H10I")


class SignTotals(msgspec.Struct, frozen=True):
    """Receipts of one sign; the names are those of the tags inside 1129 to 1132."""

    count: int
    total_kopecks: int
    cash_kopecks: int
    electronic_kopecks: int
    prepaid_kopecks: int
    credit_kopecks: int
    provision_kopecks: int
    vat_20_kopecks: int
    vat_10_kopecks: int
    turnover_vat_0_kopecks: int
    turnover_no_vat_kopecks: int
    vat_20_120_kopecks: int
    vat_10_110_kopecks: int


class CountAndSum(msgspec.Struct, frozen=True):
    """Documents of one sign."""

    count: int
    total_kopecks: int


class CountedDocuments(msgspec.Struct, frozen=True):
    """Corrections, or documents that the operator has not confirmed (39h): all together, and by sign."""

    count: int
    by_sign: dict[SettlementSign, CountAndSum]


class FnCounters(msgspec.Struct, frozen=True):
    """Answer of 36h. ``count``: receipts and corrections together."""

    shift_number: int
    count: int
    by_sign: dict[SettlementSign, SignTotals]
    corrections: CountedDocuments


class OperationCounters(msgspec.Struct, frozen=True):
    """Answer of 37h: counts only. ``count``: everything; ``bso``: how many of it were strict reporting forms."""

    shift_number: int
    count: int
    by_sign: dict[SettlementSign, int]
    bso: int
    corrections_by_sign: dict[SettlementSign, int]


def decode_counters(data: bytes) -> FnCounters:
    """36h, 354 bytes. Raises CodecError when it is cut."""
    _need(data, _FULL_SIZE)
    blocks = {sign: _totals(data, 6 + place * _BLOCK_SIZE) for place, sign in enumerate(_SIGNS)}
    return FnCounters(
        shift_number=_uint(data, 0, 2),
        count=_uint(data, 2, 4),
        by_sign=blocks,
        corrections=decode_counted(data[_FULL_SIZE - _SHORTS_SIZE :]),
    )


def decode_counted(data: bytes) -> CountedDocuments:
    """39h, and the end of 36h: 44 bytes. Raises CodecError when it is cut."""
    _need(data, _SHORTS_SIZE)
    starts = {sign: 4 + place * _SHORT_SIZE for place, sign in enumerate(_SIGNS)}
    return CountedDocuments(
        count=_uint(data, 0, 4),
        by_sign={sign: CountAndSum(_uint(data, at, 4), _uint(data, at + 4, 6)) for sign, at in starts.items()},
    )


def decode_operations(data: bytes) -> OperationCounters:
    """37h: shift and ten counts, 42 bytes; one source has four more, of unknown meaning, which are passed over."""
    _need(data, _OPERATIONS.size)
    shift, count, *counts = _OPERATIONS.unpack_from(data)
    return OperationCounters(
        shift_number=shift,
        count=count,
        by_sign=dict(zip(_SIGNS, counts[:4], strict=True)),
        bso=counts[4],
        corrections_by_sign=dict(zip(_SIGNS, counts[5:], strict=True)),
    )


def _totals(data: bytes, at: int) -> SignTotals:
    sums = (_uint(data, start, 6) for start in range(at + 4, at + _BLOCK_SIZE, 6))
    return SignTotals(_uint(data, at, 4), *sums)


def _uint(data: bytes, offset: int, size: int) -> int:
    return int.from_bytes(data[offset : offset + size], "little")


def _need(data: bytes, size: int) -> None:
    if len(data) < size:
        raise CodecError(f"FN counters of {len(data)} bytes lack {size - len(data)}", offset=len(data))
