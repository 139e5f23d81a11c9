"""A merchant with an endpoint and a sender of its own: what tests of webhooks begin with."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from fiscal_server.storage import webhook_messages, webhooks
from fiscal_server.storage.webhooks import SUBSCRIBED, EndpointKey, EndpointRow, NewEndpoint
from fiscal_server.webhooks.post import Wire
from fiscal_server.webhooks.sender import Sender
from tests.storage.scene import Shop

KEY = b"0123456789abcdef0123456789abcdef"


async def add_webhook(shop: Shop, url: str, types: Sequence[str] = SUBSCRIBED) -> EndpointKey:
    """An endpoint that hears of ``types``."""
    key = EndpointKey(shop.merchant.id, shop.db.ids.next())
    now = shop.clock.now()
    async with shop.db.write() as db:
        await webhooks.add_endpoint(db, key, NewEndpoint(url, "", [str(one) for one in types]), now)
        await webhooks.add_secret(db, key, shop.db.ids.next(), KEY, now)
    return key


async def tell(shop: Shop, key: EndpointKey, count: int = 1) -> list[int]:
    """So many test messages, each about a subject of its own; gives the subjects."""
    subjects = shop.db.ids.take(count)
    async with shop.db.write() as db:
        for subject in subjects:
            await webhook_messages.tell_test(db, key, subject, shop.clock.now())
    return subjects


class Senders:
    """As many as a test wants; each is stopped at its end."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._all: list[Sender] = []

    def __call__(self, *, whole_s: float = 5.0, private: bool = True) -> Sender:
        sender = Sender(self._shop.db, self._shop.clock, Wire(private=private, whole_s=whole_s), Random(1))
        self._all.append(sender)
        return sender

    async def stop(self) -> None:
        for sender in self._all:
            await sender.stop()


async def send(sender: Sender) -> None:
    """All that can be sent now."""
    await sender.look()
    await sender.finish_rounds()


async def pass_time(shop: Shop, span: timedelta) -> None:
    await shop.clock.advance(span.total_seconds())


async def message(shop: Shop, key: EndpointKey, subject: int) -> dict[str, Any]:
    """A test message as it stands in the outbox."""
    [row] = await shop.rows(
        "select state, due_at, attempts, status, error from fiscal.webhook_message"
        " where endpoint_id = $1 and subject_id = $2",
        key.endpoint_id,
        subject,
    )
    return dict(row)


async def endpoint(shop: Shop, key: EndpointKey) -> EndpointRow:
    async with shop.db.read() as db:
        [row] = await webhooks.list_endpoints(db, key.merchant_id, key.endpoint_id)
    return row


async def told(shop: Shop) -> list[tuple[str, int]]:
    """Messages by time and stage: (type, subject)."""
    rows = await shop.rows(
        "select type, subject_id from fiscal.webhook_message order by happened_at, subject_id, stage, nth"
    )
    return [(row["type"], row["subject_id"]) for row in rows]
