"""A panel over books with an API beside it: what pages that ask the API are tried on."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.browser.client import text_of
from tests.browser.people import ORIGIN, new_browser
from tests.storage.scene import Json, Shop, charge, payment

_ONCE = re.compile(r'name="once" value="([\w-]+)"')


def once_of(page: str) -> str:
    """The key that a form of a page was drawn with."""
    found = _ONCE.search(page)
    assert found is not None, "no form with a key"
    return found.group(1)


@asynccontextmanager
async def open_panel(shop: Shop, api: str, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The panel of somebody who sits at the machine; it answers in the loop of the test, as the API does."""
    async with new_browser(shop.dsn, shop.clock, admin_login=False, api_url=api, **settings) as browser:
        yield browser.panel


async def send(panel: httpx.AsyncClient, path: str, *, page: str | None = None, **fields: Any) -> str:
    """Send the form that stands on a page and follow where it leads; gives the address and the words there."""
    if page is not None:
        fields["once"] = once_of((await panel.get(page)).text)
    answer = await panel.post(path, data=fields, headers=ORIGIN, follow_redirects=True)
    return f"{answer.status_code} {answer.url.path} {text_of(answer.text)}"


async def october(shop: Shop, accounts: int = 3) -> None:
    """Accounts that have paid 450 in advance; then October's charges of 300."""
    codes = [f"A{number}" for number in range(accounts)]
    paid: list[Json] = [payment(f"p-{code}", code) for code in codes]
    owed: list[Json] = [charge(f"c-{code}", code, kopecks=30_000) for code in codes]
    await shop.post([*paid, *owed], codes)
