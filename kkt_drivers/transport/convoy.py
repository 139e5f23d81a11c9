"""Requests to many devices that leave at one moment.

Whoever serves many wires (a box of FNs, a device server, an emulator) is woken by the first request that reaches it. If
the others follow at once it serves them all before it sleeps again; if each follows when the loop comes to its task, it
is woken for each. On the sender's side, too, a write costs less when nobody has to be woken for it.
"""

import asyncio
from collections.abc import Callable


class Convoy:
    """One an event loop. Who joins leaves as soon as the loop has done what it has at hand."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def join(self, loop: asyncio.AbstractEventLoop, leave: Callable[[], None]) -> None:
        """``leave`` is called once, in the order of joining, and never raises."""
        if not self._waiting:
            loop.call_soon(self._leave)
        self._waiting.append(leave)

    def _leave(self) -> None:
        waiting, self._waiting = self._waiting, []
        for leave in waiting:
            leave()
