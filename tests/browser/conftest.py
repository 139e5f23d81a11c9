"""Fixtures of this folder: `scene` writes what the panel shows, `panel` asks it without a browser, `page` with one.

Of those who sign in: `office` has people, `clients` whom they serve, `browser` is one of them at the panel.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.settings import Settings
from tests import applications
from tests.browser.chromium import Page, chromium
from tests.browser.client import Panel, make_panel
from tests.browser.people import Browser, Office, new_browser, open_office
from tests.browser.scene import Scene
from tests.browser.serving import served
from tests.clients import Clients, open_clients


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
async def office(database: str, clock: VirtualClock) -> AsyncIterator[Office]:
    async with open_office(database, clock) as office:
        yield office


@pytest.fixture
async def clients(database: str, clock: VirtualClock) -> AsyncIterator[Clients]:
    async with open_clients(database, clock) as clients:
        yield clients


@pytest.fixture
async def browser(database: str, clock: VirtualClock) -> AsyncIterator[Browser]:
    async with new_browser(database, clock) as browser:
        yield browser


@pytest.fixture
async def api(database: str, clock: VirtualClock, tmp_path: Path) -> AsyncIterator[str]:
    """Where the API is served, over the same database and clock as the panel."""
    with applications.api(Settings(data_dir=tmp_path), database, clock) as app:
        async with served(app) as url:
            yield url


@pytest.fixture
async def address(database: str, clock: VirtualClock) -> AsyncIterator[str]:
    """Where the panel is served."""
    with applications.panel(database, clock, admin_login=False) as app:
        async with served(app) as url:
            yield url


@pytest.fixture
async def page(address: str) -> AsyncIterator[Page]:
    """A window of a usual laptop."""
    async with chromium() as page:
        await page.look_like(1366, 768)
        yield page
        assert [one for one in page.complaints if "503" not in one] == []
