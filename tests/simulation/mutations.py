"""Worlds without a safeguard, until one is seen to go wrong: ``make mutations``, or ``ARGS="--only lease"`` for one.

Safeguards and the worlds that can show their absence are listed in ``safeguards.py``.
"""

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Iterator

import msgspec

from tests.conftest import TestPostgres
from tests.simulation.life import Outcome
from tests.simulation.plan import plan_of
from tests.simulation.run import database_of, live_through_all
from tests.simulation.safeguards import SAFEGUARDS, Safeguard


class Found(msgspec.Struct, frozen=True):
    """``worlds`` that could show it were lived through; ``outcome``: the last of them when it went wrong."""

    worlds: int
    outcome: Outcome | None


def seeds_for(safeguard: Safeguard) -> Iterator[int]:
    """Worlds in which its absence can show, in order."""
    return (seed for seed in itertools.count(1) if safeguard.shows_in(plan_of(seed)))


def look_for(safeguard: Safeguard, dsn: str, most: int) -> Found:
    """Live through worlds without it until one goes wrong that does not with it."""
    worlds = 0
    with safeguard.removed():
        for outcome in live_through_all(dsn, itertools.islice(seeds_for(safeguard), most)):
            worlds += 1
            if outcome.failed:
                break
        else:
            return Found(worlds, None)
    [sound] = live_through_all(dsn, [outcome.seed])
    assert not sound.failed, f"seed {sound.seed} fails with all safeguards in place: {sound.problems}"
    return Found(worlds, outcome)


def main() -> int:
    """Code 1 when the absence of a safeguard was not seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=40, help="worlds for each safeguard at most")
    parser.add_argument("--only", default="", help="those whose name has this in it")
    parser.add_argument("--after", type=int, default=0, help="leave out so many of the list")
    given = parser.parse_args()
    server = TestPostgres.start()
    missed = 0
    try:
        dsn = asyncio.run(database_of(server, "mutated"))
        for safeguard in SAFEGUARDS[given.after :]:
            if given.only not in safeguard.name:
                continue
            began = time.perf_counter()
            found = look_for(safeguard, dsn, given.most)
            missed += found.outcome is None
            print(f"{safeguard.name}: {_words(found)} ({time.perf_counter() - began:.0f} s)", flush=True)
    finally:
        server.stop()
    return int(missed > 0)


def _words(found: Found) -> str:
    if found.outcome is None:
        return f"NOT SEEN in {found.worlds} worlds"
    return (
        f"seen in world {found.worlds} (seed {found.outcome.seed}): {found.outcome.problems[0].splitlines()[-1][:160]}"
    )


if __name__ == "__main__":
    sys.exit(main())
