"""The process's number, its ids, and errors told apart."""

import asyncio

import asyncpg
import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.ids import MAKER_BITS, SEQUENCE_BITS, IdMaker
from fiscal_server.storage.pool import Database, connect, may_pass


def maker_of(row_id: int) -> int:
    return (row_id >> SEQUENCE_BITS) & ((1 << MAKER_BITS) - 1)


async def cut_holder(db: Database, dsn: str) -> None:
    """What a restart of the database does to the connection that holds the number."""
    gone = asyncio.Event()
    db._holder.add_termination_listener(lambda _: gone.set())
    killer = await asyncpg.connect(dsn)
    await killer.execute(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = $1"
        " and database = (select oid from pg_database where datname = current_database())",
        0x4D414B52,
    )
    await killer.close()
    await gone.wait()


async def test_processes_that_share_a_database_have_different_numbers(database: str, clock: VirtualClock) -> None:
    first, second = await connect(database, clock), await connect(database, clock)
    assert maker_of(first.ids.next()) != maker_of(second.ids.next())
    await first.close()
    third = await connect(database, clock)
    assert maker_of(third.ids.next()) != maker_of(second.ids.next())
    await second.close()
    await third.close()


async def test_a_number_lost_with_the_database_is_not_used_while_another_has_it(
    database: str, clock: VirtualClock
) -> None:
    old = await connect(database, clock)
    await cut_holder(old, database)
    new = await connect(database, clock)  # takes the number that was let go
    before = old.ids.next()
    async with old.write():
        after = old.ids.next()
    assert maker_of(after) != maker_of(new.ids.next())
    assert after > before
    await old.close()
    await new.close()


async def test_a_number_taken_anew_is_taken_once_by_many_transactions(database: str, clock: VirtualClock) -> None:
    db = await connect(database, clock)
    await cut_holder(db, database)

    async def one_id() -> int:
        async with db.write():
            return db.ids.next()

    ids = await asyncio.gather(*(one_id() for _ in range(10)))
    assert len(set(ids)) == 10
    async with db.read() as connection:
        held = await connection.fetchval(
            "select count(*) from pg_locks where locktype = 'advisory'"
            " and database = (select oid from pg_database where datname = current_database())"
        )
    assert held == 1
    await db.close()


def test_ids_go_on_ascending_under_another_number(clock: VirtualClock) -> None:
    maker = IdMaker(clock, 7)
    before = maker.take(5000)
    maker.work_as(0)
    after = maker.take(5)
    assert [*before, *after] == sorted({*before, *after})


@pytest.mark.parametrize(
    ("query", "arguments", "passes"),
    [
        ("select 1 / 0", (), False),
        ("select * from fiscal.nothing", (), False),
        ("select $1::bigint", (1 << 63,), False),
        ("select $1::text", ("a\0b",), False),
        ("insert into fiscal.batch (merchant_id) values (1)", (), False),
        ("select pg_terminate_backend(pg_backend_pid())", (), True),
    ],
)
async def test_a_wrong_statement_is_told_from_a_database_that_is_away(
    database: str, clock: VirtualClock, query: str, arguments: tuple[object, ...], passes: bool
) -> None:
    db = await connect(database, clock)
    with pytest.raises(Exception) as caught:  # noqa: PT011
        async with db.read() as connection:
            await connection.fetch(query, *arguments)
    assert may_pass(caught.value) is passes
    await db.close()


async def test_a_database_that_refuses_connections_may_come_back(clock: VirtualClock) -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011
        await connect("postgresql://nobody@127.0.0.1:1/none", clock)
    assert may_pass(caught.value)
