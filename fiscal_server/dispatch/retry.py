"""How long to wait before trying again: data, not code in loops."""

import asyncio
from collections.abc import Hashable, Iterator
from typing import Final

DEVICE_DELAYS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Between attempts to reach a device that does not answer."""

DATABASE_DELAYS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Between attempts to reach the database."""

OPERATOR_DELAYS_S: Final = (0.2, 0.5, 1.0, 5.0, 15.0, 60.0)
"""Between attempts to reach the operator with the same document."""


LONGEST_REST: Final = 16
"""In patiences: how long a device that makes nothing is left alone at most, however often it was tried."""


def delays(steps: tuple[float, ...]) -> Iterator[float]:
    """The steps in order, then the last one for ever. Seconds."""
    yield from steps
    while True:
        yield steps[-1]


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Until it happens, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


class Patience:
    """Waits that grow as long as nothing is achieved, so that what fails again and again costs little."""

    def __init__(self, steps: tuple[float, ...]) -> None:
        self._steps = steps
        self._achieved: Hashable = None
        self._waits = delays(steps)

    def wait_s(self, achieved: Hashable) -> float:
        """How long to wait now. ``achieved`` is anything that differs once something has succeeded since."""
        if achieved != self._achieved:
            self._achieved = achieved
            self._waits = delays(self._steps)
        return next(self._waits)


class Rest:
    """How long a device that answers questions and makes nothing is left alone after it was of no use: each time twice
    as long, so that slots that are all like it do not take turns before one that works. Where none works, the first of
    these times is enough: it may be in order by now."""

    def __init__(self) -> None:
        self._until = self._until_missed = 0.0
        self._made: Hashable = None
        self._times = 0

    def begin(self, now: float, patience_s: float, made: Hashable) -> float:
        """It was tried for ``patience_s``; gives until when it rests. ``made`` differs once it has made something."""
        self._times = self._times + 1 if made == self._made else 1
        self._made = made
        self._until_missed = now + patience_s
        self._until = now + patience_s * min(2 ** (self._times - 1), LONGEST_REST)
        return self._until

    def end(self) -> None:
        """It may be needed from now on; the next rest is longer all the same."""
        self._until = self._until_missed = 0.0

    def is_over(self, now: float, *, missed: bool = False) -> bool:
        """Whether it may be needed again; ``missed``: nothing else works."""
        return now >= (self._until_missed if missed else self._until)


class Failing:
    """A device that answers questions, and nothing comes of what follows: since when, and whether again and again."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._made: Hashable = None
        self.again = False

    def __bool__(self) -> bool:
        return self._since is not None

    def begin_or_go_on(self, now: float, made: Hashable) -> float | None:
        """It has failed; gives for how many seconds, None the first time. ``made`` differs once it made something."""
        if self._since is None or self._made != made:
            self._since, self._made, self.again = now, made, False
            return None
        self.again = True
        return now - self._since

    def end_if_other(self, made: Hashable) -> None:
        """It has made something since."""
        if self._made != made:
            self.end()

    def end(self) -> None:
        """It made something, or was asked for nothing for a while."""
        self._since, self.again = None, False
