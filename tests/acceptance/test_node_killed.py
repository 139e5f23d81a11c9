"""Real dispatch processes killed at their commits and told to stop: every receipt once, nobody waits for long."""

import signal
from pathlib import Path

import pytest

from tests.acceptance.node_process import NodeProcess, database_cable
from tests.world import world

RECEIPTS_A_LIFE = 3
COMMITS_OF_A_LIFE = 26
"""More than one has until its last receipt: number, round, beginning, recovery, shift, receipts."""


async def killed_at_commits(database: str, folder: Path, lasts: list[tuple[int, bool]]) -> None:
    """One life after another, each killed at a commit of its own; then one that lives."""
    async with world(database, folder) as scene, database_cable(database) as (wire, way):
        process = NodeProcess(folder, way, 1)
        try:
            for n, (last, answered) in enumerate(lasts):
                await scene.pay(RECEIPTS_A_LIFE, start=n * RECEIPTS_A_LIFE)
                wire.mend()
                wire.commits, wire.last, wire.answered = 0, last, answered
                wire.at_last = lambda: process.signal(signal.SIGKILL)
                await process.start()
                assert await process.ended() == -signal.SIGKILL, process.log()
            wire.last = None
            await process.start()
            await scene.until_delivered()
            await process.stop()
        finally:
            await process.kill()
        assert await scene.waiting() == {}
        await scene.check_clean()


async def test_a_node_killed_at_a_commit_costs_no_receipt(database: str, tmp_path: Path) -> None:
    await killed_at_commits(database, tmp_path, [(7, False), (9, True)])


@pytest.mark.proof
@pytest.mark.parametrize("answered", [False, True])
async def test_a_node_killed_at_every_commit_costs_no_receipt(database: str, tmp_path: Path, answered: bool) -> None:
    lasts = [(last, answered) for last in range(1, COMMITS_OF_A_LIFE + 1)]
    await killed_at_commits(database, tmp_path, lasts)
