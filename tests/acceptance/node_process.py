"""Real dispatch processes over a small world whose devices live in the test, and the cables that tests cut.

What is killed here is the program as its users start it: no hook in it, only signals and wires.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.world import World

ENDS_WITHIN_S = 40.0


class NodeProcess:
    """``fiscal-server dispatch`` under a number and a data folder of its own; may be started again and again."""

    def __init__(self, folder: Path, dsn: str, node: int, *, lease_s: int = 30, module: str = "fiscal_server") -> None:
        self.node = node
        self.dsn = dsn
        self.data = folder / f"node-{node}"
        self.data.mkdir(exist_ok=True)
        self._lease_s = lease_s
        self._module = module
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns at once; ``log`` tells how far it is."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("FISCAL_")}
        told = {
            "FISCAL_DATABASE_URL": self.dsn,
            "FISCAL_DATA_DIR": str(self.data),
            "FISCAL_NODE_ID": str(self.node),
            "FISCAL_LEASE_S": str(self._lease_s),
            "FISCAL_LOG_FORMAT": "json",
        }
        with (self.data / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._module, "dispatch", env={**plain, **told}, stdout=log, stderr=log
            )

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "started"
        return self._process

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def log(self) -> str:
        return (self.data / "log").read_text()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code, once it has one."""
        async with asyncio.timeout(ENDS_WITHIN_S):
            return await self.process.wait()

    async def kill(self) -> None:
        """kill -9."""
        if self.runs:
            self.signal(signal.SIGKILL)
            await self.ended()

    async def stop(self) -> None:
        """In order."""
        self.signal(signal.SIGTERM)
        code = await self.ended()
        assert code == 0, f"code {code}\n{self.log()}"

    async def holds(self, scene: World, kkts: int) -> None:
        """Wait until it has begun its rounds and has so many KKTs in its hands."""

        async def so() -> bool:
            assert self.runs, self.log()
            held = await scene.db_values(
                f"select (select count(*) from fiscal.kkt where lease_node = {self.node}) from fiscal.node"
                f" where number = {self.node} and process = {self.process.pid} and beat > 0"
            )
            return held == [kkts]

        await scene.until(so, ENDS_WITHIN_S)


@asynccontextmanager
async def nodes(*processes: NodeProcess) -> AsyncIterator[None]:
    """Started, and whatever becomes of them, gone at the end."""
    try:
        for one in processes:
            await one.start()
        yield
    finally:
        for one in processes:
            await one.kill()


class Cable:
    """A TCP way to somewhere that can be cut, mended, and that counts the COMMITs going through it.

    The COMMIT with the number ``last`` is the last thing that goes through: ``at_last`` is called before the server
    hears of it or, with ``answered``, when the server has answered it and the client has not heard of that.
    """

    def __init__(self, host: str, port: int) -> None:
        """``host`` may be the folder of a Unix socket of PostgreSQL."""
        self._host = host
        self._port = port
        self._tasks: set[asyncio.Task[None]] = set()
        self._whole = True
        self.commits = 0
        self.last: int | None = None
        self.answered = False
        self.at_last: Callable[[], None] = self.cut
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self._whole:
                await self._join(reader, writer)
        except asyncio.CancelledError:
            pass  # cut
        except OSError:
            pass  # an end has gone
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._host.startswith("/"):
            far_reader, far_writer = await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        else:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        deaf = asyncio.Event()
        back = asyncio.create_task(_pump_back(far_reader, writer, deaf))
        try:
            while data := await reader.read(1 << 16):
                if b"COMMIT;" in data and await self._is_last(data, far_writer, back, deaf):
                    return
                far_writer.write(data)
        finally:
            back.cancel()
            far_writer.transport.abort()

    async def _is_last(
        self, data: bytes, far: asyncio.StreamWriter, back: "asyncio.Task[None]", deaf: asyncio.Event
    ) -> bool:
        self.commits += 1
        if self.commits != self.last:
            return False
        if self.answered:
            deaf.set()
            far.write(data)
            await back
        self.at_last()
        return True

    def cut(self) -> None:
        """Nothing that goes through it lives, and nothing new comes through."""
        self._whole = False
        for task in list(self._tasks):
            task.cancel()

    def mend(self) -> None:
        """What comes from now on goes through."""
        self._whole = True

    async def end(self) -> None:
        """Cut, and wait for it."""
        tasks = list(self._tasks)
        self.cut()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump_back(far: asyncio.StreamReader, client: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while data := await far.read(1 << 16):
            if deaf.is_set():
                return
            client.write(data)
        client.close()


@asynccontextmanager
async def cable(host: str, port: int) -> AsyncIterator[Cable]:
    """A cable to a TCP port."""
    wire = Cable(host, port)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        await wire.end()


@asynccontextmanager
async def database_cable(dsn: str) -> AsyncIterator[tuple[Cable, str]]:
    """A cable to a database, and the database's address behind it."""
    parts = urlsplit(dsn)
    query = parse_qs(parts.query)
    [folder], [port] = query["host"], query["port"]
    async with cable(folder, int(port)) as wire:
        yield wire, f"postgresql://{parts.username}@127.0.0.1:{wire.port}{parts.path}"
