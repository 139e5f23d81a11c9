"""A wire to a device: bytes out, bytes in. Frames, repeats and meaning belong to the layers above."""

from collections.abc import Awaitable, Callable
from typing import Protocol, runtime_checkable


class TransportClosed(ConnectionError):
    """The wire is not there: never opened, cut by the peer, or unplugged."""


class TransportBusy(TransportClosed):
    """The device is there and somebody else holds it."""


class TransportTimeout(TimeoutError):
    """Nothing came within the time given."""


class Withheld(Exception):
    """A request never left; ``reason`` is what was raised when it was about to."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Transport(Protocol):
    """One medium. ``write`` never blocks; ``read`` gives at least one byte or raises.

    What every medium keeps to (tests/contract/test_transports.py): ``open`` after ``close`` or after a cut is a new
    connection, a cut wakes a waiting ``read``, and bytes that arrived before the cut can still be read after it.
    """

    @property
    def address(self) -> str: ...

    async def open(self) -> None:
        """Raises TransportClosed when there is nobody, TransportBusy when the device is taken; harmless when open."""
        ...

    async def close(self) -> None:
        """Never raises."""
        ...

    def write(self, data: bytes) -> None:
        """Raises TransportClosed when the wire is known to be cut."""
        ...

    def read(self, timeout_s: float) -> Awaitable[bytes]:
        """What has arrived (at least one byte). Raises TransportTimeout or TransportClosed, now or when awaited."""
        ...

    def discard_input(self) -> None:
        """Forget bytes that arrived and were not read: before each new request."""
        ...


Taker = Callable[[bytes], bool]
"""Shown what arrives while a read waits; True: it has taken all of it. May write; never raises."""


@runtime_checkable
class Tapped(Protocol):
    """A wire whose reader may look at what arrives before its task is woken: a request can follow at once."""

    def tap(self, taker: Taker | None) -> None:
        """What ``taker`` takes, ``read`` never gives. None, and any new connection: everything is read again."""
        ...


@runtime_checkable
class Gathering(Protocol):
    """A wire whose requests may leave together with those of other wires (``transport/convoy.py``)."""

    def leave(self, request: bytes, may_leave: Callable[[], None] | None) -> None:
        """Send a request now or in a moment. What arrived or arrives before it has left is forgotten: no answer to it.

        ``may_leave`` is asked when nothing but the writing is left to do; what it raises, this raises, or a read that
        waits raises Withheld. Raises TransportClosed as ``write``.
        """
        ...


@runtime_checkable
class SpeedControl(Protocol):
    """A wire whose speed is ours to choose: a serial line. A network wire has none."""

    async def set_speed(self, bits_per_s: int) -> None:
        """From the next byte on, also after ``close`` and ``open``. Raises TransportClosed, ValueError."""
        ...
