"""An event loop whose time is a number and whose order is a seed's: the same seed gives the same run, step by step.

Every callback belongs to a host, known by a context variable, as every process belongs to a machine. Callbacks of one
host run in the order in which they became ready, as asyncio promises; whose turn it is next is drawn. When nobody has
anything to do, time jumps to the next timer. Nothing here waits, and nothing reads a clock or a socket.
"""

import asyncio
import contextvars
import gc
import heapq
import os
import platform
import random
import time
import traceback
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import asyncpg

from tests.simulation.trace import Trace


class Standstill(AssertionError):
    """Nobody has anything to do and no timer runs: what is waited for will never come."""


STEPS_MAX = 1_000_000
"""Far more than any world takes: who needs more runs in a circle."""


class Host:
    """A process on a machine. A dead one never does anything again; a frozen one does it later (SIGSTOP)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.frozen = False
        self.frozen_until = 0.0
        self.wall_offset_s = 0.0
        self.ready: deque[asyncio.Handle] = deque()
        self.tasks: dict[asyncio.Task[Any], None] = {}

    def __repr__(self) -> str:
        return self.name


HOST: contextvars.ContextVar[Host] = contextvars.ContextVar("host")


def here() -> Host:
    """On whose behalf this code runs."""
    return HOST.get()


def _make_task(loop: asyncio.AbstractEventLoop, coroutine: Any, context: Any = None) -> "asyncio.Task[Any]":
    """Held by its host until it is done: ``finally`` blocks of a task that is collected would run anywhere."""
    host: Host = HOST.get() if context is None else context[HOST]
    task = asyncio.Task(coroutine, loop=loop, context=context)
    host.tasks[task] = None
    task.add_done_callback(host.tasks.pop, context=context)
    return task


class SimulatedLoop(asyncio.BaseEventLoop):
    """Give it to ``asyncio``'s functions like any other loop."""

    def __init__(self, seed: int, start: datetime) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.trace = Trace()
        self.observer = Host("observer")
        self.steps = 0
        self._start = start
        self._now = 0.0
        self._busy: list[Host] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._set = 0  # timers so far
        self._dead: list[Host] = []
        self.set_task_factory(_make_task)

    # --- time ---------------------------------------------------------------------------------------------------------

    def time(self) -> float:
        return self._now

    def wall(self) -> datetime:
        """The true time of day."""
        return self._start + timedelta(seconds=self._now)

    def let_pass(self, seconds: float) -> None:
        """Time of day in which nobody has anything to do."""
        self._start += timedelta(seconds=seconds)

    # --- hosts --------------------------------------------------------------------------------------------------------

    def start_on(self, host: Host, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run ``work``, and all that it starts, as this host."""
        context = contextvars.copy_context()
        context.run(HOST.set, host)
        return self.create_task(work, context=context)

    def kill(self, host: Host) -> None:
        """Nothing of it gets another turn, not even to hear that it is over."""
        host.dead = True
        self._dead.append(host)
        self.freeze(host)

    def freeze(self, host: Host) -> None:
        """What happens to it from now on happens at ``thaw``."""
        host.frozen = True
        if host in self._busy:
            self._busy.remove(host)

    def freeze_for(self, host: Host, seconds: float) -> None:
        """At least for so long; one who is frozen already may have to wait longer."""
        self.freeze(host)
        self.thaw_in(host, max(host.frozen_until - self._now, seconds))

    def thaw_in(self, host: Host, seconds: float) -> None:
        """When this time has passed, whatever was said before."""
        host.frozen_until = self._now + seconds
        self.call_at(host.frozen_until, self._thaw_in_time, host)

    def _thaw_in_time(self, host: Host) -> None:
        if self._now >= host.frozen_until:
            self.thaw(host)

    def thaw(self, host: Host) -> None:
        if host.dead:
            return
        host.frozen = False
        if host.ready and host not in self._busy:
            self._busy.append(host)

    # --- the machine --------------------------------------------------------------------------------------------------

    def _call_soon(self, callback: Any, args: Any, context: Any) -> asyncio.Handle:
        handle = events.Handle(callback, args, self, context)
        self._put(handle)
        return handle

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """At once: a thread's end has no time of its own here."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _put(self, handle: asyncio.Handle) -> None:
        host: Host = handle._context.get(HOST, self.observer)  # type: ignore[attr-defined]
        host.ready.append(handle)
        if len(host.ready) == 1 and not host.frozen:
            self._busy.append(host)

    def _run_once(self) -> None:
        self._ring()
        while not self._busy:
            self._sleep()
            self._ring()
        host = self._busy[self.chance.randrange(len(self._busy))] if len(self._busy) > 1 else self._busy[0]
        handle = host.ready.popleft()
        if not host.ready:
            self._busy.remove(host)
        if not handle._cancelled:  # type: ignore[attr-defined]
            self.steps += 1
            if self.steps > STEPS_MAX:
                raise Standstill(f"no end after {STEPS_MAX} steps")
            handle._run()  # type: ignore[attr-defined]

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        """Timers of one moment ring in the order in which they were set."""
        timer = events.TimerHandle(when, callback, args, self, context)
        self._set += 1
        heapq.heappush(self._timers, (when, self._set, timer))
        return timer

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass  # it stays where it is and does not ring

    def _sleep(self) -> None:
        """Until the next timer that anybody still waits for."""
        timers = self._timers
        while timers and timers[0][2]._cancelled:  # type: ignore[attr-defined]
            heapq.heappop(timers)
        if not timers:
            raise Standstill("nobody has anything to do, and no timer runs")
        self._now = max(self._now, timers[0][0])

    def _ring(self) -> None:
        timers = self._timers
        while timers and timers[0][0] <= self._now:
            timer = heapq.heappop(timers)[2]
            if not timer._cancelled:  # type: ignore[attr-defined]
                self._put(timer)

    # --- what an event loop also has to have --------------------------------------------------------------------------

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What a callback or a task failed with and nobody asked for."""
        error = context.get("exception")
        words = "" if error is None else "".join(traceback.format_exception(error))
        self.trace.note(self._now, HOST.get(self.observer), f"unhandled: {context.get('message')} {words}")
        if isinstance(error, AssertionError):
            raise error

    def get_debug(self) -> bool:
        return False

    def bury(self) -> None:
        """Let everybody end once the run is over, the dead too: what they still do is in nobody's books."""
        self.trace.closed = True
        for host in self._dead:
            host.dead = False
            self.thaw(host)
        while True:
            self.call_later(1.0, self.stop)
            self.run_forever()
            left = asyncio.all_tasks(self)
            if not left:
                return
            for task in left:
                task.cancel()


@contextmanager
def running(loop: SimulatedLoop) -> Iterator[None]:
    """Libraries that ask the machine how long something took ask this loop; the collector's turns decide nothing.

    Nor does what was before or where it is: asyncpg counts its statements over the life of a process, and a node writes
    down its machine and its process for people to read.
    """
    gc.disable()
    try:
        with (
            patch.object(time, "monotonic", loop.time),
            patch.object(os, "getpid", lambda: 1),
            patch.object(platform, "node", lambda: "simulated"),
            patch.object(asyncpg.connection, "_uid", 0),
        ):
            yield
    finally:
        gc.enable()


class HostClock:
    """A host's ``Clock``: its wall clock may be wrong, its monotonic one is the loop's."""

    def __init__(self, loop: SimulatedLoop, host: Host) -> None:
        self._loop = loop
        self._host = host

    def now(self) -> datetime:
        return self._loop.wall() + timedelta(seconds=self._host.wall_offset_s)

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
