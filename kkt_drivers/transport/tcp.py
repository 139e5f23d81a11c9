"""A device behind a TCP port: a network FN, a serial port server, an emulator."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from kkt_drivers.transport.base import Taker, TransportClosed, Withheld
from kkt_drivers.transport.convoy import Convoy
from kkt_drivers.transport.inbox import Inbox


class TcpTransport:
    """One connection at a time; a new ``open`` after ``close`` is a new connection. The loop sets TCP_NODELAY.

    ``convoy``: with which requests leave (``leave``); None: each at once.
    """

    def __init__(self, host: str, port: int, *, connect_timeout_s: float = 5.0, convoy: Convoy | None = None) -> None:
        self._host = host
        self._port = port
        self._connect_timeout_s = connect_timeout_s
        self._convoy = convoy
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
        wire = self._connected()
        wire.depart()  # nothing overtakes a request
        wire.transport.write(data)

    def leave(self, request: bytes, may_leave: Callable[[], None] | None) -> None:
        """See ``Gathering``."""
        wire = self._connected()
        if self._convoy is not None:
            wire.get_ready(request, may_leave)
            self._convoy.join(wire.loop, wire.depart)
            return
        wire.inbox.discard()
        if may_leave is not None:
            may_leave()
        wire.transport.write(request)

    def _connected(self) -> "_Wire":
        wire = self._wire
        if wire is None:
            raise TransportClosed(f"{self.address} is not connected")
        if wire.inbox.closed:
            raise TransportClosed(f"{self.address}: {wire.inbox.reason}")
        return wire

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
        self.loop = loop
        self.inbox = Inbox(loop)
        self._request: bytes | None = None  # about to leave
        self._may_leave: Callable[[], None] | None = None
        # The hot path: straight into the inbox.
        self.data_received = self.inbox.put  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.inbox.end(f"the connection was lost: {exc}" if exc is not None else "")

    def get_ready(self, request: bytes, may_leave: Callable[[], None] | None) -> None:
        """``depart`` sends it; nothing that arrives until then can be its answer."""
        self._request, self._may_leave = request, may_leave
        self.inbox.discard()
        self.inbox.deaf = True

    def depart(self) -> None:
        """Send what is about to leave, if it still may and there is a connection."""
        request, self._request = self._request, None
        if request is None:
            return
        self.inbox.deaf = False
        if self.inbox.closed:
            return
        try:
            if self._may_leave is not None:
                self._may_leave()
        except Exception as error:
            self.inbox.fail(Withheld(error))
        else:
            self.transport.write(request)

    def abort(self) -> None:
        self.inbox.end()
        self.transport.abort()
