"""Shift reports, settlements reports and the closing of the FN: 04h, 05h, 11h-14h, 18h, 19h. FN protocol 7."""

from datetime import timedelta

from kkt_drivers.emulator.answers import AnswerCode, Refused
from kkt_drivers.emulator.core import FnCore, OpenDocument
from kkt_drivers.emulator.limits import (
    ARCHIVE_FULL,
    OFD_TIMEOUT,
    OPENING_MAY_LAG,
    RESERVED_DOCUMENTS,
    RESOURCE,
    URGENT_REPLACEMENT,
    check_message_area,
    check_queue_age,
    check_room,
    check_term,
    check_time,
    valid_until,
    warnings,
)
from kkt_drivers.emulator.making import Draft, make, numbers
from kkt_drivers.emulator.moment import from_seconds, midnight, pack_date, parse_moment
from kkt_drivers.emulator.requisites import byte, requisite, uint16, uint32
from kkt_drivers.emulator.state import PHASE_FISCAL, PHASE_POST_FISCAL, REGISTRATION_FORMS

_WARNING_TAGS = ((1053, OFD_TIMEOUT), (1051, URGENT_REPLACEMENT), (1052, ARCHIVE_FULL), (1050, RESOURCE))


def begin_fn_closing(fn: FnCore, data: bytes) -> bytes:
    """04h."""
    fn.require_idle(PHASE_FISCAL)
    if fn.state.shift.open:
        raise Refused(AnswerCode.WRONG_STATE)
    fn.session.document = OpenDocument(0x10, 0x04, 2048)
    return b""


def finish_fn_closing(fn: FnCore, data: bytes) -> bytes:
    """05h DATE_TIME, RNM -> FD, ФП."""
    document = fn.open_document(0x04)
    at = parse_moment(data)
    check_time(fn, at)
    if data[5:25].strip(b" \x00").decode("cp866") != fn.state.registration.rnm:
        raise Refused(AnswerCode.BAD_VALUE)
    check_room(fn, 0)
    number = fn.state.shift.number
    head = uint32(1038, number)
    if fn.state.ffd >= 3:
        head += fn.state.fn_counters.structure(1157)
    rnm = fn.state.registration.rnm.encode()
    draft = Draft(form=6, at=at, tlv=bytes(document.tlv), head=head, signed=rnm, shift_number=number)
    return numbers(make(fn, draft))


def begin_shift_opening(fn: FnCore, data: bytes) -> bytes:
    """11h DATE_TIME; it may lag an hour behind the closing of the last shift or the registration."""
    fn.require_idle(PHASE_FISCAL)
    if fn.state.shift.open:
        raise Refused(AnswerCode.WRONG_STATE)
    at = parse_moment(data)
    last_form = fn.state.index[-1].form
    may_lag = OPENING_MAY_LAG if last_form == 5 or last_form in REGISTRATION_FORMS else timedelta(0)
    check_time(fn, at, may_lag)
    check_queue_age(fn, at)
    fn.session.document = OpenDocument(0x02, 0x11, 1024, at=at)
    return b""


def finish_shift_opening(fn: FnCore, data: bytes) -> bytes:
    """12h -> shift number, FD, ФП."""
    document = fn.open_document(0x11)
    assert document.at is not None
    check_term(fn, document.at, AnswerCode.TERM_OVER)
    full = AnswerCode.ARCHIVE_FULL if fn.state.ffd <= 2 else AnswerCode.EXHAUSTED
    check_room(fn, RESERVED_DOCUMENTS + 1, full)  # a shift without room for a receipt is of no use
    check_message_area(fn)
    number = fn.state.shift.number + 1
    draft = Draft(
        form=2,
        at=document.at,
        tlv=bytes(document.tlv),
        head=uint32(1038, number) + _warning_tags(fn),
        signed=fn.state.registration.rnm.encode() + number.to_bytes(4, "little"),
        shift_number=number,
    )
    return number.to_bytes(2, "little") + numbers(make(fn, draft))


def begin_shift_closing(fn: FnCore, data: bytes) -> bytes:
    """13h DATE_TIME."""
    fn.require_idle(PHASE_FISCAL)
    if not fn.state.shift.open:
        raise Refused(AnswerCode.WRONG_STATE)
    at = parse_moment(data)
    check_time(fn, at)
    check_queue_age(fn, at)
    fn.session.document = OpenDocument(0x08, 0x13, 1024, at=at)
    return b""


def finish_shift_closing(fn: FnCore, data: bytes) -> bytes:
    """14h -> shift number, FD, ФП."""
    document = fn.open_document(0x13)
    assert document.at is not None
    check_room(fn, 1)
    shift = fn.state.shift
    head = uint32(1038, shift.number) + uint32(1118, shift.receipts) + uint32(1111, shift.documents + 1)
    head += _unsent_tags(fn)
    if fn.state.ffd >= 3:
        head += _warning_tags(fn) + fn.state.shift_counters.structure(1194) + fn.state.fn_counters.structure(1157)
        head += uint16(1213, max(0, (valid_until(fn) - document.at).days))
    draft = Draft(
        form=5,
        at=document.at,
        tlv=bytes(document.tlv),
        head=head,
        signed=fn.state.registration.rnm.encode() + shift.number.to_bytes(4, "little"),
        shift_number=shift.number,
    )
    return shift.number.to_bytes(2, "little") + numbers(make(fn, draft))


def begin_settlements_report(fn: FnCore, data: bytes) -> bytes:
    """18h DATE_TIME. FFD 1.05 wants the shift closed; later FNs make it inside a shift too (inferred)."""
    fn.require_idle(PHASE_FISCAL, PHASE_POST_FISCAL)
    if fn.state.shift.open and fn.state.ffd <= 2:
        raise Refused(AnswerCode.WRONG_STATE)
    at = parse_moment(data)
    check_time(fn, at)
    fn.session.document = OpenDocument(0x17, 0x18, 2048, at=at)
    return b""


def finish_settlements_report(fn: FnCore, data: bytes) -> bytes:
    """19h -> FD, ФП, number of unsent documents, date of the first one (zeros when there is none)."""
    document = fn.open_document(0x18)
    assert document.at is not None
    state, shift = fn.state, fn.state.shift
    check_room(fn, 2 if shift.open else 1 if state.phase == PHASE_FISCAL else 0)
    unsent, first = state.unsent, state.queue_head()
    head = (uint32(1038, shift.number) if shift.open else b"") + _unsent_tags(fn, with_number=True)
    if state.registration.autonomous:
        head += byte(1002, 1)
    if state.ffd >= 3:
        head += uint16(1213, max(0, (valid_until(fn) - document.at).days)) + state.fn_counters.structure(1157)
        head += state.unsent_counters.structure(1158)
    first_at = first.issued_at if first else 0
    draft = Draft(
        form=21,
        at=document.at,
        tlv=bytes(document.tlv),
        head=head,
        signed=state.registration.rnm.encode() + unsent.to_bytes(4, "little") + first_at.to_bytes(4, "little"),
        shift_number=shift.number if shift.open else 0,
        unsent=unsent,
        first_unsent_at=first_at,
    )
    day = pack_date(from_seconds(first_at)) if first else bytes(3)
    return numbers(make(fn, draft)) + unsent.to_bytes(4, "little") + day


def _unsent_tags(fn: FnCore, with_number: bool = False) -> bytes:
    """1116, 1097, 1098: only a KKT with an operator has them."""
    state = fn.state
    if state.registration.autonomous:
        return b""
    head = state.queue_head()
    tags = uint32(1116, state.acknowledged + 1) if head and with_number else b""
    tags += uint32(1097, state.unsent)
    return tags + (uint32(1098, midnight(head.issued_at)) if head else b"")


def _warning_tags(fn: FnCore) -> bytes:
    """1050-1053 and 1206, written by the FN from FFD 1.1 on and only when there is something to say."""
    if fn.state.ffd < 3:
        return b""
    flags = warnings(fn)
    tags = b"".join(byte(tag, 1) for tag, flag in _WARNING_TAGS if flags & flag)
    notice = fn.state.operator_notice
    return tags + (requisite(1206, bytes((notice,))) if notice else b"")
