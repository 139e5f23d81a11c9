"""The life of a receipt and the life of a slot: the only judge of their states.

``COMPUTED -> QUEUED -> REGISTERING -> REGISTERED -> OFD_ACKED`` is the good way. UNCERTAIN is a receipt whose answer
was lost: the device is asked before anything is sent again. REFUSED is parked with the device's words. Storage
updates carry ``where state = expected``; a test holds this table against the SQL.

Where the state stands: a row of ``queue`` while the receipt is unfinished, then its ``fiscal_document`` (REGISTERED)
and that document's ``ofd_exchange`` (OFD_ACKED). "Queued" is not "fiscalised": only an FD number with its sign is.

A slot is a place in a cassette with its KKT: ``READY -> ACTIVE -> DRAINING -> CLOSED`` is the good way. FAULTY stands
still until a person returns it, or takes it out for good. A READY slot whose device cannot be reached, or that a person
has paused, is not taken into service (``kkt.unreachable_since``, ``kkt.paused_since``): that is a condition, not a
state.
"""

from enum import StrEnum
from typing import Final


class ReceiptState(StrEnum):
    """Where a receipt stands."""

    COMPUTED = "COMPUTED"
    QUEUED = "QUEUED"
    REGISTERING = "REGISTERING"
    UNCERTAIN = "UNCERTAIN"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"
    REGISTERED = "REGISTERED"
    OFD_ACKED = "OFD_ACKED"


class Event(StrEnum):
    """What moves a receipt."""

    ROUTED = "routed"  # its merchant has a cassette for it
    CLAIMED = "claimed"  # a KKT's intent names it
    FOUND = "found"  # an FN has it already, and the books were older than the FN
    RECORDED = "recorded"  # FD number and fiscal sign are stored
    ANSWER_LOST = "answer lost"  # the device may or may not have made the document
    NOT_MADE = "not made"  # the device was asked, or never reached: there is no document
    REFUSED_FOR_NOW = "refused for now"  # the device said no, not yet so often that a person must look
    REFUSED = "refused"  # the device said no to the receipt itself
    RETRIED = "retried"  # a person sends a parked receipt again
    CANCELLED = "cancelled"  # withdrawn before it was made: by a person, or with its payment
    CONFIRMED = "confirmed"  # the operator has it


S = ReceiptState

TRANSITIONS: Final[dict[tuple[ReceiptState, Event], ReceiptState]] = {
    (S.COMPUTED, Event.ROUTED): S.QUEUED,
    (S.COMPUTED, Event.CANCELLED): S.CANCELLED,
    (S.QUEUED, Event.CLAIMED): S.REGISTERING,
    (S.QUEUED, Event.CANCELLED): S.CANCELLED,
    (S.REGISTERING, Event.RECORDED): S.REGISTERED,
    (S.REGISTERING, Event.ANSWER_LOST): S.UNCERTAIN,
    (S.REGISTERING, Event.NOT_MADE): S.QUEUED,
    (S.REGISTERING, Event.REFUSED_FOR_NOW): S.QUEUED,
    (S.REGISTERING, Event.REFUSED): S.REFUSED,
    (S.UNCERTAIN, Event.RECORDED): S.REGISTERED,
    (S.UNCERTAIN, Event.NOT_MADE): S.QUEUED,
    (S.REFUSED, Event.RETRIED): S.QUEUED,
    (S.REFUSED, Event.CANCELLED): S.CANCELLED,
    (S.COMPUTED, Event.FOUND): S.REGISTERED,
    (S.QUEUED, Event.FOUND): S.REGISTERED,
    (S.REFUSED, Event.FOUND): S.REGISTERED,
    (S.REGISTERED, Event.CONFIRMED): S.OFD_ACKED,
}

FINAL: Final = frozenset({S.OFD_ACKED, S.CANCELLED})
"""Nothing moves a receipt from here."""

BLOCKING: Final = frozenset({S.COMPUTED, S.QUEUED, S.REGISTERING, S.UNCERTAIN})
"""A receipt in one of these holds back the later receipts of its account."""


class ForbiddenTransition(Exception):
    """An event that the receipt's state does not allow."""


def after(state: ReceiptState, event: Event) -> ReceiptState:
    """The state that ``event`` leads to. Raises ForbiddenTransition."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise ForbiddenTransition(f"a receipt in {state} cannot be {event}") from None


def states_before(event: Event) -> frozenset[ReceiptState]:
    """The states in which ``event`` may come."""
    return frozenset(state for state, name in TRANSITIONS if name is event)


class SlotState(StrEnum):
    """What a slot is for now."""

    READY = "READY"
    ACTIVE = "ACTIVE"
    DRAINING = "DRAINING"
    CLOSED = "CLOSED"
    FAULTY = "FAULTY"


class SlotEvent(StrEnum):
    """What moves a slot."""

    ACTIVATED = "activated"  # the cassette lacks a slot at work, and this one is the next
    STOOD_ASIDE = "stood aside"  # its device is out of reach, or a person paused it: it may come again
    GAVE_WAY = "gave way"  # it takes no more receipts
    EMPTIED = "emptied"  # the operator has everything, the shift is closed
    STOPPED = "stopped"  # going on would be guessing
    RETURNED = "returned"  # a person ordered it, and the FN was read and agrees
    RETURNED_AT_ITS_END = "returned at its end"  # the same, but the FN takes no more receipts
    TAKEN_OUT = "taken out"  # a person has said that its FN will never work again


T = SlotState

SLOT_TRANSITIONS: Final[dict[tuple[SlotState, SlotEvent], SlotState]] = {
    (T.READY, SlotEvent.ACTIVATED): T.ACTIVE,
    (T.READY, SlotEvent.STOPPED): T.FAULTY,
    (T.READY, SlotEvent.GAVE_WAY): T.DRAINING,
    (T.ACTIVE, SlotEvent.STOOD_ASIDE): T.READY,
    (T.ACTIVE, SlotEvent.GAVE_WAY): T.DRAINING,
    (T.ACTIVE, SlotEvent.STOPPED): T.FAULTY,
    (T.DRAINING, SlotEvent.EMPTIED): T.CLOSED,
    (T.DRAINING, SlotEvent.STOPPED): T.FAULTY,
    (T.FAULTY, SlotEvent.RETURNED): T.READY,
    (T.FAULTY, SlotEvent.RETURNED_AT_ITS_END): T.DRAINING,
    (T.FAULTY, SlotEvent.TAKEN_OUT): T.CLOSED,
}


def slot_moves(event: SlotEvent) -> dict[SlotState, SlotState]:
    """Where ``event`` leads from each state in which it may come."""
    return {state: target for (state, name), target in SLOT_TRANSITIONS.items() if name is event}
