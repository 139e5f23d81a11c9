"""Where an order to correct or to restore stands: its documents tell."""

from collections import Counter
from enum import StrEnum

from fiscal_server.lifecycle import ReceiptState


class OrderState(StrEnum):
    """Where an order stands, by its documents."""

    ISSUING = "ISSUING"  # some wait, or are being made
    PARKED = "PARKED"  # a device refused one, or nobody knows whether it was made: a person decides
    ISSUED = "ISSUED"  # all that are not cancelled have their fiscal documents
    CANCELLED = "CANCELLED"  # none was made and none will be


def state_of(states: dict[str, int]) -> OrderState:
    """Where an order stands whose documents stand so; one without documents has nothing left to do."""
    left = Counter(states)
    cancelled = left.pop(ReceiptState.CANCELLED, 0)
    if cancelled and not left.total():
        return OrderState.CANCELLED
    if left[ReceiptState.REFUSED] or left[ReceiptState.UNCERTAIN]:
        return OrderState.PARKED
    done = left[ReceiptState.REGISTERED] + left[ReceiptState.OFD_ACKED]
    return OrderState.ISSUED if done == left.total() else OrderState.ISSUING
