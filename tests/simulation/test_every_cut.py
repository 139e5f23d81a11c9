"""Three receipts and a rotation, again and again: each time another step on the way loses its answer, or never arrives.

Steps are numbered, so a failing case is repeated by its number. A few are taken in every run, all under ``make proof``.
"""

from pathlib import Path

import pytest

from kkt_drivers.emulator.faults import Fault, FaultRule
from tests.simulation.postgres_wire import postgres_wire
from tests.world import World, world

CASSETTE = {"fns": 2, "capacity": 12}
"""So small that the first FN is drained and closed on the way."""

RECEIPTS = 5
DATABASE_STEPS = 200
"""More than the whole way takes: 128 to 150 on a busy machine, where it looks more often."""

DEVICE_COMMANDS = 90
"""More than the first FN gets."""

DEVICE_FAULTS = (Fault.POWER_OFF_AFTER_WRITE, Fault.POWER_OFF_BEFORE_WRITE, Fault.LOSE_ANSWER)


async def shift_is_open(scene: World) -> bool:
    """The dispatcher has begun its work."""
    return (await scene.slots())[0].last_fd == 2


async def live_through_database_cut(dsn: str, folder: Path, step: int, *, after_answer: bool) -> None:
    async with world(dsn, folder, **CASSETTE) as scene, postgres_wire(dsn) as (wire, way):
        wire.cut_at, wire.after_answer = step, after_answer
        async with scene.dispatching(dsn=way):
            await scene.until(lambda: shift_is_open(scene))
            wire.armed = True
            await scene.pay(RECEIPTS)
            await scene.until_delivered()
        assert sum(len(box.receipts()) for box in scene.boxes) == RECEIPTS
        assert await scene.waiting() == {}
        assert {slot.fault for slot in await scene.slots()} == {None}
        await scene.check_clean()


async def live_through_device_fault(dsn: str, folder: Path, fault: Fault, command: int) -> None:
    async with world(dsn, folder, **CASSETTE) as scene:
        await scene.boxes[0].restart(FaultRule(command, fault))
        await scene.pay(RECEIPTS)
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.boxes[0].restart()  # what has not happened by now would happen to verify
        assert sum(len(box.receipts()) for box in scene.boxes) == RECEIPTS
        assert await scene.waiting() == {}
        assert {slot.fault for slot in await scene.slots()} == {None}
        await scene.check_clean()


@pytest.mark.parametrize("after_answer", [False, True], ids=["before the server", "after the commit"])
@pytest.mark.parametrize("step", [12, 31, 47, 58])
async def test_a_cut_connection_costs_no_receipt(database: str, tmp_path: Path, step: int, after_answer: bool) -> None:
    await live_through_database_cut(database, tmp_path, step, after_answer=after_answer)


@pytest.mark.proof
@pytest.mark.parametrize("after_answer", [False, True], ids=["before the server", "after the commit"])
@pytest.mark.parametrize("step", range(1, DATABASE_STEPS))
async def test_each_cut_connection_costs_no_receipt(
    database: str, tmp_path: Path, step: int, after_answer: bool
) -> None:
    await live_through_database_cut(database, tmp_path, step, after_answer=after_answer)


@pytest.mark.proof
@pytest.mark.parametrize("fault", DEVICE_FAULTS)
@pytest.mark.parametrize("command", range(1, DEVICE_COMMANDS))
async def test_each_lost_command_costs_no_receipt(database: str, tmp_path: Path, command: int, fault: Fault) -> None:
    await live_through_device_fault(database, tmp_path, fault, command)
