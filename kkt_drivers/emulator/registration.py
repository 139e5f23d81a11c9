"""Registration reports 02h/03h (FFD 1.05), A2h/A3h (1.1 and 1.2); check digits of the RNM. FN protocol 7, 8, 14."""

import binascii
from datetime import datetime

import msgspec

from kkt_drivers.emulator.answers import AnswerCode, Refused
from kkt_drivers.emulator.core import FnCore, OpenDocument
from kkt_drivers.emulator.limits import RESERVED_DOCUMENTS, check_room, check_time
from kkt_drivers.emulator.making import Draft, make, numbers
from kkt_drivers.emulator.moment import parse_moment
from kkt_drivers.emulator.records import RegistrationRecord
from kkt_drivers.emulator.requisites import byte, requisite, split, text, uint16, uint32
from kkt_drivers.emulator.state import PHASE_FISCAL, PHASE_READY

BEGIN_BASE, FINISH_BASE = 0x02, 0x03
BEGIN_EXTENDED, FINISH_EXTENDED = 0xA2, 0xA3

_FIRST, _FN_REPLACED, _CHANGED = 0, 1, 2
_STATUS_KINDS = {_FIRST: 0x01, _FN_REPLACED: 0x12, _CHANGED: 0x13}
_LIMIT = 2048
_FFD_1_05 = 2

# Bit of a mode byte -> bit of tag 1290.
_MODE_BITS = ((3, 9), (4, 2), (5, 5), (6, 15), (7, 16))
_EXTENDED_BITS = ((0, 6), (1, 10), (2, 11), (3, 1), (4, 8), (5, 12), (6, 13), (7, 14))


def begin_base(fn: FnCore, data: bytes) -> bytes:
    """02h [kind]."""
    return _begin(fn, BEGIN_BASE, data[0] if data else _FIRST, _FFD_1_05)


def begin_extended(fn: FnCore, data: bytes) -> bytes:
    """A2h kind, FFD version. An FN of 1.05 only does not know the command."""
    if fn.state.parameters.ffd <= _FFD_1_05:
        raise Refused(AnswerCode.BAD_FORMAT)
    if not _FFD_1_05 <= data[1] <= fn.state.parameters.ffd:
        raise Refused(AnswerCode.BAD_VALUE)
    return _begin(fn, BEGIN_EXTENDED, data[0], data[1])


def _begin(fn: FnCore, command: int, kind: int, ffd: int) -> bytes:
    if kind not in _STATUS_KINDS:
        raise Refused(AnswerCode.BAD_FORMAT)
    fn.require_idle(PHASE_FISCAL if kind == _CHANGED else PHASE_READY)
    if fn.state.shift.open:
        raise Refused(AnswerCode.WRONG_STATE)
    if len(fn.state.registrations) >= fn.state.parameters.registrations:
        raise Refused(AnswerCode.EXHAUSTED)
    fn.session.document = OpenDocument(_STATUS_KINDS[kind], command, _LIMIT, ffd=ffd, registration_kind=kind)
    return b""


def finish_base(fn: FnCore, data: bytes) -> bytes:
    """03h DATE_TIME, INN, RNM, tax systems, mode [, reason] -> FD, ФП."""
    document = fn.open_document(BEGIN_BASE)
    if (len(data) == 40) != (document.registration_kind == _CHANGED):
        raise Refused(AnswerCode.BAD_FORMAT)
    reason = data[39] if document.registration_kind == _CHANGED else document.registration_kind
    if document.registration_kind == _CHANGED and reason not in (2, 3, 4):
        raise Refused(AnswerCode.BAD_VALUE)
    return _finish(fn, document, _arguments(data, _FFD_1_05, reason), parse_moment(data))


def finish_extended(fn: FnCore, data: bytes) -> bytes:
    """A3h DATE_TIME, INN, RNM, tax systems, mode, extended mode, OFD's INN [, reasons Uint32] -> FD, ФП."""
    document = fn.open_document(BEGIN_EXTENDED)
    # Together with the FN other things may have changed; then their bits come with the command (inferred).
    if document.registration_kind != _FN_REPLACED and (len(data) == 56) != (document.registration_kind == _CHANGED):
        raise Refused(AnswerCode.BAD_FORMAT)
    reasons = int.from_bytes(data[52:56], "little")
    if document.registration_kind == _FN_REPLACED:
        reasons |= 1  # bit 0 of tag 1205: the FN was replaced
    registration = msgspec.structs.replace(
        _arguments(data, document.ffd, reasons), extended_mode=data[39], ofd_inn=_ascii(data[40:52])
    )
    return _finish(fn, document, registration, parse_moment(data))


def _arguments(data: bytes, ffd: int, reasons: int) -> RegistrationRecord:
    """What 03h and A3h have in common. Raises Refused 09h."""
    inn, rnm = _ascii(data[5:17]), _ascii(data[17:37])
    taxation_systems, mode = data[37], data[38]
    if not inn.isdecimal() or len(inn) not in (10, 12) or not 0 < taxation_systems < 0x40:
        raise Refused(AnswerCode.BAD_VALUE)
    if mode & 0x03 == 0x03:  # nobody decrypts what nobody receives
        raise Refused(AnswerCode.BAD_VALUE)
    return RegistrationRecord(inn=inn, rnm=rnm, taxation_systems=taxation_systems, mode=mode, ffd=ffd, reasons=reasons)


def _finish(fn: FnCore, document: OpenDocument, registration: RegistrationRecord, at: datetime) -> bytes:
    check_time(fn, at)
    tlv = bytes(document.tlv)
    passed = dict(split(tlv))
    if registration.ffd > _FFD_1_05 and 1013 not in passed:
        raise Refused(AnswerCode.MISSING_TAG, (1013).to_bytes(2, "little"))
    serial = _ascii(passed.get(1013, b""))
    if registration.rnm[10:] != check_digits(registration.rnm[:10], registration.inn, serial):
        raise Refused(AnswerCode.BAD_VALUE)
    check_room(fn, RESERVED_DOCUMENTS)
    ofd_inn = registration.ofd_inn.encode("ascii") or passed.get(1017, b"").strip()
    draft = Draft(
        form=1 if document.registration_kind == _FIRST else 11,
        at=at,
        tlv=tlv,
        head=_head_1_05(registration) if registration.ffd <= _FFD_1_05 else _head_1_2(fn, registration),
        signed=registration.inn.encode() + registration.rnm.encode() + ofd_inn,
        registration=registration,
    )
    return numbers(make(fn, draft))


def _head_1_05(registration: RegistrationRecord) -> bytes:
    mode = registration.mode
    bits = ((1056, 0), (1002, 1), (1001, 2), (1109, 3), (1110, 4), (1108, 5))
    head = b"".join(byte(tag, mode >> bit & 1) for tag, bit in bits) + byte(1062, registration.taxation_systems)
    return head + (byte(1101, registration.reasons) if registration.reasons else b"")


def _head_1_2(fn: FnCore, registration: RegistrationRecord) -> bytes:
    mode, days = registration.mode, fn.state.parameters.term_days
    head = (
        byte(1190, fn.state.parameters.ffd)
        + byte(1056, mode & 1)
        + byte(1002, mode >> 1 & 1)
        + byte(1001, mode >> 2 & 1)
        + byte(1062, registration.taxation_systems)
        + uint32(1290, usage_conditions(registration))
        + text(1017, registration.ofd_inn, 12)
        + uint16(1213, days)
    )
    if registration.reasons:
        head += requisite(1205, registration.reasons.to_bytes(4, "little")) + fn.state.fn_counters.structure(1157)
    return head


def usage_conditions(registration: RegistrationRecord) -> int:
    """Tag 1290 from the two mode bytes of A3h."""
    mode, extended = registration.mode, registration.extended_mode
    bits = [(mode, bit, target) for bit, target in _MODE_BITS]
    bits += [(extended, bit, target) for bit, target in _EXTENDED_BITS]
    return sum(1 << target for source, bit, target in bits if source >> bit & 1)


def check_digits(order_number: str, inn: str, serial_number: str) -> str:
    """The last six digits of an RNM: CRC-16 over order number, INN in 12 and serial number in 20 places."""
    given = order_number + inn.rjust(12, "0") + serial_number.rjust(20, "0")
    return f"{binascii.crc_hqx(given.encode('cp866', 'replace'), 0xFFFF):06d}"


def _ascii(field: bytes) -> str:
    """A fixed-width field; real KKTs pad with spaces or with zero bytes on either side."""
    return field.strip(b" \x00").decode("cp866")
