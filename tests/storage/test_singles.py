"""Receipts that come one at a time: each key once, many in one transaction, nobody suffers for another's."""

import asyncio
import json
from datetime import date
from typing import Any

import asyncpg
import msgspec
import pytest

from fiscal_server.intake.singles import FLIGHTS, Singles, Stored, TooManyWait
from fiscal_server.storage.atol_online import Single
from tests.storage.scene import Shop, open_shop
from tests.waiting import wait_until_async


def _single(shop: Shop, key: str, **changes: Any) -> Single:
    single = Single(
        merchant_id=shop.merchant.id,
        key=key,
        body_hash=key.encode().ljust(16)[:16],
        type="atol_v5_sell",
        event=json.dumps({"external_id": key}).encode(),
        form=3,
        sign=1,
        total_kopecks=45_000,
        receipt=b"\x80",
        cassette_id=1,
        due_on=date(2026, 10, 19),
        callback_url=None,
    )
    return msgspec.structs.replace(single, **changes)


async def _somebody_waits(shop: Shop) -> bool:
    mine = "datname = current_database() and wait_event_type = 'Lock'"
    return bool(await shop.value(f"select exists (select from pg_stat_activity where {mine})"))


async def test_who_comes_while_a_transaction_is_under_way_shares_the_next(database: str) -> None:
    async with open_shop(database) as shop:
        singles = Singles(shop.db, shop.clock)
        stored = await asyncio.gather(*(singles.store(_single(shop, f"k{n}")) for n in range(200)))
        assert len({one.id for one in stored}) == 200
        assert not any(one.repeated for one in stored)
        transactions = await shop.value("select count(distinct xmin::text) from fiscal.receipt")
        assert transactions <= FLIGHTS + 1
        counts = await shop.counts()
        assert [counts[name] for name in ("event", "event_key", "receipt", "queue")] == [200] * 4


async def test_event_receipt_and_queue_share_one_id_and_the_dispatcher_hears_of_it(database: str) -> None:
    async with open_shop(database) as shop:
        heard: asyncio.Queue[str] = asyncio.Queue()
        listener = await asyncpg.connect(database)
        await listener.add_listener("fiscal_queue", lambda *said: heard.put_nowait(said[3]))
        stored = await Singles(shop.db, shop.clock).store(_single(shop, "k", callback_url="http://x"))
        async with asyncio.timeout(10):
            assert await heard.get() == str(shop.merchant.id)
        await listener.close()
        named = {"event": "id", "receipt": "event_id", "queue": "receipt_id", "atol_callback": "receipt_id"}
        for table, column in {**named, "event_key": "event_id"}.items():
            assert await shop.value(f"select {column} from fiscal.{table}") == stored.id


async def test_whoever_brings_the_next_one_at_once_does_not_wait_for_a_flight_that_has_ended(database: str) -> None:
    async with open_shop(database) as shop:
        singles = Singles(shop.db, shop.clock, flights=1)
        async with asyncio.timeout(30):
            for n in range(5):
                assert not (await singles.store(_single(shop, f"k{n}"))).repeated


async def test_a_transaction_that_waits_for_a_lock_holds_up_nobody_else(database: str) -> None:
    async with open_shop(database) as shop:
        singles = Singles(shop.db, shop.clock)
        async with shop.db.write() as db:
            await db.execute(
                "insert into fiscal.event_key (merchant_id, key, event_id, body_hash) values ($1, 'held', 1, '')",
                shop.merchant.id,
            )
            held = asyncio.create_task(singles.store(_single(shop, "held")))
            await wait_until_async(lambda: _somebody_waits(shop))
            async with asyncio.timeout(30):
                for n in range(5):  # one after another: each finds the late one still on its way
                    await singles.store(_single(shop, f"k{n}"))
            assert not held.done()
        assert (await held).repeated
        assert await shop.value("select count(*) from fiscal.receipt") == 5


async def test_a_repeat_is_the_first_one_wherever_it_comes(database: str) -> None:
    async with open_shop(database) as shop:
        one, two = Singles(shop.db, shop.clock), Singles(shop.db, shop.clock)  # two processes
        first = await one.store(_single(shop, "k"))
        assert first == Stored(first.id, repeated=False)
        assert await two.store(_single(shop, "k", total_kopecks=1)) == Stored(first.id, repeated=True)
        found = await asyncio.gather(*(door.store(_single(shop, "n")) for door in (one, two) * 10))
        assert len({stored.id for stored in found}) == 1
        assert [stored.repeated for stored in found].count(False) == 1
        assert (await shop.counts())["receipt"] == 2


async def test_the_same_key_of_two_merchants_is_two_receipts(database: str) -> None:
    async with open_shop(database) as shop, open_shop(database, name="Другой") as other:
        singles = Singles(shop.db, shop.clock)
        found = await asyncio.gather(singles.store(_single(shop, "k")), singles.store(_single(other, "k")))
        assert [one.repeated for one in found] == [False, False]


async def test_one_that_cannot_be_stored_does_not_take_the_others_along(database: str) -> None:
    async with open_shop(database) as shop:
        singles = Singles(shop.db, shop.clock)
        bad = _single(shop, "bad", total_kopecks=-1)
        load = [_single(shop, "a"), _single(shop, "b"), _single(shop, "c"), bad, _single(shop, "d")]
        found = await asyncio.gather(*(singles.store(one) for one in load), return_exceptions=True)
        assert [isinstance(one, Stored) for one in found] == [True, True, True, False, True]
        assert isinstance(found[3], asyncpg.CheckViolationError)
        assert (await shop.counts())["event_key"] == 4


async def test_whoever_gives_up_waiting_has_a_receipt_all_the_same(database: str) -> None:
    async with open_shop(database) as shop:
        singles = Singles(shop.db, shop.clock)
        waiting = asyncio.create_task(singles.store(_single(shop, "k")))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await singles.close()
        assert (await singles.store(_single(shop, "k"))).repeated


async def test_memory_has_its_bounds(database: str) -> None:
    async with open_shop(database) as shop:
        singles = Singles(shop.db, shop.clock, waiting_most=3)
        found = await asyncio.gather(*(singles.store(_single(shop, f"k{n}")) for n in range(8)), return_exceptions=True)
        assert {type(one) for one in found} == {Stored, TooManyWait}
        await singles.close()
