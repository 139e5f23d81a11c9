"""A billing's end of callbacks: an HTTP server on the loopback that keeps what came and answers as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.waiting import wait_until_async


class Receiver:
    """``statuses`` are answered in turn, then 200; None: the connection is cut instead."""

    def __init__(self, statuses: Sequence[int | None]) -> None:
        self._statuses = list(statuses)
        self.heads: list[str] = []
        self.packets: list[dict[str, Any]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/atol/callback?order=5"

    async def heard(self, count: int) -> None:
        """Wait until so many came."""

        async def so() -> bool:
            return len(self.packets) >= count

        await wait_until_async(so)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            [length] = [
                int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length")
            ]
            self.packets.append(json.loads(await reader.readexactly(length)))
            self.heads.append(head)
            status = self._statuses.pop(0) if self._statuses else 200
            if status is not None:
                location = "Location: http://127.0.0.1:1/\r\n" if status == 302 else ""
                writer.write(
                    f"HTTP/1.1 {status} X\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
                )
                await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def receiving(*statuses: int | None) -> AsyncIterator[Receiver]:
    receiver = Receiver(statuses)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
