"""A wire to a device: bytes out, bytes in. Frames, repeats and meaning belong to the layers above."""

from typing import Protocol


class TransportClosed(ConnectionError):
    """The wire is not there: never opened, cut by the peer, or unplugged."""


class TransportTimeout(TimeoutError):
    """Nothing came within the time given."""


class Transport(Protocol):
    """One medium. ``write`` never blocks; ``read`` gives at least one byte or raises."""

    @property
    def address(self) -> str: ...

    async def open(self) -> None:
        """Raises TransportClosed when there is nobody; harmless when open."""
        ...

    async def close(self) -> None:
        """Never raises."""
        ...

    def write(self, data: bytes) -> None:
        """Raises TransportClosed when the wire is known to be cut."""
        ...

    async def read(self, timeout_s: float) -> bytes:
        """What has arrived (at least one byte). Raises TransportTimeout or TransportClosed."""
        ...

    def discard_input(self) -> None:
        """Forget bytes that arrived and were not read: before each new request."""
        ...
