"""Finished receipts that come one at a time, many at once: who waits while a transaction is under way shares the next.

A commit costs the same for one receipt and for five hundred. A receipt that comes alone is stored at once. A second
transaction starts beside the first only when that one is late, which may wait for another process's lock: two that take
turns would share half as many receipts each, and cost the processor of both ends twice.
"""

import asyncio
from collections import deque
from typing import Final

import msgspec
import structlog

from fiscal_server.clock import Clock
from fiscal_server.storage.atol_online import Single, find_singles, store_singles
from fiscal_server.storage.pool import Database, may_pass

MOST: Final = 500
"""Receipts in one transaction."""
FLIGHTS: Final = 4
"""Transactions on their way at most."""
LATE_S: Final = 0.02
"""So long who waits for the next one is patient."""
WAITING_MOST: Final = 20_000
"""Receipts that may wait in memory; who comes then is turned away."""

log = structlog.get_logger(room="intake")


class TooManyWait(Exception):
    """More receipts wait for the database than memory should hold; nothing was stored, the same may come again."""


class Stored(msgspec.Struct, frozen=True):
    """The id of a receipt; ``repeated``: of an earlier one with the same key."""

    id: int
    repeated: bool


_Waiting = tuple[Single, "asyncio.Future[Stored]"]


class Singles:
    """The door for receipts that come alone, one a process."""

    def __init__(
        self, database: Database, clock: Clock, *, flights: int = FLIGHTS, waiting_most: int = WAITING_MOST
    ) -> None:
        self._database = database
        self._flights = flights
        self._waiting_most = waiting_most
        self._clock = clock
        self._loop = asyncio.get_running_loop()  # asked for each receipt it costs a call of the system
        self._waiting: deque[_Waiting] = deque()
        self._flying: set[asyncio.Task[None]] = set()
        self._prompt: set[asyncio.Task[None]] = set()  # those of them that are not late

    async def store(self, single: Single) -> Stored:
        """Returns when it is committed. Raises TooManyWait, and what the database raises: then it may come again."""
        if len(self._waiting) >= self._waiting_most:
            raise TooManyWait
        done: asyncio.Future[Stored] = self._loop.create_future()
        self._waiting.append((single, done))
        self._take_off()
        return await done

    async def find(self, merchant_id: int, key: str) -> int | None:
        """The id of the receipt that was stored with this key; None: there is none yet."""
        async with self._database.read() as db:
            return (await find_singles(db, [(merchant_id, key)])).get((merchant_id, key))

    async def close(self) -> None:
        """Wait for what is on its way."""
        await asyncio.gather(*self._flying, return_exceptions=True)

    def _take_off(self) -> None:
        if self._waiting and not self._prompt and len(self._flying) < self._flights:
            task = asyncio.create_task(self._fly(), name="store-singles")
            self._flying.add(task)
            self._prompt.add(task)

    async def _fly(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            while self._waiting:
                load = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                self._prompt.add(task)
                late = self._loop.call_later(LATE_S, self._relieve, task)
                try:
                    await self._land(load)
                finally:
                    late.cancel()
        finally:
            # Here and not when the task is done: whoever was just told of its receipt may bring the next one before
            # that.
            self._flying.discard(task)
            self._prompt.discard(task)

    def _relieve(self, late: "asyncio.Task[None]") -> None:
        self._prompt.discard(late)
        self._take_off()

    async def _land(self, load: list[_Waiting]) -> None:
        try:
            found = await self._store([single for single, _ in load])
        except Exception as error:  # whoever waits has to hear of it, whatever it is
            if len(load) > 1 and not may_pass(error):
                # One of them is the cause: the others must not suffer for it.
                log.error("singles_not_stored", receipts=len(load), exc_info=error)
                for one in load:
                    await self._land([one])
                return
            for _, done in load:
                if not done.done():
                    done.set_exception(error)
            return
        for (_, done), stored in zip(load, found, strict=True):
            if not done.done():  # else its request was given up; the receipt is stored all the same
                done.set_result(stored)

    async def _store(self, singles: list[Single]) -> list[Stored]:
        first: dict[tuple[int, str], Single] = {}
        for single in singles:
            first.setdefault((single.merchant_id, single.key), single)
        async with self._database.write_at_once() as db:
            ids = dict(zip(first, self._database.ids.take(len(first)), strict=True))
            fresh = await store_singles(db, list(first.values()), list(ids.values()), self._clock.now())
        if len(fresh) < len(ids):
            async with self._database.read() as db:
                ids |= await find_singles(db, [key for key, i in ids.items() if i not in fresh])
        told: list[Stored] = []
        for single in singles:
            i = ids[single.merchant_id, single.key]
            told.append(Stored(i, i not in fresh))
            fresh.discard(i)  # a second one with its key is a repeat
        return told
