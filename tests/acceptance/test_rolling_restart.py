"""Two real nodes, network FNs, and one restart after another under load: nothing fails, and nobody waits for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.acceptance.node_process import NodeProcess, nodes
from tests.world import World, world

PAUSE_MAX = timedelta(seconds=1)
BACKLOG = 40
"""Receipts that wait at any time: who could work never has to wait for us."""


@asynccontextmanager
async def always_busy(scene: World) -> AsyncIterator[None]:
    """Receipts wait all the time."""
    made = 0

    async def keep() -> None:
        nonlocal made
        while True:
            if sum((await scene.waiting()).values()) < BACKLOG:
                await scene.pay(BACKLOG, start=made)
                made += BACKLOG
            await scene.clock.sleep(0.05)

    task = asyncio.create_task(keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def longest_pause(scene: World) -> timedelta:
    """Between two receipts of the merchant, whichever FN made them."""
    made = await scene.db_values(
        "select recorded_at from fiscal.fiscal_document where total_kopecks is not null order by recorded_at"
    )
    return max(later - earlier for earlier, later in pairwise(made))


async def restart_all(scene: World, processes: list[NodeProcess], kkts: int) -> None:
    """One after another; each has its share again before the next one goes."""
    for one in processes:
        other = processes[1 - processes.index(one)]
        await one.stop()
        await other.holds(scene, kkts)
        await one.start()
        await one.holds(scene, kkts // 2)


async def test_nodes_restarted_one_after_another_fail_no_receipt_and_let_nobody_wait(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=2, parallel=2, capacity=100_000) as scene:
        processes = [NodeProcess(tmp_path, database, number) for number in (1, 2)]
        async with nodes(*processes):
            for one in processes:
                await one.holds(scene, 1)
            async with always_busy(scene):
                await scene.until_registered(20)
                await restart_all(scene, processes, 2)
            await scene.until_delivered()
            pause = await longest_pause(scene)
            for one in processes:
                await one.stop()
        refused = await scene.db_values("select count(*) from fiscal.queue")
        assert refused == [0]
        await scene.check_clean()
        print(f"longest pause {pause.total_seconds():.3f} s")
        assert pause <= PAUSE_MAX


@pytest.mark.proof
async def test_a_merchant_with_one_active_fn_waits_no_longer_than_a_second(database: str, tmp_path: Path) -> None:
    """Its only FN goes from node to node; every step of the hand-over is in the pause."""
    async with world(database, tmp_path, fns=2, parallel=1, capacity=100_000) as scene:
        processes = [NodeProcess(tmp_path, database, number) for number in (1, 2)]
        async with nodes(*processes):
            for one in processes:
                await one.holds(scene, 1)
            async with always_busy(scene):
                await scene.until_registered(20)
                for _ in range(3):
                    await restart_all(scene, processes, 2)
            await scene.until_delivered()
            pause = await longest_pause(scene)
            for one in processes:
                await one.stop()
        await scene.check_clean()
        print(f"longest pause {pause.total_seconds():.3f} s")
        assert pause <= PAUSE_MAX
