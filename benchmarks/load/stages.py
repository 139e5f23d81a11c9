"""One stage of the load: Locust in a process of its own, what it counted, and processor time of everybody."""

import asyncio
import csv
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from benchmarks.load.given import VARIABLE, Given, write_given
from benchmarks.processes import children_of, cpu_s
from fiscal_server.supervisor.spec import launch_argv

_USERS_FILE = Path(__file__).with_name("users.py")
_ROOT = Path(__file__).parents[2]


class Plan(msgspec.Struct, frozen=True):
    """``users``: how many of each class of users.py. ``request``: the name whose rate and times are the stage's own."""

    name: str
    users: dict[str, int]
    request: str
    seconds: float


class Counted(msgspec.Struct, frozen=True):
    """Requests of one name. Times in milliseconds from request to answer, as the generator saw them."""

    name: str
    requests: int
    failures: int
    a_second: float
    median_ms: float
    p99_ms: float


class Measured(msgspec.Struct, frozen=True):
    """A stage. ``cores``: processors used by each part; ``moments``: second, requests a second, p99 in ms."""

    plan: Plan
    counted: list[Counted]
    cores: dict[str, float]
    moments: list[tuple[float, float, float]]

    @property
    def main(self) -> Counted:
        """What the stage is about. Raises StopIteration when nothing of it was sent."""
        return next(one for one in self.counted if one.name == self.plan.request)


async def run_stage(
    plan: Plan, given: Given, host: str, parts: dict[str, int], folder: Path, flame: Path | None = None
) -> Measured:
    """Play a stage to its end. ``parts``: processes of the server by name; ``flame``: where to draw what the api
    process did meanwhile. RuntimeError when Locust fails."""
    write_given(folder / "given.json", given)
    prefix = folder / "counted"
    if flame is not None:
        async with _drawing(parts["api"], plan.seconds, flame):
            return await run_stage(plan, given, host, parts, folder)
    before, start = {name: _spent(pid) for name, pid in parts.items()}, time.monotonic()
    code, own = await asyncio.to_thread(_locust, plan, host, prefix, folder)
    took = time.monotonic() - start
    if code not in (0, 1):  # 1: some requests failed; they are counted
        raise RuntimeError(f"Locust ended with {code}: {(folder / 'locust.log').read_text(encoding='utf-8')[-2000:]}")
    at_work = min(took, plan.seconds)  # the rest is Locust's own start and end
    cores = {name: (_spent(pid) - before[name]) / at_work for name, pid in parts.items()}
    return Measured(plan, _counted(prefix), {**cores, "load generator": own / took}, _moments(prefix, plan.request))


@asynccontextmanager
async def _drawing(pid: int, seconds: float, path: Path) -> AsyncIterator[None]:
    """A flame graph by py-spy, of functions of C and Cython too. It costs the process: its stage is no figure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *("py-spy", "record", "--native", "--function", "--rate", "200", "--duration", f"{seconds:.0f}"),
        *("--pid", str(pid), "--output", str(path)),
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    yield
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"py-spy ended with {process.returncode}: {said.decode(errors='replace')[-500:]}")


def _spent(pid: int) -> float:
    return cpu_s(pid) + sum(map(cpu_s, children_of(pid)))


def _locust(plan: Plan, host: str, prefix: Path, folder: Path) -> tuple[int, float]:
    """Its exit code and processor seconds."""
    users = sum(plan.users.values())
    command = [
        *(sys.executable, "-m", "locust", "--locustfile", str(_USERS_FILE), "--headless", "--only-summary"),
        *("--host", host, "--users", str(users), "--spawn-rate", str(users), "--run-time", f"{plan.seconds:g}s"),
        *("--csv", str(prefix), "--csv-full-history", "--stop-timeout", "10", *plan.users),
    ]
    fixed = {"LOCUST_SKIP_MONKEY_PATCH": "0", VARIABLE: str(folder / "given.json"), "PYTHONPATH": str(_ROOT)}
    with (folder / "locust.log").open("wb") as log:
        pid = os.posix_spawn(
            sys.executable,
            launch_argv((*command,), os.getpid()),
            {**os.environ, **fixed},
            file_actions=[(os.POSIX_SPAWN_DUP2, log.fileno(), 1), (os.POSIX_SPAWN_DUP2, log.fileno(), 2)],
        )
        _, status, usage = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _counted(prefix: Path) -> list[Counted]:
    return [
        Counted(
            name=row["Name"],
            requests=int(row["Request Count"]),
            failures=int(row["Failure Count"]),
            a_second=round(float(row["Requests/s"]), 1),
            median_ms=float(row["50%"]),
            p99_ms=float(row["99%"]),
        )
        for row in _rows(Path(f"{prefix}_stats.csv"))
        if row["Name"] != "Aggregated" and row["50%"] != "N/A"
    ]


def _moments(prefix: Path, name: str) -> list[tuple[float, float, float]]:
    rows = [row for row in _rows(Path(f"{prefix}_stats_history.csv")) if row["Name"] == name and row["99%"] != "N/A"]
    first = int(rows[0]["Timestamp"]) if rows else 0
    return [(int(row["Timestamp"]) - first, float(row["Requests/s"]), float(row["99%"])) for row in rows]


def failures(stages: Sequence[Measured]) -> int:
    """Requests of all stages that were not answered as they should."""
    return sum(one.failures for stage in stages for one in stage.counted)
