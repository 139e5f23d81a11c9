"""kill -9 between sending a message and writing that down: it comes once more under its id, and is not lost."""

from pathlib import Path

from fiscal_server.client import AsyncFiscalClient
from fiscal_server.commands.keys import create_api_key
from fiscal_server.storage.keys import Scope
from tests.api_process import api_process
from tests.storage.scene import open_shop, payment
from tests.waiting import wait_until_async
from tests.webhook_receiver import receiving, waits


async def test_a_message_whose_sender_is_killed_comes_again_from_another_process(database: str, tmp_path: Path) -> None:
    async with open_shop(database) as shop, receiving([waits]) as receiver:
        key = await create_api_key(shop.db, shop.merchant.id, "billing", scopes=tuple(Scope))
        async with api_process(database, tmp_path / "one") as dying, AsyncFiscalClient(dying.url, key) as server:
            await server.create_webhook(receiver.url, event_types=["batch.accepted"])
            await server.post_events([payment("p1")], [{"id": "A1"}])
            await receiver.wait_for(1)
            await dying.kill()
        receiver.let_go.set()
        [state] = await shop.rows("select state, attempts from fiscal.webhook_message")
        assert tuple(state) == ("WAITING", 1)
        async with shop.db.write() as db:  # instead of waiting for the end of its lease
            await db.execute("update fiscal.webhook_message set due_at = now() - interval '1 second'")
        async with api_process(database, tmp_path / "two"):
            first, second = await receiver.wait_for(2)

            async def written_down() -> bool:
                return [row["state"] for row in await shop.rows("select state from fiscal.webhook_message")] == [
                    "DELIVERED"
                ]

            await wait_until_async(written_down)
        assert (first.id, first.body) == (second.id, second.body)
        assert len(receiver.received) == 2
