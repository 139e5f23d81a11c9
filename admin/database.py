"""The panel's way to the database: its own role, and of the server's rows only those of merchants in sight.

The panel starts without a database and finds it again after a restart: a page that says so is better than no page.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from admin.storage.people import let_own
from fiscal_server.clock import Clock
from fiscal_server.ids import IdMaker
from fiscal_server.log import get_logger
from fiscal_server.storage.overview import DATABASE_AWAY, MerchantName, let_see, merchant_names, seen_by
from fiscal_server.storage.pool import Database, ReadConnection, WriteConnection, connect

ROLE = "fiscal_panel"
CONNECTIONS = 4
ANSWER_WITHIN_S = 5.0
"""From asking for a connection to the last row of a page."""

log = get_logger("admin")


class DatabaseAway(Exception):
    """The database does not answer, or has another schema; the cause says which."""


class PanelDatabase:
    """Connects when the first page asks, as the panel's role."""

    def __init__(self, dsn: str, clock: Clock) -> None:
        self._dsn = dsn
        self._clock = clock
        self._database: Database | None = None
        self._connecting = asyncio.Lock()

    @asynccontextmanager
    async def look(self, merchants: Sequence[int]) -> AsyncIterator[ReadConnection]:
        """One moment of these merchants' rows; everybody else's are invisible. Raises DatabaseAway."""
        async with self._within_time() as database, seen_by(database, merchants) as db:
            yield db

    @asynccontextmanager
    async def look_at_own(self, person_id: int | None, merchants: Sequence[int] = ()) -> AsyncIterator[ReadConnection]:
        """One moment of a person's saved views and jobs, and of what others share at these merchants. Raises
        DatabaseAway."""
        async with self.look(merchants) as db:
            await let_own(db, person_id)
            yield db

    @asynccontextmanager
    async def change_own(self, person_id: int | None) -> AsyncIterator[WriteConnection]:
        """One transaction over the panel's own tables, of saved views and jobs a person's. Raises DatabaseAway."""
        async with self.change() as db:
            await let_own(db, person_id)
            yield db

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadConnection]:
        """The panel's own tables; of merchants' rows none is visible. Raises DatabaseAway."""
        async with self._within_time() as database, database.read() as db:
            yield db

    @asynccontextmanager
    async def change(
        self, within_s: float = ANSWER_WITHIN_S, *, merchants: Sequence[int] = ()
    ) -> AsyncIterator[WriteConnection]:
        """One transaction over the panel's own tables; of rows that are merchants', those of ``merchants``. Raises
        DatabaseAway."""
        async with self._within_time(within_s) as database, database.write() as db:
            if merchants:
                await let_see(db, merchants)
            yield db

    async def new_id(self) -> int:
        """For a row of the panel. Raises DatabaseAway."""
        async with self._within_time() as database:
            return database.ids.next()

    async def ids(self) -> IdMaker:
        """Makes the numbers of many rows of the panel. Raises DatabaseAway."""
        async with self._within_time() as database:
            return database.ids

    async def merchants(self) -> list[MerchantName]:
        """Everybody's names, oldest first. Raises DatabaseAway."""
        async with self._within_time() as database, database.read() as db:
            return await merchant_names(db)

    async def close(self) -> None:
        """Give the connections back."""
        if self._database is not None:
            await self._database.close()
            self._database = None

    @asynccontextmanager
    async def _within_time(self, within_s: float = ANSWER_WITHIN_S) -> AsyncIterator[Database]:
        try:
            async with asyncio.timeout(within_s):
                yield await self._connected()
        except DATABASE_AWAY as error:
            log.warning("database_away", reason=type(error).__name__, detail=str(error))
            raise DatabaseAway from error

    async def _connected(self) -> Database:
        async with self._connecting:
            if self._database is None:
                self._database = await connect(
                    self._dsn, self._clock, size=CONNECTIONS, role=ROLE, statement_s=ANSWER_WITHIN_S
                )
            return self._database
