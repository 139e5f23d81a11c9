"""An in-process cable for tests: the driver's end, a peer behind it, and a fault function in between.

    Pipe (Transport) --- fault("request", bytes) ---> PipePeer.read
    Pipe.read        <-- fault("answer", bytes) ----- PipePeer.write

Each ``open`` makes a new peer and runs ``serve(peer)`` on it, as a listening socket would; what an older peer still
writes goes nowhere.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal

from kkt_drivers.transport.base import Taker, TransportClosed, TransportTimeout

Direction = Literal["request", "answer"]
Fault = Callable[[Direction, bytes], Iterable[bytes]]
"""What arrives in place of the bytes written: nothing (lost), pieces (split), others (garbled).

Raising TransportClosed cuts the cable.
"""


def _faultless(direction: Direction, data: bytes) -> Iterable[bytes]:
    return (data,)


class PipePeer:
    """The device's end of one connection."""

    def __init__(self, pipe: "Pipe") -> None:
        self._pipe = pipe
        self._inbox = _Inbox()

    async def read(self) -> bytes:
        """At least one byte. Raises TransportClosed when the other end has gone."""
        return await self._inbox.take(None)

    def write(self, data: bytes) -> None:
        """Dropped when this connection is over."""
        self._pipe._from_peer(self, data)

    def close(self) -> None:
        """Cut the cable."""
        self._pipe._cut(self)


class Pipe:
    """The driver's end: a ``Transport``. ``serve`` is the device's loop, one call a connection."""

    def __init__(
        self, serve: Callable[[PipePeer], Awaitable[None]], fault: Fault = _faultless, address: str = "pipe://"
    ) -> None:
        self._serve = serve
        self._address = address
        self._peer: PipePeer | None = None
        self._task: asyncio.Future[None] | None = None
        self._inbox = _Inbox()
        self.fault = fault
        self.connections = 0

    @property
    def address(self) -> str:
        return self._address

    async def open(self) -> None:
        if self._peer is not None:
            return
        self._inbox = _Inbox()
        self._peer = PipePeer(self)
        self._task = asyncio.ensure_future(self._run(self._peer))
        self.connections += 1

    async def close(self) -> None:
        if self._peer is not None:
            self._cut(self._peer)

    def write(self, data: bytes) -> None:
        peer = self._peer
        if peer is None:
            raise TransportClosed(f"{self._address} is not connected")
        try:
            for piece in self.fault("request", data):
                peer._inbox.put(piece)
        except TransportClosed:
            self._cut(peer)

    async def read(self, timeout_s: float) -> bytes:
        return await self._inbox.take(timeout_s)

    def discard_input(self) -> None:
        self._inbox.clear()

    def tap(self, taker: Taker | None) -> None:
        """See ``Tapped``."""
        self._inbox.taker = taker

    async def _run(self, peer: PipePeer) -> None:
        try:
            await self._serve(peer)
        except TransportClosed:
            pass  # the usual end of a connection
        finally:
            self._cut(peer)

    def _from_peer(self, peer: PipePeer, data: bytes) -> None:
        if peer is not self._peer:
            return
        try:
            for piece in self.fault("answer", data):
                self._inbox.put(piece)
        except TransportClosed:
            self._cut(peer)

    def _cut(self, peer: PipePeer) -> None:
        peer._inbox.end()
        if peer is self._peer:
            self._peer = None
            self._inbox.end()


class _Inbox:
    """Bytes on their way to one reader; pieces stay apart, so that a split is seen as one."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._ended = False
        self._arrived = asyncio.Event()
        self.taker: Taker | None = None

    def put(self, piece: bytes) -> None:
        if self.taker is not None and not self._pieces and not self._ended and self.taker(piece):
            return
        if piece and not self._ended:
            self._pieces.append(piece)
            self._arrived.set()

    def end(self) -> None:
        self._ended = True
        self._arrived.set()

    def clear(self) -> None:
        self._pieces.clear()

    async def take(self, timeout_s: float | None) -> bytes:
        while not self._pieces:
            if self._ended:
                raise TransportClosed("the cable was cut")
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                raise TransportTimeout(f"no answer within {timeout_s:g} s") from None
        return self._pieces.pop(0)
