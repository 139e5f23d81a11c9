"""A payment that the bank takes back: unmade receipts are withdrawn, made ones mirrored, no device is ever raced."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from fiscal_server.intake.batch import BatchRejected
from fiscal_server.storage import queue
from tests.storage.scene import NOW, RULES, Json, Shop, charge, open_shop, payment

LATER = datetime(2026, 10, 21, 9, tzinfo=UTC)


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        yield opened


def reversal(key: str, paid: str = "p1", *, before_receipt: bool = False) -> Json:
    event = {"type": "payment_reversal", "key": key, "date": "2026-10-20", "payment": paid}
    return {**event, "before_receipt": before_receipt}


async def receipts(shop: Shop) -> list[tuple[str, int, str]]:
    rows = await shop.rows(
        "select r.event_key, r.sign, coalesce(q.state::text, 'REGISTERED') from fiscal.receipt r"
        " left join fiscal.queue q on q.merchant_id = r.merchant_id and q.receipt_id = r.id order by r.id"
    )
    return [tuple(row) for row in rows]


async def advances(shop: Shop) -> int:
    return int(await shop.value("select coalesce(sum(amount_kopecks), 0)::bigint from fiscal.advance_lot"))


async def claim(shop: Shop) -> list[queue.ClaimedReceipt]:
    async with shop.db.write() as db:
        ids = await db.fetch("select id from fiscal.kkt order by id")
        cassette = await db.fetchval("select id from fiscal.cassette")
        return await queue.claim_receipts(db, shop.merchant.id, cassette, [row["id"] for row in ids], NOW)


async def refused(shop: Shop, event: Json) -> str:
    before = (await shop.counts(), await advances(shop))
    with pytest.raises(BatchRejected) as caught:
        await shop.post([event])
    assert (await shop.counts(), await advances(shop)) == before
    (problem,) = caught.value.problems
    assert (problem.index, problem.key) == (0, event["key"])
    return problem.code


async def test_a_receipt_that_no_device_has_begun_is_withdrawn(shop: Shop) -> None:
    await shop.add_kkts()
    await shop.post([payment("p1"), payment("p2")], ["A1"])
    await shop.post([reversal("r1", before_receipt=True)])
    assert await receipts(shop) == [("p1", 1, "CANCELLED"), ("p2", 1, "QUEUED")]
    assert await advances(shop) == 45_000
    (claimed,) = await claim(shop)  # and it does not hold back those behind it
    assert (await receipts(shop))[1] == ("p2", 1, "REGISTERING"), claimed


async def test_a_receipt_that_waits_for_a_cassette_is_withdrawn_too(shop: Shop) -> None:
    await shop.post([payment("p1")], ["A1"])
    await shop.post([reversal("r1", before_receipt=True)])
    assert await receipts(shop) == [("p1", 1, "CANCELLED")]


@pytest.mark.parametrize("state", ["REGISTERING", "UNCERTAIN"])
async def test_a_receipt_that_a_device_may_have_made_is_not_withdrawn(shop: Shop, state: str) -> None:
    await shop.add_kkts()
    await shop.post([payment("p1")], ["A1"])
    (claimed,) = await claim(shop)
    if state == "UNCERTAIN":
        async with shop.db.write() as db:
            await queue.mark_uncertain(db, shop.merchant.id, claimed.receipt_id, claimed.kkt_id, NOW)
    assert await refused(shop, reversal("r1", before_receipt=True)) == "receipt_already_made"
    assert await receipts(shop) == [("p1", 1, state)]


async def test_a_made_receipt_is_mirrored_and_never_withdrawn(shop: Shop) -> None:
    await shop.post([payment("p1")], ["A1"])
    async with shop.db.write() as db:
        await db.execute("delete from fiscal.queue")  # it is registered: its document stands elsewhere
    assert await refused(shop, reversal("r1", before_receipt=True)) == "receipt_already_made"
    await shop.post([reversal("r1")])
    assert await receipts(shop) == [("p1", 1, "REGISTERED"), ("r1", 2, "COMPUTED")]
    assert await advances(shop) == 0
    assert await refused(shop, reversal("r2")) == "payment_no_longer_reversible"


async def test_a_receipt_that_a_device_refused_is_withdrawn_but_not_mirrored(shop: Shop) -> None:
    (owner,) = await shop.add_kkts()
    await shop.post([payment("p1")], ["A1"])
    (claimed,) = await claim(shop)
    async with shop.db.write() as db:
        await queue.park_receipt(db, owner, claimed.receipt_id, "33h", NOW)
    assert await refused(shop, reversal("r1")) == "receipt_refused_by_device"
    await shop.post([reversal("r1", before_receipt=True)])
    assert await receipts(shop) == [("p1", 1, "CANCELLED")]


async def test_a_reversal_waits_for_a_claim_and_then_sees_what_it_left(shop: Shop) -> None:
    """The dispatcher has taken the receipt and not committed yet: withdrawing it now would lose a document."""
    (owner,) = await shop.add_kkts()
    await shop.post([payment("p1")], ["A1"])
    async with shop.db.write() as db:
        cassette = await db.fetchval("select id from fiscal.cassette")
        assert await queue.claim_receipts(db, shop.merchant.id, cassette, [owner.kkt_id], NOW)
        waiting = asyncio.create_task(refused(shop, reversal("r1", before_receipt=True)))
        waits = "select 1 from pg_stat_activity where wait_event = 'transactionid' and datname = current_database()"
        while not await db.fetchval(waits):
            await db.execute("select pg_stat_clear_snapshot()")
        assert not waiting.done()
    assert await waiting == "receipt_already_made"


async def test_a_claim_passes_over_a_receipt_that_is_being_withdrawn(shop: Shop) -> None:
    await shop.add_kkts()
    await shop.post([payment("p1"), payment("p2", "A2")], ["A1", "A2"])
    first = await shop.value("select min(receipt_id) from fiscal.queue")
    async with shop.db.write() as db:
        assert await queue.hold_unmade(db, shop.merchant.id, [first]) == {first}
        (claimed,) = await claim(shop)
        assert claimed.receipt_id != first
        await queue.cancel_receipts(db, shop.merchant.id, [first], NOW)
    assert [state for _, _, state in await receipts(shop)] == ["CANCELLED", "REGISTERING"]


async def test_a_debt_comes_back_delivered_when_its_month_was_closed_meanwhile(shop: Shop) -> None:
    await shop.post([charge("c1")], ["A1"])
    await shop.post([payment("p1")])
    await shop.post([{"type": "period_close", "key": "close", "period": "2026-10"}])
    await shop.post([reversal("r1")])
    (debt,) = await shop.rows("select amount_kopecks, delivered from fiscal.debt")
    assert tuple(debt) == (45_000, True)


async def test_settlements_that_a_refund_has_lowered_keep_a_payment_from_being_taken_back(shop: Shop) -> None:
    delivered = [charge("c1"), {"type": "period_close", "key": "close", "period": "2026-10"}]
    await shop.post(delivered, ["A1"])
    await shop.clock.advance(18 * 86_400)
    await shop.post([payment("p1", date="2026-11-05")])
    refund = {"type": "service_refund", "key": "back", "account": "A1", "date": "2026-11-06", "period": "2026-10"}
    await shop.post([{**refund, "service": "internet", "tenders": {"bank_transfer": 5_000}}])
    assert await shop.value("select amount_kopecks from fiscal.settlement") == 40_000
    assert await refused(shop, reversal("r1")) == "payment_no_longer_reversible"
    await shop.post([{**refund, "key": "rest", "service": "internet", "tenders": {"bank_transfer": 40_000}}])
    assert await shop.rows("select from fiscal.settlement") == []


async def test_identified_or_taken_back_whoever_is_first(database: str) -> None:
    """Held money has no account until it is identified: a reversal that waited meanwhile begins anew."""
    rules = {**RULES, "policies": {"unknown_payer": "hold_until_deadline"}}
    async with open_shop(database, rules) as shop:
        nameless = [payment(f"p{n}", None, date="2026-10-20") for n in range(12)]
        await shop.post(nameless, ["A1", "A2"])
        identified = {"type": "payment_identification", "account": "A1", "date": "2026-10-20"}
        sent = [shop.post([{**identified, "key": f"i{n}", "payment": f"p{n}"}], on_error="skip") for n in range(12)] + [
            shop.post([reversal(f"r{n}", f"p{n}")], on_error="skip") for n in range(12)
        ]
        answers = await asyncio.gather(*sent)
        assert all(answer["accepted"] == 1 for answer in answers[12:])
        assert await advances(shop) == 0
        assert await shop.value("select held from fiscal.merchant_book") == []
        signs = [sign for _, sign, state in await receipts(shop)]
        assert signs.count(1) == signs.count(2) == sum(answer["accepted"] for answer in answers[:12])


async def test_a_payment_that_is_identified_while_its_reversal_waits_is_taken_back_from_its_account(
    database: str,
) -> None:
    rules = {**RULES, "policies": {"unknown_payer": "hold_until_deadline"}}
    identified = {"type": "payment_identification", "key": "i1", "account": "A1", "date": "2026-10-20", "payment": "p1"}
    waiters = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with open_shop(database, rules) as shop:
        await shop.post([payment("p1", None, date="2026-10-20")], ["A1"])
        sent: list[asyncio.Task[Json]] = []
        async with shop.db.write() as db:
            await db.execute("select from fiscal.merchant_book for update")
            for event in (identified, reversal("r1")):
                sent.append(asyncio.create_task(shop.post([event])))
                while await db.fetchval(waiters) < len(sent):
                    await db.execute("select pg_stat_clear_snapshot()")
        assert [(await one)["accepted"] for one in sent] == [1, 1]
        assert await advances(shop) == 0
        assert [(key, sign) for key, sign, _ in await receipts(shop)] == [("p1", 1), ("r1", 2)]
