"""Connections: one pool a process, and the number under which the process makes its ids.

``ReadConnection`` and ``WriteConnection`` are one thing to asyncpg and two to the type checker: a signature shows
whether a function may write.

A database may die without a word: a cable, a firewall, a frozen machine. Then nothing closes our connections, and only
patience with an end gets us out: every statement has one, and so has every wait for a connection or for its end.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, NewType

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from fiscal_server.clock import Clock
from fiscal_server.errors import NoMakerLeft
from fiscal_server.ids import MAKERS, IdMaker
from fiscal_server.storage.migrate import require_current

ReadConnection = NewType("ReadConnection", "PoolConnectionProxy[asyncpg.Record]")
WriteConnection = NewType("WriteConnection", "PoolConnectionProxy[asyncpg.Record]")

DATABASE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What a statement raises when the database dies, restarts or refuses; OSError covers time-outs of connecting.

InternalClientError is what asyncpg says when a connection breaks in the middle of its own protocol.
"""

_MAY_PASS = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.InvalidAuthorizationSpecificationError,  # being moved, or set up anew
    asyncpg.InvalidCatalogNameError,
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)


def may_pass(error: BaseException) -> bool:
    """Whether the same statement may succeed later: the database was away or busy, the statement was not wrong."""
    # asyncpg's word for an argument that does not fit its column is an InterfaceError and a ValueError.
    return isinstance(error, _MAY_PASS) and not isinstance(error, ValueError)


STATEMENT_S: Final = 60.0
"""A statement has failed after this. Longer than the longest honest one: the COPY of a whole batch on a busy disk."""

CONNECT_S: Final = 10.0
CLOSE_S: Final = 5.0

HOLDER_LOOK_S: Final = 5.0
"""How long the number of an id maker is believed to be ours, and how long the database may take to say so again."""

_SERVER_SIDE: Final = {"tcp_keepalives_idle": "15", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""A server that hears nothing of us for 30 s drops our locks, instead of after two hours. Not sooner: by then we must
know ourselves that a number we held is no longer ours."""

_MAKER_LOCK = 0x4D414B52
"""First half of the advisory lock on a maker's number: the letters MAKR."""


async def _prepare(connection: asyncpg.Connection) -> None:
    # Long lists of numbers and texts go as json too: asyncpg looks at each element of an array three times.
    await connection.set_type_codec(
        "json", schema="pg_catalog", format="binary", encoder=msgspec.json.encode, decoder=msgspec.json.decode
    )
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda raw: msgspec.json.decode(raw[1:]),
    )


async def _nothing_to_reset(_: asyncpg.Connection) -> None:
    """Our transactions leave nothing behind (settings are local, locks end with them), so no round trip is spent."""


class Database:
    """A pool of connections and the id maker of this process.

    The maker's number is ours while one connection lives. When the database was restarted, or that connection was cut
    or fell silent, another process may have taken the number: the next transaction takes one anew before it makes ids.
    """

    def __init__(self, pool: asyncpg.Pool, holder: asyncpg.Connection, clock: Clock, maker: int, dsn: str) -> None:
        self._pool = pool
        self._holder = holder
        self._clock = clock
        self._dsn = dsn
        self._taking = asyncio.Lock()
        self._held_until = clock.monotonic() + HOLDER_LOOK_S
        self.ids = IdMaker(clock, maker)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadConnection]:
        """A connection for reading; every statement sees what is committed."""
        async with self._pool.acquire() as connection:
            yield ReadConnection(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteConnection]:
        """A connection inside one transaction: committed at the end, rolled back by any exception."""
        if not self._holds_number():
            await self._hold_number()
        async with self._pool.acquire() as connection, connection.transaction():
            yield WriteConnection(connection)

    @asynccontextmanager
    async def write_at_once(self) -> AsyncIterator[WriteConnection]:
        """A connection for one statement that is a transaction by itself: two round trips less than `write`."""
        if not self._holds_number():
            await self._hold_number()
        async with self._pool.acquire() as connection:
            yield WriteConnection(connection)

    def _holds_number(self) -> bool:
        return not self._holder.is_closed() and self._clock.monotonic() < self._held_until

    async def _hold_number(self) -> None:
        """Ask whether the number is still ours; take one anew when it is not, or when nobody answers."""
        async with self._taking:
            if self._holds_number():
                return
            asked = self._clock.monotonic()
            if not await is_heard(self._holder, HOLDER_LOOK_S):
                self._holder.terminate()
                holder = await open_connection(self._dsn)
                try:
                    self.ids.work_as(await _take_maker(holder))
                except BaseException:
                    holder.terminate()
                    raise
                self._holder = holder
            self._held_until = asked + HOLDER_LOOK_S

    async def close(self) -> None:
        """Give everything back; a database that does not answer is not waited for."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._pool.close()
        except TimeoutError:
            pass  # the pool has cut its connections
        await close_connection(self._holder)


async def connect(
    dsn: str, clock: Clock, *, size: int = 10, role: str | None = None, statement_s: float = STATEMENT_S
) -> Database:
    """Open a database whose schema is current. Raises MigrationError, NoMakerLeft, OSError, asyncpg errors."""
    holder = await open_connection(dsn)
    try:
        await require_current(holder)
        maker = await _take_maker(holder)
        pool = await asyncpg.create_pool(
            dsn,
            min_size=0,
            max_size=size,
            init=_prepare,
            reset=_nothing_to_reset,
            timeout=CONNECT_S,
            command_timeout=statement_s,
            server_settings=_SERVER_SIDE | ({"role": role} if role else {}),
        )
    except BaseException:
        await close_connection(holder)
        raise
    return Database(pool, holder, clock, maker, dsn)


async def open_connection(dsn: str) -> asyncpg.Connection:
    """One connection outside of any pool: whoever holds an advisory lock or listens needs it."""
    return await asyncpg.connect(dsn, timeout=CONNECT_S, command_timeout=STATEMENT_S, server_settings=_SERVER_SIDE)


async def is_heard(connection: asyncpg.Connection, within_s: float) -> bool:
    """Whether the database answers on it; what it does not answer on is of no use any more."""
    try:
        await connection.execute("select", timeout=within_s)
    except DATABASE_ERRORS:
        return False
    return True


async def close_connection(connection: asyncpg.Connection) -> None:
    """Say goodbye; a database that does not answer is not waited for."""
    try:
        await connection.close(timeout=CLOSE_S)
    except DATABASE_ERRORS:
        pass  # cut, as asyncpg does when the goodbye fails


async def one_row(db: ReadConnection | WriteConnection, query: str, *arguments: Any) -> asyncpg.Record:
    """The one row that the query must find."""
    row: asyncpg.Record | None = await db.fetchrow(query, *arguments)
    assert row is not None, "a row that is always there"
    return row


async def _take_maker(connection: asyncpg.Connection) -> int:
    """The lowest number that no live process holds; the lock lives as long as the connection."""
    for number in range(MAKERS):
        if await connection.fetchval("select pg_try_advisory_lock($1, $2)", _MAKER_LOCK, number):
            return number
    raise NoMakerLeft(f"{MAKERS} processes share this database already")
