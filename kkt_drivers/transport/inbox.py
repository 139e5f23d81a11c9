"""Bytes on their way from a wire to the one reader that waits for them."""

import asyncio

from kkt_drivers.transport.base import Taker, TransportClosed, TransportTimeout


class Inbox:
    """A read is a bare future, and one timer serves many reads: less work than a stream and ``wait_for``.

    The timer rings when the first of them would have waited too long and is wound up again only if one waits by then.
    For one event loop.
    """

    __slots__ = (
        "_deadline",
        "_loop",
        "_received",
        "_rings_at",
        "_timeout_s",
        "_timer",
        "_waiter",
        "closed",
        "deaf",
        "reason",
        "taker",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._received = b""
        self._waiter: asyncio.Future[bytes] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0
        self._deadline = 0.0  # of the read that waits
        self._timeout_s = 0.0
        self.taker: Taker | None = None  # see ``Tapped``
        self.deaf = False  # what arrives is forgotten
        self.closed = False
        self.reason = "the connection was closed"

    def put(self, data: bytes) -> None:
        """More has arrived."""
        if self.deaf:
            return
        waiter = self._waiter
        if waiter is None or waiter.done():
            self._received = self._received + data if self._received else data
        elif self.taker is None or not self.taker(data):
            waiter.set_result(data)

    def end(self, reason: str = "") -> None:
        """Nothing more will come; the first reason given stays."""
        if not self.closed:
            self.closed = True
            self.reason = reason or self.reason
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.fail(TransportClosed(self.reason))

    def fail(self, error: Exception) -> None:
        """Who waits need not wait any longer."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def discard(self) -> None:
        """Forget what has arrived."""
        self._received = b""

    def read(self, timeout_s: float) -> asyncio.Future[bytes]:
        """All that has arrived, or the next bytes. Raises TransportTimeout; TransportClosed when it is empty.

        Whoever is cancelled while they arrive may have lost them.
        """
        if not self._received and self.closed:
            raise TransportClosed(self.reason)
        waiter = self._waiter = self._loop.create_future()
        if self._received:
            waiter.set_result(self._received)
            self._received = b""
        else:
            self._timeout_s = timeout_s
            self._deadline = self._loop.time() + timeout_s
            if self._timer is None or self._deadline < self._rings_at:
                self._wind_up()
        return waiter

    def _wind_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = self._deadline
        self._timer = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() >= self._deadline:
            self._waiter.set_exception(TransportTimeout(f"no answer within {self._timeout_s:g} s"))
        else:
            self._wind_up()
