"""Corrections in a real browser: from the card of a receipt to the order, every page on a narrow screen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from admin.app import create_admin_app
from fiscal_server.clock import VirtualClock
from fiscal_server.settings import Settings
from tests.browser.chromium import PROGRAM, Page, chromium
from tests.browser.pictures import TEXT, fits, shoot
from tests.browser.serving import served
from tests.storage.scene import Shop, open_shop, payment

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        await shop.post([], ["A1"])
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


@pytest.fixture
async def desk(shop: Shop, api: str) -> AsyncIterator[str]:
    settings = Settings(data_dir=Path("/nowhere"), admin_login=False, api_url=api)
    async with served(create_admin_app(settings, shop.dsn, shop.clock)) as url:
        yield url


@pytest.fixture
async def page(desk: str) -> AsyncIterator[Page]:
    async with chromium() as page:
        await page.look_like(1366, 768)
        yield page
        assert page.complaints == []


async def test_a_receipt_is_corrected_from_its_card(page: Page, desk: str, shop: Shop) -> None:
    answer = await shop.post([payment("p1")], [])
    (receipt,) = answer["events"][0]["receipts"]
    await shop.register([receipt])
    await page.open(f"{desk}/receipts/{shop.merchant.id}/{receipt}")
    await page.evaluate("document.querySelector('.page-head .button:not(.button-main)').click()")
    await page.wait_through("location.pathname.startsWith('/corrections/receipt/') && document.querySelector('form')")
    await shoot(page, "correct")
    await fits(page, "correct")
    await page.evaluate("document.querySelector('form[method=get] button').click()")
    await page.wait_through("document.querySelector('.plan .primary')")
    assert "возврат прихода" in await page.evaluate(TEXT)
    await page.evaluate("document.querySelector('.plan details').open = true")
    await shoot(page, "plan")
    await fits(page, "plan")
    await page.evaluate("document.querySelector('.plan .primary').click()")
    await page.wait_through("document.querySelector('.danger')")
    assert await shop.value("select count(*) from fiscal.correction") == 1
    await shoot(page, "order")
    for name, path in (
        ("order", ""), ("orders", "/corrections"), ("jobs", "/corrections/jobs"), ("missing", "/corrections/missing"),
        ("day", "/corrections/day-total"), ("list", "/corrections/new"),
    ):  # fmt: skip
        if path:
            await page.open(desk + path)
            await shoot(page, name)
        await fits(page, name)
