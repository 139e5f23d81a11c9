"""A slot whose device was of no use rests before it is needed again, and no longer than others work in its place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.dispatch.retry import LONGEST_REST
from fiscal_server.dispatch.worker import KktWorker
from kkt_drivers.errors import KktUnavailable
from tests.unit.dispatch.desk import journal_of, sit_down
from tests.world import World, world

PATIENCE_S = 60.0
OF_THE_OTHER = {
    "stopped": "update fiscal.kkt set state = 'FAULTY' where slot = 2",
    "out of reach": "update fiscal.kkt set unreachable_since = now() where slot = 2",
    "paused": "update fiscal.kkt set state = 'READY', paused_since = now() where slot = 2",
}


@asynccontextmanager
async def resting(database: str, tmp_path: Path) -> AsyncIterator[tuple[World, KktWorker, VirtualClock]]:
    """Slot 1 has stood aside for slot 2 and rests as long as one may."""
    clock = VirtualClock()
    async with world(database, tmp_path, fns=2) as scene, journal_of(scene, clock) as journal:
        session = await sit_down(scene, journal, 1, clock)
        worker = KktWorker(session)
        await worker._came_into_reach()
        for _ in range(LONGEST_REST):
            worker._rest_of_device.begin(clock.monotonic(), PATIENCE_S, session.last_fd)
        await worker._stand_aside_after(PATIENCE_S, KktUnavailable("it makes nothing"))
        await session.reload()
        assert [slot.state for slot in await scene.slots()] == ["READY", "ACTIVE"]
        yield scene, worker, clock
        await session.kkt.close()


async def comes_back(scene: World, worker: KktWorker) -> bool:
    await worker._came_into_reach()
    return (await scene.slots())[0].unreachable_since is None


@pytest.mark.parametrize("what", OF_THE_OTHER)
async def test_a_rest_is_short_when_no_other_slot_works(database: str, tmp_path: Path, what: str) -> None:
    async with resting(database, tmp_path) as (scene, worker, clock):
        await scene.change(OF_THE_OTHER[what])
        await clock.advance(PATIENCE_S - 1)
        assert not await comes_back(scene, worker)
        await clock.advance(1)
        assert await comes_back(scene, worker)
        assert ((await scene.slots())[0].state == "ACTIVE") is (what != "out of reach")  # that one is still at work


async def test_a_rest_is_as_long_as_it_was_meant_while_another_slot_works(database: str, tmp_path: Path) -> None:
    async with resting(database, tmp_path) as (scene, worker, clock):
        await clock.advance(LONGEST_REST * PATIENCE_S - 1)
        assert not await comes_back(scene, worker)
        await clock.advance(1)
        assert await comes_back(scene, worker)
        assert [slot.state for slot in await scene.slots()] == ["READY", "ACTIVE"]


async def test_a_slot_that_is_at_work_again_is_in_reach_whenever_it_answers(database: str, tmp_path: Path) -> None:
    """Else the rest that was cut short would go on behind its work: told of as out of reach while it makes receipts."""
    async with resting(database, tmp_path) as (scene, worker, clock):
        await scene.change(OF_THE_OTHER["stopped"])
        await clock.advance(PATIENCE_S)
        assert await comes_back(scene, worker)
        await scene.change("update fiscal.kkt set state = 'READY', unreachable_since = null where slot = 2")
        await scene.change("update fiscal.kkt set unreachable_since = now() where slot = 1")
        await worker._session.reload()
        assert await comes_back(scene, worker)
