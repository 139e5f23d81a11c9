"""The bulk computation: events a second with lines, VAT totals and packed receipts made; beside the reference.

python -m benchmarks.bench_kernel [--smoke] [--keep] [--machine NAME]
python -m benchmarks.bench_kernel --plot    # the cost by the number of accounts, as SVG
"""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import local

import msgspec

from accounting.receipts.bulk._work import Answer
from accounting.receipts.compute import compute
from benchmarks.harness import FULL, RESULTS, SMOKE, Result, Size, Step, main, measure
from benchmarks.mix import RULES, Mix
from benchmarks.plot import keep_plot, line_plot

RANGE = 1000
"""Accounts of one call: what they make fits into the caches, and its memory is used again for the next."""

SIZES = (10_000, 100_000, 1_000_000)
PART = 100_000
"""Accounts of one repeat of a large mix, the next ones each time: short enough to run undisturbed now and then, and
the memory as cold as in one pass through all."""
TARGET_US = 1 / 3
CURVE_SIZES = (10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
_MOST = 8  # hashes of the last ranges are enough to see that the work was done


class Kernel:
    """The first ``accounts`` of a mix in ranges; each thread has one answer that it fills again and again."""

    def __init__(self, mix: Mix, accounts: int) -> None:
        self._mix = mix
        self._accounts = accounts
        self._own = local()
        self._pool = ThreadPoolExecutor(2)
        self._next = 0

    def _range(self, first: int, last: int) -> bytes:
        answer: Answer | None = getattr(self._own, "answer", None)
        if answer is None:
            answer = self._own.answer = Answer()
        self._mix.run.compute(first, min(first + RANGE, last), into=answer)
        assert not len(answer.declined)
        return hashlib.blake2b(memoryview(answer.bodies)[-256:], digest_size=8).digest()

    def one_thread(self, count: int) -> bytes:
        """The ``count`` accounts after those of the call before, round and round."""
        first = self._next if self._next + count <= self._accounts else 0
        self._next = last = first + count
        return b"".join(self._ranges((first, last))[:_MOST])

    def two_threads(self, count: int) -> bytes:
        """The first ``count`` accounts, half of them by each thread: a pool's work for each range would count too."""
        middle = count // RANGE // 2 * RANGE
        halves = ((0, middle), (middle, count))
        return b"".join([one for half in self._pool.map(self._ranges, halves) for one in half][:_MOST])

    def _ranges(self, part: tuple[int, int]) -> list[bytes]:
        first, last = part
        return [self._range(at, last) for at in range(first, last, RANGE)]


def _reference(mix: Mix, count: int) -> bytes:
    books, events = mix.objects(count)

    def run() -> bytes:
        outcome = compute(RULES, books, events)
        return msgspec.msgpack.encode([one.receipt for one in outcome.receipts[-RANGE:]])

    return run()


def _hash(threads: int, count: int) -> bytes:
    """What a second thread gives on this machine to work that shares nothing: SHA-256 of ``count`` KiB."""
    part = bytes(1024 * (count // 64 // threads))
    with ThreadPoolExecutor(threads) as pool:
        return b"".join(pool.map(lambda _: hashlib.sha256(part).digest(), range(64 * threads)))


@contextmanager
def steps() -> Iterator[list[Step]]:
    mixes = {size: Mix(size) for size in SIZES[: 1 + 2 * ("--smoke" not in sys.argv)]}
    kernels = {size: Kernel(mix, size) for size, mix in mixes.items()}
    large = kernels[max(mixes)]
    reference = mixes[SIZES[0]]
    parallel = min(max(mixes), 200_000)
    yield [
        Step("event, reference", lambda count: _reference(reference, count), 2000),
        Step("event, one thread", large.one_thread, min(max(mixes), PART), "event, reference", TARGET_US, cpu=True),
        Step("event, one thread, time that passes", large.one_thread, parallel),
        Step("event, two threads", large.two_threads, parallel, "event, one thread, time that passes"),
        Step("KiB hashed, one thread", partial(_hash, 1), parallel),
        Step("KiB hashed, two threads", partial(_hash, 2), parallel, "KiB hashed, one thread"),
        *(
            Step(f"event, one of {size:,} accounts", kernel.one_thread, min(size, PART), "event, one thread", cpu=True)
            for size, kernel in kernels.items()
        ),
    ]


def curve(sizes: Sequence[int] = CURVE_SIZES, *, smoke: bool = False) -> list[Result]:
    """Microseconds an event on one thread, for the first accounts of one mix, ever more of them."""
    mix = Mix(max(sizes))
    size = SMOKE if smoke else FULL
    return measure(
        [Step(f"{count:,} accounts", Kernel(mix, count).one_thread, min(count, PART), cpu=True) for count in sizes],
        Size(size.name, 1.0, size.repeats),
    )


def plot_curve(folder: Path = RESULTS, sizes: Sequence[int] = CURVE_SIZES, *, smoke: bool = False) -> Path:
    """Measure the curve and draw it into ``folder``."""
    results = curve(sizes, smoke=smoke)
    series = {
        "median": [(float(count), result.median_us) for count, result in zip(sizes, results, strict=True)],
        "min": [(float(count), result.min_us) for count, result in zip(sizes, results, strict=True)],
        "target": [(float(count), TARGET_US) for count in sizes],
    }
    title = "Cost of an event by the number of accounts, one thread"
    return keep_plot(folder / "kernel-curve.svg", line_plot(title, "accounts", "µs an event", series, log_x=True))


if __name__ == "__main__":
    if "--plot" in sys.argv:
        print(plot_curve())
        sys.exit(0)
    sys.exit(main("bench_kernel", steps))
