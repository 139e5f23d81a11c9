"""The life of a job that works in chunks, a month close or a restoration of many events: the only judge of its state.

``RUNNING -> FINISHED`` is the good way; a preview goes ``PREVIEWING -> PREVIEWED`` and stores nothing but its figures.
A job that was cancelled before its first chunk was committed is CANCELLED: it leaves nothing behind, the month is open
again. Later it is STOPPED: what was closed stays closed, its receipts are made, the month takes no charges, and the
rest waits for ``resumed``. FAILED is the same with a reason. A restoration closes no month: what its pieces restored
stays, and the rest waits likewise. A test holds the SQL against this table.
"""

from enum import StrEnum
from typing import Final

RULES_CHANGED: Final = "the merchant's rules have changed since the close began; its receipts would be of two kinds"
LIMITS_LOWERED: Final = "max_lines and max_sum may be raised while a close is under way, but not be lowered"
"""Why a close fails that nothing is wrong with; the panel has words of its own for both."""


class CloseState(StrEnum):
    """Where a job stands."""

    PREVIEWING = "PREVIEWING"
    PREVIEWED = "PREVIEWED"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"


class CloseEvent(StrEnum):
    """What moves a job."""

    ENDED = "ended"
    CANCELLED_BEFORE = "cancelled before its first chunk"
    STOPPED = "cancelled after its first chunk"
    FAILED = "failed"
    RESUMED = "resumed"


S, E = CloseState, CloseEvent

TRANSITIONS: Final[dict[tuple[CloseState, CloseEvent], CloseState]] = {
    (S.PREVIEWING, E.ENDED): S.PREVIEWED,
    (S.PREVIEWING, E.CANCELLED_BEFORE): S.CANCELLED,
    (S.PREVIEWING, E.STOPPED): S.CANCELLED,  # nothing of a preview was stored
    (S.PREVIEWING, E.FAILED): S.CANCELLED,
    (S.RUNNING, E.ENDED): S.FINISHED,
    (S.RUNNING, E.CANCELLED_BEFORE): S.CANCELLED,
    (S.RUNNING, E.STOPPED): S.STOPPED,
    (S.RUNNING, E.FAILED): S.FAILED,
    (S.STOPPED, E.RESUMED): S.RUNNING,
    (S.FAILED, E.RESUMED): S.RUNNING,
    (S.FAILED, E.CANCELLED_BEFORE): S.CANCELLED,
}

AT_WORK: Final = frozenset({S.PREVIEWING, S.RUNNING})
"""Somebody has to go on with it."""

HALF_CLOSED: Final = frozenset({S.RUNNING, S.STOPPED, S.FAILED})
"""The month takes no charges any more, and some of its accounts may still wait for their delivery."""


def after(state: CloseState, event: CloseEvent) -> CloseState | None:
    """The state that ``event`` leads to; None when it may not come now."""
    return TRANSITIONS.get((state, event))
