"""The journal ends in the middle of a commit: nobody waits for ever, the process ends, and the next one goes on."""

import asyncio
from pathlib import Path

import pytest

from fiscal_server.dispatch.journal import COMMIT_TASK, Journal, JournalEnded
from tests.unit.dispatch.desk import sit_down
from tests.unit.dispatch.test_promises import GATE, HELD, at_each_commit, open_shift
from tests.waiting import wait_until_async
from tests.world import World, world

HELD_UP = (
    f"select count(*) from pg_locks where locktype = 'advisory' and objid = {GATE} and not granted"
    " and database = (select oid from pg_database where datname = current_database())"
)


async def end_the_commit(scene: World) -> None:
    """As a library would that cancels what it did not begin; it has reached the server."""

    async def held_up() -> bool:
        return await scene.db_values(HELD_UP) == [1]

    await wait_until_async(held_up)
    [commit] = [task for task in asyncio.all_tasks() if task.get_name() == COMMIT_TASK]
    commit.cancel()


async def test_whoever_waits_for_a_journal_that_ends_is_told(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        journal = Journal(scene.db, scene.clock)
        running = asyncio.create_task(journal.run())
        session = await sit_down(scene, journal)
        await at_each_commit(scene, HELD)
        async with scene.db.write() as gate:
            await gate.execute("select pg_advisory_xact_lock($1)", GATE)
            opening = asyncio.create_task(open_shift(session))
            await end_the_commit(scene)
            with pytest.raises(JournalEnded, match="what became of this turn"):
                await opening
        await asyncio.gather(running, return_exceptions=True)
        with pytest.raises(JournalEnded, match="has ended"):
            await open_shift(session)
        await session.kkt.close()


async def test_whoever_waits_for_a_commit_that_was_ended_before_its_first_step_is_told(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        journal = Journal(scene.db, scene.clock)
        running = asyncio.create_task(journal.run())
        session = await sit_down(scene, journal)
        opening = asyncio.create_task(open_shift(session))
        commits: list[asyncio.Task[object]] = []
        for _ in range(1000):
            await asyncio.sleep(0)  # a turn of the loop: the task is found before it has done anything
            if commits := [task for task in asyncio.all_tasks() if task.get_name() == COMMIT_TASK]:
                break
        commits[0].cancel()
        running.cancel()
        async with asyncio.timeout(10):
            with pytest.raises(JournalEnded):
                await opening
        await asyncio.gather(running, return_exceptions=True)
        await session.kkt.close()


async def test_a_process_whose_journal_has_ended_ends_and_the_next_one_loses_nothing(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(2)
        await at_each_commit(scene, HELD)
        async with scene.dispatching():
            async with scene.db.write() as gate:
                await gate.execute("select pg_advisory_xact_lock($1)", GATE)
                await end_the_commit(scene)
            assert scene.dispatch_task is not None
            [ended] = await asyncio.gather(scene.dispatch_task, return_exceptions=True)
            assert isinstance(ended, JournalEnded)
            scene.dispatch_task = None
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.check_clean()
