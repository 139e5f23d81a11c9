"""Emulated devices behind TCP, as a serial-to-network adapter or an operator would show them."""

import asyncio
import logging
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from kkt_drivers.emulator.line import Delivery, FnLine
from kkt_drivers.emulator.ofd import EmulatedOfd, OfdAnswer

log = logging.getLogger(__name__)

Announce = Callable[[str], None]
"""Told the real address, ``tcp://host:port``, once somebody can connect."""

_PAUSE_S = 0.3
"""An unfinished frame is forgotten after such a pause; at 11,520 bytes a second a whole one takes 90 ms."""


class TcpServer:
    """A listening emulated device."""

    def __init__(self, server: asyncio.Server, hang_up: Callable[[], None]) -> None:
        self._server = server
        self._hang_up = hang_up
        host, port = server.sockets[0].getsockname()[:2]
        self.address = f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"

    async def close(self) -> None:
        """Stop listening and cut whoever is connected."""
        self._server.close()
        self._hang_up()
        await self._server.wait_closed()


class FnSocket:
    """One FN, one connection: the newest wins, as with a cable that is plugged into another computer."""

    def __init__(self, line: FnLine) -> None:
        self.line = line
        self.current: FnConnection | None = None
        self.gone_until = 0.0

    def hang_up(self) -> None:
        if self.current is not None:
            self.current.abort()
            self.current = None


class FnConnection(asyncio.Protocol):
    """The hot path: bytes from the socket go straight to the FN and its answers straight back."""

    def __init__(self, socket: FnSocket) -> None:
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._last_data_at = 0.0
        self._busy_until = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass
        if self._loop.time() < self._socket.gone_until:
            self.abort()
            return
        self._socket.hang_up()
        self._socket.current = self
        self._socket.line.reset()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._socket.current is self:
            self._socket.current = None

    def data_received(self, data: bytes) -> None:
        if self._socket.current is not self:
            return
        now = self._loop.time()
        if now - self._last_data_at > _PAUSE_S:
            self._socket.line.reset()
        self._last_data_at = now
        for delivery in self._socket.line.receive(data):
            self._deliver(delivery, now)

    def _deliver(self, delivery: Delivery, now: float) -> None:
        if delivery.cut:
            self._socket.gone_until = now + delivery.gone_s if delivery.gone_s else 0.0
            self.abort()
            return
        began = max(self._busy_until, now)
        self._socket.line.meter.due_s += delivery.delay_s
        if not delivery.delay_s and self._busy_until <= now:
            self._answer(delivery.data, began)
            return
        self._busy_until = began + delivery.delay_s
        self._loop.call_at(self._busy_until, self._answer, delivery.data, began)

    def _answer(self, data: bytes, began: float) -> None:
        if self._transport is not None:
            self._transport.write(data)
        meter = self._socket.line.meter
        meter.commands += 1
        meter.busy_s += self._loop.time() - began

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None


class OfdConnection(asyncio.Protocol):
    """One KKT at the operator; any number of messages may follow each other."""

    def __init__(self, ofd: EmulatedOfd, connections: set["OfdConnection"]) -> None:
        self._ofd = ofd
        self._connections = connections
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass
        self._connections.add(self)
        if not self._ofd.reachable:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            size = self._ofd.message_size(self._buffer)
            if size < 0:
                self.abort()
            if not 0 < size <= len(self._buffer):
                return
            message, self._buffer = self._buffer[:size], self._buffer[size:]
            answer = self._ofd.receive(message)
            if answer.delay_s:
                asyncio.get_running_loop().call_later(answer.delay_s, self._write, answer)
            else:
                self._write(answer)

    def _write(self, answer: OfdAnswer) -> None:
        if self._transport is None:
            return
        if answer.data:
            self._transport.write(answer.data)  # one segment: there are KKTs that read an answer once only
        if answer.close:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None


def host_and_port(address: str) -> tuple[str, int]:
    """``tcp://HOST:PORT``; port 0 is any free one. Raises ValueError for anything else."""
    parts = urlsplit(address)
    if parts.scheme != "tcp" or parts.hostname is None or parts.port is None:
        raise ValueError(f"an address is tcp://HOST:PORT, not {address!r}")
    return parts.hostname, parts.port


async def serve_fn(line: FnLine, address: str, announce: Announce | None = None) -> TcpServer:
    """Put an emulated FN behind TCP. Raises OSError when the port is taken."""
    host, port = host_and_port(address)
    socket = FnSocket(line)
    listening = await asyncio.get_running_loop().create_server(lambda: FnConnection(socket), host, port)
    server = TcpServer(listening, socket.hang_up)
    log.info("emulated FN %s listens on %s", line.fn.number, server.address)
    if announce is not None:
        announce(server.address)
    return server


async def serve_ofd(ofd: EmulatedOfd, address: str, announce: Announce | None = None) -> TcpServer:
    """Put an emulated operator behind TCP. Raises OSError when the port is taken."""
    host, port = host_and_port(address)
    connections: set[OfdConnection] = set()

    def hang_up() -> None:
        for connection in list(connections):
            connection.abort()

    listening = await asyncio.get_running_loop().create_server(
        lambda: OfdConnection(ofd, connections), host, port, backlog=1024
    )
    server = TcpServer(listening, hang_up)
    log.info("emulated operator %s listens on %s", ofd.inn, server.address)
    if announce is not None:
        announce(server.address)
    return server
