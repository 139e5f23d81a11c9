"""Real dispatch processes killed at their commits and told to stop: every receipt once, nobody waits for long."""

import itertools
import signal
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.acceptance.node_process import NodeProcess, database_cable
from tests.world import world

RECEIPTS_A_LIFE = 3
LIVES_AT_LEAST = 12
"""One has more commits than that until its last receipt: number, round, beginning, recovery, shift, receipts."""


async def killed_at_commits(database: str, folder: Path, lasts: Iterable[tuple[int, bool]]) -> int:
    """One life after another, each killed at a commit of its own, until one had nothing left to do by then; then one
    that lives. Gives how many were killed."""
    async with world(database, folder) as scene, database_cable(database) as (wire, way):
        process = NodeProcess(folder, way, 1)
        lives = 0
        try:
            for last, answered in lasts:
                await scene.pay(RECEIPTS_A_LIFE, start=lives * RECEIPTS_A_LIFE)
                wire.mend()
                wire.commits, wire.last, wire.answered = 0, last, answered
                wire.at_last = lambda: process.signal(signal.SIGKILL)
                await process.start()
                assert await process.ended() == -signal.SIGKILL, process.log()
                lives += 1
                made = await scene.counts()
                if made.computed == made.ofd_acked:
                    break
            wire.last = None
            await scene.pay(RECEIPTS_A_LIFE, start=lives * RECEIPTS_A_LIFE)  # it stops when it has begun to work
            await process.start()
            await scene.until_delivered()
            await process.stop()
        finally:
            await process.kill()
        assert await scene.waiting() == {}
        await scene.check_clean()
    return lives


async def test_a_node_killed_at_a_commit_costs_no_receipt(database: str, tmp_path: Path) -> None:
    assert await killed_at_commits(database, tmp_path, [(7, False), (9, True)]) == 2


@pytest.mark.proof
@pytest.mark.parametrize("answered", [False, True])
async def test_a_node_killed_at_every_commit_costs_no_receipt(database: str, tmp_path: Path, answered: bool) -> None:
    lives = await killed_at_commits(database, tmp_path, ((last, answered) for last in itertools.count(1)))
    assert lives >= LIVES_AT_LEAST
