"""Questions to an FN, its speed, and the reset of a debug one: 10h, 30h-3Fh, 60h, A7h, ABh. FN protocol 4, 7, 8."""

from kkt_drivers.emulator.answers import AnswerCode, Refused
from kkt_drivers.emulator.core import FnCore, Session
from kkt_drivers.emulator.limits import receipts_left, valid_until, warnings
from kkt_drivers.emulator.moment import from_seconds, pack_date, pack_moment, parse_moment
from kkt_drivers.emulator.records import ResetRecord
from kkt_drivers.emulator.state import PHASE_READY

FIRMWARE = b"emulated FN 1.2 "
_DEBUG_TYPE = 0
_RESET_PARAMETER = 0x16
_FFD_1_05 = 2
_BUILD = b"emulated FN 1.2, no hardware"
_SPEEDS = (115_200, 230_400, 460_800, 921_600)
"""Which speeds an FN takes is not published; real ones have been seen at 460800."""


def shift_state(fn: FnCore, data: bytes) -> bytes:
    """10h -> open, number, last receipt number; of a closed shift the count of its documents instead."""
    if fn.state.phase == PHASE_READY:
        raise Refused(AnswerCode.WRONG_STATE)
    shift = fn.state.shift
    count = shift.receipts if shift.open else shift.documents
    return bytes((shift.open,)) + shift.number.to_bytes(2, "little") + min(count, 0xFFFF).to_bytes(2, "little")


def status(fn: FnCore, data: bytes) -> bytes:
    """30h -> 30 bytes."""
    state, document = fn.state, fn.session.document
    return (
        bytes(
            (
                state.phase,
                document.kind if document else 0,
                bool(document and document.tlv),
                state.shift.open,
                warnings(fn),
            )
        )
        + (pack_moment(from_seconds(state.last_at)) if state.index else bytes(5))
        + state.parameters.number.encode("ascii")
        + state.last_fd.to_bytes(4, "little")
    )


def fn_number(fn: FnCore, data: bytes) -> bytes:
    """31h."""
    return fn.state.parameters.number.encode("ascii")


def validity(fn: FnCore, data: bytes) -> bytes:
    """32h -> last day (zeros before the first registration), registration reports left and made."""
    made = len(fn.state.registrations)
    left = max(0, fn.state.parameters.registrations - made)
    last_day = pack_date(valid_until(fn)) if made else bytes(3)
    return last_day + bytes((left, made))


def version(fn: FnCore, data: bytes) -> bytes:
    """33h: an emulated FN calls itself one, and a debug one."""
    return FIRMWARE + bytes((_DEBUG_TYPE,))


def diagnostics(fn: FnCore, data: bytes) -> bytes:
    """35h: words for the maker."""
    return b"emulated FN, broken by its fault plan" if fn.state.broken else b"emulated FN, no errors"


def ffd_version(fn: FnCore, data: bytes) -> bytes:
    """3Ah -> FFD of the registration in force (0 before), highest supported. An FN of 1.05 only does not know it."""
    _require_later_ffd(fn)
    return bytes((fn.state.ffd, fn.state.parameters.ffd))


def free_space(fn: FnCore, data: bytes) -> bytes:
    """3Dh -> documents that still fit, free KiB for unsent documents."""
    _require_later_ffd(fn)
    free_kib = max(0, fn.state.parameters.message_area_kib - -(-fn.state.unsent_bytes // 1024))
    return receipts_left(fn).to_bytes(4, "little") + free_kib.to_bytes(4, "little")


def counters(fn: FnCore, data: bytes) -> bytes:
    """36h 0 (shift) or 1 (FN) -> 354 bytes."""
    _require_later_ffd(fn)
    if data[0] > 1:
        raise Refused(AnswerCode.BAD_VALUE)
    chosen = fn.state.fn_counters if data[0] else fn.state.shift_counters
    return chosen.packed(fn.state.shift.number)


def operation_counters(fn: FnCore, data: bytes) -> bytes:
    """37h 0 (shift) or 1 (FN) -> 42 bytes: shift, then counts of all, of each sign, of BSO, of each sign's corrections.

    One source has 46 bytes and does not say what the last four are.
    """
    _require_later_ffd(fn)
    if data[0] > 1:
        raise Refused(AnswerCode.BAD_VALUE)
    chosen = fn.state.fn_counters if data[0] else fn.state.shift_counters
    receipts, corrections = chosen.counts, chosen.corrections.counts
    bso = sum(receipts) if fn.state.registrations and fn.state.registration.bso else 0
    counts = (sum(receipts) + sum(corrections), *receipts, bso, *corrections)
    return fn.state.shift.number.to_bytes(2, "little") + b"".join(count.to_bytes(4, "little") for count in counts)


def days_left(fn: FnCore, data: bytes) -> bytes:
    """3Bh DATE_TIME -> days to the end of the keys."""
    _require_later_ffd(fn)
    left = (valid_until(fn).date() - parse_moment(data).date()).days
    return max(0, left).to_bytes(2, "little")


def build(fn: FnCore, data: bytes) -> bytes:
    """3Fh -> 48 characters."""
    _require_later_ffd(fn)
    return _BUILD.ljust(48)


def data_sizes(fn: FnCore, data: bytes) -> bytes:
    """A7h -> bytes handed over by 07h, and by B7h (marking, which this FN does not have)."""
    _require_later_ffd(fn)
    document = fn.session.document
    return (len(document.tlv) if document else 0).to_bytes(4, "little") + bytes(4)


def change_speed(fn: FnCore, data: bytes) -> bytes:
    """ABh bits per second, Uint32: from the end of this answer on."""
    _require_later_ffd(fn)
    wanted = int.from_bytes(data, "little")
    if wanted not in _SPEEDS:
        raise Refused(AnswerCode.BAD_VALUE)
    fn.bits_per_s = wanted
    return b""


def unsent_counters(fn: FnCore, data: bytes) -> bytes:
    """39h -> 44 bytes."""
    _require_later_ffd(fn)
    return fn.state.unsent_counters.packed()


def reset(fn: FnCore, data: bytes) -> bytes:
    """60h 16h: wipe the archive of a debug FN; also an open document is gone."""
    if data[0] != _RESET_PARAMETER:
        raise Refused(AnswerCode.BAD_FORMAT)
    fn.store(ResetRecord())
    fn.session = Session()
    return b""


def _require_later_ffd(fn: FnCore) -> None:
    if fn.state.parameters.ffd <= _FFD_1_05:
        raise Refused(AnswerCode.BAD_FORMAT)
