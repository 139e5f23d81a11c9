"""What a person has in hand who orders something: the API with a merchant's key, and the command line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from litestar.testing import AsyncTestClient

from fiscal_server.commands.keys import create_api_key
from fiscal_server.settings import Settings
from tests import applications
from tests.acceptance.site import Client
from tests.command_line import run_command
from tests.world import World

WHO = {"asked_by": "Иванова", "reason": "проверка"}


@asynccontextmanager
async def api(scene: World, folder: Path) -> AsyncIterator[Client]:
    """The API over the scene's database, with its merchant's key."""
    key = await create_api_key(scene.db, scene.merchant.id, "billing")
    with applications.api(Settings(data_dir=folder), scene.dsn, scene.clock) as app:
        async with AsyncTestClient(app) as client:
            client.headers["Authorization"] = f"Bearer {key}"
            yield client


async def command(scene: World, *words: str) -> tuple[int, str]:
    """``fiscal-server`` in a process of its own: exit code and what it printed."""
    environment = {"FISCAL_DATABASE_URL": scene.dsn, "PATH": "/usr/bin", "COLUMNS": "200"}
    given = (*words, "--merchant", scene.merchant.name)
    done = await asyncio.to_thread(run_command, *given, env=environment, as_seen=True)
    return done.returncode, done.stdout.decode()
