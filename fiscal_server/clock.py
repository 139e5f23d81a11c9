"""Time as something handed in: the only file that reads the machine's clock (tests/rules/test_tidy.py holds that)."""

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the rest of the program may know of time."""

    def now(self) -> datetime:
        """The wall clock: aware, UTC. It may jump; never subtract two of them to measure a duration."""
        ...

    def monotonic(self) -> float:
        """Seconds since some start; never goes back, and goes on while the machine is suspended."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero lets the other tasks run."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        # CLOCK_BOOTTIME, not CLOCK_MONOTONIC: a laptop closed for a minute must wake up knowing that its lease of a
        # KKT ran out meanwhile. CLOCK_MONOTONIC stands still during suspend.
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class VirtualClock:
    """Time that moves only when a test says so.

    `advance` wakes sleepers in the order of their deadlines and lets the tasks run between two of them, so that a task
    that sleeps in a loop takes every turn that fits into the span.
    """

    # Turns of the event loop given to woken tasks before time moves on: enough for a chain of awaits without real I/O.
    _TURNS = 20

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
        assert self._now.tzinfo is not None, "a clock's time is aware"
        self._elapsed_s = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed_s

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed_s + seconds, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        until = self._elapsed_s + seconds
        await self._let_tasks_run()
        while self._sleepers and self._sleepers[0][0] <= until:
            deadline, _, woken = heapq.heappop(self._sleepers)
            self._move_to(deadline)
            if not woken.done():  # a cancelled sleeper is still in the heap
                woken.set_result(None)
            await self._let_tasks_run()
        self._move_to(until)

    def jump(self, seconds: float) -> None:
        """The wall clock is corrected, as by NTP or by hand: `now` moves, durations do not."""
        self._now += timedelta(seconds=seconds)

    def _move_to(self, elapsed_s: float) -> None:
        self._now += timedelta(seconds=elapsed_s - self._elapsed_s)
        self._elapsed_s = elapsed_s

    async def _let_tasks_run(self) -> None:
        for _ in range(self._TURNS):
            await asyncio.sleep(0)
