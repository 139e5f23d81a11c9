"""How long to wait before trying again: data, not code in loops."""

from collections.abc import Hashable, Iterator
from typing import Final

DEVICE_DELAYS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Between attempts to reach a device that does not answer."""

DATABASE_DELAYS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Between attempts to reach the database."""

OPERATOR_DELAYS_S: Final = (0.2, 0.5, 1.0, 5.0, 15.0, 60.0)
"""Between attempts to reach the operator with the same document."""


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
