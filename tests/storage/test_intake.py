"""A batch is stored whole or not at all, and every event once, whoever sends it how often at the same time."""

import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from fiscal_server.errors import IdempotencyConflict
from fiscal_server.intake.batch import BatchRejected
from tests.storage.scene import RULES, Json, Shop, charge, open_shop, payment


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        yield opened


def body(*events: Json, accounts: tuple[str, ...] = ("A1",), **more: object) -> bytes:
    return json.dumps({"events": events, "accounts": [{"id": one} for one in accounts], **more}).encode()


def statuses(answer: Json) -> list[str]:
    return [event["status"] for event in answer["events"]]


async def test_twenty_equal_requests_at_once_store_once_and_get_the_same_bytes(shop: Shop) -> None:
    raw = body(payment("p1"), payment("p2"))
    answers = await asyncio.gather(*(shop.send(raw, "same") for _ in range(20)))
    assert len(set(answers)) == 1
    counts = await shop.counts()
    assert (counts["batch"], counts["event"], counts["receipt"], counts["queue"]) == (1, 2, 2, 2)


async def test_the_same_idempotency_key_with_another_body_is_a_conflict(shop: Shop) -> None:
    await shop.send(body(payment("p1")), "same")
    before = await shop.counts()
    with pytest.raises(IdempotencyConflict):
        await shop.send(body(payment("p2")), "same")
    assert await shop.counts() == before


async def test_an_idempotency_key_of_another_merchant_is_another_key(shop: Shop) -> None:
    await shop.send(body(payment("p1")), "same")
    async with open_shop(shop.dsn, name="Другой") as other:
        await other.send(body(payment("p1")), "same")
    assert (await shop.counts())["receipt"] == 2


async def test_a_refused_batch_leaves_its_idempotency_key_free(shop: Shop) -> None:
    with pytest.raises(BatchRejected):
        await shop.send(body(payment("p1", "nobody")), "same")
    answer = json.loads(await shop.send(body(payment("p1")), "same"))
    assert statuses(answer) == ["accepted"]


async def test_the_same_event_in_batches_at_once_is_accepted_once(shop: Shop) -> None:
    await shop.post([], ["A1", "A2"])
    batches = [[payment("p1"), payment(f"own-{n}", "A2")] for n in range(6)]
    answers = await asyncio.gather(*(shop.post(events) for events in batches))
    assert sorted(statuses(answer)[0] for answer in answers) == ["accepted"] + ["duplicate"] * 5
    assert all(statuses(answer)[1] == "accepted" for answer in answers)
    assert (await shop.counts())["receipt"] == 7


async def test_a_batch_waits_for_the_key_of_another_that_is_not_committed_yet(shop: Shop) -> None:
    """If the other one fails, the event is not a duplicate of anything."""
    await shop.post([], ["A1"])
    async with shop.db.read() as db:
        other = db.transaction()
        await other.start()
        await db.execute(
            "insert into fiscal.event_key (merchant_id, key, event_id, body_hash) values ($1, 'p1', 1, '')",
            shop.merchant.id,
        )
        waiting = asyncio.create_task(shop.post([payment("p1")]))
        waits = "select 1 from pg_stat_activity where wait_event = 'transactionid' and datname = current_database()"
        while not await db.fetchval(waits):
            await db.execute("select pg_stat_clear_snapshot()")
        assert not waiting.done()
        await other.rollback()
    assert statuses(await waiting) == ["accepted"]


async def test_another_event_under_a_known_key_is_a_conflict_and_changes_nothing(shop: Shop) -> None:
    await shop.post([payment("p1")], ["A1"])
    before = await shop.counts()
    with pytest.raises(BatchRejected) as caught:
        await shop.post([payment("p1", kopecks=1)])
    (problem,) = caught.value.problems
    assert (problem.code, problem.field, problem.index, problem.key) == ("key_conflict", "key", 0, "p1")
    assert await shop.counts() == before


async def test_rejected_events_leave_their_keys_free_and_the_good_ones_are_stored(shop: Shop) -> None:
    answer = await shop.post([payment("p1"), payment("p2", "nobody"), payment("p3")], ["A1"], on_error="skip")
    assert statuses(answer) == ["accepted", "rejected", "accepted"]
    assert answer["events"][1]["error"]["code"] == "unknown_account"
    assert statuses(await shop.post([payment("p2", "A1")])) == ["accepted"]
    assert (await shop.counts())["receipt"] == 3


async def test_the_repeat_of_a_refused_event_is_refused_and_not_called_a_duplicate(shop: Shop) -> None:
    """Else the sender believes that the event was accepted, and its receipt is lost."""
    bad = payment("p1", "nobody")
    answer = await shop.post([bad, bad, payment("p2")], ["A1"], on_error="skip")
    assert statuses(answer) == ["rejected", "rejected", "accepted"]
    assert [event["error"]["index"] for event in answer["events"][:2]] == [0, 1]
    assert (answer["accepted"], answer["duplicates"], answer["rejected"]) == (1, 0, 2)


async def test_a_repeat_in_one_batch_is_a_duplicate_and_other_content_a_conflict(shop: Shop) -> None:
    answer = await shop.post([payment("p1"), payment("p1"), payment("p1", kopecks=7)], ["A1"], on_error="skip")
    assert statuses(answer) == ["accepted", "duplicate", "rejected"]
    assert answer["events"][2]["error"]["code"] == "key_conflict"
    assert (await shop.counts())["receipt"] == 1


async def test_a_repeat_of_an_earlier_batch_is_judged_by_what_was_accepted_then(shop: Shop) -> None:
    await shop.post([payment("p1")], ["A1"])
    answer = await shop.post([payment("p1", kopecks=7), payment("p1"), payment("p1", kopecks=7)], on_error="skip")
    assert statuses(answer) == ["rejected", "duplicate", "rejected"]


async def test_every_event_of_a_batch_has_an_answer_in_its_place(shop: Shop) -> None:
    events = [
        payment("a"),
        {"type": "zzz"},
        payment("b", "nobody"),
        payment("a"),
        payment("c"),
        charge("d", service="?"),
    ]
    answer = await shop.post(events, ["A1"], on_error="skip")
    assert statuses(answer) == ["accepted", "rejected", "rejected", "duplicate", "accepted", "rejected"]
    assert answer["accepted"] + answer["duplicates"] + answer["rejected"] == len(events)
    assert answer["receipts"] == 2


async def test_a_failure_in_the_middle_of_storing_leaves_nothing(shop: Shop) -> None:
    await shop.post([], ["A1"])
    before = await shop.counts()
    async with shop.db.write() as db:  # whatever it is that fails: here the last of the tables written
        await db.execute("alter table fiscal.batch add constraint nothing_more check (accepted < 2)")
    with pytest.raises(asyncpg.CheckViolationError):
        await shop.post([payment("p1"), payment("p2"), charge("c1")], ["A2"])
    assert await shop.counts() == before
    async with shop.db.write() as db:
        await db.execute("alter table fiscal.batch drop constraint nothing_more")
    assert statuses(await shop.post([payment("p1"), payment("p2"), charge("c1")], ["A2"])) == ["accepted"] * 3


async def test_batches_that_declare_and_use_each_other_s_accounts_do_not_deadlock(shop: Shop) -> None:
    await shop.post([], [f"A{n}" for n in range(8)])

    async def one(n: int) -> None:
        mine, others = [f"A{i}" for i in range(8) if i % 2 == n % 2], [f"A{i}" for i in range(8) if i % 2 != n % 2]
        for turn in range(4):
            declared: list[str | Json] = [
                {"id": code, "contact": f"+7900000{n:02}{turn:02}"} for code in reversed(mine)
            ]
            await shop.post([payment(f"{n}-{turn}-{code}", code) for code in others], declared)

    before = await shop.value("select deadlocks from pg_stat_database where datname = current_database()")
    await asyncio.gather(*(one(n) for n in range(6)))
    async with shop.db.read() as db:
        await db.execute("select pg_stat_force_next_flush()")
    assert await shop.value("select deadlocks from pg_stat_database where datname = current_database()") == before
    assert (await shop.counts())["receipt"] == 6 * 4 * 4


async def test_payments_of_one_account_at_once_are_all_in_its_ledger(shop: Shop) -> None:
    await shop.post([], ["A1"])
    await asyncio.gather(*(shop.post([payment(f"p{n}", kopecks=100 + n)]) for n in range(20)))
    assert await shop.value("select sum(amount_kopecks)::bigint from fiscal.advance_lot") == sum(range(100, 120))


async def test_a_month_is_closed_once_when_two_closes_come_at_once(shop: Shop) -> None:
    await shop.post([payment("p1"), charge("c1")], ["A1"])
    closes = [{"type": "period_close", "key": f"close-{n}", "period": "2026-10"} for n in range(4)]
    answers = await asyncio.gather(*(shop.post([close], on_error="skip") for close in closes))
    assert sorted(status for answer in answers for status in statuses(answer)) == ["accepted"] + ["rejected"] * 3
    assert (await shop.counts())["receipt"] == 2


async def test_money_of_an_unknown_payer_that_is_held_comes_out_with_a_later_batch(database: str) -> None:
    rules = {**RULES, "policies": {"unknown_payer": "hold_until_deadline"}}
    async with open_shop(database, rules) as shop:
        await shop.post([payment("p1", None, date="2026-10-20")], ["A1"])
        assert (await shop.counts())["receipt"] == 0
        await shop.clock.advance(5 * 86_400)
        answer = await shop.post([payment("p2", date="2026-10-25")])
        assert answer["receipts"] == 2
        assert await shop.value("select held from fiscal.merchant_book") == []
        rows = await shop.rows("select event_key, account_id is null as unknown from fiscal.receipt order by 1")
        assert [tuple(row) for row in rows] == [("p1", True), ("p2", False)]


async def test_what_is_said_of_a_known_account_is_taken_over(shop: Shop) -> None:
    await shop.post([], ["A1"])
    plan = {"service": "tv", "price_kopecks": 30_000}
    said = {"id": "A1", "contact": "+79000000001", "payer_kind": "legal", "services": ["tv"], "plan": plan}
    await shop.post([], [said])
    (row,) = await shop.rows(
        "select contact, payer_kind, member, services, plan_service, plan_price_kopecks from fiscal.account"
    )
    assert tuple(row) == ("+79000000001", "legal", False, ["tv"], "tv", 30_000)


async def test_at_night_a_receipt_due_at_once_has_the_day_of_its_zone(database: str) -> None:
    """Half past one in Moscow is yesterday in UTC: a cash receipt must not pass those that are late since yesterday."""
    async with open_shop(database) as shop:
        await shop.clock.advance(13.5 * 3600)  # 20 October, 22:30 UTC
        cash = [payment("p1", "A1", tenders={"cash": 100}, date="2026-10-21")]
        await shop.post(cash, ["A1", "B"])
        await shop.post([payment(f"q{n}", "B", tenders={"cash": 100}, date="2026-10-21") for n in range(60)])
        rows = await shop.rows("select distinct deadline::text from fiscal.queue")
        assert [tuple(row) for row in rows] == [("2026-10-20",)]
