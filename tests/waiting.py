"""Waiting for the thing itself: the only places where tests poll."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from fiscal_server.clock import VirtualClock

_STEP_S = 0.02


def wait_until(done: Callable[[], bool], within_s: float = 30.0) -> None:
    """Until ``done`` is true. Raises TimeoutError."""
    deadline = time.monotonic() + within_s
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within_s} s")
        time.sleep(_STEP_S)


async def let_others_run(turns: int = 20) -> None:
    """Give tasks and loopback sockets of this event loop their turn; no time has to pass."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def wait_until_async(done: Callable[[], Awaitable[bool]], within_s: float = 30.0) -> None:
    """Until ``done`` gives true. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not await done():  # noqa: ASYNC110  what is waited for sets no event of ours
            await asyncio.sleep(_STEP_S)


async def wait_while_time_passes(
    clock: VirtualClock, done: Callable[[], Awaitable[bool]], *, step_s: float = 1.0, within_s: float = 30.0
) -> None:
    """Until ``done`` gives true. Whoever works in a loop and is at the database when time moves misses that move and
    sleeps on; so time moves again and again."""
    async with asyncio.timeout(within_s):
        while not await done():
            await clock.advance(step_s)
            await asyncio.sleep(_STEP_S)
