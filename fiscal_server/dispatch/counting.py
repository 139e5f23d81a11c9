"""For the metrics: what became of receipts."""

from fiscal_server.dispatch.journal import Turn
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.metrics import transitions


def count_transition(source: ReceiptState, target: ReceiptState) -> None:
    """One receipt."""
    transitions(source.value, target.value).inc()


def count_turn(turn: Turn, *, claimed: bool) -> None:
    """What a committed turn has moved."""
    if turn.document is not None and turn.document.receipt_id is not None:
        count_transition(ReceiptState.REGISTERING, ReceiptState.REGISTERED)
    if claimed:
        count_transition(ReceiptState.QUEUED, ReceiptState.REGISTERING)
