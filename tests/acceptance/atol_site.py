"""The application with a group and a login of the dialect: what its tests begin with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar.testing import AsyncTestClient

from fiscal_server.clock import Clock
from fiscal_server.commands.atol_online import create_group, create_login
from fiscal_server.settings import Settings
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.pool import Database
from tests.acceptance.atol_client import AtolClient, Json
from tests.applications import api
from tests.storage.scene import RULES, Shop, open_shop

GROUP = "shop-group_1"
LOGIN = "billing"
INN = RULES["inn"]


class Desk:
    """A client of the dialect and the raw way beside it."""

    def __init__(self, http: httpx.AsyncClient, version: int, password: str) -> None:
        self.http = http
        self.version = version
        self.password = password
        self.client = AtolClient(http, f"/possystem/v{version}", GROUP, LOGIN, password)
        self.headers: dict[str, str] = {}

    async def post(self, path: str, body: Json | bytes, **headers: str) -> httpx.Response:
        """Below the version, with a token."""
        if not self.headers:
            self.headers = {"Token": await self.client.get_token(), "Content-Type": "application/json"}
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await self.http.post(
            f"/possystem/v{self.version}/{path}",
            headers={**self.headers, **headers},
            **sent,  # type: ignore[arg-type]
        )

    async def sell(self, document: Json | bytes, operation: str = "sell") -> httpx.Response:
        return await self.post(f"{GROUP}/{operation}", document)


@asynccontextmanager
async def open_desk(
    dsn: str, folder: Path, db: Database, clock: Clock, merchant: MerchantRow, version: int,
    *, telling: bool = True, **settings: Any,
) -> AsyncIterator[Desk]:  # fmt: skip
    """The API over a world that exists; the merchant has a cassette. ``telling``: reports go out by themselves."""
    await create_group(db, clock, merchant, GROUP, version=version)
    password = await create_login(db, clock, merchant.id, LOGIN)
    with api(Settings(data_dir=folder, **settings), dsn, clock) as app:
        async with AsyncTestClient(app, raise_server_exceptions=False) as client:
            if not telling:
                client.blocking_portal.call(_tell_nothing)
            yield Desk(client, version, password)


async def _tell_nothing() -> None:
    """The application's own caller stops: a test that calls would find its reports taken now and then."""
    telling = [task for task in asyncio.all_tasks() if task.get_name() == "tell-reports"]
    for task in telling:
        task.cancel()
    await asyncio.gather(*telling, return_exceptions=True)
    assert len(telling) == 1


@asynccontextmanager
async def open_atol_shop(
    dsn: str, folder: Path, version: int = 5, *, ffd: str | None = None, telling: bool = True, **settings: Any
) -> AsyncIterator[tuple[Desk, Shop]]:
    """A merchant with a cassette that no device stands behind, on a clock of its own."""
    rules = {**RULES, "ffd": ffd or {4: "1.05", 5: "1.2"}[version]}
    async with open_shop(dsn, rules) as shop:
        await shop.add_kkts()
        async with open_desk(
            dsn, folder, shop.db, shop.clock, shop.merchant, version, telling=telling, **settings
        ) as desk:
            yield desk, shop
