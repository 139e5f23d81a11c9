"""The limits that an FN watches: time, term, queue, room, and the warning flags before them. FN protocol 4, 7, 11.

Thresholds that no source publishes are marked "inferred".
"""

from datetime import datetime, timedelta
from functools import lru_cache

from kkt_drivers.emulator.answers import AnswerCode, Refused
from kkt_drivers.emulator.core import FnCore
from kkt_drivers.emulator.moment import from_seconds

SHIFT_LENGTH = timedelta(hours=24)
QUEUE_LIMIT = timedelta(days=30)
QUEUE_WARNING = timedelta(days=2)  # inferred for the status bit; the order says it of tag 1053
CLOCK_TOLERANCE = timedelta(minutes=5)
OPENING_MAY_LAG = timedelta(hours=1)

RESERVED_DOCUMENTS = 3
"""Room that receipts cannot have: closing the shift, a settlements report, closing the FN (inferred)."""

URGENT_REPLACEMENT = 0x01
RESOURCE = 0x02
ARCHIVE_FULL = 0x04
OFD_TIMEOUT = 0x08
CRITICAL = 0x80


def valid_until(fn: FnCore) -> datetime:
    """Last day of the keys: the term counts from the first registration."""
    start = from_seconds(fn.state.index[0].issued_at) if fn.state.index else fn.now()
    return _midnight_after(start, fn.state.parameters.term_days)


@lru_cache(maxsize=64)  # the same for an FN's whole life
def _midnight_after(start: datetime, days: int) -> datetime:
    return start.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)


def receipts_left(fn: FnCore) -> int:
    """Documents that still fit beside the reserved room."""
    return max(0, fn.state.capacity_documents - RESERVED_DOCUMENTS - fn.state.last_fd)


def warnings(fn: FnCore) -> int:
    """The flags of the status answer. Every answer wants them, so they are worked out once a minute or document."""
    age, now = fn.state.age, fn.now()
    minute = now if fn.clock is None else now.replace(second=0, microsecond=0)  # documents' times are whole minutes
    known = fn.flags
    if known[0] != age or known[1] != minute:
        known = fn.flags = (age, minute, _work_out_warnings(fn))
    return known[2]


def _work_out_warnings(fn: FnCore) -> int:
    state = fn.state
    flags = CRITICAL if state.broken else 0
    if not state.index:
        return flags
    now = fn.now()
    days_left = (valid_until(fn).date() - now.date()).days
    if days_left <= 3:
        flags |= URGENT_REPLACEMENT
    if days_left <= 30 or receipts_left(fn) * 100 < state.capacity_documents:  # 1 % is inferred
        flags |= RESOURCE
    filled = state.capacity_documents < state.parameters.capacity_documents  # by a fault plan
    if filled or state.last_fd * 10 >= state.capacity_documents * 9:
        flags |= ARCHIVE_FULL
    head = state.queue_head()
    if head is not None and now - from_seconds(head.issued_at) > QUEUE_WARNING:
        flags |= OFD_TIMEOUT
    return flags


def check_time(fn: FnCore, at: datetime, may_lag: timedelta = timedelta(0)) -> None:
    """Raises Refused 07h for a time before the last document."""
    if fn.state.index and at < from_seconds(fn.state.last_at) - may_lag:
        raise Refused(AnswerCode.BAD_TIME)


def check_clock(fn: FnCore, at: datetime) -> None:
    """Raises Refused 17h when the KKT's clock and the FN's timer ran apart since the last document.

    The timer has no battery: after a power cut the first document is believed (inferred).
    """
    if fn.clock is None or fn.session.timer is None:
        return
    last, timer = fn.session.timer
    if abs((at - last) - (fn.clock() - timer)) > CLOCK_TOLERANCE:
        raise Refused(AnswerCode.CLOCK_MOVED)


def check_shift_length(fn: FnCore, at: datetime) -> None:
    """Raises Refused 16h later than 24 hours after the opening."""
    if at > from_seconds(fn.state.shift.opened_at) + SHIFT_LENGTH:
        raise Refused(AnswerCode.SHIFT_TOO_LONG)


def check_queue_age(fn: FnCore, at: datetime) -> None:
    """Raises Refused 15h (FFD 1.05) or 14h when the oldest unsent document is older than 30 days."""
    head = fn.state.queue_head()
    if head is not None and at - from_seconds(head.issued_at) > QUEUE_LIMIT:
        raise Refused(AnswerCode.BACKLOG_TOO_OLD if fn.state.ffd <= 2 else AnswerCode.STORAGE_EXHAUSTED)


def check_message_area(fn: FnCore) -> None:
    """Raises Refused 14h when unsent documents fill the room they have."""
    if fn.state.unsent_bytes >= fn.state.parameters.message_area_kib * 1024:
        raise Refused(AnswerCode.STORAGE_EXHAUSTED)


def check_room(fn: FnCore, keep_free: int, refusal: AnswerCode = AnswerCode.EXHAUSTED) -> None:
    """Raises ``refusal`` unless after one more document ``keep_free`` others fit."""
    if fn.state.last_fd + 1 + keep_free > fn.state.capacity_documents:
        raise Refused(refusal)


def check_term(fn: FnCore, at: datetime, refusal: AnswerCode) -> None:
    """Raises ``refusal`` after the last day of the keys."""
    if at.date() > valid_until(fn).date():
        raise Refused(refusal)
