"""How long to wait before trying again: data, not code in loops."""

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
    as long, so that slots that are all like it do not take turns all day."""

    def __init__(self) -> None:
        self._until = 0.0
        self._made: Hashable = None
        self._times = 0

    def begin(self, now: float, patience_s: float, made: Hashable) -> float:
        """It was tried for ``patience_s``; gives until when it rests. ``made`` differs once it has made something."""
        self._times = self._times + 1 if made == self._made else 1
        self._made = made
        self._until = now + patience_s * min(2 ** (self._times - 1), LONGEST_REST)
        return self._until

    def is_over(self, now: float) -> bool:
        """Whether it may be needed again."""
        return now >= self._until
