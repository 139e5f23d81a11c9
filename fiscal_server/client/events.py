"""Events cut into batches: by number and by bytes, each under a key that the same events get again."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from fiscal_server.client.errors import ClientError
from fiscal_server.client.types import BatchAnswer, EventAnswer

BATCH_EVENTS: Final = 1000
BATCH_BYTES: Final = 4 * 1024 * 1024
"""Far below what the server takes: a batch that is sent again should be cheap."""

_FRAME: Final = len('{"accounts":[],"events":[],"on_error":"reject"}')

Json = Mapping[str, Any]


class EventTooLarge(ClientError):
    """One event, or one account, is larger than a batch may be."""


class Batch(msgspec.Struct, frozen=True):
    """A body to be posted, and its Idempotency-Key."""

    key: str
    body: bytes


class EventsAnswer(msgspec.Struct, frozen=True):
    """Answers to all batches of a list of events."""

    batches: list[BatchAnswer]

    @property
    def events(self) -> list[EventAnswer]:
        """In the order in which they were given."""
        return [event for batch in self.batches for event in batch.events]

    @property
    def receipt_ids(self) -> list[str]:
        """Receipts that came of them."""
        return [receipt for event in self.events for receipt in event.receipts]


def cut(
    events: Sequence[Json],
    accounts: Sequence[Json] = (),
    *,
    on_error: str = "reject",
    most_events: int = BATCH_EVENTS,
    most_bytes: int = BATCH_BYTES,
) -> Iterator[Batch]:
    """Batches of events in their order; accounts go before them. Raises EventTooLarge before the first is given.

    The key is made of the content: a program that died and cuts the same list again sends the same batches.
    """
    rows = [("accounts", msgspec.json.encode(one)) for one in accounts]
    rows += [("events", msgspec.json.encode(one)) for one in events]
    if any(len(text) + _FRAME > most_bytes for _, text in rows):
        raise EventTooLarge(f"an event or an account is larger than a batch of {most_bytes} bytes")
    return _pieces(rows, on_error, most_events, most_bytes)


def _pieces(rows: list[tuple[str, bytes]], on_error: str, most_events: int, most_bytes: int) -> Iterator[Batch]:
    piece: list[tuple[str, bytes]] = []
    size = _FRAME
    for row in rows:
        if piece and (len(piece) >= most_events or size + len(row[1]) + 1 > most_bytes):
            yield _batch(piece, on_error)
            piece, size = [], _FRAME
        piece.append(row)
        size += len(row[1]) + 1
    if piece:
        yield _batch(piece, on_error)


def _batch(piece: list[tuple[str, bytes]], on_error: str) -> Batch:
    parts = {name: b",".join(text for kind, text in piece if kind == name) for name in ("accounts", "events")}
    body = b'{"accounts":[%b],"events":[%b],"on_error":"%b"}' % (parts["accounts"], parts["events"], on_error.encode())
    return Batch(hashlib.sha256(body).hexdigest(), body)
