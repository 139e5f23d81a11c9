"""Forecasts out of a real database: the queue, the past days and the pace of a merchant, and what is told of them."""

import asyncio
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from fiscal_server.cassette import queue_counts
from fiscal_server.cassette.alarms import AlarmCode
from fiscal_server.cassette.outlook import Outlook, Watch, look_ahead
from fiscal_server.cassette.queue_counts import SHARED_S, TIMES, QueueCounts
from fiscal_server.metrics import METRICS
from fiscal_server.storage import kkts, slots
from fiscal_server.storage.forecast import SQL
from fiscal_server.storage.kkts import NewKkt
from fiscal_server.storage.slots import Condition
from tests.storage.scene import Shop, open_shop, payment

ZONE = ZoneInfo("Europe/Moscow")
_IS_WAITED_FOR = """select exists (
    select from pg_locks l join pg_database d on d.oid = l.database
    where d.datname = current_database() and not l.granted)"""


async def add_slot(shop: Shop, cassette_id: int, n: int, left: int) -> None:
    kkt = NewKkt(
        merchant_id=shop.merchant.id,
        id=shop.db.ids.next(),
        cassette_id=cassette_id,
        address="fn+tcp://127.0.0.1:1",
        ofd_address="127.0.0.1:1",
        fn_number=f"999907890000{n:04d}",
        registration_number="0000000001012345",
        ffd=4,
        emulated=True,
        last_fd=1,
    )
    now = shop.clock.now()
    async with shop.db.write() as db:
        await kkts.add_kkt(db, kkt, now)
        row = await kkts.read_kkt(db, shop.merchant.id, kkt.id)
        await slots.record_condition(db, row.owner, Condition(left, date(2027, 6, 1), 0), now)


async def pay_on(shop: Shop, day: int, receipts: int) -> None:
    events = [payment(f"d{day}-{n}", f"A{n}") for n in range(receipts)]
    await shop.post(events, [f"A{n}" for n in range(receipts)])


async def look(shop: Shop) -> list[Outlook]:
    async with shop.db.read() as db:
        return await look_ahead(db, shop.clock.now(), ZONE, shop.merchant.id)


async def test_days_that_are_over_are_counted_once(database: str) -> None:
    async with open_shop(database) as shop:
        for day in range(3):
            await pay_on(shop, day, day + 1)
            await shop.clock.advance(86_400)
        watch = Watch(shop.db, shop.clock, ZONE)
        await watch.look()
        await pay_on(shop, 9, 5)  # today is not over
        await Watch(shop.db, shop.clock, ZONE).look()
        rows = await shop.rows("select day, receipts from fiscal.receipt_day order by day")
        assert [tuple(row) for row in rows] == [(date(2026, 10, 20 + n), n + 1) for n in range(3)]


async def test_the_queue_is_foretold_by_its_deadlines(database: str) -> None:
    async with open_shop(database) as shop:
        async with shop.db.write() as db:
            await kkts.add_cassette(db, shop.merchant.id, cassette_id := shop.db.ids.next(), "главная")
        await add_slot(shop, cassette_id, 1, 5000)
        async with shop.db.write() as db:
            await slots.fill_cassette(db, shop.merchant.id, cassette_id, shop.clock.now())
        await pay_on(shop, 0, 7)
        (outlook,) = await look(shop)
        expected = outlook.forecast
        assert (expected.waiting, sum(day.receipts for day in expected.deadlines)) == (7, 7)
        assert expected.queue_done_at == shop.clock.now() + timedelta(seconds=7)
        assert [fn.ends_by for fn in expected.fns] == ["days"]


async def test_a_cassette_without_slots_is_told_to_people_and_to_monitoring(database: str) -> None:
    async with open_shop(database) as shop:
        async with shop.db.write() as db:
            await kkts.add_cassette(db, shop.merchant.id, cassette_id := shop.db.ids.next(), "пустая")
        await pay_on(shop, 0, 2)
        (outlook,) = await Watch(shop.db, shop.clock, ZONE).look()
        assert outlook.alarms[0].code is AlarmCode.CASSETTE_EMPTY
        assert METRICS.alarms.labels(str(cassette_id), "critical")._value.get() >= 1
        assert METRICS.receipts_in_danger.labels(str(cassette_id))._value.get() == 2
        assert METRICS.queue_seconds.labels(str(cassette_id))._value.get() == -1  # not 0: nobody works on it


async def test_a_long_queue_is_counted_once_for_all_who_ask_at_a_time(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_counts, "FEW", 3)
    async with open_shop(database) as shop:
        merchant, counts = shop.merchant.id, QueueCounts(shop.clock)

        async def counted() -> int:
            async with shop.db.read() as db:
                return sum(day.receipts for day in await counts.of(db, merchant))

        await pay_on(shop, 0, 3)
        assert await counted() == 3
        await pay_on(shop, 1, 1)
        assert await asyncio.gather(counted(), counted()) == [4, 4]
        await pay_on(shop, 2, 2)
        assert await counted() == 4
        await shop.clock.advance(SHARED_S)
        assert await counted() == 6


async def test_a_count_that_took_long_serves_long(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_counts, "FEW", 0)
    async with open_shop(database) as shop:
        counts = QueueCounts(shop.clock)

        async def counted() -> int:
            async with shop.db.read() as db:
                return sum(day.receipts for day in await counts.of(db, shop.merchant.id))

        await pay_on(shop, 0, 1)
        async with shop.db.write() as holder:
            await holder.execute("lock table fiscal.queue in access exclusive mode")
            slow = asyncio.create_task(counted())
            while not await holder.fetchval(_IS_WAITED_FOR):
                pass
            await shop.clock.advance(0.1)
        assert await slow == 1
        await pay_on(shop, 1, 1)
        await shop.clock.advance(0.1 * TIMES - 0.1)
        assert await counted() == 1
        await shop.clock.advance(0.1)
        assert await counted() == 2


async def test_a_queue_that_has_just_grown_is_counted_without_sorting_it(database: str) -> None:
    async with open_shop(database) as shop, shop.db.write() as db:
        await db.execute(
            """insert into fiscal.queue (merchant_id, receipt_id, state, deadline, updated_at)
            select $1, n, 'QUEUED', '2026-11-20', now() from generate_series(1, 20000) n""",
            shop.merchant.id,
        )
        plan = await db.fetch("explain " + SQL["queue_ahead"].replace("$1", str(shop.merchant.id)))
        assert not any("Sort" in row[0] for row in plan), plan


async def test_another_merchants_cassettes_are_not_shown(database: str) -> None:
    async with open_shop(database) as shop:
        async with shop.db.write() as db:
            await kkts.add_cassette(db, shop.merchant.id + 1, shop.db.ids.next(), "чужая")
        assert await look(shop) == []
