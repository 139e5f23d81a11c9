"""`database` of this folder has the months of `scene.NOW`, where sites stand, and those of today, where worlds live."""

import asyncio

import pytest

from fiscal_server.clock import SystemClock, VirtualClock
from tests.conftest import TestPostgres, add_months
from tests.storage.scene import NOW


@pytest.fixture(scope="session")
def template(postgres: TestPostgres, template: str) -> str:
    shop = asyncio.run(add_months(postgres, template, "template_shop", VirtualClock(NOW)))
    return asyncio.run(add_months(postgres, shop, "template_world", SystemClock()))
