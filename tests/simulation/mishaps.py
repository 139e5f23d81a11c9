"""What goes wrong while a world is in trouble, and how it is repaired."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from tests.simulation.loop import Host
from tests.simulation.machines import FnBox
from tests.simulation.network import End
from tests.simulation.plan import MONTH_S, Mishap, StepFault
from tests.simulation.session import Session

if TYPE_CHECKING:
    from tests.simulation.world import SimulatedWorld

_SHORT_S = (0.01, 3.0)
_LONG = (0.1, 2.0)
"""In holds: longer than a lease, too."""

_FOR_A_LEASE = 2.5
"""In holds, of a node that stops between a commit and what it does next: until another one has its KKTs, if any takes
them."""

_SILENT = 0.8
"""In holds: who takes something earlier takes something else, if nodes are as patient as they must be."""

_EARLY = 0.5
"""How often the stopped node goes on then already, while its lease is good: else nobody would see an impatient one."""

_AGAINST_NODES = (
    Mishap.KILL_NODE,
    Mishap.FREEZE_NODE,
    Mishap.STOP_NODE,
    Mishap.CUT_NODE_FROM_DATABASE,
    Mishap.RESTART_DATABASE,
)

_STALE_S = (0.0, 3.0)
"""Then it goes on while the new owner reads the device and makes the same receipt, or has made it."""

_INTENTS_ARE_RARE = 30.0
"""One storage call in two hundred commits one. It is lost as often more: the device is at work on the receipt already,
and must not make it."""

_HOUR_S = 3600.0


class Mishaps:
    """Bad luck for one world."""

    def __init__(self, world: "SimulatedWorld") -> None:
        self._world = world
        self._chance = world.loop.chance
        self._over = False
        self._going_on: list[asyncio.Task[None]] = []
        self._sleeper: Host | None = None  # stopped between a commit and what it does next
        self._slept_at = 0.0
        self._documents_of_tomorrow = False  # some may have been made by a clock that was ahead
        world.sessions.before = self._before_step
        world.sessions.after = self._after_step
        world.sessions.refuses = lambda session: self._step(session, StepFault.DISK_FULL)
        world.network.sent = self._after_write

    async def happen(self) -> None:
        """Until the time of trouble is over."""
        loop, plan = self._world.loop, self._world.plan
        until = loop.time() + plan.trouble_s
        while plan.mishaps:
            pause = self._chance.expovariate(1 / plan.every_s)
            if loop.time() + pause >= until:
                break
            await asyncio.sleep(pause)
            await self._strike(plan.mishaps[self._chance.randrange(len(plan.mishaps))])
        await asyncio.sleep(until - loop.time())

    async def repair(self) -> None:
        """Everything works again, and goes on working."""
        await self._mend()
        world = self._world
        if world.plan.restored:
            await world.restoring.put_back()
            for node in world.nodes:  # shifts and the operator are served meanwhile, and no receipt is made
                node.start()
            await world.restoring.send_again()
            for node in world.nodes:
                await node.stop()
            await world.restoring.adopt()
        for node in world.nodes:
            node.start()
        world.note("world", "is repaired")

    async def _mend(self) -> None:
        world = self._world
        self._over = True
        for task in self._going_on:
            task.cancel()
        await asyncio.gather(*self._going_on, return_exceptions=True)
        world.network.bring_all_up()
        await world.start_database()
        for box in world.boxes:
            box.switch_off()
            if not box.gone:
                await box.switch_on(world.lasting_faults(box))
        for node in world.nodes:
            node.host.wall_offset_s = 0.0
            world.loop.thaw(node.host)
            if self._documents_of_tomorrow or world.plan.restored or world.plan.month_off:
                node.stay_down()
        if self._documents_of_tomorrow:  # an FN takes no document that is older than its last one
            world.loop.let_pass(_HOUR_S)
        if world.plan.month_off:
            self._count("server off for a month", "world")
            world.loop.let_pass(MONTH_S)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._going_on.append(asyncio.create_task(work))

    def _count(self, what: str, whom: str) -> None:
        self._world.faults[what] += 1
        self._world.loop.trace.note(self._world.loop.time(), whom, f"** {what}")

    def _span_s(self) -> float:
        if self._chance.random() < 0.7:
            return self._chance.uniform(*_SHORT_S)
        return self._chance.uniform(*_LONG) * self._world.plan.hold_s

    async def _strike(self, mishap: Mishap) -> None:
        world, chance = self._world, self._chance
        if self._is_waited_for() and mishap in _AGAINST_NODES:
            return
        node = chance.choice(world.nodes)
        box = chance.choice(world.boxes)
        api = chance.choice(world.apis)
        match mishap:
            case Mishap.KILL_NODE:
                self._count(mishap, node.name)
                node.kill_for(self._span_s(), with_word=chance.random() < 0.5)
            case Mishap.FREEZE_NODE:
                self._count(mishap, node.name)
                world.loop.freeze_for(node.host, self._span_s())
            case Mishap.STOP_NODE:
                if node.up and not node.host.frozen:
                    self._count(mishap, node.name)
                    self._begin(node.restart())
            case Mishap.KILL_API:
                self._count(mishap, api.name)
                api.crash(with_word=chance.random() < 0.5)
            case Mishap.CLOCK_JUMP:
                self._count(mishap, node.name)
                node.host.wall_offset_s = chance.choice((-_HOUR_S, 0.0, _HOUR_S))
                self._documents_of_tomorrow |= node.host.wall_offset_s > 0
            case Mishap.POWER_OFF_FN:
                self._count(mishap, box.name)
                self._begin(self._power_off(box, self._span_s()))
            case Mishap.CUT_NODE_FROM_DATABASE:
                self._take_down(mishap, node.name, "postgres")
            case Mishap.CUT_NODE_FROM_FN:
                self._take_down(mishap, node.name, box.name)
            case Mishap.CUT_API_FROM_DATABASE:
                self._take_down(mishap, api.name, "postgres")
            case Mishap.CUT_NODE_FROM_OPERATOR:
                self._take_down(mishap, node.name, "operator")
            case Mishap.ORDER:
                self._count(mishap, box.name)
                self._begin(world.person.order_something())
            case Mishap.UNPLUG_FOR_GOOD:
                self._unplug_for_good(box)
            case Mishap.RESTART_DATABASE:
                self._count(mishap, "postgres")
                self._begin(self._restart_database(self._span_s()))

    def _unplug_for_good(self, box: FnBox) -> None:
        """One at most, and not the last one; an FN that is gone cannot be read after a restore."""
        world = self._world
        if box is not world.boxes[-1] and not any(one.gone for one in world.boxes) and not world.plan.restored:
            self._count(Mishap.UNPLUG_FOR_GOOD, box.name)
            box.gone = True
            box.switch_off()

    def _take_down(self, mishap: Mishap, one: str, other: str) -> None:
        self._count(mishap, one)
        self._world.network.take_down(one, other)
        self._world.loop.call_later(self._span_s(), self._world.network.bring_up, one, other)

    async def _power_off(self, box: FnBox, seconds: float) -> None:
        box.switch_off()
        await asyncio.sleep(seconds)
        if not self._over and not box.is_on and not box.gone:
            await box.switch_on(self._world.device_faults(box))

    async def _restart_database(self, seconds: float) -> None:
        """Every session ends; nobody gets in for a while."""
        world = self._world
        world.database.close()
        for session in world.sessions.all():
            world.network.cut_end(session.end, with_word=self._chance.random() < 0.5)
        await asyncio.sleep(seconds)
        if not self._over:
            await world.start_database()

    # --- at the edges of storage calls --------------------------------------------------------------------------------

    def _before_step(self, session: Session) -> bool:
        often = _INTENTS_ARE_RARE if session.intends and _is_commit(session.burst) else 1.0
        return not (self._step(session, StepFault.CRASH_BEFORE) or self._step(session, StepFault.CUT_BEFORE, often))

    def _after_step(self, session: Session) -> None:
        committed = _is_commit(session.burst)
        if self._step(session, StepFault.CRASH_AFTER) or self._step(session, StepFault.CUT_AFTER):
            return
        if committed and session.intends:
            self._step(session, StepFault.FREEZE_AFTER, often=_INTENTS_ARE_RARE / 2)
        if committed and session.takes:
            self._wake_stale_owner(session.end.name)
        session.intends &= not committed
        session.takes &= not committed

    def _after_write(self, end: End, data: bytes) -> None:
        """A node works on what its COMMIT brings while that is on its way: it may stop before, as well as after."""
        session = end.peer.protocol
        if isinstance(session, Session) and session.intends and _is_commit(data):
            self._step(session, StepFault.FREEZE_AFTER, often=_INTENTS_ARE_RARE / 2)

    def _step(self, session: Session, fault: StepFault, often: float = 1.0) -> bool:
        probability = self._world.plan.step_chances.get(fault, 0.0) * often
        name = session.end.name
        if self._over or not probability or name == "observer" or self._chance.random() >= probability:
            return False
        if self._is_waited_for() and fault is not StepFault.DISK_FULL:
            return False
        self._count(fault, name)
        if fault in (StepFault.CUT_BEFORE, StepFault.CUT_AFTER):
            self._world.network.cut_end(session.end, with_word=False)
            return True
        if fault is StepFault.DISK_FULL:
            return True
        if fault is StepFault.FREEZE_AFTER:
            return self._freeze(name)
        for node in self._world.nodes:
            if node.name == name:
                node.kill_for(self._span_s(), with_word=self._chance.random() < 0.5)
        for api in self._world.apis:
            if api.name == name:
                api.crash(with_word=self._chance.random() < 0.5)
        return True

    def _freeze(self, name: str) -> bool:
        """The node has said COMMIT, and hears that it is done when others have what it holds."""
        for node in self._world.nodes:
            if node.name == name and not node.host.frozen:
                self._sleeper, self._slept_at = node.host, self._world.loop.time()
                self._world.loop.freeze_for(node.host, _FOR_A_LEASE * self._world.plan.hold_s)
                return True
        return False

    def _is_waited_for(self) -> bool:
        """Somebody is stopped, and the others must be left in peace to take what it holds."""
        return self._sleeper is not None and self._sleeper.frozen and not self._sleeper.dead

    def _wake_stale_owner(self, taker: str) -> None:
        sleeper, slept_s = self._sleeper, self._world.loop.time() - self._slept_at
        late = slept_s >= _SILENT * self._world.plan.hold_s
        if sleeper is not None and sleeper.name != taker and (late or self._chance.random() < _EARLY):
            self._count("stale owner goes on", sleeper.name)
            self._world.loop.thaw_in(sleeper, self._chance.uniform(*_STALE_S))
            self._sleeper = None


def _is_commit(burst: bytes) -> bool:
    return burst[:1] == b"Q" and burst[5:11] == b"COMMIT"
