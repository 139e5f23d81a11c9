"""Time-ordered int64 ids, made in the program: a range of ids is a range of time, and big tables are cut by it.

Layout, from the top: 41 bits milliseconds since 2024-01-01 UTC (until 2093), 10 bits maker, 12 bits sequence.
A maker is a process; no two live processes share a number (``storage.pool`` takes it under an advisory lock).
"""

from datetime import UTC, datetime, timedelta

from fiscal_server.clock import Clock

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
MAKER_BITS = 10
SEQUENCE_BITS = 12
MAKERS = 1 << MAKER_BITS
_TIME_SHIFT = MAKER_BITS + SEQUENCE_BITS


def first_id_at(moment: datetime) -> int:
    """The smallest id that can be made at ``moment`` (aware) or later."""
    delta = moment - EPOCH
    return (delta.days * 86_400_000 + delta.seconds * 1000 + delta.microseconds // 1000) << _TIME_SHIFT


def moment_of(made: int) -> datetime:
    """When an id was made, to the millisecond (aware)."""
    return EPOCH + timedelta(milliseconds=made >> _TIME_SHIFT)


class IdMaker:
    """Makes the ids of one process: strictly ascending, also when the clock stands or goes back."""

    def __init__(self, clock: Clock, maker: int) -> None:
        self._clock = clock
        self._last_tick = 0
        self._sequence = 0
        self.work_as(maker)

    def work_as(self, maker: int) -> None:
        """Take another number: the old one may be somebody else's by now. Ids go on ascending."""
        if not 0 <= maker < MAKERS:
            raise ValueError(f"maker {maker} is not between 0 and {MAKERS - 1}")
        self._maker = maker << SEQUENCE_BITS
        self._last_tick, self._sequence = self._last_tick + 1, 0

    def next(self) -> int:
        """One id. A full sequence borrows from the next millisecond."""
        tick = first_id_at(self._clock.now()) >> _TIME_SHIFT
        if tick > self._last_tick:
            self._last_tick, self._sequence = tick, 0
        else:
            self._sequence += 1
            if self._sequence >> SEQUENCE_BITS:
                self._last_tick, self._sequence = self._last_tick + 1, 0
        return self._last_tick << _TIME_SHIFT | self._maker | self._sequence

    def take(self, count: int) -> list[int]:
        """``count`` ascending ids; many of them come a millisecond's worth at a time."""
        ids: list[int] = []
        while len(ids) < count:
            first = self.next()
            more = min(count - len(ids), (1 << SEQUENCE_BITS) - self._sequence)
            ids.extend(range(first, first + more))
            self._sequence += more - 1
        return ids
