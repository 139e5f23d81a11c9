"""A client of the panel, and the words of its pages."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from typing import Any

import httpx
from litestar import Litestar
from litestar.testing import AsyncTestClient

from fiscal_server.clock import VirtualClock
from tests.applications import panel

Panel = AsyncTestClient[Litestar]


@asynccontextmanager
async def make_panel(dsn: str, clock: VirtualClock, **settings: Any) -> AsyncIterator[Panel]:
    with panel(dsn, clock, **{"admin_login": False, **settings}) as app:
        async with AsyncTestClient(app, base_url="http://127.0.0.1:8090") as client:
            yield client


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def text_of(page: str) -> str:
    """The words of a page, every white space one blank."""
    parser = _Text()
    parser.feed(page)
    return re.sub(r"\s+", " ", " ".join(parser.words))


async def words(panel: httpx.AsyncClient, path: str = "/") -> str:
    answer = await panel.get(path)
    assert answer.status_code == 200, answer.text
    return text_of(answer.text)
