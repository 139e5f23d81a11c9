"""How long a mark has stood still: by our own clock, whatever the wall clock does."""

from fiscal_server.clock import VirtualClock
from fiscal_server.dispatch.stillness import Stillness


async def test_a_mark_that_moves_begins_anew(clock: VirtualClock) -> None:
    watched = Stillness(clock)
    assert watched.seconds("kkt", (1, 7)) == 0
    await clock.advance(40)
    assert watched.seconds("kkt", (1, 7)) == 40
    assert watched.seconds("kkt", (1, 8)) == 0
    await clock.advance(3)
    assert watched.seconds("kkt", (1, 8)) == 3


async def test_the_wall_clock_jumps_without_effect(clock: VirtualClock) -> None:
    watched = Stillness(clock)
    watched.seconds("kkt", 7)
    await clock.advance(10)
    for jump in (3600, -7200):
        clock.jump(jump)
        assert watched.seconds("kkt", 7) == 10


async def test_what_was_out_of_sight_begins_anew(clock: VirtualClock) -> None:
    watched = Stillness(clock)
    watched.seconds("one", 7)
    watched.seconds("two", 7)
    await clock.advance(10)
    watched.forget_all_but(["two"])
    assert (watched.seconds("one", 7), watched.seconds("two", 7)) == (0, 10)
