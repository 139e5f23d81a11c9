"""Receipts from the queue through the devices into the books: rate, busy devices, latency, rotation, memory, growth.

python -m benchmarks.bench_dispatch [PART ...] [--receipts N] [--smoke] [--keep] [--machine NAME]; --help has more

Everything is real but the FNs and the operator: they are emulated, in processes of their own behind TCP, turbo unless
said otherwise. PostgreSQL commits durably. All of it shares this machine, so each figure comes with the processor
time that a receipt cost in each piece. Parts: see ``PARTS``; without any, all of them.
"""

import argparse
import asyncio
import platform
import re
import sys
import time
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import msgspec

from benchmarks.dispatch_world import Plan, Spent, World, open_world
from benchmarks.harness import RESULTS, keep_figures
from benchmarks.latency import lone_receipts
from benchmarks.plot import keep_plot, line_plot
from benchmarks.processes import memory_bytes

REGISTERED = "select count(*) from fiscal.fiscal_document where form = 3"
CONFIRMED = "select sum(acked_fd) from fiscal.kkt"
WAITING = "select count(*) from (select from fiscal.queue limit 1) one"
"""Whether any receipt waits: asked ten times a second, and counting them all would be part of what is measured."""
LONGEST_GAP_MS = """
select max(1000 * extract(epoch from gap)) from (
    select recorded_at - lag(recorded_at) over (order by recorded_at) as gap
    from fiscal.fiscal_document where form = 3) gaps
"""
AT_WORK = """
select count(*) from (
    select kkt_id from fiscal.fiscal_document where form = 3 group by kkt_id having count(*) >= 4) busy
"""
"""KKTs with four receipts or more."""

ROTATIONS = "select count(*) from fiscal.rotation"
_WARM_UP_S = 5.0


class Options(msgspec.Struct, frozen=True):
    """What the command line says."""

    fns: int = 32
    receipts: int = 20_000
    keep_open_s: float = 0.0
    smoke: bool = False
    profile: Path | None = None

    def plan(self, **changes: object) -> Plan:
        """With so many FNs, and with ``changes``."""
        fields = {"fns": self.fns, "keep_open_s": self.keep_open_s, "profile": self.profile}
        return Plan(**{**fields, **changes})  # type: ignore[arg-type]


class Figure(msgspec.Struct, frozen=True):
    """One row. ``cpu_us``: processor time of a receipt: dispatch process, PostgreSQL, devices and operator."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = True
    cpu_us: tuple[int, int, int] | None = None

    @property
    def missed(self) -> bool:
        """The target."""
        if self.target is None:
            return False
        return self.value < self.target if self.at_least else self.value > self.target


def _rate(name: str, receipts: int, took_s: float, spent: Spent, target: float | None = None) -> Figure:
    each = tuple(round(seconds / receipts * 1e6) for seconds in msgspec.structs.astuple(spent))
    return Figure(name, round(receipts / took_s, 1), "receipts/s", target, cpu_us=(each[0], each[1], each[2]))


async def _empty(world: World, receipts: int) -> tuple[float, Spent]:
    """Fill the queue and wait until it is empty; seconds and processor time from when it was full."""
    await world.fill(receipts)
    before, start = world.spent(), time.monotonic()
    await world.wait(WAITING, lambda waiting: waiting == 0)
    return time.monotonic() - start, world.spent().since(before)


async def registered(options: Options) -> AsyncIterator[Figure]:
    """Nobody answers at the operator's address: the queue alone."""
    async with open_world(options.plan(operator=False)) as world:
        await world.start_dispatch()
        took_s, spent = await _empty(world, options.receipts)
    yield _rate(f"registered, {options.fns} FNs", options.receipts, took_s, spent, 2000)


async def confirmed(options: Options) -> AsyncIterator[Figure]:
    """The same with an operator, until he has confirmed every document."""
    async with open_world(options.plan()) as world:
        await world.start_dispatch()
        opened = 2 * options.fns
        await world.wait(CONFIRMED, lambda documents: documents >= opened)
        await world.fill(options.receipts)
        before, start = world.spent(), time.monotonic()
        await world.wait(CONFIRMED, lambda documents: documents >= opened + options.receipts)
        took_s, spent = time.monotonic() - start, world.spent().since(before)
    yield _rate(f"registered and confirmed, {options.fns} FNs", options.receipts, took_s, spent, 1000)


async def busy(options: Options) -> AsyncIterator[Figure]:
    """Realistic devices with a queue that does not end: how busy each was by its own clock, with the operator there."""
    seconds = 3.0 if options.smoke else 60.0
    async with open_world(options.plan(signing_ms=250)) as world:
        await world.start_dispatch()
        await world.fill(round(options.fns * (seconds + 30) * 4))
        await asyncio.sleep(_WARM_UP_S)
        before, start = await world.meters(), time.monotonic()
        await asyncio.sleep(seconds)
        after, took_s = await world.meters(), time.monotonic() - start
    due = [100 * (b.due_s - a.due_s) / took_s for a, b in zip(before, after, strict=True)]
    held = [100 * (b.busy_s - a.busy_s) / took_s for a, b in zip(before, after, strict=True)]
    yield Figure("busiest time of the least busy FN, wire + execution", round(min(due), 2), "%")
    yield Figure("the same, request in to answer out", round(min(held), 2), "%", 97)
    yield Figure("mean of all FNs, request in to answer out", round(sum(held) / len(held), 2), "%")


async def latency(options: Options) -> AsyncIterator[Figure]:
    """One lone receipt at a time, from the API call until its FD number is committed, beyond the device's own time."""
    async with open_world(options.plan(fns=1, processes=1)) as world:
        await world.start_dispatch()
        added_ms = sorted(await lone_receipts(world, 10 if options.smoke else 200))
    middle, late = (added_ms[min(len(added_ms) - 1, len(added_ms) * share // 100)] for share in (50, 99))
    yield Figure("added latency of a lone receipt, p50", round(middle, 2), "ms", 15, at_least=False)
    yield Figure("added latency of a lone receipt, p99", round(late, 2), "ms", 40, at_least=False)


async def rotation(options: Options) -> AsyncIterator[Figure]:
    """Small FNs that fill up one after the other: the longest time without a receipt, and what was refused."""
    receipts = 60 if options.smoke else 1500
    async with open_world(options.plan(fns=4, parallel=1, capacity=receipts // 3 + 12)) as world:
        await world.start_dispatch()
        await _empty(world, receipts)
        gap_ms, rotations = await world.value(LONGEST_GAP_MS), await world.value(ROTATIONS)
        made = await world.value(REGISTERED)
    yield Figure("rotations", rotations, "", 2)
    yield Figure("receipts not made", receipts - made, "", 0, at_least=False)
    yield Figure("longest pause of a merchant with one active FN", gap_ms, "ms", 1000, at_least=False)


async def memory(options: Options) -> AsyncIterator[Figure]:
    """256 KKTs, all at work, and a long queue in front of them."""
    receipts, fns = (2_000, 8) if options.smoke else (1_000_000, 256)
    async with open_world(options.plan(fns=fns, cassettes=2)) as world:
        await world.fill(receipts)
        await world.start_dispatch()
        await world.wait(AT_WORK, lambda kkts: kkts == fns, every_s=1)
        now, most = memory_bytes(world.dispatch_pid)
    yield Figure(f"memory of the dispatch process, {fns} KKTs, {receipts:,} receipts", now >> 20, "MiB")
    yield Figure("the same, at most", most >> 20, "MiB", 400, at_least=False)


async def growth(options: Options) -> AsyncIterator[Figure]:
    """Rate by number of FNs: realistic ones, where the devices are the bottleneck, until the machine is."""
    for fns in (1, 2) if options.smoke else (1, 2, 4, 8, 16, 32, 64, 128):
        async with open_world(options.plan(fns=fns, signing_ms=250, operator=False)) as world:
            await world.start_dispatch()
            receipts = fns * (2 if options.smoke else 30)
            took_s, spent = await _empty(world, receipts)
        yield _rate(f"registered, {fns} FNs of 250 ms", receipts, took_s, spent)


def growth_plot(figures: Sequence[Figure]) -> str:
    """SVG of what ``growth`` found, beside the first figure times the number of FNs."""
    made = [(float(found[1]), one.value) for one in figures if (found := re.search(r"(\d+) FNs of 250 ms", one.name))]
    (first, rate), *_ = made
    ideal = [(fns, rate / first * fns) for fns, _ in made]
    title = "Receipts a second by FNs at work, signing in 250 ms over a UART of 115200 bit/s"
    return line_plot(title, "FNs", "receipts/s", {"measured": made, "linear": ideal}, log_x=True)


PARTS: dict[str, Callable[[Options], AsyncIterator[Figure]]] = {
    part.__name__: part for part in (registered, confirmed, busy, latency, rotation, memory, growth)
}


HEAD = f"{'':62} {'':>9} {'':10} {'target':>8}  cpu of a receipt, us: dispatch, database, devices"


def row(one: Figure) -> str:
    """For the terminal, below ``HEAD``."""
    target = "" if one.target is None else f"{'>=' if one.at_least else '<='} {one.target:g}"
    cpu = "" if one.cpu_us is None else "  ".join(f"{us:5}" for us in one.cpu_us)
    return f"{one.name:62} {one.value:9g} {one.unit:10} {target:>8}  {cpu}{' MISSED' if one.missed else ''}"


async def measure(parts: Sequence[str], options: Options) -> tuple[list[Figure], list[str]]:
    """Part after part, each in a world of its own, every figure printed as it comes; and which parts failed.

    A part that fails takes nothing from the others, nor what it had found itself.
    """
    figures: list[Figure] = []
    failed: list[str] = []
    print(HEAD, flush=True)
    for part in parts:
        try:
            async for figure in PARTS[part](options):
                print(row(figure), flush=True)
                figures.append(figure)
        except Exception:
            failed.append(part)
            print(f"{part} FAILED\n{traceback.format_exc()}", flush=True)
    return figures, failed


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives 1 when a full run misses a target, and when a part fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_dispatch")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; all of it by default")
    parser.add_argument("--fns", type=int, default=32)
    parser.add_argument("--receipts", type=int, default=20_000)
    parser.add_argument("--keep-open", type=float, default=0.0, help="seconds: FISCAL_OFD_KEEP_OPEN_S")
    parser.add_argument("--profile", type=Path, help="cProfile of the dispatch process into this file")
    parser.add_argument("--smoke", action="store_true", help="a moment only: does it run at all")
    parser.add_argument("--keep", action="store_true", help="write the figures into benchmarks/results")
    parser.add_argument("--machine", default=platform.node() or "unnamed", help="name in the file of results")
    given = parser.parse_args(arguments)
    options = Options(given.fns, given.receipts, given.keep_open, given.smoke, given.profile)
    figures, failed = asyncio.run(measure(given.parts or list(PARTS), options))
    if given.keep:
        command = " ".join(["python -m benchmarks.bench_dispatch", *(arguments or sys.argv[1:])])
        if "growth" in (given.parts or PARTS) and "growth" not in failed:
            print(keep_plot(RESULTS / "dispatch-growth.svg", growth_plot(figures)))
        print(keep_figures("bench_dispatch", command, {"figures": msgspec.to_builtins(figures)}, given.machine))
    missed = any(figure.missed for figure in figures) and not given.smoke
    return 1 if failed or missed else 0


if __name__ == "__main__":
    sys.exit(main())
