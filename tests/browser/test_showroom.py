"""Pictures of the panel. `make pictures` makes those again that stand in docs/images; for whoever changes a page:

PANEL_SCREENSHOTS=FOLDER make proof ARGS=tests/browser/test_showroom.py    every page, both themes, wide and narrow

PANEL_ONLY="today receipt" takes only some.
"""

import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from admin.app import create_admin_app
from admin.uploads.work import work_of
from fiscal_server.clock import VirtualClock
from fiscal_server.settings import Settings
from tests.browser.chromium import PROGRAM, Page, chromium
from tests.browser.pictures import shoot
from tests.browser.scene import Scene
from tests.browser.serving import served
from tests.browser.showroom import RULES, Showroom, Visitor, work
from tests.storage.scene import Shop, open_shop

PICTURES = os.environ.get("PANEL_PICTURES")

pytestmark = [pytest.mark.proof, pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")]

SHOWN: Final = {"today": 768, "receipt": 560, "upload": 640, "cassettes": 640}
"""Pictures of the documents, and how high they are: none takes more than 150 KB."""

PAGES: Final = {
    "today": "/", "receipts": "/receipts", "receipts-refused": "/receipts?state=REFUSED", "accounts": "/accounts",
    "what-if": "/accounts/{merchant}/0040017804?pay=5000&way=cash&on=2026-11-25", "money": "/money",
    "batches": "/money/batches", "money-new": "/money/new", "cassettes": "/cassettes",
    "cassette": "/cassettes/{merchant}/{merchant}", "cassette-rules": "/cassettes/{merchant}/{merchant}/rules",
    "kkt": "/kkts/{merchant}/{kkt}", "kkt-order": "/kkts/{merchant}/{kkt}/order/rotate",
    "kkt-new": "/cassettes/{merchant}/new", "closes": "/closes", "closes-merchant": "/closes/{merchant}",
    "close-month": "/closes/{merchant}/2026-10", "corrections": "/corrections",
    "correction-missing": "/corrections/missing", "correction-day": "/corrections/day-total",
    "restorations": "/corrections/restorations", "merchant": "/settings/merchant/{merchant}",
    "policies": "/settings/policies/{merchant}",
    "policy": "/settings/policies/{merchant}/overpay?value=separate_receipt",
    "keys": "/settings/keys/{merchant}", "key-new": "/settings/keys/{merchant}/new",
    "webhooks": "/settings/webhooks/{merchant}", "webhook-new": "/settings/webhooks/{merchant}/new",
    "people": "/settings/people", "person-new": "/settings/people/new", "journal": "/settings/journal",
    "backups": "/settings/backups", "clients": "/clients", "client-new": "/clients/new", "leads": "/leads",
    "lead-new": "/leads/new", "deadlines": "/deadlines", "deadlines-plan": "/deadlines/plan", "calendar": "/calendar",
    "absences": "/absences", "search": "/search?q=0040017", "keyboard": "/keys", "me": "/me",
    "second-factor": "/me/second-factor", "not-found": "/no-such-page",
}  # fmt: skip


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database, RULES, name="ООО «Тёплый дом»") as shop:
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


async def test_every_page_of_a_full_panel_opens_and_fits_its_window(shop: Shop, api: str) -> None:
    room = Showroom(shop, await Scene.open(shop.dsn, shop.clock))
    await room.furnish()
    app = create_admin_app(Settings(data_dir=Path("/nowhere"), api_url=api), shop.dsn, shop.clock)
    async with served(app) as address, chromium() as page:
        headers = {"Origin": address}
        async with httpx.AsyncClient(base_url=address, headers=headers, follow_redirects=True) as client:
            cookie = await Visitor(client).sign_in()
            await work(Visitor(client), room)
            await work_of(app.state).idle()
            await page.command("Network.enable")
            await page.look_like(1366, 768)
            await page.open(f"{address}/sign-in")
            await _keep(page, "sign-in")
            name, _, value = cookie.partition("=")
            await page.command("Network.setCookie", name=name, value=value, url=address)
            only = os.environ.get("PANEL_ONLY", "").split()
            for name, path in {**PAGES, **room.cards}.items():
                if not only or name in only:
                    await page.open(address + path.format(merchant=room.merchant, kkt=room.kkt))
                    await page.wait_for(
                        "[...document.querySelectorAll('[data-part]')]"
                        ".every((one) => !one.querySelector(':scope > a:only-child'))"
                    )
                    await _keep(page, name)
    await room.scene.close()


async def _keep(page: Page, name: str) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    await shoot(page, name)
    if PICTURES is not None and name in SHOWN:
        clip = {"x": 0, "y": 0, "width": 1366, "height": SHOWN[name], "scale": 1}
        shot = await page.command("Page.captureScreenshot", clip=clip)
        _write(Path(PICTURES, f"{name}.png"), shot["data"])


def _write(path: Path, picture: str) -> None:
    path.write_bytes(base64.b64decode(picture))
