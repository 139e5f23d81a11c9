"""Many worlds: ``make simulate SEEDS=1000``, or one of them again with its story: ``make simulate SEED=17``.

Every process has a database of its own, emptied before each world; seeds are shared out between processes.
"""

import argparse
import asyncio
import gc
import os
import queue
import subprocess
import sys
import tempfile
import threading
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
    gc.freeze()  # what is there now is not looked through after each world
    try:
        for seed in seeds:
            books.empty()
            with tempfile.TemporaryDirectory(prefix="world-", dir=_IN_MEMORY) as folder:
                outcome = live_through(seed, books.pool, Path(folder), keep)
            gc.collect()  # now, and not in the middle of what comes next
            yield outcome
    finally:
        gc.unfreeze()
        books.close()


def tell(outcome: Outcome) -> str:
    """A failure as a person wants to read it."""
    lines = [f"seed {outcome.seed} fails; again with: make simulate SEED={outcome.seed}"]
    return "\n".join([*lines, *(f"  {problem}" for problem in outcome.problems)])


def _worker(dsn: str, first: int, until: int, stride: int) -> None:
    """A core of its own, where there are enough."""
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[first % len(cpus)]})
    for outcome in live_through_all(dsn, range(first, until, stride)):
        outcome.last_lines = []
        print(msgspec.json.encode(outcome).decode(), flush=True)


def _one(dsn: str, seed: int) -> int:
    story: list[str] = []
    [outcome] = live_through_all(dsn, [seed], story)
    print("\n".join(story))
    print(outcome.fingerprint, f"{len(story)} events, {outcome.virtual_s:.0f} virtual seconds")
    print(tell(outcome) if outcome.failed else f"seed {seed} passes: {outcome.receipts} receipts")
    return int(outcome.failed)


class _Tally:
    """What many seeds add up to."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._faults: Counter[str] = Counter()
        self._sums: Counter[str] = Counter()
        self.failed: list[int] = []

    @property
    def seeds(self) -> int:
        return self._sums["seeds"]

    def count(self, outcome: Outcome) -> None:
        self._faults.update(outcome.faults)
        self._sums.update(seeds=1, receipts=outcome.receipts, calls=outcome.storage_calls, waits=outcome.lock_waits)
        self._sums.update(virtual=int(outcome.virtual_s), steps=outcome.steps)
        if outcome.failed:
            self.failed.append(outcome.seed)
            print(tell(outcome), flush=True)

    def tell(self) -> None:
        sums, took = self._sums, time.perf_counter() - self._started
        print(
            f"{self.seeds} seeds in {took:.0f} s: {sums['receipts']} receipts, {sums['calls']} storage calls,", end=" "
        )
        print(f"{sums['waits']} waits for locks, {sums['virtual']} virtual seconds, {sums['steps']} steps")
        faults = ", ".join(f"{count} {what}" for what, count in self._faults.most_common())
        print(f"{sum(self._faults.values())} faults: {faults}")
        print(f"{len(self.failed)} seed(s) fail: {' '.join(map(str, sorted(self.failed)))}".rstrip(": "))


def _many(server: TestPostgres, seeds: range, jobs: int) -> int:
    """Ctrl-C ends it early and still tells what was found."""
    tally = _Tally()
    arrived: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    workers = []
    for job in range(jobs):
        dsn = asyncio.run(database_of(server, f"simulated_{job}"))
        share = ("--first", str(seeds.start + job), "--until", str(seeds.stop), "--stride", str(jobs))
        command = (sys.executable, "-m", "tests.simulation.run", "--dsn", dsn, *share)
        workers.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True))
        threading.Thread(target=_hear, args=(workers[-1], arrived), daemon=True).start()
    running = jobs
    try:
        while running:
            line = arrived.get()
            if line is None:
                running -= 1
            else:
                tally.count(msgspec.json.decode(line, type=Outcome))
    except KeyboardInterrupt:
        for worker in workers:
            worker.terminate()
    tally.tell()
    broken = [worker.wait() for worker in workers]
    return int(bool(tally.failed) or any(broken) or tally.seeds < len(seeds))


def _hear(worker: "subprocess.Popen[str]", arrived: "queue.SimpleQueue[str | None]") -> None:
    assert worker.stdout is not None
    for line in worker.stdout:
        arrived.put(line)
    arrived.put(None)


async def database_of(server: TestPostgres, name: str) -> str:
    """A database with the schema and no rows."""
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
    parser.add_argument("--dsn", help=argparse.SUPPRESS)
    parser.add_argument("--until", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--stride", type=int, default=1, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.dsn:
        _worker(given.dsn, given.first, given.until, given.stride)
        return 0
    server = TestPostgres.start()
    try:
        if given.seed is not None:
            return _one(asyncio.run(database_of(server, "simulated")), given.seed)
        return _many(server, range(given.first, given.first + given.seeds), given.jobs)
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
