"""Fixtures of this folder: `scene` writes what the panel shows, `panel` asks it without a browser, `page` with one."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server

from fiscal_server.clock import VirtualClock
from tests import applications
from tests.browser.chromium import Page, chromium
from tests.browser.client import Panel, make_panel
from tests.browser.scene import Scene


@pytest.fixture
async def scene(database: str, clock: VirtualClock) -> AsyncIterator[Scene]:
    scene = await Scene.open(database, clock)
    yield scene
    await scene.close()


@pytest.fixture
async def panel(database: str, clock: VirtualClock) -> AsyncIterator[Panel]:
    async with make_panel(database, clock) as panel:
        yield panel


@pytest.fixture
async def address(database: str, clock: VirtualClock) -> AsyncIterator[str]:
    """Where the panel is served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with applications.panel(database, clock, admin_login=False) as app:
        server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
        serving = asyncio.create_task(server.serve())
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient() as client:
            while not serving.done():
                with contextlib.suppress(httpx.TransportError):
                    await client.get(f"{url}/health/live")
                    break
                await asyncio.sleep(0)
        yield url
        server.stop()
        await serving


@pytest.fixture
async def page(address: str) -> AsyncIterator[Page]:
    """A window of a usual laptop."""
    async with chromium() as page:
        await page.look_like(1366, 768)
        yield page
        assert [one for one in page.complaints if "503" not in one] == []
