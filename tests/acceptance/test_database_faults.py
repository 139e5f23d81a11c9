"""A real node over a PostgreSQL of its own that is restarted, killed, full, or out of connections."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import pytest

from fiscal_server.embedded import EmbeddedPostgres
from fiscal_server.embedded.cluster import plain_environ
from fiscal_server.storage.migrate import migrate
from fiscal_server.supervisor.spec import launch_argv
from tests.acceptance.node_process import NodeProcess, database_cable, nodes
from tests.conftest import SHARED_PROGRAMS
from tests.waiting import wait_until_async
from tests.world import world

pytestmark = pytest.mark.proof

DISK_MIB = 160
PATIENCE_S = 120.0


class OwnPostgres:
    """A PostgreSQL that a test may hurt."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = EmbeddedPostgres(folder, shared_programs=SHARED_PROGRAMS)
        self.process: subprocess.Popen[bytes] | None = None
        self.dsn = self._server.dsn("fiscal")

    async def start(self) -> None:
        """Returns when it answers."""
        await asyncio.to_thread(self._launch)
        await wait_until_async(self._answers, PATIENCE_S)

    def _launch(self) -> None:
        self._server.prepare()
        self.process = subprocess.Popen(
            launch_argv(self._server.command(), os.getpid(), self._server.account(), signal.SIGQUIT),
            env=plain_environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    async def create(self) -> None:
        """Our database in it."""
        await self.start()
        connection = await asyncpg.connect(self._server.dsn("postgres"))
        await connection.execute("create database fiscal")
        await connection.close()
        await migrate(self.dsn)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    async def _answers(self) -> bool:
        assert self.process is not None
        assert self.runs, "PostgreSQL ended"
        return self._server.is_ready(self.process.pid)

    async def end(self, how: signal.Signals) -> None:
        """Gone, in whichever way."""
        if self.process is not None and self.runs:
            self.process.send_signal(how)
            await asyncio.to_thread(self.process.wait, PATIENCE_S)


@asynccontextmanager
async def own_postgres(folder: Path) -> AsyncIterator[OwnPostgres]:
    server = OwnPostgres(folder)
    try:
        yield server
    finally:
        await server.end(signal.SIGQUIT)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL], ids=lambda how: how.name)
async def test_a_database_that_is_restarted_or_killed_costs_no_receipt(
    open_folder: Path, tmp_path: Path, how: signal.Signals
) -> None:
    async with own_postgres(open_folder) as server:
        await server.create()
        async with world(server.dsn, tmp_path) as scene:
            node = NodeProcess(tmp_path, server.dsn, 1)
            async with nodes(node):
                await scene.pay(120)
                for made in (10, 40, 70):
                    await scene.until_registered(made, PATIENCE_S)
                    await server.end(how)
                    await server.start()
                await scene.until_delivered(PATIENCE_S)
                await node.stop()
            await scene.check_clean()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=711", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def fill(folder: Path) -> Path:
    """Take all space that is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    return ballast


async def test_a_disk_that_is_full_stops_the_work_and_costs_no_receipt(open_folder: Path, tmp_path: Path) -> None:
    with small_disk(open_folder) as disk:
        async with own_postgres(disk) as server:
            await server.create()
            async with world(server.dsn, tmp_path, capacity=10_000) as scene:
                node = NodeProcess(tmp_path, server.dsn, 1)
                await scene.pay(600)
                async with nodes(node):
                    await scene.until_registered(20, PATIENCE_S)
                    ballast = fill(disk)

                    async def felt() -> bool:
                        return "No space left on device" in node.log() or not server.runs

                    await scene.until(felt, PATIENCE_S)
                    ballast.unlink()
                    await server.end(signal.SIGQUIT)
                    await server.start()
                    await scene.until_delivered(PATIENCE_S)
                    await node.stop()
                await scene.check_clean()


async def test_a_database_without_a_connection_to_spare_costs_no_receipt(open_folder: Path, tmp_path: Path) -> None:
    (open_folder / "postgres.conf").write_text("max_connections = 25\nsuperuser_reserved_connections = 0\n")
    async with own_postgres(open_folder) as server:
        await server.create()
        async with world(server.dsn, tmp_path, fns=4, parallel=4) as scene, database_cable(server.dsn) as (wire, way):
            node = NodeProcess(tmp_path, way, 1)
            async with nodes(node):
                await scene.pay(200)
                await scene.until_registered(20)
                wire.cut()
                taken = await take_all_connections(server.dsn)
                wire.mend()

                async def felt() -> bool:
                    return "too many clients" in node.log()

                await scene.until(felt, PATIENCE_S)
                for connection in taken:
                    connection.terminate()
                await scene.until_delivered(PATIENCE_S)
                await node.stop()
            await scene.check_clean()


async def take_all_connections(dsn: str) -> list[asyncpg.Connection]:
    """Until the server has none left."""
    taken: list[asyncpg.Connection] = []
    with contextlib.suppress(asyncpg.TooManyConnectionsError):
        while True:
            taken.append(await asyncpg.connect(dsn))
    return taken


async def test_many_kkts_share_one_connection(database: str, tmp_path: Path) -> None:
    """A pool that is always exhausted: everybody waits for everybody, nobody for ever."""
    async with world(database, tmp_path, fns=6, parallel=6) as scene:
        await scene.pay(120)
        async with scene.dispatching(size=1):
            await scene.until_delivered(PATIENCE_S)
        await scene.check_clean()
