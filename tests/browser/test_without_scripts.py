"""A browser whose scripts did not load: somebody signs in and takes a statement in, by keyboard."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from admin.app import create_admin_app
from fiscal_server.clock import VirtualClock
from fiscal_server.settings import Settings
from tests.browser.chromium import ANSWER_WITHIN_S, PROGRAM, Page, chromium
from tests.browser.people import PASSWORD, open_office
from tests.browser.pictures import TEXT
from tests.browser.serving import served
from tests.storage.scene import Shop, open_shop
from tests.unit.reconciliation.incoming_files import Document, statement

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

KNOWN = "0001234567"
EMAIL = "anna@example.ru"


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        await shop.post([], [KNOWN])
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


async def _press(page: Page, selector: str) -> None:
    await page.evaluate(f"document.querySelector('{selector}').focus()")
    await page.press("Enter")


async def _fill(page: Page, name: str, text: str) -> None:
    await page.evaluate(f"document.querySelector('[name={name}]').focus()")
    await page.type(text)


async def _look_again_until_at(page: Page, path: str) -> None:
    """What takes time is asked anew by hand: without scripts nothing else does."""
    async with asyncio.timeout(ANSWER_WITHIN_S):
        while True:
            with contextlib.suppress(RuntimeError):  # the page went on in the middle of it
                if await page.evaluate(f"location.pathname.startsWith('{path}')"):
                    return
                await page.open(await page.evaluate("location.href"))


async def _choose(page: Page, file: Path) -> None:
    root = await page.command("DOM.getDocument")
    found = await page.command("DOM.querySelector", nodeId=root["root"]["nodeId"], selector="input[type=file]")
    await page.command("DOM.setFileInputFiles", files=[str(file)], nodeId=found["nodeId"])


async def test_signing_in_and_taking_a_statement_in_need_no_scripts(shop: Shop, api: str, tmp_path: Path) -> None:
    file = tmp_path / "kl_to_1c.txt"
    file.write_bytes(statement([Document()]))
    async with open_office(shop.dsn, shop.clock) as office:
        await office.person(EMAIL, merchants=[shop.merchant.id])
    app = create_admin_app(Settings(data_dir=Path("/nowhere"), api_url=api), shop.dsn, shop.clock)
    async with served(app) as desk, chromium() as page:
        await page.command("Emulation.setScriptExecutionDisabled", value=True)
        await page.look_like(1366, 768)
        await page.open(f"{desk}/money/new")
        await page.wait_until("location.pathname === '/sign-in'")
        await _fill(page, "email", EMAIL)
        await _fill(page, "password", PASSWORD)
        await page.press("Enter")
        await page.wait_until_at("/money/new")
        await _choose(page, file)
        await _press(page, "main .primary")
        await page.wait_until("document.querySelector('.check-result') !== null")
        assert "450,00" in await page.evaluate(TEXT)
        await page.evaluate("window.isTheCheck = true")
        await _press(page, ".page-head .primary")
        await page.wait_until("!window.isTheCheck")  # the next page, which may still be the check's on a busy machine
        await _look_again_until_at(page, "/money/imports/")
        assert await shop.value("select count(*) from fiscal.import") == 1
        assert page.complaints == []
