"""Which receipt a KKT makes next: by deadline, then arrival, and never past an earlier receipt of its account."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import date

import pytest

from fiscal_server.storage import queue
from fiscal_server.storage.queue import ClaimedReceipt, Owner
from fiscal_server.storage.receipts import NO_DEADLINE
from tests.storage.scene import NOW, Shop, charge, open_shop, payment

LATE, SOON = date(2026, 12, 1), date(2026, 10, 21)


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        yield opened


async def claim(shop: Shop, owners: Sequence[Owner]) -> list[ClaimedReceipt]:
    cassette = await shop.cassette_id()
    async with shop.db.write() as db:
        return await queue.claim_receipts(db, shop.merchant.id, cassette, [o.kkt_id for o in owners], NOW)


async def claim_all(shop: Shop, owner: Owner) -> list[int]:
    """One after another, each registered at once."""
    order: list[int] = []
    while found := await claim(shop, [owner]):
        order.append(found[0].receipt_id)
        async with shop.db.write() as db:
            await db.execute("delete from fiscal.queue where receipt_id = $1", found[0].receipt_id)
            await queue.drop_intent(db, owner.merchant_id, owner.kkt_id)
    return order


async def test_receipts_go_by_deadline_then_by_arrival(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    ids = shop.db.ids.take(5)
    await shop.enqueue(list(zip(ids, range(1, 6), [LATE, SOON, NO_DEADLINE, LATE, SOON], strict=True)))
    assert await claim_all(shop, kkt) == [ids[1], ids[4], ids[0], ids[3], ids[2]]


async def test_receipts_without_an_account_go_by_deadline_as_well(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    ids = shop.db.ids.take(3)
    await shop.enqueue([(ids[0], None, LATE), (ids[1], None, SOON), (ids[2], None, LATE)])
    assert await claim_all(shop, kkt) == [ids[1], ids[0], ids[2]]


async def test_receipts_of_one_account_never_overtake_each_other(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    ids = shop.db.ids.take(3)
    await shop.enqueue([(ids[0], 7, LATE), (ids[1], 7, SOON), (ids[2], 8, LATE)])
    assert await claim_all(shop, kkt) == [ids[0], ids[1], ids[2]]


async def two_of_one_account(shop: Shop, state: str) -> tuple[Owner, int]:
    """Two receipts in the queue, the earlier one in ``state``: the KKT that may claim, and the later one's id."""
    (kkt,) = await shop.add_kkts()
    ids = shop.db.ids.take(2)
    await shop.enqueue([(ids[0], 7, LATE), (ids[1], 7, SOON)])
    async with shop.db.write() as db:
        await db.execute(
            "update fiscal.queue set state = $2::text::fiscal.receipt_state where receipt_id = $1", ids[0], state
        )
    return kkt, ids[1]


@pytest.mark.parametrize("state", ["COMPUTED", "REGISTERING", "UNCERTAIN"])
async def test_a_receipt_waits_while_an_earlier_one_of_its_account_is_unfinished(shop: Shop, state: str) -> None:
    kkt, _ = await two_of_one_account(shop, state)
    assert await claim(shop, [kkt]) == []


@pytest.mark.parametrize("state", ["REFUSED", "CANCELLED"])
async def test_a_parked_receipt_holds_nobody_back(shop: Shop, state: str) -> None:
    kkt, later = await two_of_one_account(shop, state)
    assert [one.receipt_id for one in await claim(shop, [kkt])] == [later]


async def test_each_waiting_kkt_gets_a_receipt_of_its_own(shop: Shop) -> None:
    owners = await shop.add_kkts(3)
    ids = shop.db.ids.take(2)
    await shop.enqueue([(ids[0], 1, LATE), (ids[1], 2, SOON)])
    claimed = await claim(shop, owners)
    assert {one.receipt_id for one in claimed} == set(ids)
    assert len({one.kkt_id for one in claimed}) == 2
    row = await shop.rows("select distinct state::text, kkt_id is not null as taken, attempts from fiscal.queue")
    assert [tuple(one) for one in row] == [("REGISTERING", True, 1)]


async def test_a_merchant_s_receipts_are_claimed_by_its_own_cassette_only(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.enqueue([(shop.db.ids.next(), 1, SOON)])
    async with shop.db.write() as db:
        assert await queue.claim_receipts(db, shop.merchant.id, 1, [kkt.kkt_id], NOW) == []
        assert await queue.claim_receipts(db, 1, await shop.cassette_id(), [kkt.kkt_id], NOW) == []


async def test_two_claimers_at_once_get_different_receipts_and_do_not_wait(shop: Shop) -> None:
    owners = await shop.add_kkts(2)
    ids = shop.db.ids.take(4)
    await shop.enqueue([(ids[0], 1, SOON), (ids[1], 1, SOON), (ids[2], 2, LATE), (ids[3], 3, LATE)])
    cassette = await shop.cassette_id()
    async with shop.db.write() as one, shop.db.write() as other:
        first = await queue.claim_receipts(one, shop.merchant.id, cassette, [owners[0].kkt_id], NOW)
        # The head of account 1 is locked: neither it nor its successor may be taken meanwhile.
        second = await queue.claim_receipts(other, shop.merchant.id, cassette, [owners[1].kkt_id], NOW)
    assert [first[0].receipt_id, second[0].receipt_id] == [ids[0], ids[2]]


async def test_many_claimers_at_once_take_every_receipt_once(shop: Shop) -> None:
    owners = await shop.add_kkts(6)
    ids = shop.db.ids.take(60)
    await shop.enqueue([(one, n % 20, SOON) for n, one in enumerate(ids)])
    taken: list[int] = []

    async def work(owner: Owner) -> None:
        misses = 0
        while misses < 30:
            found = await claim(shop, [owner])
            misses = 0 if found else misses + 1
            for one in found:
                taken.append(one.receipt_id)
                async with shop.db.write() as db:
                    await db.execute("delete from fiscal.queue where receipt_id = $1", one.receipt_id)
                    await queue.drop_intent(db, owner.merchant_id, owner.kkt_id)

    await asyncio.gather(*(work(owner) for owner in owners))
    assert sorted(taken) == ids
    for account in range(20):
        of_account = [one for one in taken if ids.index(one) % 20 == account]
        assert of_account == sorted(of_account)


async def keys_in_order(shop: Shop, owner: Owner) -> list[str]:
    order = await claim_all(shop, owner)
    keys = {row["id"]: row["event_key"] for row in await shop.rows("select id, event_key from fiscal.receipt")}
    return [keys[one] for one in order]


async def test_money_at_the_desk_goes_before_transfers_that_are_due_today(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    desk = payment("desk", "B", date="2026-10-20", tenders={"cash": 100})
    await shop.post(
        [payment("late", "A", date="2026-10-15"), payment("today", "C", date="2026-10-19")], ["A", "B", "C"]
    )
    await shop.post([desk])
    assert await keys_in_order(shop, kkt) == ["late", "desk", "today"]


async def test_the_head_of_an_account_inherits_the_earliest_deadline_behind_it(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("other", "B", date="2026-10-14"), payment("head", "A", date="2026-10-19")], ["A", "B"])
    await shop.post([payment("behind", "A", date="2026-10-05")])
    assert await keys_in_order(shop, kkt) == ["head", "behind", "other"]


async def test_a_deadline_is_inherited_within_one_batch_too(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("other", "B", date="2026-10-19")], ["A", "B"])
    await shop.post(
        [payment("head", "A", date="2026-10-19"), payment("desk", "A", date="2026-10-20", tenders={"cash": 9})]
    )
    assert await keys_in_order(shop, kkt) == ["head", "desk", "other"]


async def test_a_receipt_that_no_device_made_waits_as_urgent_as_what_came_behind_it(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("head", "A", date="2026-10-19")], ["A", "B"])
    (held,) = await claim(shop, [kkt])
    await shop.post([payment("other", "B", date="2026-10-14"), payment("behind", "A", date="2026-10-05")])
    async with shop.db.write() as db:
        await queue.release_receipt(db, shop.merchant.id, held.receipt_id, held.kkt_id, NOW)
        await queue.drop_intent(db, kkt.merchant_id, kkt.kkt_id)
    assert await keys_in_order(shop, kkt) == ["head", "behind", "other"]


async def test_a_receipt_sent_again_is_as_urgent_as_a_later_one_that_comes_back_behind_it(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("parked", "A", date="2026-10-19")], ["A", "B"])
    (parked,) = await claim(shop, [kkt])
    async with shop.db.write() as db:
        await queue.park_receipt(db, kkt, parked.receipt_id, "no", NOW)
        await queue.drop_intent(db, kkt.merchant_id, kkt.kkt_id)
    await shop.post([payment("urgent", "A", date="2026-10-05"), payment("other", "B", date="2026-10-14")])
    (urgent,) = await claim(shop, [kkt])
    async with shop.db.write() as db:
        await queue.retry_receipt(db, shop.merchant.id, parked.receipt_id, NOW)
        await queue.release_receipt(db, shop.merchant.id, urgent.receipt_id, urgent.kkt_id, NOW)
        await queue.drop_intent(db, kkt.merchant_id, kkt.kkt_id)
    assert await keys_in_order(shop, kkt) == ["parked", "urgent", "other"]


async def test_all_that_waits_before_an_urgent_receipt_becomes_urgent_in_a_large_batch_too(shop: Shop) -> None:
    accounts = [f"A{n}" for n in range(60)]
    for first in ("a", "b"):
        await shop.post([payment(f"{first}{n}", code, date="2026-10-19") for n, code in enumerate(accounts)], accounts)
    await shop.post([payment(f"c{n}", code, date="2026-10-05") for n, code in enumerate(accounts)])
    places = await shop.rows("select deadline, count(*) as receipts from fiscal.queue group by deadline")
    assert [row["receipts"] for row in places] == [180]


async def test_a_charge_makes_no_receipt_and_queues_nothing(shop: Shop) -> None:
    await shop.post([charge("c1")], ["A1"])
    counts = await shop.counts()
    assert (counts["receipt"], counts["queue"], counts["debt"]) == (0, 0, 1)


FILL = """
    insert into fiscal.queue (merchant_id, receipt_id, account_id, cassette_id, state, deadline, updated_at)
    select $1, $2::bigint + n, n % 9000, $3,
           (case when n < 3000 then 'REFUSED' else 'QUEUED' end)::fiscal.receipt_state,
           date '2026-10-21' + n % 30, now()
    from generate_series(1, 50000) as n
"""


async def test_a_claim_changes_its_rows_where_they_lie_before_there_are_statistics(shop: Shop) -> None:
    """With the values known and no statistics an index that begins with the merchant looked as good as the key: every
    receipt claimed read the whole queue of its merchant."""
    owners = await shop.add_kkts(8)
    await shop.enqueue([(one, one, SOON) for one in shop.db.ids.take(3000)])
    cassette, ids = await shop.cassette_id(), [o.kkt_id for o in owners]
    async with shop.db.write() as db:
        explain = "explain (analyze, timing off) " + queue.SQL["claim_receipts"]
        lines = await db.fetch(explain, shop.merchant.id, cassette, ids, NOW)
    plan = "\n".join(line[0] for line in lines)
    assert "Tid Scan on queue" in plan, plan
    assert "Rows Removed by Join Filter" not in plan, plan


async def test_the_claim_reads_a_few_rows_of_a_long_queue_by_its_indexes(shop: Shop) -> None:
    owners = await shop.add_kkts(4)
    cassette = await shop.cassette_id()
    sql = queue.SQL["claim_receipts"]
    async with shop.db.write() as db:
        await db.execute(FILL, shop.merchant.id, shop.db.ids.next(), cassette)
    for analysed in (False, True):
        async with shop.db.write() as db:
            if analysed:
                await db.execute("analyze fiscal.queue")
            arguments = f"{shop.merchant.id}, {cassette}, array{[o.kkt_id for o in owners]}, now()"
            await db.execute(f"prepare claim as {sql}")
            await db.execute("set local plan_cache_mode = force_generic_plan")
            lines = await db.fetch(f"explain (analyze, buffers, timing off) execute claim ({arguments})")
            plan = "\n".join(line[0] for line in lines)
            await db.execute("deallocate claim")
        assert "queue_order" in plan, plan
        assert "queue_account" in plan, plan
        assert "Seq Scan on queue" not in plan, plan
        # Pages, not milliseconds: a busy machine changes the time and never the work.
        pages = re.search(r"Buffers: shared hit=(\d+)", plan)
        assert pages is not None
        assert int(pages[1]) < 500, plan
