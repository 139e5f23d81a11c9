"""Month closes as jobs beside batches: keys, charges, payments and reversals while a month is half closed."""

import asyncio
import json
from typing import Any

import msgspec
import pytest

from accounting.receipts.model import Receipt
from fiscal_server.errors import CloseRefused
from fiscal_server.intake.close_runner import JobRun
from fiscal_server.intake.closing import CloseRequest, cancel_close, resume_close
from fiscal_server.storage.close_states import CloseState
from tests.storage.closing_jobs import begin, run, run_some
from tests.storage.scene import Json, Shop, charge, open_shop, payment


async def two_debtors(shop: Shop) -> None:
    """Accounts in order A1, A2, A3: each owes October, A1 has an advance."""
    await shop.post([], ["A1"])
    await shop.post([], ["A2"])
    await shop.post([], ["A3"])
    await shop.post([charge(f"c{n}", f"A{n}") for n in (1, 2, 3)])
    await shop.post([payment("p1", "A1", kopecks=90_000)])


def rejected(answer: Json) -> list[str]:
    return [event["error"]["code"] for event in answer["events"] if event["status"] == "rejected"]


async def test_a_job_cancelled_before_its_first_chunk_leaves_nothing(database: str) -> None:
    async with open_shop(database) as shop:
        await two_debtors(shop)
        before = await shop.counts()
        job = await begin(shop)
        cancelled = await cancel_close(shop.db, shop.intake, shop.merchant.id, job.id)
        assert cancelled is not None
        assert cancelled.state is CloseState.CANCELLED
        assert await shop.counts() == before
        await shop.post([charge("late", "A2", service="tv")])
        assert (await run(shop, await begin(shop))).state is CloseState.FINISHED


async def test_from_its_start_on_the_month_takes_no_charges_and_payments_go_on(database: str) -> None:
    async with open_shop(database) as shop, open_shop(database, name="рядом") as beside:
        for one in (shop, beside):
            await two_debtors(one)
        job = await begin(shop)
        await run_some(shop, job, 1, chunk=1)
        answer = await shop.post([charge("late", "A3", service="tv")], on_error="skip")
        assert rejected(answer) == ["period_closed"]
        for one in (shop, beside):
            await one.post([payment("p3", "A3", kopecks=50_000)])
        await run(shop, job, chunk=1)
        await beside.post([{"type": "period_close", "key": "period-close-2026-10", "period": "2026-10"}])
        assert await ledgers(shop) == await ledgers(beside)
        assert await bodies(shop) == await bodies(beside)


async def ledgers(shop: Shop) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for query in (
        "select a.code, d.service, d.amount_kopecks, d.delivered, d.credited from fiscal.debt d",
        "select a.code, d.amount_kopecks, d.received_on from fiscal.advance_lot d",
        "select a.code, d.service, d.amount_kopecks, d.form, d.settled_on from fiscal.settlement d",
    ):
        found = await shop.rows(
            f"{query} join fiscal.account a on a.merchant_id = d.merchant_id and a.id = d.account_id"
            " where d.merchant_id = $1",
            shop.merchant.id,
        )
        rows += sorted(tuple(row) for row in found)
    return rows


async def bodies(shop: Shop) -> list[Receipt]:
    rows = await shop.rows("select body from fiscal.receipt where merchant_id = $1 order by id", shop.merchant.id)
    return [msgspec.msgpack.decode(row[0], type=Receipt) for row in rows]


async def test_payments_that_come_while_a_job_runs_lose_nothing(database: str) -> None:
    async with open_shop(database) as shop:
        codes = [f"A{n:03}" for n in range(120)]
        await shop.post([charge(f"c{code}", code) for code in codes], codes)
        job = await begin(shop)
        working = asyncio.create_task(run(shop, job, chunk=5))
        for first in range(0, 120, 20):
            events = [payment(f"p{code}", code, kopecks=60_000) for code in reversed(codes[first : first + 100])]
            answer = await shop.post(events, on_error="skip")
            assert rejected(answer) == []
        await working
        left = await shop.value("select coalesce(sum(amount_kopecks), 0)::bigint from fiscal.advance_lot")
        settled = await shop.value("select coalesce(sum(amount_kopecks), 0)::bigint from fiscal.settlement")
        owed = await shop.value("select coalesce(sum(amount_kopecks), 0)::bigint from fiscal.debt")
        assert (left + settled, settled + owed) == (120 * 60_000, 120 * 45_000)


async def test_one_key_is_one_close_between_batches_and_jobs(database: str) -> None:
    async with open_shop(database) as shop:
        await two_debtors(shop)
        request = CloseRequest(period="2026-10", key="z")
        job = await begin(shop, request)
        assert (await begin(shop, request)).id == job.id
        close = {"type": "period_close", "key": "z", "period": "2026-10"}
        assert [event["status"] for event in (await shop.post([close]))["events"]] == ["duplicate"]
        other = await shop.post([{**close, "period": "2026-09"}], on_error="skip")
        assert rejected(other) == ["key_conflict"]
        with pytest.raises(CloseRefused, match="another content"):
            await begin(shop, CloseRequest(period="2026-09", key="z"))
        under_way = await shop.post([{**close, "key": "z2", "period": "2026-09"}], on_error="skip")
        assert rejected(under_way) == ["period_close_under_way"]
        with pytest.raises(CloseRefused, match="one after another"):
            await begin(shop, CloseRequest(period="2026-09"))
        await run(shop, job)
        again = await shop.post([{**close, "key": "z2"}], on_error="skip")
        assert rejected(again) == ["period_already_closed"]
        with pytest.raises(CloseRefused, match="is closed"):
            await begin(shop, CloseRequest(period="2026-10", key="z3"))
        await shop.post([{**close, "key": "n", "period": "2026-09"}])
        with pytest.raises(CloseRefused, match="came in a batch"):
            await begin(shop, CloseRequest(period="2026-09", key="n"))


async def test_a_reversal_waits_until_no_month_is_half_closed(database: str) -> None:
    async with open_shop(database) as shop:
        await two_debtors(shop)
        job = await begin(shop)
        reversal = {"type": "payment_reversal", "key": "v", "payment": "p1", "date": "2026-10-20"}
        assert rejected(await shop.post([reversal], on_error="skip")) == ["period_close_under_way"]
        await cancel_close(shop.db, shop.intake, shop.merchant.id, job.id)
        assert rejected(await shop.post([reversal], on_error="skip")) == []


async def test_rules_that_change_under_a_job_stop_it_with_a_reason(database: str) -> None:
    async with open_shop(database) as shop:
        await two_debtors(shop)
        job = await begin(shop)
        await run_some(shop, job, 1, chunk=1)
        changed = json.dumps({**shop.merchant.rules, "email": "other@provider.example"})
        await shop.rows("update fiscal.merchant set rules = $1", json.loads(changed))
        failed = await JobRun(shop.db, shop.intake, 1, chunk=1).run(shop.merchant.id, job.id)
        assert failed is not None
        assert failed.state is CloseState.FAILED
        assert "rules have changed" in str(failed.error)
        await shop.rows("update fiscal.merchant set rules = $1", shop.merchant.rules)
        await resume_close(shop.db, shop.intake, shop.merchant.id, job.id)
        assert (await run(shop, job)).state is CloseState.FINISHED


async def test_a_merchant_too_large_for_a_batch_is_shown_the_way(database: str) -> None:
    async with open_shop(database) as shop:
        await shop.rows(
            "insert into fiscal.account (merchant_id, id, code) select $1, n, n::text from generate_series(1, 20001) n",
            shop.merchant.id,
        )
        close = {"type": "period_close", "key": "z", "period": "2026-10"}
        answer = await shop.post([close], on_error="skip")
        assert rejected(answer) == ["period_close_too_large"]
        assert "/v1/period-closes" in answer["events"][0]["error"]["reason"]
        assert (await run(shop, await begin(shop), chunk=20_000)).state is CloseState.FINISHED


async def test_lines_of_single_accounts_have_a_batch_only_and_so_a_limit_of_their_own(database: str) -> None:
    async with open_shop(database) as shop:
        policies = {**shop.merchant.rules.get("policies", {}), "consolidated_lines": "per_account"}
        rules = {**shop.merchant.rules, "policies": policies}
        await shop.rows("update fiscal.merchant set rules = $1", rules)
        await shop.rows(
            "insert into fiscal.account (merchant_id, id, code)"
            " select $1, n, n::text from generate_series(1, 100001) n",
            shop.merchant.id,
        )
        close = {"type": "period_close", "key": "z", "period": "2026-10"}
        answer = await shop.post([close], on_error="skip")
        assert rejected(answer) == ["period_close_too_large"]
        assert "by_service_rate" in answer["events"][0]["error"]["reason"]


async def test_a_merchant_without_accounts_has_its_month_closed(database: str) -> None:
    async with open_shop(database) as shop:
        ended = await run(shop, await begin(shop))
        assert (ended.state, ended.receipts, ended.done) == (CloseState.FINISHED, 0, 0)
