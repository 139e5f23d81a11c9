"""Money of an unknown payer gets its receipt on its day, with nobody sending anything."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient

from fiscal_server.app import create_app
from fiscal_server.commands.keys import create_api_key
from fiscal_server.settings import Settings
from tests.acceptance.site import Site
from tests.storage.scene import RULES, open_shop, payment
from tests.waiting import wait_until_async


@pytest.fixture
async def sites(database: str, tmp_path: Path) -> AsyncIterator[tuple[Site, Site]]:
    """Two api nodes of one installation, each with a clock of its own."""
    rules = {**RULES, "policies": {"unknown_payer": "hold_until_deadline"}}
    async with open_shop(database, rules) as shop, open_shop(database, name="Другой") as other:
        key = await create_api_key(shop.db, shop.merchant.id, "billing")
        apps = [create_app(Settings(data_dir=tmp_path), database, one.clock) for one in (shop, other)]
        async with AsyncTestClient(apps[0]) as one, AsyncTestClient(apps[1]) as two:
            other.merchant = shop.merchant
            yield Site(shop, one, key), Site(other, two, key)


async def test_two_nodes_release_held_money_once_on_its_last_day(sites: tuple[Site, Site]) -> None:
    one, two = sites
    sent = await one.post({"events": [payment("p1", None, date="2026-10-20")]})
    assert sent.json()["receipts"] == 0
    for site in sites:
        site.shop.clock.jump(86_400)

    async def there() -> bool:
        for site in sites:  # a loop that is at the database when time moves misses that move
            await site.shop.clock.advance(60)
        return bool((await two.get("/v1/receipts")).json()["receipts"])

    await wait_until_async(there)
    (receipt,) = (await one.get("/v1/receipts")).json()["receipts"]
    assert (receipt["event_key"], receipt["account"], receipt["deadline"]) == ("p1", None, "2026-10-21")
