"""Tells open pages that something has changed: one look at the database a second for all of them together.

It says what has changed (``marks.TOPICS``) and never what it is now: pages ask for that themselves, as their viewer.
While nobody listens nothing is asked.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from admin.database import DatabaseAway, PanelDatabase
from fiscal_server.log import get_logger
from fiscal_server.storage.marks import TOPICS, marks_of

LOOKS_EVERY_S: Final = 1.0
AWAY: Final = "away"
"""Said instead of topics when the database does not answer."""

log = get_logger("admin")

_Marks = dict[tuple[int, str], str | None]


class Listener:
    """Somebody who waits. What is told twice before it was heard is heard once."""

    def __init__(self, merchants: Iterable[int]) -> None:
        self.merchants = frozenset(merchants)
        self._told: set[str] = set()
        self._something = asyncio.Event()
        self.is_over = False

    def tell(self, topics: Iterable[str]) -> None:
        """From the announcer."""
        self._told.update(topics)
        if self._told:
            self._something.set()

    def end(self) -> None:
        """The panel stops."""
        self.is_over = True
        self._something.set()

    async def wait(self, at_most_s: float) -> set[str]:
        """What has changed since the last time; empty after a while without any change."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._something.wait()
        except TimeoutError:
            return set()
        self._something.clear()
        told, self._told = self._told, set()
        return told


class Announcer:
    """The one loop of a process."""

    def __init__(self, panel: PanelDatabase) -> None:
        self._panel = panel
        self._listeners: set[Listener] = set()
        self._looking: asyncio.Task[None] | None = None
        self._is_closed = False
        self.looks = 0

    @asynccontextmanager
    async def listen(self, merchants: Iterable[int]) -> AsyncIterator[Listener]:
        """Hears of these merchants until the block ends."""
        listener = Listener(merchants)
        if self._is_closed:
            listener.end()
        self._listeners.add(listener)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def end_when(self, stopping: asyncio.Event) -> None:
        """Ends every stream when the process is to stop: the server waits for its answers."""
        await stopping.wait()
        self._is_closed = True
        for listener in self._listeners:
            listener.end()

    async def close(self) -> None:
        """Looks no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
            self._looking = None

    async def _look(self) -> None:
        known: _Marks = {}
        was_away = False
        while self._listeners:
            try:
                marks = await self.marks()
            except DatabaseAway:
                was_away = True
                self._tell_all([AWAY])
            except Exception:
                log.exception("announcer_failed")
            else:
                if was_away:
                    self._tell_all(TOPICS)
                else:
                    self._tell(known, marks)
                known, was_away = marks, False
            await asyncio.sleep(LOOKS_EVERY_S)
        self._looking = None

    async def marks(self) -> _Marks:
        """One look for all listeners together. Raises DatabaseAway."""
        self.looks += 1
        merchants = sorted(frozenset[int]().union(*(one.merchants for one in self._listeners)))
        async with self._panel.look(merchants) as db:
            return await marks_of(db, merchants)

    def _tell(self, known: _Marks, marks: _Marks) -> None:
        changed = {key for key, mark in marks.items() if key in known and known[key] != mark}
        if not changed:
            return
        for listener in self._listeners:
            listener.tell(topic for merchant, topic in changed if merchant in listener.merchants)

    def _tell_all(self, topics: Iterable[str]) -> None:
        told = tuple(topics)
        for listener in self._listeners:
            listener.tell(told)
