"""The API as a process of its own, over a database of the test: what programs of users talk to."""

import asyncio
import os
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from fiscal_server.demo.devices import free_port
from tests.waiting import wait_until_async


def api_environment(dsn: str, folder: Path, port: int) -> dict[str, str]:
    """Its settings; webhooks may go to the loopback."""
    return {
        **os.environ,
        "FISCAL_DATABASE_URL": dsn,
        "FISCAL_DATA_DIR": str(folder),
        "FISCAL_API_PORT": str(port),
        "FISCAL_WEBHOOK_PRIVATE_ADDRESSES": "1",
    }


class Api(msgspec.Struct, frozen=True):
    """Where it answers, and what can be killed."""

    url: str
    process: asyncio.subprocess.Process

    async def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def api_process(dsn: str, folder: Path) -> AsyncIterator[Api]:
    """Ready; terminated at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fiscal_server", "api", env=api_environment(dsn, folder, port)
    )

    def ask() -> bool:
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    async def ready() -> bool:
        assert process.returncode is None, "the API ended before it was ready"
        return await asyncio.to_thread(ask)

    try:
        await wait_until_async(ready, 60)
        yield Api(url, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
