"""Events cut into batches."""

import msgspec
import pytest

from fiscal_server.client.events import Batch, EventTooLarge, cut

EVENTS = [{"type": "payment", "key": f"p{n}", "note": "x" * (n % 90)} for n in range(2500)]


def joined(batches: list[Batch], name: str) -> list[dict[str, object]]:
    return [one for batch in batches for one in msgspec.json.decode(batch.body)[name]]


def test_a_thousand_events_make_a_batch_and_their_order_stays() -> None:
    batches = list(cut(EVENTS))
    assert [len(msgspec.json.decode(batch.body)["events"]) for batch in batches] == [1000, 1000, 500]
    assert joined(batches, "events") == EVENTS


@pytest.mark.parametrize("most_bytes", [200, 1000, 65_536])
def test_no_batch_is_larger_than_allowed(most_bytes: int) -> None:
    batches = list(cut(EVENTS, most_bytes=most_bytes))
    assert max(len(batch.body) for batch in batches) <= most_bytes
    assert joined(batches, "events") == EVENTS


def test_accounts_go_before_the_events() -> None:
    accounts = [{"id": f"A{n}"} for n in range(1500)]
    batches = list(cut(EVENTS, accounts, on_error="skip"))
    assert joined(batches, "accounts") == accounts
    assert joined(batches, "events") == EVENTS
    assert [len(msgspec.json.decode(batch.body)["accounts"]) for batch in batches] == [1000, 500, 0, 0]
    assert {msgspec.json.decode(batch.body)["on_error"] for batch in batches} == {"skip"}


def test_the_same_events_get_the_same_keys_and_others_get_others() -> None:
    keys = [batch.key for batch in cut(EVENTS)]
    assert keys == [batch.key for batch in cut(EVENTS)]
    assert len(set(keys)) == 3
    assert keys[0] not in {batch.key for batch in cut(EVENTS, on_error="skip")}


def test_an_event_that_fits_into_no_batch_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(EventTooLarge):
        cut([*EVENTS, {"key": "x" * 2000}], most_bytes=1000)


def test_nothing_is_no_batch() -> None:
    assert list(cut([])) == []
