"""Where an order to correct or to restore stands, by its documents."""

import pytest

from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.order_states import OrderState, state_of

ENDED = {"REGISTERED", "OFD_ACKED", "CANCELLED"}


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"QUEUED": 1, "OFD_ACKED": 2}, OrderState.ISSUING),
        ({"COMPUTED": 1}, OrderState.ISSUING),
        ({"REGISTERING": 1, "CANCELLED": 1}, OrderState.ISSUING),
        ({"REFUSED": 1, "QUEUED": 5}, OrderState.PARKED),
        ({"UNCERTAIN": 1, "REGISTERED": 5}, OrderState.PARKED),
        ({"REGISTERED": 1, "OFD_ACKED": 1}, OrderState.ISSUED),
        ({"REGISTERED": 1, "CANCELLED": 1}, OrderState.ISSUED),
        ({"CANCELLED": 2}, OrderState.CANCELLED),
        ({}, OrderState.ISSUED),
    ],
)
def test_an_order_stands_where_its_documents_do(states: dict[str, int], expected: OrderState) -> None:
    assert state_of(states) is expected


@pytest.mark.parametrize("state", ReceiptState)
def test_an_order_ends_only_with_its_documents(state: ReceiptState) -> None:
    over = state_of({state.value: 1}) in (OrderState.ISSUED, OrderState.CANCELLED)
    assert over is (state.value in ENDED)
