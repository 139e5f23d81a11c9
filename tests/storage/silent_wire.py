"""A TCP way to PostgreSQL that can fall silent: nothing is closed, nothing is forwarded, as when a cable is pulled."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit


class SilentWire:
    """Connections that exist at ``fall_silent`` never carry a byte again; new ones do from ``mend`` on."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def fall_silent(self) -> None:
        self._flowing.clear()

    def mend(self) -> None:
        """A new cable: what was cut off by the old one stays so."""
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        flowing = self._flowing
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await flowing.wait()
            server_reader, server_writer = await asyncio.open_unix_connection(self._socket)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pump(reader, server_writer, flowing))
                    both.create_task(_pump(server_reader, writer, flowing))
            finally:
                server_writer.transport.abort()
        except asyncio.CancelledError:
            pass  # the end of the test; the server's callback would report it
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def cut(self) -> None:
        """End every connection."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(1 << 16):
            await flowing.wait()
            target.write(data)
        if flowing.is_set():
            target.close()


@asynccontextmanager
async def silent_wire(dsn: str) -> AsyncIterator[tuple[SilentWire, str]]:
    """The wire, and the address of the same database behind it."""
    parts = urlsplit(dsn)
    query = parse_qs(parts.query)
    [host], [port] = query["host"], query["port"]
    wire = SilentWire(f"{host}/.s.PGSQL.{port}")
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    try:
        listens_at = server.sockets[0].getsockname()[1]
        yield wire, f"postgresql://{parts.username}@127.0.0.1:{listens_at}{parts.path}"
    finally:
        server.close()
        await wire.cut()
