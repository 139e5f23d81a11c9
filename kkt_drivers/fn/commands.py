"""Commands of an FN: what to send. FN protocol 6 to 8; no I/O. Their answers are in ``answers.py``.

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
from kkt_drivers.fn.values import INN_SIZE, RNM_SIZE, moment, padded
from kkt_drivers.kkt import KktLocalTime, Registration

T = TypeVar("T")


class Command(msgspec.Struct, Generic[T], frozen=True):
    """``finishes``: it creates a document, so a lost answer to it leaves the outcome unknown."""

    code: int
    name: str
    decode: Callable[[bytes], T]
    finishes: bool = False


STATUS = Command(0x30, "30h status", answers.decode_status)
FN_NUMBER = Command(0x31, "31h FN number", answers.decode_fn_number)
TERM = Command(0x32, "32h term", answers.decode_term)
BUILD = Command(0x33, "33h firmware", answers.decode_build)
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
FINISH_SETTLEMENTS = Command(0x19, "19h finish settlements report", answers.decode_signed, finishes=True)
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
REGISTERED_TAG = Command(0x44, "44h registered requisite", bytes)
BEGIN_DOCUMENT = Command(0x45, "45h begin reading a document", answers.decode_stored)
READ_DOCUMENT = Command(0x46, "46h read a document", bytes)


def begin_registration_1_1(ffd: FfdVersion) -> bytes:
    """A2h: first registration in this version."""
    return bytes((0, ffd))


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


def registered_tag(tag: int) -> bytes:
    """44h: a requisite of the last registration."""
    return tag.to_bytes(2, "little")
