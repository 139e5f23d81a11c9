"""Documents of the ATOL dialect that are given up, as webhooks of their merchant hear of them."""

from pathlib import Path

from tests.acceptance.atol_client import sale_v5
from tests.acceptance.atol_site import INN, Desk, open_atol_shop
from tests.storage.scene import Shop
from tests.storage.webhook_scene import add_webhook
from tests.waiting import wait_until_async
from tests.webhook_receiver import Received, Receiver, receiving

REFUSAL = "refused: кончилась бумага"
STEP_S = 0.2


async def _heard(desk: Desk, shop: Shop, receiver: Receiver, count: int) -> list[Received]:
    """So many messages; the clock of the server's rounds is moved until they are there."""

    async def there() -> bool:
        await shop.clock.advance(STEP_S)
        await desk.http.get("/health/live")  # the application's event loop is another one: it wakes for a request
        return len(receiver.received) >= count

    await wait_until_async(there)
    return receiver.received


async def test_a_document_that_a_device_refused_is_told_to_webhooks_when_it_is_given_up(
    database: str, tmp_path: Path
) -> None:
    async with (
        receiving() as receiver,
        open_atol_shop(database, tmp_path, webhook_private_addresses=True) as (desk, shop),
    ):
        await add_webhook(shop, receiver.url)
        uuid = await desk.client.register("sell", sale_v5("one", INN))
        async with shop.db.write() as db:
            await db.execute("update fiscal.queue set state = 'REFUSED', refusals = 1, error = $1", REFUSAL)
        receipt = await shop.value("select id from fiscal.receipt")
        [message] = await _heard(desk, shop, receiver, 1)
        assert message.id == f"msg_{receipt}_receipt-cancelled"
        told = message.json
        assert told["type"] == "receipt.cancelled"
        assert isinstance(told["data"], dict)
        assert (told["data"]["state"], told["data"]["error"]) == ("CANCELLED", REFUSAL)
        assert told["data"]["event_key"].endswith("|one")
        assert (await desk.client.report(uuid))["status"] == "fail"


async def test_a_document_that_waited_too_long_is_told_to_webhooks_once(database: str, tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        open_atol_shop(database, tmp_path, webhook_private_addresses=True, atol_queue_s=300) as (desk, shop),
    ):
        await add_webhook(shop, receiver.url)
        await desk.client.register("sell", sale_v5("late", INN))
        shop.clock.jump(301)
        await _heard(desk, shop, receiver, 1)
        await desk.client.register("sell", sale_v5("later", INN))
        shop.clock.jump(301)
        messages = await _heard(desk, shop, receiver, 2)
        told = [one.json for one in messages]
        assert [one["type"] for one in told] == ["receipt.cancelled"] * 2
        keys = [one["data"]["event_key"].rpartition("|")[2] for one in told if isinstance(one["data"], dict)]
        assert keys == ["late", "later"]
        [error] = {one["data"]["error"] for one in told if isinstance(one["data"], dict)}
        assert error.startswith("timed_out")
        assert len({one.id for one in messages}) == 2
