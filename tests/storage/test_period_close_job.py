"""A month close as a job: the reference's receipts and ledgers, in chunks, whatever happens between two of them."""

import asyncio

import msgspec
import pytest

from accounting.receipts.errors import ErrorCode
from fiscal_server.errors import CloseRefused
from fiscal_server.intake.close_chunk import ClosingRules, compute_chunk
from fiscal_server.intake.close_runner import Closer, JobRun
from fiscal_server.intake.close_totals import Totals
from fiscal_server.intake.closing import CloseRequest, cancel_close, resume_close, start_close
from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.close_tables import ChunkRange
from tests.storage.closing_jobs import begin, begin_world, run, run_some, stored
from tests.storage.closing_worlds import stored_world
from tests.storage.scene import open_shop


@pytest.mark.parametrize("seed", range(24))
async def test_a_close_in_chunks_is_that_of_the_reference(database: str, seed: int) -> None:
    async with stored_world(database, seed) as world:
        ended = await run(world.shop, await begin_world(world), chunk=1 + seed % 23)
        assert ended.state is CloseState.FINISHED
        await world.check(ended)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(100, 400))
async def test_hundreds_of_worlds_close_in_chunks_as_in_the_reference(database: str, seed: int) -> None:
    async with stored_world(database, seed, accounts=90) as world:
        job = await begin_world(world)
        refused = [error.code for error in world.expected().errors]
        if refused:  # some merchants split by kopecks
            assert refused == [ErrorCode.TOO_MANY_RECEIPTS]
            ended = await JobRun(world.shop.db, world.shop.intake, 1, chunk=1 + seed % 41).run(job.merchant_id, job.id)
            assert ended is not None
            assert ended.state is CloseState.FAILED
            assert await world.receipts() == world.own_receipts_of_the_first(ended.done)
        else:
            await world.check(await run(world.shop, job, chunk=1 + seed % 41))


@pytest.mark.parametrize("seed", [1, 4, 7])
async def test_the_kernel_closes_most_accounts_of_those_worlds_and_the_reference_the_rest(
    database: str, seed: int
) -> None:
    async with stored_world(database, seed, accounts=400) as world:
        whole = ChunkRange(world.shop.merchant.id, -1, (1 << 63) - 1)
        async with world.shop.db.read() as db:
            rules = ClosingRules(world.shop.merchant, world.close)
            closed = await compute_chunk(db, rules, whole, lock=False)
        assert closed.changed > 30
        assert 0 < len(closed.declined) < closed.changed / 4


@pytest.mark.parametrize("seed", range(6))
async def test_a_preview_says_what_the_close_then_does_and_stores_nothing(database: str, seed: int) -> None:
    async with stored_world(database, seed) as world:
        shop = world.shop
        before = await shop.counts()
        preview = await run(shop, await begin_world(world, dry_run=True))
        assert preview.state is CloseState.PREVIEWED
        assert await shop.counts() == before
        assert (
            await shop.value("select closed_periods from fiscal.merchant_book where merchant_id = $1", shop.merchant.id)
            == []
        )
        ended = await run(shop, await begin_world(world), chunk=11)
        for name in ("accounts", "done", "changed", "settlements", "receipts", "totals", "deadline"):
            assert getattr(preview, name) == getattr(ended, name), name
        expected = Totals()
        receipts = world.expected().receipts
        expected.add("own", [one.receipt for one in receipts if one.consolidated is None])
        expected.add("consolidated", [one.receipt for one in receipts if one.consolidated is not None])
        assert msgspec.convert(ended.totals, Totals) == expected


@pytest.mark.parametrize("seed", range(8))
async def test_a_run_that_ends_anywhere_goes_on_and_makes_the_same(database: str, seed: int) -> None:
    async with stored_world(database, seed) as world:
        job = await begin_world(world)
        for chunks in (1, 2, 1):
            await run_some(world.shop, job, chunks, chunk=3 + seed)
        await world.check(await run(world.shop, job, chunk=5))


@pytest.mark.parametrize("seed", [1, 4])
async def test_connections_cut_in_the_middle_cost_no_receipt(database: str, seed: int) -> None:
    async with stored_world(database, seed) as world:
        shop, job = world.shop, await begin_world(world)
        for delay in range(6):
            working = asyncio.create_task(JobRun(shop.db, shop.intake, 1, chunk=4).run(shop.merchant.id, job.id))
            for _ in range(3 * delay):
                await shop.rows("select 1")
            await shop.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null"
            )
            await asyncio.gather(working, return_exceptions=True)
        assert (await stored(shop, job)).state in (CloseState.RUNNING, CloseState.FINISHED)
        await run(shop, job)
        await world.check(await stored(shop, job))


async def test_two_processes_on_one_job_make_every_receipt_once(database: str) -> None:
    async with stored_world(database, 2) as world:
        shop, job = world.shop, await begin_world(world)
        runs = [JobRun(shop.db, shop.intake, runner, chunk=4) for runner in (1, 2)]
        await asyncio.gather(*(one.run(shop.merchant.id, job.id) for one in runs))
        await run(shop, job)
        await world.check(await stored(shop, job))


async def test_a_job_whose_process_died_is_taken_up_when_its_lease_is_over(database: str) -> None:
    async with stored_world(database, 1) as world:
        shop = world.shop
        request = CloseRequest(period=world.close.period, key=world.close.key)
        job = await start_close(shop.db, shop.intake, shop.merchant.id, request, runner=1)
        await run_some(shop, job, 1, chunk=9)
        closer = Closer(shop.db, shop.intake, chunk=9)
        await closer.work()
        assert (await stored(shop, job)).state is CloseState.RUNNING
        shop.clock.jump(31)
        await closer.work()
        await world.check(await stored(shop, job))


async def test_a_job_cancelled_later_keeps_what_it_did_and_goes_on(database: str) -> None:
    async with stored_world(database, 1) as world:
        shop, job = world.shop, await begin_world(world)
        await run_some(shop, job, 2, chunk=9)
        made = await world.receipts()
        stopped = await cancel_close(shop.db, shop.intake, shop.merchant.id, job.id)
        assert stopped is not None
        assert (stopped.state, stopped.done) == (CloseState.STOPPED, 18)
        assert (await run(shop, job)).state is CloseState.STOPPED
        assert await world.receipts() == made
        await resume_close(shop.db, shop.intake, shop.merchant.id, job.id)
        await world.check(await run(shop, job))
        for move in (cancel_close, resume_close):
            with pytest.raises(CloseRefused, match="FINISHED"):
                await move(shop.db, shop.intake, shop.merchant.id, job.id)


async def test_a_cancel_stops_the_chunk_that_is_being_computed(database: str) -> None:
    async with stored_world(database, 1) as world:
        shop, job = world.shop, await begin_world(world)
        working = asyncio.create_task(JobRun(shop.db, shop.intake, 1, chunk=2).run(shop.merchant.id, job.id))
        await shop.rows("select 1")
        moved = await cancel_close(shop.db, shop.intake, shop.merchant.id, job.id)
        ended = await working
        assert moved is not None
        assert ended is not None
        assert ended.state is moved.state
        assert ended.done == moved.done


async def test_lines_of_single_accounts_are_not_for_jobs(database: str) -> None:
    async with stored_world(database, 1) as world:
        rules = {**world.shop.merchant.rules}
        rules["policies"] = {**rules["policies"], "consolidated_lines": "per_account"}
        await world.shop.rows("update fiscal.merchant set rules = $1", rules)
        with pytest.raises(CloseRefused, match="per_account"):
            await begin_world(world)


async def test_a_month_that_has_not_begun_is_not_closed(database: str) -> None:
    async with open_shop(database) as shop:
        with pytest.raises(CloseRefused, match="2026-11 has not begun yet"):
            await begin(shop, CloseRequest(period="2026-11"))
        assert await shop.value("select closed_periods from fiscal.merchant_book") == []
        await shop.clock.advance(11 * 86_400)  # the evening before is the first morning in the east of the country
        assert (await run(shop, await begin(shop, CloseRequest(period="2026-11")))).period == "2026-11"
