"""The bulk computation: events a second with lines, VAT totals and packed receipts made; beside the reference.

python -m benchmarks.bench_kernel [--smoke] [--keep] [--machine NAME]
"""

import hashlib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import local

import msgspec

from accounting.receipts.bulk._work import Answer
from accounting.receipts.compute import compute
from benchmarks.harness import Step, main
from benchmarks.mix import RULES, Mix

RANGE = 1000
"""Accounts of one call: what they make fits into the caches, and its memory is used again for the next."""

SIZES = (10_000, 100_000, 1_000_000)
_MOST = 8  # hashes of the last ranges are enough to see that the work was done


class Kernel:
    """Ranges of a mix, one after another or in threads; each thread has one answer that it fills again and again."""

    def __init__(self, mix: Mix) -> None:
        self._mix = mix
        self._own = local()

    def _range(self, first: int, count: int) -> bytes:
        answer: Answer | None = getattr(self._own, "answer", None)
        if answer is None:
            answer = self._own.answer = Answer()
        self._mix.run.compute(first, min(first + RANGE, count), into=answer)
        assert not len(answer.declined)
        return hashlib.blake2b(memoryview(answer.bodies)[-256:], digest_size=8).digest()

    def one_thread(self, count: int) -> bytes:
        """The first ``count`` accounts."""
        return b"".join([self._range(first, count) for first in range(0, count, RANGE)][:_MOST])

    def two_threads(self, count: int) -> bytes:
        """The same, two ranges at a time."""
        with ThreadPoolExecutor(2) as pool:
            return b"".join(list(pool.map(partial(self._range, count=count), range(0, count, RANGE)))[:_MOST])


def _reference(mix: Mix, count: int) -> bytes:
    books, events = mix.objects(count)

    def run() -> bytes:
        outcome = compute(RULES, books, events)
        return msgspec.msgpack.encode([one.receipt for one in outcome.receipts[-RANGE:]])

    return run()


@contextmanager
def steps() -> Iterator[list[Step]]:
    mixes = {size: Mix(size) for size in SIZES[: 1 + 2 * ("--smoke" not in sys.argv)]}
    kernels = {size: Kernel(mix) for size, mix in mixes.items()}
    first = kernels[SIZES[0]]
    large = kernels[max(mixes)]
    reference = mixes[SIZES[0]]
    yield [
        Step("event, reference", lambda count: _reference(reference, count), 2000),
        Step("event, one thread", first.one_thread, SIZES[0], "event, reference", 1 / 3, cpu=True),
        Step("event, two threads", large.two_threads, min(max(mixes), 200_000), "event, one thread"),
        *(
            Step(f"event, one of {size:,} accounts", kernel.one_thread, size, "event, one thread", cpu=True)
            for size, kernel in kernels.items()
        ),
    ]


if __name__ == "__main__":
    sys.exit(main("bench_kernel", steps))
