"""Reading an FN's archive: 40h-47h. FN protocol 7, 10."""

from datetime import timedelta

from kkt_drivers.emulator.answers import AnswerCode, Refused
from kkt_drivers.emulator.container import document_body
from kkt_drivers.emulator.core import FnCore
from kkt_drivers.emulator.moment import from_seconds, pack_moment
from kkt_drivers.emulator.records import DocumentRecord, RegistrationRecord
from kkt_drivers.emulator.requisites import requisite, split
from kkt_drivers.emulator.state import CORRECTION_FORMS, RECEIPT_FORMS, REGISTRATION_FORMS

FULL_TEXT_KEPT = timedelta(days=30)
"""An older confirmed document is only a short record (order: storage column); what is kept 5 years stays whole."""

_KEPT_WHOLE = REGISTRATION_FORMS | {6}
_OPERATOR_SIGN_FIELD = 18
_ALL_TAGS = 0xFFFF

# How FNs of FFD 1.1 and 1.2 mark the form in 40h. Source: a reader of FN archives (one source).
_FORM_MARKS = {
    3: {1: 0x40, 11: 0x40, 3: 0x80, 31: 0x80, 4: 0x80, 41: 0x80},
    4: {1: 0x40, 11: 0x40, 3: 0xC0, 31: 0xC0, 4: 0xC0, 41: 0xC0},
}


def find_document(fn: FnCore, data: bytes) -> bytes:
    """40h FD -> form, confirmed, short record."""
    record = _stored(fn, data)
    confirmed = fn.state.index[record.fd_number - 1].confirmation_offset >= 0
    ffd = _ffd_of(fn, record.fd_number)
    form = record.form | _FORM_MARKS.get(ffd, {}).get(record.form, 0)
    names = _names(fn.state.registration) if record.form == 6 else b""
    return bytes((form, confirmed)) + _short_record(record, names)


def _short_record(record: DocumentRecord, names: bytes) -> bytes:
    at = pack_moment(from_seconds(record.issued_at))
    head = at + record.fd_number.to_bytes(4, "little") + record.fiscal_sign.to_bytes(4, "little")
    if record.registration is not None:
        registration = record.registration
        tail = _names(registration) + bytes((registration.taxation_systems, registration.mode))
        return head + tail + (bytes((registration.reasons & 0xFF,)) if record.form == 11 else b"")
    if record.form == 6:
        return head + names
    if record.form in RECEIPT_FORMS | CORRECTION_FORMS:
        return head + bytes((record.sign,)) + record.total_kopecks.to_bytes(5, "little")
    if record.form == 21:
        first = pack_moment(from_seconds(record.first_unsent_at)) if record.first_unsent_at else bytes(5)
        return head + record.unsent.to_bytes(4, "little") + first
    return head + record.shift_number.to_bytes(2, "little")


def find_confirmation(fn: FnCore, data: bytes) -> bytes:
    """41h FD -> DATE_TIME (UTC), ФПО in 18 bytes, FD."""
    fd_number = _number(fn, data)
    if fn.state.index[fd_number - 1].confirmation_offset < 0:
        raise Refused(AnswerCode.NO_DATA)
    record = fn.memory.confirmation(fd_number)
    at = pack_moment(from_seconds(record.received_at))
    return at + record.operator_sign.ljust(_OPERATOR_SIGN_FIELD, b"\x00") + fd_number.to_bytes(4, "little")


def count_unconfirmed(fn: FnCore, data: bytes) -> bytes:
    """42h -> Uint16."""
    return min(fn.state.unsent, 0xFFFF).to_bytes(2, "little")


def registration_result(fn: FnCore, data: bytes) -> bytes:
    """43h [number of the report] -> arguments of 03h or A3h, FD, ФП; a reason byte when a number was asked for."""
    fd_number, registration = _chosen_registration(fn, data)
    record = fn.memory.document(fd_number)
    answer = pack_moment(from_seconds(record.issued_at)) + _names(registration)
    answer += bytes((registration.taxation_systems, registration.mode))
    if registration.ffd >= 3:
        answer += bytes((registration.extended_mode,)) + registration.ofd_inn.encode().ljust(12)
        answer += registration.reasons.to_bytes(4, "little") if registration.reasons else b""
    elif data:
        answer += bytes((registration.reasons,))
    return answer + fd_number.to_bytes(4, "little") + record.fiscal_sign.to_bytes(4, "little")


def registration_requisite(fn: FnCore, data: bytes) -> bytes:
    """44h [number of the report,] tag -> the TLV; tag FFFFh: nothing now, then one TLV with each 47h."""
    fd_number, _ = _chosen_registration(fn, data[:-2])
    tag = int.from_bytes(data[-2:], "little")
    found = split(document_body(fn.memory.document(fd_number).container))
    if tag == _ALL_TAGS:
        _set_cursor(fn, found)
        return b""
    for name, value in found:
        if name == tag:
            return requisite(name, value)
    raise Refused(AnswerCode.NO_DATA)


def begin_reading(fn: FnCore, data: bytes) -> bytes:
    """45h FD -> form, length of all TLVs; then one TLV with each 46h."""
    fd_number = _number(fn, data)
    entry = fn.state.index[fd_number - 1]
    age = fn.now() - from_seconds(entry.issued_at)
    if entry.form not in _KEPT_WHOLE and entry.confirmation_offset >= 0 and age > FULL_TEXT_KEPT:
        raise Refused(AnswerCode.NO_DATA)
    body = document_body(fn.memory.document(fd_number).container)
    _set_cursor(fn, split(body))
    return entry.form.to_bytes(2, "little") + len(body).to_bytes(2, "little")


def next_requisite(fn: FnCore, data: bytes) -> bytes:
    """46h and 47h -> the next TLV of the top level; 08h behind the last one."""
    if not fn.session.cursor:
        raise Refused(AnswerCode.NO_DATA)
    return fn.session.cursor.pop()


def _set_cursor(fn: FnCore, found: list[tuple[int, bytes]]) -> None:
    fn.session.cursor = [requisite(tag, value) for tag, value in reversed(found)]


def _names(registration: RegistrationRecord) -> bytes:
    return registration.inn.encode().ljust(12) + registration.rnm.encode().ljust(20)


def _number(fn: FnCore, data: bytes) -> int:
    fd_number = int.from_bytes(data, "little")
    if not 0 < fd_number <= fn.state.last_fd:
        raise Refused(AnswerCode.NO_DATA)
    return fd_number


def _stored(fn: FnCore, data: bytes) -> DocumentRecord:
    return fn.memory.document(_number(fn, data))


def _ffd_of(fn: FnCore, fd_number: int) -> int:
    return next(record.ffd for fd, record in reversed(fn.state.registrations) if fd <= fd_number)


def _chosen_registration(fn: FnCore, number: bytes) -> tuple[int, RegistrationRecord]:
    registrations = fn.state.registrations
    if not registrations:
        raise Refused(AnswerCode.WRONG_STATE)
    if not number:
        return registrations[-1]
    if not 0 < number[0] <= len(registrations):
        raise Refused(AnswerCode.NO_DATA)
    return registrations[number[0] - 1]
