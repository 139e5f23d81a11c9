"""A device behind a TCP port: a network FN, a serial port server, an emulator."""

import asyncio
import socket
from collections.abc import Awaitable
from typing import cast

from kkt_drivers.transport.base import Taker, TransportClosed
from kkt_drivers.transport.inbox import Inbox


class TcpTransport:
    """One connection at a time; a new ``open`` after ``close`` is a new connection. TCP_NODELAY is set."""

    def __init__(self, host: str, port: int, *, connect_timeout_s: float = 5.0) -> None:
        self._host = host
        self._port = port
        self._connect_timeout_s = connect_timeout_s
        self._wire: _Wire | None = None

    @property
    def address(self) -> str:
        return f"tcp://[{self._host}]:{self._port}" if ":" in self._host else f"tcp://{self._host}:{self._port}"

    async def open(self) -> None:
        """Raises TransportClosed when nobody listens or nobody answers within ``connect_timeout_s``."""
        if self._wire is not None and not self._wire.inbox.closed:
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
        self.abort()

    def abort(self) -> None:
        """As ``close``, without waiting for anything."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.abort()

    def write(self, data: bytes) -> None:
        if self._wire is None:
            raise TransportClosed(f"{self.address} is not connected")
        if self._wire.inbox.closed:
            raise TransportClosed(f"{self.address}: {self._wire.inbox.reason}")
        self._wire.transport.write(data)

    def read(self, timeout_s: float) -> Awaitable[bytes]:
        if self._wire is None:
            raise TransportClosed(f"{self.address} is not connected")
        return self._wire.inbox.read(timeout_s)

    def discard_input(self) -> None:
        if self._wire is not None:
            self._wire.inbox.discard()

    def tap(self, taker: Taker | None) -> None:
        """See ``Tapped``."""
        if self._wire is not None:
            self._wire.inbox.taker = taker


class _Wire(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.inbox = Inbox(loop)
        # The hot path: straight into the inbox.
        self.data_received = self.inbox.put  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self.inbox.end(f"the connection was lost: {exc}" if exc is not None else "")

    def abort(self) -> None:
        self.inbox.end()
        self.transport.abort()
