"""Months of the big tables: there before they are needed, whoever makes them; an id goes where it was made."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.ids import IdMaker, first_id_at
from fiscal_server.storage.partitions import keep_partitions, make_partitions
from fiscal_server.storage.pool import Database, connect

BIG = (
    "event", "payment", "settlement", "unfiscalised", "expected_foreign_receipt", "receipt", "fiscal_document",
    "ofd_exchange", "import_line",
)  # fmt: skip
ADD_EVENT = """
    insert into fiscal.event (merchant_id, id, key, type, body, received_at) values (1, $1, 'k', 't', '', now())
"""


async def months_of(db: Database, table: str) -> list[str]:
    async with db.read() as connection:
        rows = await connection.fetch(
            "select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::text::regclass order by 1",
            f"fiscal.{table}",
        )
    return [row["name"].removeprefix(f"fiscal.{table}_") for row in rows]


@pytest.mark.parametrize(
    ("now", "months"),
    [
        (datetime(2026, 1, 15, tzinfo=UTC), ["2025_12", "2026_01", "2026_02", "2026_03"]),
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), ["2026_10", "2026_11", "2026_12", "2027_01"]),
        (datetime(2028, 2, 29, tzinfo=UTC), ["2028_01", "2028_02", "2028_03", "2028_04"]),
    ],
)
async def test_every_big_table_has_the_months_around_today(
    bare_database: str, now: datetime, months: list[str]
) -> None:
    db = await connect(bare_database, VirtualClock(now))
    await keep_partitions(db, VirtualClock(now))
    assert [await months_of(db, table) for table in BIG] == [months] * len(BIG)
    await db.close()


async def test_months_that_are_there_already_stay_as_they_are(bare_database: str, clock: VirtualClock) -> None:
    db = await connect(bare_database, clock)
    for _ in range(2):
        await keep_partitions(db, clock)
    await clock.advance(40 * 86_400)
    await keep_partitions(db, clock)
    assert await months_of(db, "receipt") == ["2025_12", "2026_01", "2026_02", "2026_03", "2026_04"]
    await db.close()


async def test_processes_that_make_months_at_once_do_not_fail(bare_database: str, clock: VirtualClock) -> None:
    db = await connect(bare_database, clock, size=8)
    await asyncio.gather(*(keep_partitions(db, clock) for _ in range(8)))
    assert len(await months_of(db, "event")) == 4
    await db.close()


async def test_a_month_is_made_while_somebody_reads_the_table(database: str, clock: VirtualClock) -> None:
    """A long report must not hold up the making of a month, and with it everything that waits behind."""
    db = await connect(database, clock)
    await keep_partitions(db, clock)
    async with db.read() as reader, reader.transaction():
        await reader.fetch("select * from fiscal.receipt")
        await clock.advance(70 * 86_400)
        async with db.write() as writer:
            await writer.execute("set local lock_timeout = '2s'")
            await make_partitions(writer, clock.now())
    await db.close()


@pytest.mark.parametrize("edge", [datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)])
async def test_ids_at_a_month_s_edge_land_in_the_month_in_which_they_were_made(database: str, edge: datetime) -> None:
    db = await connect(database, VirtualClock())
    await keep_partitions(db, VirtualClock(datetime(2026, 1, 15, tzinfo=UTC)))
    last = IdMaker(VirtualClock(edge - timedelta(milliseconds=1)), 1023)
    before = [last.next() for _ in range(4096)][-1]
    at = IdMaker(VirtualClock(edge), 0).next()
    assert before < first_id_at(edge) <= at
    async with db.write() as connection:
        for row_id in (before, at):
            await connection.execute(
                ADD_EVENT,
                row_id,
            )
        rows = await connection.fetch("select id, tableoid::regclass::text as part from fiscal.event")
    month_before = (edge - timedelta(days=1)).strftime("%Y_%m")
    assert {row["id"]: row["part"] for row in rows} == {
        before: f"fiscal.event_{month_before}",
        at: f"fiscal.event_{edge:%Y_%m}",
    }
    await db.close()


async def test_a_partition_has_the_indexes_of_its_table(database: str, clock: VirtualClock) -> None:
    db = await connect(database, clock)
    await keep_partitions(db, clock)
    async with db.read() as connection:
        unattached = await connection.fetch(
            "select i.indexrelid::regclass::text from pg_index i"
            " join pg_class c on c.oid = i.indrelid and c.relispartition"
            " where not exists (select from pg_inherits h where h.inhrelid = i.indexrelid)"
        )
        count = await connection.fetchval(
            "select count(*) from pg_index where indrelid = 'fiscal.receipt_2026_01'::regclass"
        )
    assert unattached == []
    assert count == 4
    await db.close()


async def test_without_a_month_nothing_is_stored_anywhere_else(database: str, clock: VirtualClock) -> None:
    db = await connect(database, clock)
    with pytest.raises(asyncpg.CheckViolationError, match="no partition"):
        async with db.write() as connection:
            await connection.execute(ADD_EVENT, 1)
    await db.close()
