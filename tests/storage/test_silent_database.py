"""A database that dies without a word: no statement, no number and no goodbye waits for it for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fiscal_server.clock import SystemClock, VirtualClock
from fiscal_server.dispatch.dispatcher import Dispatcher, DispatchOptions
from fiscal_server.storage import pool
from fiscal_server.storage.pool import Database, connect, may_pass
from tests.storage.silent_wire import SilentWire, silent_wire
from tests.storage.test_pool import maker_of

PATIENCE_S = 0.3
"""For a statement; asyncpg waits as long again for the server to admit that the statement is cancelled."""

ENDS_WITHIN_S = 5.0


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "CLOSE_S", PATIENCE_S)
    monkeypatch.setattr(pool, "CONNECT_S", PATIENCE_S)


@asynccontextmanager
async def behind_wire(dsn: str, clock: VirtualClock) -> AsyncIterator[tuple[SilentWire, Database]]:
    async with silent_wire(dsn) as (wire, way):
        db = await connect(way, clock, size=1, statement_s=PATIENCE_S)
        try:
            yield wire, db
        finally:
            async with asyncio.timeout(ENDS_WITHIN_S):
                await db.close()


async def ask(db: Database) -> None:
    async with db.read() as connection:
        await connection.execute("select 1")


async def ask_into_silence(wire: SilentWire, db: Database) -> None:
    async with db.read() as connection:
        await connection.execute("select 1")
        wire.fall_silent()
        await connection.execute("select 1")


async def commit_into_silence(wire: SilentWire, db: Database) -> None:
    async with db.write() as connection:
        await connection.execute("select 1")
        wire.fall_silent()


async def test_a_statement_without_an_answer_fails_and_the_next_one_goes_another_way(
    database: str, clock: VirtualClock
) -> None:
    async with behind_wire(database, clock) as (wire, db):
        async with asyncio.timeout(ENDS_WITHIN_S):
            with pytest.raises(Exception) as caught:  # noqa: PT011
                await ask_into_silence(wire, db)
        assert may_pass(caught.value)
        wire.mend()
        async with asyncio.timeout(ENDS_WITHIN_S):
            await ask(db)


async def test_a_transaction_without_an_answer_frees_its_place_in_the_pool(database: str, clock: VirtualClock) -> None:
    async with behind_wire(database, clock) as (wire, db):
        async with asyncio.timeout(ENDS_WITHIN_S):
            with pytest.raises(Exception) as caught:  # noqa: PT011
                await commit_into_silence(wire, db)
        assert may_pass(caught.value)
        wire.mend()
        async with asyncio.timeout(ENDS_WITHIN_S), db.write() as connection:
            assert await connection.fetchval("select 2") == 2


async def test_no_connection_is_waited_for_for_ever(database: str, clock: VirtualClock) -> None:
    async with behind_wire(database, clock) as (wire, db):
        wire.fall_silent()
        async with asyncio.timeout(ENDS_WITHIN_S):
            with pytest.raises(TimeoutError) as caught:
                await ask(db)
        assert may_pass(caught.value)


async def test_a_number_whose_connection_is_silent_is_not_used_on(
    database: str, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "HOLDER_LOOK_S", PATIENCE_S)
    async with behind_wire(database, clock) as (wire, db):
        before = db.ids.next()
        wire.fall_silent()
        wire.mend()
        await clock.advance(PATIENCE_S)
        async with asyncio.timeout(ENDS_WITHIN_S), db.write():
            after = db.ids.next()
        # The silent session still stands in the server, with its lock.
        assert maker_of(after) != maker_of(before)


async def test_a_dispatcher_notices_that_it_is_out_of_hearing(database: str) -> None:
    clock = SystemClock()
    async with silent_wire(database) as (wire, way):
        db = await connect(database, clock)
        dispatcher = Dispatcher(DispatchOptions(way, 7, heard_within_s=PATIENCE_S), db, clock)
        running = asyncio.create_task(dispatcher.run())
        try:
            first = await listener(db)
            wire.fall_silent()
            wire.mend()
            dispatcher.look_again()
            assert await listener(db, other_than=first) != first
        finally:
            dispatcher.stop()
            async with asyncio.timeout(ENDS_WITHIN_S):
                await running
            await db.close()


async def listener(db: Database, other_than: int | None = None) -> int:
    """Process of the session that listens for a dispatcher, once it has been asked whether it is heard."""
    async with asyncio.timeout(ENDS_WITHIN_S):
        while True:
            async with db.read() as connection:
                pids = await connection.fetch(
                    "select pid from pg_stat_activity where query in ('select', 'LISTEN \"fiscal_kkts\"')"
                    " and datname = current_database() order by backend_start desc"
                )
            for row in pids:
                if row["pid"] != other_than:
                    return int(row["pid"])
            await SystemClock().sleep(0.01)
