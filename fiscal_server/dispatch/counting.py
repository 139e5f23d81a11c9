"""For the metrics: what became of receipts."""

from fiscal_server.lifecycle import ReceiptState
from fiscal_server.metrics import transitions


def count_transition(source: ReceiptState, target: ReceiptState, receipts: int = 1) -> None:
    """So many receipts."""
    if receipts:
        transitions(source.value, target.value).inc(receipts)


def count_group(*, registered: int, claimed: int) -> None:
    """What a committed group of the journal has moved."""
    count_transition(ReceiptState.REGISTERING, ReceiptState.REGISTERED, registered)
    count_transition(ReceiptState.QUEUED, ReceiptState.REGISTERING, claimed)
