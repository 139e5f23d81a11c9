"""Webhooks that fail, as `GET /v1/alarms` tells of them."""

from datetime import timedelta
from pathlib import Path

from litestar.testing import AsyncTestClient

from fiscal_server.app import create_app
from fiscal_server.commands.keys import create_api_key
from fiscal_server.settings import Settings
from fiscal_server.storage.keys import Scope
from tests.acceptance.site import Site
from tests.acceptance.test_api_webhooks import arrivals, call, create
from tests.storage.scene import open_shop
from tests.webhook_receiver import answers, receiving


async def test_messages_that_are_late_or_were_given_up_are_alarms(database: str, tmp_path: Path) -> None:
    async with open_shop(database) as shop, receiving() as receiver:
        app = create_app(Settings(data_dir=tmp_path, webhook_private_addresses=True), database, shop.clock)
        async with AsyncTestClient(app, raise_server_exceptions=False) as client:
            site = Site(shop, client, await create_api_key(shop.db, shop.merchant.id, "all", scopes=tuple(Scope)))
            path, _ = await create(site, receiver.url)
            receiver.otherwise = answers(500)
            for _ in range(2):
                await call(site, "POST", f"{path}/test")
            await arrivals(site, receiver, 1)
            assert (await site.get("/v1/alarms")).json() == []
            now = site.shop.clock.now()
            async with site.shop.db.write() as db:
                await db.execute("update fiscal.webhook_message set tried_since = $1", now - timedelta(minutes=61))
            [late] = (await site.get("/v1/alarms")).json()
            assert (late["code"], late["severity"], late["kkt"]) == ("webhook_overdue", "warning", None)
            assert late["text"].endswith("Ждут: 2.")
            async with site.shop.db.write() as db:
                await db.execute("update fiscal.webhook_message set state = 'FAILED', finished_at = $1", now)
            [lost] = (await site.get("/v1/alarms")).json()
            assert (lost["code"], lost["severity"]) == ("webhook_undelivered", "notice")
            span = {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z", "state": "FAILED"}
            assert (await call(site, "POST", f"{path}/replay", span)).json() == {"replayed": 2}
            assert (await site.get("/v1/alarms")).json() == [], "they are tried anew"
