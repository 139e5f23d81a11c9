"""Fixtures of this folder: `scene` writes what the panel shows, `panel` asks it without a browser."""

from collections.abc import AsyncIterator

import pytest

from fiscal_server.clock import VirtualClock
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
