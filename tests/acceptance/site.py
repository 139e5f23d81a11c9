"""The whole application with a merchant's key in hand: what tests of the API begin with."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from httpx import Response
from litestar.testing import AsyncTestClient

from fiscal_server.api.front import FrontDoor
from fiscal_server.commands.keys import create_api_key
from fiscal_server.commands.serve import http_server
from fiscal_server.settings import Settings
from fiscal_server.storage.keys import DAILY_WORK, Scope
from tests.applications import api
from tests.storage.scene import Json, Shop, open_shop, payment

Client = AsyncTestClient[FrontDoor]


class Site:
    """A merchant's shop and a client with its key."""

    def __init__(self, shop: Shop, client: Client, key: str) -> None:
        self.shop = shop
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}"}
        self._sent = 0

    async def get(self, path: str, **query: Any) -> Response:
        return await self.client.get(path, params=query, headers=self.headers)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """Any other request, with a JSON body; header names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.request(method, path, content=content, headers={**self.headers, **named})

    async def post(self, body: bytes | Json, key: str | None = None) -> Response:
        self._sent += 1
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {**self.headers, "Idempotency-Key": key or f"k{self._sent}"}
        return await self.client.post("/v1/batches", content=content, headers=headers)

    async def pay(self, count: int, *, account: str = "A1") -> list[str]:
        """Receipts of so many payments, by id, in the order in which they were made."""
        events = [payment(f"{account}-{self._sent}-{n}", account) for n in range(count)]
        answer = await self.post({"events": events, "accounts": [{"id": account}]})
        assert answer.status_code == 202, answer.text
        return [receipt for event in answer.json()["events"] for receipt in event["receipts"]]

    async def pages(self, **query: Any) -> AsyncIterator[list[str]]:
        cursor: str | None = None
        while True:
            page = (await self.get("/v1/receipts", **query, **({"cursor": cursor} if cursor else {}))).json()
            yield [receipt["id"] for receipt in page["receipts"]]
            cursor = page["next"]
            if cursor is None:
                return


@asynccontextmanager
async def open_site(
    dsn: str, folder: Path, name: str = "Пример", *, scopes: tuple[Scope, ...] = DAILY_WORK
) -> AsyncIterator[Site]:
    async with open_shop(dsn, name=name) as shop:
        with api(Settings(data_dir=folder), dsn, shop.clock) as app:
            async with AsyncTestClient(app, raise_server_exceptions=False) as client:
                yield Site(shop, client, await create_api_key(shop.db, shop.merchant.id, "billing", scopes=scopes))


@asynccontextmanager
async def serving(app: FrontDoor) -> AsyncIterator[int]:
    """The port of a real HTTP server that starts the application and stops it, in the loop of the test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = http_server(app, "127.0.0.1", port)
    running = asyncio.create_task(server.serve())
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                break
        yield port
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await running


def check_problem(answer: Response, status: int, kind: str) -> Json:
    """RFC 9457, whatever went wrong."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: Json = answer.json()
    assert (problem["status"], problem["type"]) == (status, f"/problems/{kind}")
    assert problem["title"]
    assert problem["detail"]
    return problem
