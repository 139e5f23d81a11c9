"""A seed lived through: what came of it, and nothing left behind."""

import asyncio
import traceback
from pathlib import Path
from typing import Any

import msgspec

from tests.simulation.backend import Pool
from tests.simulation.loop import SimulatedLoop, running
from tests.simulation.plan import plan_of
from tests.simulation.trace import logging_into
from tests.simulation.world import START, SimulatedWorld


class Outcome(msgspec.Struct, kw_only=True):
    """What came of one seed."""

    seed: int
    problems: list[str]
    fingerprint: str
    faults: dict[str, int]
    receipts: int
    storage_calls: int
    lock_waits: int
    steps: int
    virtual_s: float
    last_lines: list[str]

    @property
    def failed(self) -> bool:
        return bool(self.problems)


def live_through(seed: int, pool: Pool, folder: Path, keep: list[str] | None = None) -> Outcome:
    """Run one seed on a database without rows; ``keep`` gets every line of the trace."""
    loop = SimulatedLoop(seed, START)
    loop.trace.keep = keep
    plan = plan_of(seed)
    with running(loop), logging_into(loop.trace, loop.time) as unseen:
        world = SimulatedWorld(plan, pool, folder, loop)
        try:
            _run(loop, world)
            world.auditor.problems += unseen
            return Outcome(
                seed=seed,
                problems=world.auditor.problems,
                fingerprint=loop.trace.fingerprint,
                faults=dict(world.faults),
                receipts=len(world.auditor.asked),
                storage_calls=world.sessions.calls,
                lock_waits=world.sessions.waits,
                steps=loop.steps,
                virtual_s=loop.time(),
                last_lines=loop.trace.last_lines,
            )
        finally:
            _end(loop, world)


def _run(loop: SimulatedLoop, world: SimulatedWorld) -> None:
    main: asyncio.Task[Any] = loop.start_on(loop.observer, world.live())
    try:
        loop.run_until_complete(main)
    except Exception as error:
        world.auditor.problems.append("".join(traceback.format_exception(error)))
    loop.trace.closed = True


def _end(loop: SimulatedLoop, world: SimulatedWorld) -> None:
    loop.trace.closed = True
    world.sessions.end_all()
    world.network.end_all()
    for box in world.boxes:
        box.switch_off()
    loop.bury()
    if hasattr(world, "operator"):
        world.operator.close()
    loop.close()
