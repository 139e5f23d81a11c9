"""`database` of this folder has the months of `scene.NOW`, where sites stand, and those of today, where worlds live."""

import asyncio

import pytest

from fiscal_server.clock import SystemClock, VirtualClock
from tests.conftest import TestPostgres, add_months
from tests.storage.scene import NOW


@pytest.fixture(scope="session")
def template(postgres: TestPostgres, template: str) -> str:
    site = asyncio.run(add_months(postgres, "template_bare", "template_site", VirtualClock(NOW)))
    return asyncio.run(add_months(postgres, site, "template_world", SystemClock()))
