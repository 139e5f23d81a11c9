"""Connections: one pool a process, and the number under which the process makes its ids.

``ReadConnection`` and ``WriteConnection`` are one thing to asyncpg and two to the type checker: a signature shows
whether a function may write.
"""

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


class Database:
    """A pool of connections and the id maker of this process."""

    def __init__(self, pool: asyncpg.Pool, maker: asyncpg.Connection, ids: IdMaker) -> None:
        self._pool = pool
        self._maker = maker
        self.ids = ids

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadConnection]:
        """A connection for reading; every statement sees what is committed."""
        async with self._pool.acquire() as connection:
            yield ReadConnection(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteConnection]:
        """A connection inside one transaction: committed at the end, rolled back by any exception."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield WriteConnection(connection)

    async def close(self) -> None:
        """Give everything back."""
        await self._pool.close()
        await self._maker.close()


async def connect(dsn: str, clock: Clock, *, size: int = 10, role: str | None = None) -> Database:
    """Open a database whose schema is current. Raises MigrationError, NoMakerLeft, OSError, asyncpg errors."""
    settings = {"role": role} if role else {}
    holder = await asyncpg.connect(dsn)
    try:
        await require_current(holder)
        maker = await _take_maker(holder)
        pool = await asyncpg.create_pool(dsn, min_size=0, max_size=size, init=_prepare, server_settings=settings)
    except BaseException:
        await holder.close()
        raise
    return Database(pool, holder, IdMaker(clock, maker))


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
