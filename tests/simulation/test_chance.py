"""Chance at work on everything at once, by seed: devices lose answers and power, the operator misbehaves, connections
to the database are cut before and after commits, the dispatcher is killed wherever it stands. Then all calms down, and
every receipt must stand in exactly one archive, as the books say.
"""

import asyncio
import random
from pathlib import Path

import pytest

from kkt_drivers.emulator.faults import Fault, FaultPlan
from kkt_drivers.emulator.ofd_faults import OfdFault, OfdFaultRule
from tests.simulation.life import Life
from tests.simulation.postgres_wire import PostgresWire, postgres_wire
from tests.world import World, world

RECEIPTS = 45
MISHAPS = 14

CHANCES = {
    Fault.LOSE_ANSWER: 0.004,
    Fault.LOSE_REQUEST: 0.002,
    Fault.GARBLE_ANSWER: 0.01,
    Fault.ANSWER_TWICE: 0.01,
    Fault.POWER_OFF_BEFORE_WRITE: 0.01,
    Fault.POWER_OFF_AFTER_WRITE: 0.01,
    Fault.UNPLUG: 0.004,
}


def operators_day(chance: random.Random) -> tuple[OfdFaultRule, ...]:
    """What the operator does wrong; whatever he is asked often enough he confirms."""
    faults = [fault for fault in OfdFault if fault is not OfdFault.CODE]
    return tuple(OfdFaultRule(n, chance.choice(faults), ms=5) for n in range(1, 120) if chance.random() < 0.06)


async def mishap(scene: World, life: Life, wire: PostgresWire, chance: random.Random) -> None:
    match chance.randrange(5):
        case 0:
            await life.kill()
            life.start()
        case 1:
            wire.cut_all()
        case 2:
            box = chance.choice(scene.boxes)
            await box.stop()
            await let_run(chance, 50)
            await box.start(plan=FaultPlan(seed=chance.getrandbits(32), probabilities=CHANCES, ms=50))
        case _:
            wire.steps, wire.cut_at = 0, chance.randrange(1, 30)
            wire.after_answer = chance.random() < 0.6


async def let_run(chance: random.Random, turns: int) -> None:
    """Give everybody some turns of the event loop: the next mishap comes in the middle of anything."""
    for _ in range(chance.randrange(turns)):
        await asyncio.sleep(0)


async def live_through(dsn: str, folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    faults = operators_day(chance)
    cassette = {"fns": 5, "parallel": chance.choice((1, 2)), "capacity": chance.choice((24, 40))}
    async with world(dsn, folder, operator_faults=faults, **cassette) as scene, postgres_wire(dsn) as (wire, way):
        for n, box in enumerate(scene.boxes):
            await box.restart(plan=FaultPlan(seed=seed * 10 + n, probabilities=CHANCES, ms=50))
        life = Life(scene, way)
        life.start()
        wire.armed = True
        for _ in range(MISHAPS):
            await scene.pay(RECEIPTS // MISHAPS, start=chance.randrange(1_000_000) * 100)
            await let_run(chance, 2000)
            await mishap(scene, life, wire, chance)
        wire.armed = False
        for box in scene.boxes:
            await box.restart()
        await scene.until_delivered(60)
        await life.stop()
        assert await scene.waiting() == {}
        assert await scene.db_values("select count(*) from fiscal.intent") == [0]
        assert {slot.fault for slot in await scene.slots()} == {None}
        await scene.check_clean()


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_chance_costs_no_receipt(database: str, tmp_path: Path, seed: int) -> None:
    await live_through(database, tmp_path, seed)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(100, 400))
async def test_much_chance_costs_no_receipt(database: str, tmp_path: Path, seed: int) -> None:
    await live_through(database, tmp_path, seed)
