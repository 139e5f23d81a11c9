"""The queue counted for whoever asks: a count of many receipts is shared for a while.

Forecasts and alarms begin with the same count, and each row of the queue is looked at for it: some 200 ms of 250,000
on a busy machine, in which receipts that come and go wait. So the longer a count took, the longer it serves: a
hundredth of the time is spent counting. Counters kept by the transactions that write the queue would be cheaper to
read, but batches, claims and records would all wait for the row of their cassette.
"""

import asyncio
from typing import Final

import msgspec

from fiscal_server.clock import Clock
from fiscal_server.storage.forecast import QueueAhead, queue_ahead
from fiscal_server.storage.pool import ReadConnection

SHARED_S: Final = 2.0
"""At least."""
SHARED_MOST_S: Final = 15.0
TIMES: Final = 100
"""A count serves so many times as long as it took."""
FEW: Final = 5_000
"""Receipts that are counted anew each time: that takes a few milliseconds."""


class _Count(msgspec.Struct):
    until: float
    rows: list[QueueAhead]


class QueueCounts:
    """Counts by merchant, each at most ``SHARED_MOST_S`` old, of a queue of more than ``FEW`` receipts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[int, _Count] = {}
        self._counting: dict[int, asyncio.Lock] = {}

    async def of(self, db: ReadConnection, merchant_id: int) -> list[QueueAhead]:
        """The merchant's queue by cassette and deadline; who comes while it is counted hears the same."""
        lock = self._counting.setdefault(merchant_id, asyncio.Lock())
        async with lock:
            start = self._clock.monotonic()
            self._forget_before(start)
            kept = self._kept.get(merchant_id)
            if kept is not None:
                return kept.rows
            rows = await queue_ahead(db, merchant_id)
            if sum(row.receipts for row in rows) > FEW:
                now = self._clock.monotonic()
                shared_s = min(max(SHARED_S, TIMES * (now - start)), SHARED_MOST_S)
                self._kept[merchant_id] = _Count(now + shared_s, rows)
            return rows

    def _forget_before(self, moment: float) -> None:
        self._kept = {merchant: count for merchant, count in self._kept.items() if count.until > moment}
        self._counting = {merchant: lock for merchant, lock in self._counting.items() if lock.locked()}
