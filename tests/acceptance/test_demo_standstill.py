"""A demo whose FNs have all given up says so and ends; a slow one is waited for."""

import asyncio
import subprocess
from pathlib import Path

import asyncpg
import pytest

from fiscal_server.demo.audit import Numbers
from fiscal_server.demo.devices import SLOTS
from fiscal_server.demo.play import wait_delivered
from fiscal_server.demo.standstill import read_standstill
from fiscal_server.embedded import EmbeddedPostgres
from fiscal_server.storage.pool import DATABASE_ERRORS
from kkt_drivers.emulator.faults import Fault, FaultRule
from tests.acceptance.test_kill_nine import environment, program
from tests.waiting import wait_until_async
from tests.world import World, world

GIVE_UP_S = 150.0
BREAK = "update fiscal.kkt set state = 'FAULTY', fault = 'fault: broken by a test' where id = $1"
ADDRESSES = ("Panel", "Logs", "OpenAPI", "Authorization: Bearer")


async def wait(scene: World) -> tuple[list[str], Numbers]:
    """As the demo does, for a minute at most."""
    seen: list[Numbers] = []
    async with asyncio.timeout(GIVE_UP_S):
        still = await wait_delivered(scene.db, seen.append, lambda: False)
    return still, seen[-1]


async def test_a_month_that_no_slot_can_finish_ends_and_every_slot_says_why(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        for box in scene.boxes:
            await box.restart(FaultRule("16h", Fault.CRITICAL, nth=3))
        await scene.pay(9)
        async with scene.dispatching():
            still, numbers = await wait(scene)
        left = numbers.receipts.computed - numbers.receipts.registered
        assert left > 0
        assert still[0].startswith(f"{left} receipts stand still: no slot can make them.")
        for box in scene.boxes:
            assert f"FN {box.number} is FAULTY (fault: " in still[0]


async def test_what_a_broken_fn_keeps_from_the_operator_is_named_though_others_work(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.pay(3)
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.change("update fiscal.kkt set state = 'FAULTY', acked_fd = acked_fd - 1 where slot = 1")
        await scene.change("delete from fiscal.ofd_exchange where fd_number = (select max(last_fd) from fiscal.kkt)")
        still, _ = await wait(scene)
        assert still == [f"FN {scene.boxes[0].number} is FAULTY: the operator lacks 1 of its documents"]


async def test_an_fn_out_of_reach_is_waited_for(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.boxes[0].stop()
        await scene.pay(2)
        assert await read_standstill(scene.db) is None
        async with scene.dispatching():
            waiting = asyncio.create_task(wait(scene))
            assert await read_standstill(scene.db) is None
            await scene.boxes[0].start()
            still, numbers = await waiting
        assert (still, numbers.receipts.ofd_acked) == ([], 2)


async def break_every_slot(folder: Path) -> None:
    """As soon as the demo has enrolled them all."""

    async def done() -> bool:
        try:
            connection = await asyncpg.connect(EmbeddedPostgres(folder).dsn("fiscal"))
        except DATABASE_ERRORS:
            return False
        try:
            if await connection.fetchval("select count(*) from fiscal.kkt") < 2 * SLOTS:
                return False
            for row in await connection.fetch("select id from fiscal.kkt"):
                # One row a statement: the dispatcher holds rows of several KKTs too, in an order of its own.
                await connection.execute(BREAK, row["id"])
            return True
        except asyncpg.UndefinedTableError:
            return False
        finally:
            await connection.close()

    await wait_until_async(done, GIVE_UP_S)


def test_the_demo_ends_with_code_1_when_no_slot_works(open_folder: Path) -> None:
    command = program("demo", "--exit", "--accounts", "200")
    with subprocess.Popen(command, env=environment(open_folder), stdout=subprocess.PIPE, text=True) as process:
        try:
            asyncio.run(break_every_slot(open_folder / "demo"))
            said, _ = process.communicate(timeout=GIVE_UP_S)
        finally:
            if process.poll() is None:
                process.kill()
    assert process.returncode == 1, said
    assert (
        "receipts stand still: no slot can make them. FN 9999078900010001 is FAULTY (fault: broken by a test)" in said
    )
    assert not [word for word in ADDRESSES if word in said]


@pytest.mark.proof
def test_a_demo_that_ends_well_prints_no_address_that_will_not_answer(open_folder: Path) -> None:
    command = program("demo", "--exit", "--accounts", "2")
    ended = subprocess.run(
        command, env=environment(open_folder), capture_output=True, text=True, timeout=GIVE_UP_S, check=False
    )
    assert ended.returncode == 0, ended.stdout
    assert "The emulators' own memories say the same." in ended.stdout
    assert not [word for word in ADDRESSES if word in ended.stdout]
