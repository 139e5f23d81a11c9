"""Ids of messages: made of what they tell, and read back."""

import pytest

from fiscal_server.storage.webhook_messages import MessageKey
from fiscal_server.storage.webhooks import EventType
from fiscal_server.webhooks.message_id import STAGES, message_id, read_message_id


@pytest.mark.parametrize("kind", list(EventType))
@pytest.mark.parametrize("nth", [0, 1, (1 << 63) - 1])
def test_an_id_is_read_back_as_what_it_was_made_of(kind: EventType, nth: int) -> None:
    key = MessageKey(382697830894010383, STAGES.get(kind, 0), nth)
    text = message_id(kind, key)
    assert read_message_id(text) == key
    assert "." not in text


def test_ids_look_like_those_of_the_specification() -> None:
    key = MessageKey(7, 3, 0)
    assert message_id(EventType.RECEIPT_REGISTERED, key) == "msg_7_receipt-registered"
    assert message_id(EventType.RECEIPT_PARKED, MessageKey(7, 1, 2)) == "msg_7_receipt-parked_2"


@pytest.mark.parametrize(
    "text",
    ["", "msg_", "msg_7", "7_receipt-registered", "msg_7_receipt-eaten", "msg_7_receipt.registered",
     "msg_-7_receipt-parked", "msg_7_receipt-parked_", "msg_9999999999999999999_receipt-parked",
     "msg_٧_receipt-parked", "msg_7_receipt-parked\n"],
)  # fmt: skip
def test_what_nobody_here_made_is_no_id(text: str) -> None:
    assert read_message_id(text) is None
