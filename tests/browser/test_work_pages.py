"""Month close and settings in a real browser: one story each, no page wider than its window, pictures to look at."""

import asyncio
import base64
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from admin.app import create_admin_app
from fiscal_server.clock import VirtualClock
from fiscal_server.settings import Settings
from tests.browser.chromium import ANSWER_WITHIN_S, PROGRAM, Page
from tests.browser.offices import october
from tests.browser.serving import served
from tests.storage.scene import Shop, open_shop

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

SHOTS = os.environ.get("PANEL_SCREENSHOTS")
"""A folder in which pictures of every page are kept to be looked at."""
TEXT = "(document.body?.innerText ?? '').replaceAll('\\u00a0', ' ')"


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database, name="ООО «Тёплый дом»") as shop:
        await october(shop)
        async with shop.db.write() as db:
            await db.execute("update fiscal.merchant set created_at = '2026-10-01'")
        shop.clock.jump((datetime(2026, 11, 3, 9, tzinfo=UTC) - shop.clock.now()).total_seconds())
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


@pytest.fixture
async def address(shop: Shop, api: str) -> AsyncIterator[str]:
    settings = Settings(data_dir=Path("/nowhere"), admin_login=False, api_url=api)
    async with served(create_admin_app(settings, shop.dsn, shop.clock)) as url:
        yield url


async def _press(page: Page, selector: str) -> None:
    """Go to a button or link by its place and press Enter, as people without a mouse do."""
    await page.evaluate(f"document.querySelector('{selector}').focus()")
    await page.command("Input.dispatchKeyEvent", type="keyDown", key="Enter", text="\r", windowsVirtualKeyCode=13)
    await page.command("Input.dispatchKeyEvent", type="keyUp", key="Enter", windowsVirtualKeyCode=13)


async def _wait_through(page: Page, words: str) -> None:
    """Until a page says this, whatever pages lie on the way: each of them ends what was asked of it."""
    async with asyncio.timeout(ANSWER_WITHIN_S):
        while True:
            with contextlib.suppress(RuntimeError):
                await page.wait_for(f"{TEXT}.includes('{words}')")
                return


def _keep(name: str, picture: str) -> None:
    if SHOTS is not None:
        Path(SHOTS, name).write_bytes(base64.b64decode(picture))


async def _look(page: Page, name: str) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    if SHOTS is not None:
        picture = await page.command("Page.captureScreenshot", format="png")
        _keep(f"{name}.png", picture["data"])


async def test_a_month_is_previewed_run_and_reported_by_keyboard(page: Page, address: str, shop: Shop) -> None:
    month = f"/closes/{shop.merchant.id}/2026-10"
    await page.open(f"{address}{month}")
    await _look(page, "close-month")
    await _press(page, "main form button")
    await _wait_through(page, "Какие чеки будут")
    await _look(page, "close-preview")
    await _press(page, "main a.primary")
    await page.wait_until_at(f"{month}/question")
    assert await page.evaluate("document.activeElement.textContent") == "Закрыть октябрь 2026"
    await _look(page, "close-question")
    await _press(page, "main form button")
    await _wait_through(page, "Какие чеки выданы")
    await _look(page, "close-report")


async def test_a_policy_is_changed_without_scripts(page: Page, address: str, shop: Shop) -> None:
    await page.command("Emulation.setScriptExecutionDisabled", value=True)
    card = f"/settings/policies/{shop.merchant.id}/overpay"
    await page.open(f"{address}{card}")
    await page.evaluate("document.querySelector('input[value=separate_receipt]').checked = true")
    await _press(page, "main form button")
    await page.wait_until_at(f"{card}?value=separate_receipt")
    assert "Станет: отдельным чеком" in await page.evaluate(TEXT)
    await _press(page, "main form button")
    await page.wait_until_at(f"/settings/policies/{shop.merchant.id}")
    assert await shop.value("select rules->'policies'->>'overpay' from fiscal.merchant") == "separate_receipt"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
async def test_no_page_of_settings_is_wider_than_its_window(
    page: Page, address: str, shop: Shop, scheme: str, width: int, height: int
) -> None:
    await page.look_like(width, height, scheme)
    merchant = shop.merchant.id
    for name, path in (
        ("closes", f"/closes/{merchant}"),
        ("keys", f"/settings/keys/{merchant}"),
        ("new-key", f"/settings/keys/{merchant}/new"),
        ("policies", f"/settings/policies/{merchant}"),
        ("policy", f"/settings/policies/{merchant}/overpay?value=separate_receipt"),
        ("policy-choice", f"/settings/policies/{merchant}/postpaid_mode"),
    ):
        await page.open(address + path)
        await _look(page, f"{name}-{width}-{scheme}")
