"""Commands that came with FFD 1.1 and 1.2. FN protocol 6, 8, 9; no I/O. An FN of 1.05 answers 01h to each of them.

Several of them are known from one source only, or two that differ; their comments say so, and those without an agreed
layout give their bytes as they are.
"""

import msgspec

from kkt_drivers.errors import CodecError
from kkt_drivers.fn import answers
from kkt_drivers.fn.commands import Command
from kkt_drivers.fn.counters import decode_counted, decode_counters, decode_operations


class DataSizes(msgspec.Struct, frozen=True):
    """Answer of A7h, bytes: handed over for the operator (07h) and for the marking system (B7h)."""

    for_operator: int
    for_marking: int


def decode_sizes(data: bytes) -> DataSizes:
    """Two Uint32 (one source). Raises CodecError when they are cut."""
    if len(data) < 8:
        raise CodecError("data sizes are two numbers of 4 bytes", offset=len(data))
    return DataSizes(int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little"))


LIFE = Command(0x34, "34h life", bytes)  # 8 bytes whose meaning nobody has written down
COUNTERS = Command(0x36, "36h counters", decode_counters)
OPERATION_COUNTERS = Command(0x37, "37h operation counters", decode_operations)
# One source has 86 bytes: the block of one sign (76) and 10 more, which may be its corrections or a head.
SIGN_COUNTERS = Command(0x38, "38h counters of one sign", bytes)
UNSENT_COUNTERS = Command(0x39, "39h unsent counters", decode_counted)
DAYS_LEFT = Command(0x3B, "3Bh days left", answers.decode_uint16)
MAKE = Command(0x3F, "3Fh make", answers.decode_make)
# One source: a zero byte, then form, confirmation flag, FD number and fiscal sign.
FIND_IN_FORMAT = Command(0x50, "50h find document in its format", bytes)
DATA_SIZES = Command(0xA7, "A7h data sizes", decode_sizes)
CHANGE_SPEED = Command(0xAB, "ABh change speed", answers.nothing)

# Marking and keys: codes only, a server of services sells nothing that is marked. FN protocol 9.
MARKING_STATUS = Command(0xB0, "B0h marking status", bytes)
PASS_MARKING_CODE = Command(0xB1, "B1h pass a marking code", bytes)
SAVE_MARKING_CHECK = Command(0xB2, "B2h save or reject a check", bytes)
CLEAR_MARKING_CHECKS = Command(0xB3, "B3h clear the checks", bytes)
MAKE_MARKING_REQUEST = Command(0xB5, "B5h request about a code", bytes)
PASS_MARKING_ANSWER = Command(0xB6, "B6h answer about a code", bytes)
HAND_OVER_MARKED = Command(0xB7, "B7h hand over marked data", bytes)
NOTIFICATION_STATUS = Command(0xBA, "BAh notification status", bytes)
BEGIN_NOTIFICATION = Command(0xBB, "BBh begin notification", bytes)
READ_NOTIFICATION = Command(0xBC, "BCh read notification", bytes)
CANCEL_NOTIFICATION = Command(0xBD, "BDh cancel notification", bytes)
FINISH_NOTIFICATION = Command(0xBE, "BEh finish notification", bytes)
ACCEPT_NOTIFICATION_RECEIPT = Command(0xBF, "BFh receipt for a notification", bytes)
MAKE_KEY_REQUEST = Command(0xD0, "D0h key update request", bytes)
PASS_KEY_ANSWER = Command(0xD1, "D1h key update answer", bytes)
BEGIN_EXPORT = Command(0xD3, "D3h begin export of notifications", bytes)
NEXT_EXPORTED = Command(0xD4, "D4h next exported notification", bytes)
READ_EXPORTED = Command(0xD5, "D5h read exported notification", bytes)
CONFIRM_EXPORTED = Command(0xD6, "D6h confirm exported notification", bytes)
KEY_SERVER = Command(0xD7, "D7h key server", bytes)


def counters_of(whole_fn: bool) -> bytes:
    """36h, 37h: of the shift or of the FN's whole life."""
    return b"\x01" if whole_fn else b"\x00"


def change_speed(bits_per_s: int) -> bytes:
    """ABh: Uint32 (one source). Raises CodecError for a number that does not fit."""
    if not 0 < bits_per_s < 1 << 32:
        raise CodecError(f"{bits_per_s} bit/s is no speed")
    return bits_per_s.to_bytes(4, "little")
