"""`database` of this folder has the months of `scene.NOW`, too: nearly every test here opens a shop there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from fiscal_server.clock import VirtualClock
from tests.clients import Clients, open_clients
from tests.conftest import TestPostgres, add_months
from tests.storage.scene import NOW


@pytest.fixture(scope="session")
def template(postgres: TestPostgres, template: str) -> str:
    return asyncio.run(add_months(postgres, template, "template_shop", VirtualClock(NOW)))


@pytest.fixture
async def office(database: str, clock: VirtualClock) -> AsyncIterator[Clients]:
    async with open_clients(database, clock) as office:
        yield office
