"""Many worlds: ``make simulate SEEDS=1000``, or one of them again with its story: ``make simulate SEED=17``.

Every process has a database of its own, emptied before each world; seeds are shared out between processes.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import asyncpg
import msgspec

from tests.conftest import TestPostgres, make_template
from tests.simulation.books import Books
from tests.simulation.life import Outcome, live_through

_IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


def live_through_all(dsn: str, seeds: Iterable[int], keep: list[str] | None = None) -> Iterator[Outcome]:
    """One world after another in this process."""
    books = Books(dsn)
    try:
        for seed in seeds:
            books.empty()
            with tempfile.TemporaryDirectory(prefix="world-", dir=_IN_MEMORY) as folder:
                yield live_through(seed, books.pool, Path(folder), keep)
    finally:
        books.close()


def tell(outcome: Outcome) -> str:
    """A failure as a person wants to read it."""
    lines = [f"seed {outcome.seed} fails; again with: make simulate SEED={outcome.seed}"]
    return "\n".join([*lines, *(f"  {problem}" for problem in outcome.problems)])


def _worker(dsn: str, seeds: Iterable[int]) -> None:
    for outcome in live_through_all(dsn, seeds):
        outcome.last_lines = []
        print(msgspec.json.encode(outcome).decode(), flush=True)


def _one(dsn: str, seed: int) -> int:
    story: list[str] = []
    [outcome] = live_through_all(dsn, [seed], story)
    print("\n".join(story))
    print(outcome.fingerprint, f"{len(story)} events, {outcome.virtual_s:.0f} virtual seconds")
    print(tell(outcome) if outcome.failed else f"seed {seed} passes: {outcome.receipts} receipts")
    return int(outcome.failed)


def _many(server: TestPostgres, first: int, count: int, jobs: int, fingerprints: bool) -> int:
    started = time.perf_counter()
    workers = []
    for job in range(jobs):
        dsn = asyncio.run(_database(server, f"simulated_{job}"))
        command = (sys.executable, "-m", "tests.simulation.run", "--dsn", dsn)
        seeds = ("--first", str(first + job), "--seeds", str(count), "--stride", str(jobs))
        workers.append(subprocess.Popen((*command, *seeds), stdout=subprocess.PIPE, text=True))
    faults: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    failed: list[Outcome] = []
    for worker in workers:
        assert worker.stdout is not None
        for line in worker.stdout:
            outcome = msgspec.json.decode(line, type=Outcome)
            faults.update(outcome.faults)
            sums.update(seeds=1, receipts=outcome.receipts, calls=outcome.storage_calls, waits=outcome.lock_waits)
            sums.update(virtual=int(outcome.virtual_s), steps=outcome.steps)
            if fingerprints:
                print(outcome.seed, outcome.fingerprint, f"{outcome.virtual_s:.0f} s", flush=True)
            if outcome.failed:
                failed.append(outcome)
                print(tell(outcome), flush=True)
    broken = [worker.wait() for worker in workers]
    took = time.perf_counter() - started
    print(
        f"{sums['seeds']} seeds in {took:.0f} s: {sums['receipts']} receipts, {sums['calls']} storage calls,", end=" "
    )
    print(f"{sums['waits']} waits for locks, {sums['virtual']} virtual seconds, {sums['steps']} steps")
    print(f"{sum(faults.values())} faults: " + ", ".join(f"{count} {what}" for what, count in faults.most_common()))
    print(f"{len(failed)} seed(s) fail" + (": " + " ".join(str(one.seed) for one in failed) if failed else ""))
    return int(bool(failed) or any(broken) or sums["seeds"] < count)


async def _database(server: TestPostgres, name: str) -> str:
    template = await make_template(server)
    admin = await asyncpg.connect(server.dsn("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    finally:
        await admin.close()
    return server.dsn(name)


def main() -> int:
    """Code 1 when a seed fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="live through this one and tell everything")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--fingerprints", action="store_true", help="tell each seed's")
    parser.add_argument("--dsn", help=argparse.SUPPRESS)
    parser.add_argument("--stride", type=int, default=1, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.dsn:
        _worker(given.dsn, range(given.first, given.first - given.first % given.stride + given.seeds, given.stride))
        return 0
    server = TestPostgres.start()
    try:
        if given.seed is not None:
            return _one(asyncio.run(_database(server, "simulated")), given.seed)
        return _many(server, given.first, given.seeds, given.jobs, given.fingerprints)
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
