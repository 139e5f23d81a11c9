"""Being woken by NOTIFY: a connection that only listens. Everything that it brings is found by polling too."""

from collections.abc import Callable
from typing import Protocol

import asyncpg

from fiscal_server.storage.pool import close_connection, is_heard, open_connection


class Wakeups(Protocol):
    """What tells a dispatcher that there is something to do."""

    async def keep(self) -> None:
        """Be able to hear from now on. Raises database errors; called again later."""
        ...

    async def close(self) -> None:
        """Hear nothing any more; never raises."""
        ...


class PostgresWakeups:
    """``on_receipts`` is told the merchant that has new receipts; ``on_kkts`` that KKTs or nodes changed.

    ``heard_within_s``: a connection that leaves a question unanswered for so long is replaced.
    """

    def __init__(
        self, dsn: str, heard_within_s: float, on_receipts: Callable[[int], None], on_kkts: Callable[[], None]
    ) -> None:
        self._dsn = dsn
        self._heard_within_s = heard_within_s
        self._on_receipts = on_receipts
        self._on_kkts = on_kkts
        self._connection: asyncpg.Connection | None = None

    async def keep(self) -> None:
        if self._connection is not None and await is_heard(self._connection, self._heard_within_s):
            return
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        connection = await open_connection(self._dsn)
        try:
            await connection.add_listener("fiscal_queue", self._receipts)
            await connection.add_listener("fiscal_kkts", self._kkts)
        except BaseException:
            await close_connection(connection)
            raise
        self._connection = connection

    async def close(self) -> None:
        if self._connection is not None:
            await close_connection(self._connection)
            self._connection = None

    def _receipts(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        if isinstance(payload, str) and payload.isdigit():
            self._on_receipts(int(payload))

    def _kkts(self, _connection: object, _pid: int, _channel: str, _payload: object) -> None:
        self._on_kkts()
