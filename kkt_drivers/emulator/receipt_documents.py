"""Receipts, strict reporting forms and corrections: 15h, 16h, 17h; and 06h, 07h of every document. FN protocol 7."""

import struct

from kkt_drivers.emulator.answers import AnswerCode, Refused
from kkt_drivers.emulator.content import check_passed, check_receipt
from kkt_drivers.emulator.core import FnCore, OpenDocument
from kkt_drivers.emulator.counters import receipt_sums
from kkt_drivers.emulator.limits import (
    RESERVED_DOCUMENTS,
    check_clock,
    check_message_area,
    check_queue_age,
    check_room,
    check_shift_length,
    check_term,
    check_time,
)
from kkt_drivers.emulator.making import Draft, make, numbers
from kkt_drivers.emulator.moment import parse_moment
from kkt_drivers.emulator.requisites import byte, split_checked, uint32, vln
from kkt_drivers.emulator.state import PHASE_FISCAL

_LIMIT = 30 * 1024
_TOTALS_LIMIT = 2**48 - 1
"""Kopecks a shift counter holds (its width in 36h)."""
_TOTAL = struct.Struct("<BIB")


def begin_receipt(fn: FnCore, data: bytes) -> bytes:
    """15h DATE_TIME: a receipt, or a BSO when the KKT is registered for them."""
    return _begin(fn, data, 0x15, (0x04, 0x11))


def begin_correction(fn: FnCore, data: bytes) -> bytes:
    """17h DATE_TIME."""
    return _begin(fn, data, 0x17, (0x14, 0x15))


def _begin(fn: FnCore, data: bytes, command: int, kinds: tuple[int, int]) -> bytes:
    fn.require_idle(PHASE_FISCAL)
    if not fn.state.shift.open:
        raise Refused(AnswerCode.WRONG_STATE)
    at = parse_moment(data)
    check_time(fn, at)
    check_clock(fn, at)
    check_shift_length(fn, at)
    check_queue_age(fn, at)
    fn.session.document = OpenDocument(kinds[fn.state.registration.bso], command, _LIMIT, at=at)
    return b""


def finish_receipt(fn: FnCore, data: bytes) -> bytes:
    """16h DATE_TIME, settlement sign, total Uint40 -> number in shift, FD, ФП."""
    document = fn.open_document(0x15, 0x17)
    assert document.at is not None
    state = fn.state
    is_correction = document.begun_by == 0x17
    at, sign, total = parse_moment(data), data[5], int.from_bytes(data[6:11], "little")
    if at < document.at:
        raise Refused(AnswerCode.BAD_TIME)
    tlv = bytes(document.tlv)
    _check_value(fn, is_correction, sign, total)
    said = document.said
    if state.ffd >= 3:
        check_receipt(said, total)
    check_term(fn, at, AnswerCode.EXHAUSTED)
    check_room(fn, RESERVED_DOCUMENTS)
    check_message_area(fn)
    number, shift = state.shift.receipts + 1, state.shift.number
    draft = Draft(
        form=_form(is_correction, state.registration.bso),
        at=at,
        tlv=tlv,
        head=uint32(1038, shift) + uint32(1042, number) + byte(1054, sign) + vln(1020, total),
        signed=_TOTAL.pack(sign, total & 0xFFFFFFFF, total >> 32),
        shift_number=shift,
        number_in_shift=number,
        sign=sign,
        total_kopecks=total,
        sums=receipt_sums(total, said) if state.ffd >= 3 and not is_correction else (),
    )
    return number.to_bytes(2, "little") + numbers(make(fn, draft))


def _check_value(fn: FnCore, is_correction: bool, sign: int, total: int) -> None:
    """Raises Refused 09h: no such sign, or the shift's counter of this sign would overflow."""
    allowed = (1, 3) if is_correction and fn.state.ffd <= 2 else (1, 2, 3, 4)
    if sign not in allowed or fn.state.shift.totals[sign - 1] + total > _TOTALS_LIMIT:
        raise Refused(AnswerCode.BAD_VALUE)


def _form(is_correction: bool, bso: bool) -> int:
    if is_correction:
        return 41 if bso else 31
    return 4 if bso else 3


def cancel(fn: FnCore, data: bytes) -> bytes:
    """06h: drop the open document and its data."""
    if fn.session.document is None:
        raise Refused(AnswerCode.WRONG_STATE)
    fn.session.document = None
    return b""


def pass_data(fn: FnCore, data: bytes) -> bytes:
    """07h: whole TLVs of the open document; may come any number of times up to the document's limit."""
    document = fn.session.document
    if document is None or document.spoiled:
        raise Refused(AnswerCode.WRONG_STATE)
    if not data:
        raise Refused(AnswerCode.BAD_FORMAT)
    passed = split_checked(data)
    if len(document.tlv) + len(data) > document.limit:
        document.spoiled = True
        raise Refused(AnswerCode.TLV_TOO_LONG)
    if (document.ffd or fn.state.ffd) >= 3:
        check_passed(document, passed, fn.state.registration.taxation_systems if fn.state.registrations else 0xFF)
    document.tlv += data
    document.said.update(passed)
    return b""
