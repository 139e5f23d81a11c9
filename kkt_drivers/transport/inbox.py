"""Bytes on their way from a wire to the one reader that waits for them."""

import asyncio

from kkt_drivers.transport.base import Taker, TransportClosed, TransportTimeout


class Inbox:
    """A read waits on a bare future with one timer: less work than a stream and ``wait_for``. For one event loop."""

    __slots__ = ("_loop", "_received", "_waiter", "closed", "reason", "taker")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._received = b""
        self._waiter: asyncio.Future[None] | None = None
        self.taker: Taker | None = None  # see ``Tapped``
        self.closed = False
        self.reason = "the connection was closed"

    def put(self, data: bytes) -> None:
        """More has arrived."""
        if self.taker is not None and not self._received and self.taker(data):
            return
        self._received = self._received + data if self._received else data
        self._wake()

    def end(self, reason: str = "") -> None:
        """Nothing more will come; the first reason given stays."""
        if not self.closed:
            self.closed = True
            self.reason = reason or self.reason
        self._wake()

    def discard(self) -> None:
        """Forget what has arrived."""
        self._received = b""

    async def read(self, timeout_s: float) -> bytes:
        """All that has arrived, waiting for the first byte. Raises TransportTimeout; TransportClosed when empty."""
        if not self._received and not self.closed:
            waiter = self._waiter = self._loop.create_future()
            timer = self._loop.call_later(timeout_s, self._wake)
            try:
                await waiter
            finally:
                timer.cancel()
                self._waiter = None
        if self._received:
            data, self._received = self._received, b""
            return data
        if self.closed:
            raise TransportClosed(self.reason)
        raise TransportTimeout(f"no answer within {timeout_s:g} s")

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
