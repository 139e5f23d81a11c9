"""An event loop whose time jumps to the next timer when nothing else is left to do: hours of timeouts in no time.

Only for what lives in one process: a socket's answer could come while the loop jumps over it.
"""

import asyncio
import selectors
from typing import Any


class JumpingLoop(asyncio.SelectorEventLoop):
    """``time`` starts at 0 and moves by jumps alone."""

    def __init__(self) -> None:
        self.jumped_s = 0.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.jumped_s


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, Any]]:
        if timeout is None:
            raise RuntimeError("every task waits and no timer runs: this would last for ever")
        self._loop.jumped_s += max(0.0, timeout)
        return super().select(0)
