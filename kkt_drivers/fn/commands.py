"""Commands of every FN: what to send. FN protocol 6 to 8; no I/O. Their answers are in ``answers.py``.

Those that came with FFD 1.1 and 1.2 are in ``later_commands.py``, but for the few that a driver cannot do without.

A ``Command`` knows its code, its answer's decoder and whether it makes a document. Where a command has parameters, a
function of the same subject gives their bytes.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from accounting.receipts.codes import FfdVersion, SettlementSign
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.tlv import byte
from kkt_drivers.fn import answers
from kkt_drivers.fn.archive import decode_confirmation_record, decode_record
from kkt_drivers.fn.error_codes import SUCCESS
from kkt_drivers.fn.frame import Frame
from kkt_drivers.fn.registration import decode_registration
from kkt_drivers.fn.values import FN_NUMBER_SIZE, INN_SIZE, RNM_SIZE, moment, padded
from kkt_drivers.kkt import KktLocalTime, Registration

T = TypeVar("T")

_CODE_MASK = 0x7F
_BUILD_SIZE = 17


class Command(msgspec.Struct, Generic[T], frozen=True):
    """``finishes``: it creates a document, so a lost answer to it leaves the outcome unknown.

    ``patience_s``: its answer may take this long, however short the driver's own timeout is.
    """

    code: int
    name: str
    decode: Callable[[bytes], T]
    finishes: bool = False
    patience_s: float = 0.0


STATUS = Command(0x30, "30h status", answers.decode_status)
FN_NUMBER = Command(0x31, "31h FN number", answers.decode_fn_number)
TERM = Command(0x32, "32h term", answers.decode_term)
BUILD = Command(0x33, "33h firmware", answers.decode_build)
DIAGNOSTICS = Command(0x35, "35h diagnostics", bytes)  # up to 256 bytes for the FN's maker
FFD_SUPPORT = Command(0x3A, "3Ah FFD versions", answers.decode_ffd)
CAPACITY = Command(0x3D, "3Dh capacity", answers.decode_capacity)

CANCEL = Command(0x06, "06h cancel the document", answers.nothing)
HAND_OVER = Command(0x07, "07h hand over data", answers.nothing)
SHIFT = Command(0x10, "10h shift", answers.decode_shift)
BEGIN_REGISTRATION = Command(0x02, "02h begin registration", answers.nothing)
BEGIN_REGISTRATION_1_1 = Command(0xA2, "A2h begin registration", answers.nothing)
BEGIN_SHIFT_OPENING = Command(0x11, "11h begin shift opening", answers.nothing)
BEGIN_SHIFT_CLOSING = Command(0x13, "13h begin shift closing", answers.nothing)
BEGIN_RECEIPT = Command(0x15, "15h begin receipt", answers.nothing)
BEGIN_CORRECTION = Command(0x17, "17h begin correction", answers.nothing)
BEGIN_SETTLEMENTS = Command(0x18, "18h begin settlements report", answers.nothing)
BEGIN_FN_CLOSING = Command(0x04, "04h begin FN closing", answers.nothing)

FINISH_REGISTRATION = Command(0x03, "03h finish registration", answers.decode_signed, finishes=True)
FINISH_REGISTRATION_1_1 = Command(0xA3, "A3h finish registration", answers.decode_signed, finishes=True)
FINISH_SHIFT_OPENING = Command(0x12, "12h finish shift opening", answers.decode_signed_in_shift, finishes=True)
FINISH_SHIFT_CLOSING = Command(0x14, "14h finish shift closing", answers.decode_signed_in_shift, finishes=True)
FINISH_RECEIPT = Command(0x16, "16h finish receipt", answers.decode_signed_receipt, finishes=True)
FINISH_SETTLEMENTS = Command(0x19, "19h finish settlements report", answers.decode_signed_settlements, finishes=True)
FINISH_FN_CLOSING = Command(0x05, "05h finish FN closing", answers.decode_signed, finishes=True)

OFD_STATE = Command(0x20, "20h operator exchange", answers.decode_ofd_state)
OFD_CONNECTION = Command(0x21, "21h operator connection", answers.nothing)
BEGIN_OFD_MESSAGE = Command(0x22, "22h begin message", answers.decode_uint16)
READ_OFD_MESSAGE = Command(0x23, "23h read message", bytes)
CANCEL_OFD_MESSAGE = Command(0x24, "24h cancel message", answers.nothing)
FINISH_OFD_MESSAGE = Command(0x25, "25h finish message", answers.nothing)
ACCEPT_OFD_ANSWER = Command(0x26, "26h operator's answer", answers.decode_ofd_code)

ARCHIVED = Command(0x40, "40h find document", decode_record)
CONFIRMATION = Command(0x41, "41h find confirmation", decode_confirmation_record)
UNCONFIRMED = Command(0x42, "42h count unconfirmed", answers.decode_uint16)
REGISTRATION = Command(0x43, "43h registration", decode_registration)
REGISTERED_TAG = Command(0x44, "44h registered requisite", bytes)
BEGIN_REGISTERED = Command(0x44, "44h begin reading the registration", answers.nothing)
READ_REGISTERED = Command(0x47, "47h read the registration", bytes)
BEGIN_DOCUMENT = Command(0x45, "45h begin reading a document", answers.decode_stored)
READ_DOCUMENT = Command(0x46, "46h read a document", bytes)

RESET = Command(0x60, "60h reset of a debug FN", answers.nothing, patience_s=20.0)
"""Wipes the archive; a serial FN refuses it. Clients of real ones wait 20 s. FN protocol 11."""

RESET_PARAMETER = b"\x16"
_ALL_TAGS = 0xFFFF


def begin_registration(kind: int) -> bytes:
    """02h: 0 first registration, 1 a new FN in a registered KKT, 2 something changed."""
    return bytes((kind,))


def begin_registration_1_1(ffd: FfdVersion, kind: int = 0) -> bytes:
    """A2h: as 02h, and the version."""
    return bytes((kind, ffd))


def finish_registration(registration: Registration, at: KktLocalTime) -> bytes:
    """03h: time, INN, RNM, taxation systems, working mode (bit 3 services, bit 5 Internet only)."""
    return (
        moment(at)
        + padded(registration.user_inn, INN_SIZE)
        + padded(registration.kkt_registration_number, RNM_SIZE)
        + byte(registration.taxation_systems)
        + byte(registration.services << 3 | registration.internet_only << 5)
    )


def finish_registration_1_1(registration: Registration, at: KktLocalTime) -> bytes:
    """A3h: as 03h, then the extended modes (none of ours) and the operator's INN."""
    return finish_registration(registration, at) + b"\x00" + padded(registration.ofd_inn, INN_SIZE)


def finish_receipt(at: KktLocalTime, sign: SettlementSign, total_kopecks: int) -> bytes:
    """16h: the time that is printed, 1054, the total in 5 bytes. Raises CodecError for a total that does not fit."""
    if not 0 <= total_kopecks < 1 << 40:
        raise CodecError(f"a total of {total_kopecks} kopecks does not fit into 5 bytes", tag=1020)
    return moment(at) + bytes((sign,)) + total_kopecks.to_bytes(5, "little")


def finish_fn_closing(at: KktLocalTime, kkt_registration_number: str) -> bytes:
    """05h: time and RNM."""
    return moment(at) + padded(kkt_registration_number, RNM_SIZE)


def ofd_connection(connected: bool) -> bytes:
    """21h."""
    return b"\x01" if connected else b"\x00"


def read_ofd_message(offset: int, length: int) -> bytes:
    """23h: a block of the message."""
    return offset.to_bytes(2, "little") + length.to_bytes(2, "little")


def document(fd_number: int) -> bytes:
    """40h, 41h, 45h. Raises CodecError for a number outside 1 to 2^32 - 1."""
    if not 1 <= fd_number <= 0xFFFFFFFF:
        raise CodecError(f"{fd_number} is not an FD number", tag=1040)
    return fd_number.to_bytes(4, "little")


def registration_number(report: int | None) -> bytes:
    """43h: the last registration report (None), or the one with this number, counted from 1."""
    return b"" if report is None else byte(report)


def registered_tag(tag: int, report: int | None = None) -> bytes:
    """44h: a requisite of the last registration, or of the report with this number."""
    return registration_number(report) + tag.to_bytes(2, "little")


def registered_all(report: int | None = None) -> bytes:
    """44h: get ready to read all requisites with 47h."""
    return registered_tag(_ALL_TAGS, report)


def tells_itself_apart(question: int, answer: Frame) -> bool:
    """It can only be the answer to this question, 31h or 33h: no other looks like it."""
    if answer.code & _CODE_MASK != SUCCESS:
        return False
    if question == FN_NUMBER.code:
        return len(answer.data) == FN_NUMBER_SIZE and answer.data.isdigit()
    return len(answer.data) == _BUILD_SIZE and answer.data.isascii() and answer.data[-1] <= 1
