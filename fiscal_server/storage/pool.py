"""Connections: one pool a process, and the number under which the process makes its ids.

``ReadConnection`` and ``WriteConnection`` are one thing to asyncpg and two to the type checker: a signature shows
whether a function may write.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NewType

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


_MAKER_LOCK = 0x4D414B52
"""First half of the advisory lock on a maker's number: the letters MAKR."""


async def _prepare(connection: asyncpg.Connection) -> None:
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

    The maker's number is ours while one connection lives. When the database was restarted, or cut that connection,
    another process may have taken the number: the next transaction takes one anew before it makes ids.
    """

    def __init__(self, pool: asyncpg.Pool, holder: asyncpg.Connection, ids: IdMaker, dsn: str) -> None:
        self._pool = pool
        self._holder = holder
        self._dsn = dsn
        self._taking = asyncio.Lock()
        self.ids = ids

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadConnection]:
        """A connection for reading; every statement sees what is committed."""
        async with self._pool.acquire() as connection:
            yield ReadConnection(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteConnection]:
        """A connection inside one transaction: committed at the end, rolled back by any exception."""
        if self._holder.is_closed():
            await self._take_anew()
        async with self._pool.acquire() as connection, connection.transaction():
            yield WriteConnection(connection)

    async def _take_anew(self) -> None:
        async with self._taking:
            if self._holder.is_closed():
                holder = await asyncpg.connect(self._dsn)
                try:
                    self.ids.work_as(await _take_maker(holder))
                except BaseException:
                    await holder.close()
                    raise
                self._holder = holder

    async def close(self) -> None:
        """Give everything back."""
        await self._pool.close()
        await self._holder.close()


async def connect(dsn: str, clock: Clock, *, size: int = 10, role: str | None = None) -> Database:
    """Open a database whose schema is current. Raises MigrationError, NoMakerLeft, OSError, asyncpg errors."""
    settings = {"role": role} if role else {}
    holder = await asyncpg.connect(dsn)
    try:
        await require_current(holder)
        maker = await _take_maker(holder)
        pool = await asyncpg.create_pool(
            dsn, min_size=0, max_size=size, init=_prepare, reset=_nothing_to_reset, server_settings=settings
        )
    except BaseException:
        await holder.close()
        raise
    return Database(pool, holder, IdMaker(clock, maker), dsn)


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
