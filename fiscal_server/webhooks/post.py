"""One message on the wire: a POST with limits on everything that a receiver may do to us.

httpcore, the engine of httpx, without the rest of it: what httpx adds (redirects, proxies of the environment,
decoding of bodies) must not happen here, and only httpcore takes a network backend, which says where a connection goes.
"""

import asyncio
import contextlib
import ssl
from datetime import timedelta
from typing import Final

import httpcore
import msgspec

from fiscal_server.webhooks.addresses import AddressRefused, GuardedNetwork

WHOLE_S: Final = 15.0
"""For everything: name, connection, TLS, request, status. A receiver answers first and works afterwards."""

CONNECT_S: Final = 5.0
CONNECTIONS: Final = 128
IDLE_S: Final = 30.0

DRAIN_S: Final = 1.0

WORDS_BYTES: Final = 1000
"""So much of an answer that is no success is kept for people; the rest of any answer is not read."""

_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.TimeoutException,
    AddressRefused,
    TimeoutError,
    OSError,
    UnicodeError,  # a name that cannot be looked up
)


class Outcome(msgspec.Struct, frozen=True):
    """What a receiver answered. ``error``: None is success; ``retry_after``: how long it wants to be left alone."""

    status: int | None
    error: str | None
    retry_after: timedelta = timedelta(0)

    @property
    def gone(self) -> bool:
        """The receiver wants nothing any more."""
        return self.status == 410


class Wire:
    """Connections to receivers; ``private`` opens private networks and plain HTTP."""

    def __init__(self, *, private: bool, whole_s: float = WHOLE_S) -> None:
        self._private = private
        self._whole_s = whole_s
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        """Send and look at the status. Never raises for what the network or the receiver does."""
        told = {"Content-Type": "application/json", "User-Agent": "fiscal-server", **headers}
        try:
            async with asyncio.timeout(self._whole_s):
                return await self._exchange(url, told, body)
        except TimeoutError:
            return Outcome(None, f"no answer within {self._whole_s:g} s")
        except _ERRORS as error:
            return Outcome(None, f"{type(error).__name__}: {error}"[:WORDS_BYTES])

    async def _exchange(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        limits = {"connect": CONNECT_S, "pool": self._whole_s}
        request = self._connections().stream(
            "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": limits}
        )
        async with request as response:
            if 200 <= response.status < 300:
                await _read_for_the_next(response)
                return Outcome(response.status, None)
            asked = {name.lower(): value for name, value in response.headers}.get(b"retry-after", b"")
            words = await _beginning(response)
            return Outcome(response.status, f"HTTP {response.status} {words}".strip(), _seconds(asked))

    def _connections(self) -> httpcore.AsyncConnectionPool:
        # Made when it is needed: the certificates alone take 4 MiB and a tenth of a second.
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=ssl.create_default_context(),
                max_connections=CONNECTIONS,
                max_keepalive_connections=CONNECTIONS // 4,
                keepalive_expiry=IDLE_S,
                network_backend=GuardedNetwork(private=self._private),
            )
        return self._pool

    async def close(self) -> None:
        """Hang up everywhere."""
        if self._pool is not None:
            await self._pool.aclose()


async def _read_for_the_next(response: httpcore.Response) -> None:
    """A short body is read, so that the connection serves again. The message has arrived, whatever comes of this."""
    with contextlib.suppress(*_ERRORS):
        async with asyncio.timeout(DRAIN_S):
            await _beginning(response)


async def _beginning(response: httpcore.Response) -> str:
    """As much of a body as people need to see what the matter is, in one line."""
    read = bytearray()
    stream = response.aiter_stream()
    async with contextlib.aclosing(stream):  # type: ignore[type-var]
        async for piece in stream:
            read += piece
            if len(read) >= WORDS_BYTES:
                break
    words = bytes(read[:WORDS_BYTES]).decode("utf-8", "replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())


def _seconds(retry_after: bytes) -> timedelta:
    """A number of seconds; a date is not worth its reading."""
    return timedelta(seconds=int(retry_after)) if retry_after.isdigit() and len(retry_after) <= 9 else timedelta(0)
