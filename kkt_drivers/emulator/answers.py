"""The answer codes of FN protocol 5, written from the protocol and not from the driver: they must not err together."""

from enum import IntEnum


class AnswerCode(IntEnum):
    """Bits 0..6 of the answer byte; bit 7 is the warning bit and is added when the answer leaves."""

    OK = 0x00
    BAD_FORMAT = 0x01  # unknown command, wrong length or layout
    WRONG_STATE = 0x02  # the command is out of sequence
    FN_FAILURE = 0x03
    TERM_OVER = 0x05
    ARCHIVE_FULL = 0x06  # FFD 1.05 only
    BAD_TIME = 0x07
    NO_DATA = 0x08
    BAD_VALUE = 0x09
    NOT_IN_THIS_FFD = 0x0A
    FORBIDDEN_TAG = 0x0B  # the FN forms this requisite itself
    DUPLICATE_TAG = 0x0C
    NOTHING_TO_COUNT = 0x0D  # data that the FN's counters need are missing
    TLV_TOO_LONG = 0x10
    NO_TRANSPORT = 0x11
    EXHAUSTED = 0x12
    STORAGE_EXHAUSTED = 0x14
    BACKLOG_TOO_OLD = 0x15  # FFD 1.05 only
    SHIFT_TOO_LONG = 0x16
    CLOCK_MOVED = 0x17
    BAD_REQUISITE = 0x18
    NOT_REGISTERED = 0x19
    OFD_MESSAGE_REFUSED = 0x20  # a reason byte follows
    MISSING_TAG = 0x3C  # the missing tag follows


class OfdRefusal(IntEnum):
    """The reason byte behind answer 20h."""

    SIGN = 1
    FORMAT = 2
    FD_NUMBER = 3
    FN_NUMBER = 4
    CRC = 5
    LENGTH = 7


class Refused(Exception):
    """The emulated FN says no; nothing was changed. ``extra`` is the data behind the answer code."""

    def __init__(self, code: AnswerCode, extra: bytes = b"") -> None:
        super().__init__(code.name)
        self.code = code
        self.extra = extra
