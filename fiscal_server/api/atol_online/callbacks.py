"""Reports on their way to callback addresses: at least once, with patience, from the outbox of the books.

Every api node looks at the outbox; a row is one node's for ``CLAIM_S``, so whoever dies leaves it to the others. The
vendor says nothing of repeats and of what counts as taken: any 2xx does (inferred), the rest is tried again by
``DELAYS_S``. Up to ``AT_ONCE`` are told at a time and ``OF_A_HOST`` of them to one host: a receiver that is slow waits
for itself alone. A look in between gives documents up: those that a device refused, and those that waited too long, if
that is set.
"""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import structlog

from fiscal_server.api.atol_online.callback_urls import called
from fiscal_server.api.atol_online.device_errors import TIMED_OUT, TIMED_OUT_WORDS
from fiscal_server.api.atol_online.reports import encode, report_of
from fiscal_server.clock import Clock
from fiscal_server.ids import first_id_at
from fiscal_server.storage import atol_online
from fiscal_server.storage.atol_online import CallbackRow, HostLoad, ReportRow
from fiscal_server.storage.pool import DATABASE_ERRORS, Database
from fiscal_server.webhooks.addresses import AddressRefused
from fiscal_server.webhooks.post import Outcome, Wire

EVERY_S: Final = 1.0
AT_ONCE: Final = 100
OF_A_HOST: Final = 8
RECORDED_AT_ONCE: Final = 3
"""Of the pool's connections: requests need them too."""
CLAIM_S: Final = 60
WHOLE_S: Final = 20.0
"""For all of a call: a receiver that answers by drops would keep its place, and outlast the claim."""
DELAYS_S: Final = (10, 30, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 86_400)
"""Between attempts; after the last one, three days later, the report is left to whoever asks for it."""

_HEADERS: Final = {"Content-Type": "application/json; charset=utf-8"}

log = structlog.get_logger(room="api")


class Caller:
    """Tells reports. ``queue_s``: how long a document may wait for a device, 0: as long as it takes."""

    def __init__(
        self, database: Database, clock: Clock, *, private: bool = False, queue_s: int = 0, whole_s: float = WHOLE_S
    ) -> None:
        self._database = database
        self._clock = clock
        self._queue_s = queue_s
        self._wire = Wire(private=private, whole_s=whole_s)
        self._telling: set[asyncio.Task[None]] = set()
        self._hosts: Counter[str] = Counter()
        self._ended = asyncio.Event()
        self._recording = asyncio.Semaphore(RECORDED_AT_ONCE)

    async def keep_calling(self) -> None:
        """Tell what is due as places become free, until cancelled; look for more every ``EVERY_S``."""
        give_up_at = self._clock.monotonic()
        try:
            while True:
                self._ended.clear()
                begun = 0
                try:
                    if self._clock.monotonic() >= give_up_at:
                        give_up_at = self._clock.monotonic() + EVERY_S
                        await self._give_up()
                    begun = await self._begin()
                except DATABASE_ERRORS as error:
                    log.warning("database_unreachable", reason=f"{type(error).__name__}: {error}")
                except Exception:  # a mistake of ours must not end the telling of a process that lives on
                    log.exception("callbacks_failed")
                if not begun:
                    await self._pause()
        finally:
            await self.close()

    async def one_round(self) -> int:
        """Give up what is to be given up, tell what is due, hang up; gives how many reports there was room for."""
        try:
            await self._give_up()
            begun = await self._begin()
            await asyncio.gather(*self._telling)
            return begun
        finally:
            await self.close()

    async def close(self) -> None:
        """Leave what is being told to another node, and hang up everywhere."""
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self._wire.close()

    async def _pause(self) -> None:
        """``EVERY_S``, or until somebody is done for whose place others may wait."""
        waits = [asyncio.ensure_future(self._clock.sleep(EVERY_S))]
        if len(self._telling) >= AT_ONCE or max(self._hosts.values(), default=0) >= OF_A_HOST:
            waits.append(asyncio.ensure_future(self._ended.wait()))  # type: ignore[arg-type]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def _give_up(self) -> None:
        now = self._clock.now()
        async with self._database.write() as db:
            await atol_online.give_up_refused(db, now)
            if self._queue_s:
                before = first_id_at(now - timedelta(seconds=self._queue_s))
                await atol_online.give_up_waiting(db, before, f"{TIMED_OUT}: {TIMED_OUT_WORDS}", now)

    async def _begin(self) -> int:
        """Claim what is due and has a place, and begin to tell it; gives how many reports that are."""
        room = AT_ONCE - len(self._telling)
        if not room:
            return 0
        now = self._clock.now()
        load = [HostLoad(host, OF_A_HOST - telling) for host, telling in self._hosts.items()]
        async with self._database.write() as db:
            until = now + timedelta(seconds=CLAIM_S)
            rows = await atol_online.claim_callbacks(db, now, until, room, load, OF_A_HOST)
        if not rows:
            return 0
        async with self._database.read() as db:
            found = await atol_online.read_reports(db, [(row.merchant_id, row.receipt_id) for row in rows])
        reports = {(one.merchant_id, one.id): one for one in found}
        for row in rows:
            self._hosts[row.host] += 1
            task = asyncio.create_task(self._tell(row, reports[row.merchant_id, row.receipt_id]))
            self._telling.add(task)
            task.add_done_callback(lambda done, host=row.host: self._done(done, host))  # type: ignore[misc]
        return len(rows)

    def _done(self, task: asyncio.Task[None], host: str) -> None:
        self._telling.discard(task)
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]
        self._ended.set()
        if not task.cancelled() and (error := task.exception()) is not None:  # it is told again when the claim ends
            log.warning("callback_not_recorded", reason=f"{type(error).__name__}: {error}")

    async def _tell(self, row: CallbackRow, report: ReportRow) -> None:
        outcome = await self._sent(row.url, encode(report_of(report, self._clock.now())))
        async with self._recording, self._database.write() as db:
            if outcome.error is None:
                await atol_online.callback_taken(db, row)
                return
            again_at = self._again_at(row.attempts)
            await atol_online.callback_failed(db, row, again_at, outcome.error)
        if again_at is None:  # a receiver's own words are no matter of our log
            reason = outcome.error if outcome.status is None else f"HTTP {outcome.status}"
            log.warning("callback_given_up", receipt_id=row.receipt_id, attempts=row.attempts, reason=reason)

    async def _sent(self, url: str, body: bytes) -> Outcome:
        try:
            return await self._wire.post(called(url), _HEADERS, body)
        except AddressRefused as error:
            return Outcome(None, str(error))
        except Exception as error:  # it is one receiver's trouble, and must not be that of the others
            log.exception("callback_failed", reason=type(error).__name__)
            return Outcome(None, type(error).__name__)

    def _again_at(self, attempts: int) -> datetime | None:
        if attempts > len(DELAYS_S):
            return None
        return self._clock.now() + timedelta(seconds=DELAYS_S[attempts - 1])
