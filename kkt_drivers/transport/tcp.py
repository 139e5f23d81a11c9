"""A device behind a TCP port: a network FN, a serial port server, an emulator."""

import asyncio
import socket
from typing import cast

from kkt_drivers.transport.base import TransportClosed, TransportTimeout


class TcpTransport:
    """One connection at a time; a new ``open`` after ``close`` is a new connection. TCP_NODELAY is set."""

    def __init__(self, host: str, port: int, *, connect_timeout_s: float = 5.0) -> None:
        self._host = host
        self._port = port
        self._connect_timeout_s = connect_timeout_s
        self._wire: _Wire | None = None

    @property
    def address(self) -> str:
        return f"tcp://{self._host}:{self._port}"

    async def open(self) -> None:
        """Raises TransportClosed when nobody listens or nobody answers within ``connect_timeout_s``."""
        if self._wire is not None and not self._wire.closed:
            return
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                _, self._wire = await loop.create_connection(lambda: _Wire(loop), self._host, self._port)
        except TimeoutError:
            raise TransportClosed(f"{self.address} does not answer") from None
        except OSError as error:
            raise TransportClosed(f"{self.address}: {error}") from error

    async def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.abort()

    def write(self, data: bytes) -> None:
        if self._wire is None or self._wire.closed:
            raise TransportClosed(f"{self.address} is not connected")
        self._wire.transport.write(data)

    async def read(self, timeout_s: float) -> bytes:
        if self._wire is None:
            raise TransportClosed(f"{self.address} is not connected")
        return await self._wire.read(timeout_s)

    def discard_input(self) -> None:
        if self._wire is not None:
            self._wire.received = b""


class _Wire(asyncio.Protocol):
    """One connection. A read waits on a bare future with one timer: less work than a stream and ``wait_for``."""

    transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiter: asyncio.Future[None] | None = None
        self.received = b""
        self.closed = False
        self.reason = "the connection was closed"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self.received = self.received + data if self.received else data
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if exc is not None:
            self.reason = f"the connection was lost: {exc}"
        self._wake()

    def abort(self) -> None:
        self.closed = True
        self.transport.abort()

    async def read(self, timeout_s: float) -> bytes:
        if not self.received and not self.closed:
            waiter = self._waiter = self._loop.create_future()
            timer = self._loop.call_later(timeout_s, self._wake)
            try:
                await waiter
            finally:
                timer.cancel()
                self._waiter = None
        if self.received:
            data, self.received = self.received, b""
            return data
        if self.closed:
            raise TransportClosed(self.reason)
        raise TransportTimeout(f"no answer within {timeout_s:g} s")

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
