"""A way to PostgreSQL that breaks on request: a socket of its own in front of the server's.

A step is one message burst of a client (a query, a COMMIT). It is cut before the server hears of it, or after it
has answered and before the client hears of that: a commit whose answer is lost.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit


class PostgresWire:
    """Counts steps while ``armed``; the one numbered ``cut_at`` (from 1) loses its connection."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._writers: set[asyncio.StreamWriter] = set()
        self.armed = False
        self.steps = 0
        self.cut_at = 0
        self.after_answer = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        try:
            server_reader, server_writer = await asyncio.open_unix_connection(str(self._server))
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, server_writer}
        deaf = asyncio.Event()  # the client hears no more
        back = asyncio.create_task(_pump_back(server_reader, writer, deaf))
        try:
            while data := await reader.read(1 << 16):
                if self._is_cut():
                    if self.after_answer:
                        deaf.set()
                        server_writer.write(data)
                        await back
                    break
                server_writer.write(data)
        except OSError:
            pass  # the other end has gone
        finally:
            back.cancel()
            for end in (writer, server_writer):
                self._writers.discard(end)
                end.transport.abort()

    def _is_cut(self) -> bool:
        if not self.armed:
            return False
        self.steps += 1
        return self.steps == self.cut_at

    def cut_all(self) -> None:
        """Pull the cable on everybody."""
        for end in list(self._writers):
            end.transport.abort()


async def _pump_back(server: asyncio.StreamReader, client: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while data := await server.read(1 << 16):
            if deaf.is_set():
                return
            client.write(data)
        client.close()


@asynccontextmanager
async def postgres_wire(dsn: str) -> AsyncIterator[tuple[PostgresWire, str]]:
    """The wire, and the address of the same database behind it."""
    parts = urlsplit(dsn)
    query = parse_qs(parts.query)
    [host], [port] = query["host"], query["port"]
    name = f".s.PGSQL.{port}"
    folder = Path(tempfile.mkdtemp(prefix="wire-"))  # short: a socket's path has 107 bytes at most
    wire = PostgresWire(Path(host) / name)
    server = await asyncio.start_unix_server(wire.serve, str(folder / name))
    try:
        yield wire, dsn.replace(quote(host, safe="/"), quote(str(folder), safe="/"))
    finally:
        server.close()
        wire.cut_all()
        shutil.rmtree(folder, ignore_errors=True)
