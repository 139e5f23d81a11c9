"""How long to wait before trying again: data, not code in loops."""

from collections.abc import Iterator
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
