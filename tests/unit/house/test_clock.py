"""Two clocks, one Protocol."""

import asyncio
from datetime import UTC, timedelta

from fiscal_server.clock import Clock, SystemClock, VirtualClock


def test_both_clocks_give_aware_utc() -> None:
    clocks: list[Clock] = [SystemClock(), VirtualClock()]
    assert {clock.now().tzinfo for clock in clocks} == {UTC}


async def test_a_loop_of_sleeps_takes_every_turn_that_fits(clock: VirtualClock) -> None:
    woken: list[float] = []

    async def tick() -> None:
        while True:
            await clock.sleep(10)
            woken.append(clock.monotonic())

    ticking = asyncio.create_task(tick())
    await clock.advance(35)
    ticking.cancel()
    assert woken == [10.0, 20.0, 30.0]


async def test_sleepers_wake_in_the_order_of_their_deadlines(clock: VirtualClock) -> None:
    order: list[str] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        order.append(name)

    tasks = [asyncio.create_task(sleeper("late", 2)), asyncio.create_task(sleeper("early", 1))]
    await clock.advance(2)
    await asyncio.gather(*tasks)
    assert order == ["early", "late"]


def test_a_jump_of_the_wall_clock_leaves_durations_alone(clock: VirtualClock) -> None:
    before, elapsed = clock.now(), clock.monotonic()
    clock.jump(-3600)
    assert clock.now() - before == timedelta(hours=-1)
    assert clock.monotonic() == elapsed
