"""A receiver of webhooks on the loopback, with the manners that real ones have: quick, slow, dead, rude."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec

Writer = asyncio.StreamWriter
Behaviour = Callable[["Receiver", Writer], Awaitable[None]]


class Received(msgspec.Struct, frozen=True):
    """A message as it came; names of headers in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> dict[str, object]:
        decoded: dict[str, object] = msgspec.json.decode(self.body)
        return decoded


class Receiver:
    """Behaves for each request as the next of ``script`` says, then as ``otherwise`` says."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.script: list[Behaviour] = []
        self.otherwise: Behaviour = ok
        self.under_way = 0
        self.most_at_once = 0
        self.let_go = asyncio.Event()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._came = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def ids(self) -> list[str]:
        return [one.id for one in self.received]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Nobody listens there any more."""
        assert self._server is not None
        self.let_go.set()
        self._server.close()
        await self._server.wait_closed()

    async def wait_for(self, count: int, within_s: float = 20.0) -> list[Received]:
        """Until so many messages have come in all."""
        async with asyncio.timeout(within_s), self._came:
            await self._came.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        try:
            while (request := await self._read(reader)) is not None:
                self.under_way += 1
                self.most_at_once = max(self.most_at_once, self.under_way)
                async with self._came:
                    self.received.append(request)
                    self._came.notify_all()
                try:
                    await (self.script.pop(0) if self.script else self.otherwise)(self, writer)
                finally:
                    self.under_way -= 1
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Received | None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Received(first.split()[1], headers, body)


def answers(status: int, *headers: str, body: bytes = b"") -> Behaviour:
    """At once."""

    async def answer(_: Receiver, writer: Writer) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    return answer


ok = answers(204)


async def waits(receiver: Receiver, writer: Writer) -> None:
    """Until the test lets it go."""
    await receiver.let_go.wait()
    await ok(receiver, writer)


async def hangs_up(_: Receiver, writer: Writer) -> None:
    """Takes the message and says nothing."""
    writer.transport.abort()


async def talks_garbage(_: Receiver, writer: Writer) -> None:
    """What comes is no HTTP."""
    writer.write(b"\x16\x03\x01 hello\r\n\r\n")
    writer.write_eof()


def talks_without_end(status: int) -> Behaviour:
    """A body that never ends, or only because nobody listens."""

    async def talk(_: Receiver, writer: Writer) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: text/plain\r\n\r\n".encode())
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    return talk


async def dribbles(receiver: Receiver, writer: Writer) -> None:
    """The head of an answer that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nX-A: ")
    await writer.drain()
    await receiver.let_go.wait()


@asynccontextmanager
async def receiving(script: Sequence[Behaviour] = ()) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    receiver.script.extend(script)
    await receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()
