"""Runs steps beside each other, prints a table, keeps the figures of full runs.

Repeats are interleaved (every step once, then every step again), so that a noisy moment meets all alike; ratios are to
the baseline of the same run. The minimum is what the code costs, the median what the machine made of it. Each step's
last result is hashed: nothing is optimised away, and a change of what is computed shows.
"""

import argparse
import gc
import hashlib
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import msgspec

RESULTS = Path(__file__).parent / "results"
_PACKAGES = ("msgspec", "cython", "uvloop")
_NS_PER_US = 1000


class Size(msgspec.Struct, frozen=True):
    """``share`` of a step's own count of operations goes into one repeat."""

    name: str
    share: float
    repeats: int


SMOKE = Size("smoke", 0.02, 2)
# Many short repeats: on a machine with other work some of them run undisturbed, a long one never does.
FULL = Size("full", 1.0, 80)


class Step(msgspec.Struct, frozen=True):
    """One thing to measure. ``run(count)`` does it so many times and gives the last result.

    ``target_us``: the most that it should take; ``cpu``: count processor time of this process, not time that passes.
    """

    name: str
    run: Callable[[int], object]
    count: int = 500
    baseline: str | None = None
    target_us: float | None = None
    cpu: bool = False


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """Microseconds for one operation. ``sha256`` is the hash of the step's last result."""

    name: str
    min_us: float
    median_us: float
    count: int
    repeats: int
    clock: Literal["wall", "cpu"]
    sha256: str
    baseline: str | None = None
    ratio: float | None = None  # to the baseline, by minima
    target_us: float | None = None


def repeated(work: Callable[[], object]) -> Callable[[int], object]:
    """A step's ``run`` from one operation."""

    def run(count: int) -> object:
        result = None
        for _ in range(count):
            result = work()
        return result

    return run


def measure(steps: Sequence[Step], size: Size) -> list[Result]:
    """Every step ``size.repeats`` times after one run to warm up; garbage is collected between, not inside."""
    times: dict[str, list[float]] = {step.name: [] for step in steps}
    last: dict[str, object] = {}
    counts = {step.name: max(1, round(step.count * size.share)) for step in steps}
    for step in steps:
        step.run(counts[step.name])
    for _ in range(size.repeats):
        for step in steps:
            took_ns, last[step.name] = _timed(step, counts[step.name])
            times[step.name].append(took_ns / counts[step.name] / _NS_PER_US)
    return [_result(step, counts[step.name], times, fingerprint(last[step.name])) for step in steps]


def _timed(step: Step, count: int) -> tuple[int, object]:
    clock = time.process_time_ns if step.cpu else time.perf_counter_ns
    gc.collect()
    gc.disable()
    try:
        start = clock()
        result = step.run(count)
        return clock() - start, result
    finally:
        gc.enable()


def _result(step: Step, count: int, times: dict[str, list[float]], sha256: str) -> Result:
    best = min(times[step.name])
    return Result(
        name=step.name,
        min_us=round(best, 3),
        median_us=round(statistics.median(times[step.name]), 3),
        count=count,
        repeats=len(times[step.name]),
        clock="cpu" if step.cpu else "wall",
        sha256=sha256,
        baseline=step.baseline,
        ratio=None if step.baseline is None else round(best / min(times[step.baseline]), 3),
        target_us=step.target_us,
    )


def fingerprint(result: object) -> str:
    """SHA-256 of what a step gave: bytes as they are, all else as MessagePack."""
    data = result if isinstance(result, bytes) else msgspec.msgpack.encode(result)
    return hashlib.sha256(data).hexdigest()


def main(
    name: str, open_steps: Callable[[], AbstractContextManager[Sequence[Step]]], arguments: Sequence[str] | None = None
) -> int:
    """The command line of a benchmark; gives 1 when a full run misses a target."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("--smoke", action="store_true", help="a moment only: does it run at all")
    parser.add_argument("--keep", action="store_true", help="write the figures into benchmarks/results")
    parser.add_argument("--machine", default=platform.node() or "unnamed", help="name in the file of results")
    given = parser.parse_args(arguments)
    size = SMOKE if given.smoke else FULL
    with open_steps() as steps:
        results = measure(steps, size)
    print(table(results))
    if given.keep:
        print(keep(name, results, size, given.machine))
    return 1 if size is FULL and missed(results) else 0


def missed(results: Sequence[Result]) -> list[str]:
    """Steps whose minimum is above their target."""
    return [result.name for result in results if result.target_us is not None and result.min_us > result.target_us]


def table(results: Sequence[Result]) -> str:
    """For the terminal."""
    rows = [f"{'':44} {'min us':>9} {'median':>9} {'ratio':>7} {'target':>7}  clock  sha256"]
    for result in results:
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        target = "" if result.target_us is None else f"{result.target_us:g}"
        rows.append(
            f"{result.name:44} {result.min_us:9.2f} {result.median_us:9.2f} {ratio:>7} {target:>7}  "
            f"{result.clock:5}  {result.sha256[:12]}"
        )
    return "\n".join(rows)


def keep(name: str, results: Sequence[Result], size: Size, machine: str, folder: Path = RESULTS) -> Path:
    """Put the figures into ``<date>-<machine>.json``, beside those of other benchmarks of that day."""
    figures = {"size": size.name, "results": msgspec.to_builtins(results)}
    return keep_figures(name, f"python -m benchmarks.{name} --keep --machine {machine}", figures, machine, folder)


def keep_figures(name: str, command: str, figures: dict[str, Any], machine: str, folder: Path = RESULTS) -> Path:
    """The same for a benchmark with figures of its own."""
    path = folder / f"{datetime.now(UTC):%Y-%m-%d}-{machine}.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    kept[name] = {
        "command": command,
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),  # others at work: figures of a loaded machine are too high
        "python": platform.python_version(),
        "versions": {package: _version(package) for package in _PACKAGES},
        "pure": os.environ.get("FISCAL_PURE") == "1",
        **figures,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def _cpu_name() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"
