"""An application behind a real socket, in this process and on the test's clock."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from fiscal_server.api.front import FrontDoor


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
