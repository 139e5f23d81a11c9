"""How long bodies are waited for: one look a second at all of them.

A timer of its own for each request (``asyncio.timeout``) took a twelfth of the processor time of a single receipt.
"""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

EVERY_S: Final = 0.5

T = TypeVar("T")


class Patience:
    """Ends what lasts longer than ``most_s``, up to ``EVERY_S`` later."""

    def __init__(self, most_s: float) -> None:
        self._most_s = most_s
        self._since: dict[asyncio.Task[None], float] = {}
        self._over: set[asyncio.Task[None]] = set()

    async def within(self, awaited: Awaitable[T]) -> T:
        """What it gives. Raises TimeoutError. One at a time in a task."""
        task = asyncio.current_task()
        assert task is not None
        self._since[task] = task.get_loop().time()
        try:
            return await awaited
        except asyncio.CancelledError:
            if task in self._over and not task.uncancel():
                raise TimeoutError from None
            raise  # somebody else wants it to end
        finally:
            del self._since[task]
            self._over.discard(task)

    async def keep_looking(self) -> None:
        """Until cancelled; without it patience has no end."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(EVERY_S)
            begun_before = loop.time() - self._most_s
            for task, since in list(self._since.items()):
                if since < begun_before and task not in self._over:
                    self._over.add(task)
                    task.cancel()
