"""Applications behind real sockets, in this process."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from admin.app import create_admin_app
from fiscal_server.api.front import FrontDoor
from fiscal_server.app import create_app
from fiscal_server.clock import SystemClock
from fiscal_server.settings import Settings


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@asynccontextmanager
async def served(app: Litestar | FrontDoor, port: int | None = None) -> AsyncIterator[str]:
    """Its address, from when it answers on. It has stopped when the block ends, streams or not."""
    port = port or free_port()
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
    if "stopping" in app.state:
        app.state["stopping"].set()
    server.stop()
    await serving


@asynccontextmanager
async def panel_over(dsn: str, folder: Path) -> AsyncIterator[str]:
    """The API and a panel that asks it, on the clock of the machine; the panel's address."""
    async with served(create_app(Settings(data_dir=folder), dsn, SystemClock())) as url:
        settings = Settings(data_dir=folder, admin_login=False, api_url=url)
        async with served(create_admin_app(settings, dsn, SystemClock())) as address:
            yield address
