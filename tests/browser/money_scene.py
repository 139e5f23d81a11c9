"""A panel beside an API that is served, and files that people hand over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from admin.uploads.work import work_of
from tests.browser.client import text_of
from tests.browser.people import ORIGIN, Browser, new_browser
from tests.storage.scene import Shop


class Desk:
    """Somebody at the panel who may do everything."""

    def __init__(self, browser: Browser, shop: Shop) -> None:
        self.browser = browser
        self.shop = shop

    async def text(self, path: str) -> str:
        """The words of a page."""
        answer = await self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return text_of(answer.text)

    async def hand_over(self, name: str, content: bytes, path: str = "/money/new", **fields: Any) -> httpx.Response:
        """A form with a file in it."""
        data = {"merchant": str(self.shop.merchant.id), "key": "k" * 20} | fields
        return await self.browser.panel.post(
            path, data=data, files={"file": (name, content)}, headers=ORIGIN, follow_redirects=False
        )

    async def checked(self, name: str, content: bytes, path: str = "/money/new", **fields: Any) -> str:
        """The page of a file whose check is over."""
        answer = await self.hand_over(name, content, path, **fields)
        assert answer.status_code == 303, text_of(answer.text)
        await self.idle()
        return str(answer.headers["location"])

    async def press(self, path: str, **fields: Any) -> httpx.Response:
        """A form of a page is sent, and what it began is over."""
        answer = await self.browser.post(path, **fields)
        await self.idle()
        return answer

    async def idle(self) -> None:
        """Until no task of the panel is under way."""
        await work_of(self.browser.app.state).idle()


@asynccontextmanager
async def open_desk(shop: Shop, api: str) -> AsyncIterator[Desk]:
    """A panel without a door."""
    async with new_browser(shop.dsn, shop.clock, admin_login=False, api_url=api) as browser:
        yield Desk(browser, shop)
