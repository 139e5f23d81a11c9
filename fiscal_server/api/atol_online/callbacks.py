"""Reports on their way to callback addresses: at least once, with patience, from the outbox of the books.

Every api node looks at the outbox; a row is one node's for ``CLAIM_S``, so whoever dies leaves it to the others. The
vendor says nothing of repeats and of what counts as taken: any 2xx does (inferred), the rest is tried again by
``DELAYS_S``. The same round gives documents up: those that a device refused, and those that waited too long, if that
is set.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import httpx
import structlog

from fiscal_server.api.atol_online.callback_urls import Unreachable, look_up
from fiscal_server.api.atol_online.device_errors import TIMED_OUT, TIMED_OUT_WORDS
from fiscal_server.api.atol_online.reports import encode, report_of
from fiscal_server.clock import Clock
from fiscal_server.ids import first_id_at
from fiscal_server.storage import atol_online
from fiscal_server.storage.atol_online import CallbackRow, ReportRow
from fiscal_server.storage.pool import DATABASE_ERRORS, Database

EVERY_S: Final = 1.0
AT_ONCE: Final = 20
CLAIM_S: Final = 60
TIMEOUT_S: Final = 10.0
WHOLE_S: Final = 20.0
"""For all of a call: a receiver that answers by drops would hold the others up, and outlast the claim."""
DELAYS_S: Final = (10, 30, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 86_400)
"""Between attempts; after the last one, three days later, the report is left to whoever asks for it."""

log = structlog.get_logger(room="api")


class Caller:
    """Tells reports. ``queue_s``: how long a document may wait for a device, 0: as long as it takes."""

    def __init__(self, database: Database, clock: Clock, *, private: bool = False, queue_s: int = 0) -> None:
        self._database = database
        self._clock = clock
        self._private = private
        self._queue_s = queue_s
        self._client: httpx.AsyncClient | None = None

    async def keep_calling(self) -> None:
        """A round every ``EVERY_S`` until cancelled; while there is more to tell, without a pause."""
        told = 0
        try:
            while True:
                if told < AT_ONCE:
                    await self._clock.sleep(EVERY_S)
                told = 0
                try:
                    told = await self.turn()
                except DATABASE_ERRORS as error:
                    log.warning("database_unreachable", reason=f"{type(error).__name__}: {error}")
                except Exception:  # a mistake of ours must not end the telling of a process that lives on
                    log.exception("callbacks_failed")
        finally:
            await self.close()

    async def one_round(self) -> int:
        """A round, then hang up; gives how many reports were due."""
        try:
            return await self.turn()
        finally:
            await self.close()

    async def close(self) -> None:
        """Hang up everywhere."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _connections(self) -> httpx.AsyncClient:
        if self._client is None:  # made when it is needed: certificates are read for it
            # Redirects lead where nobody has looked; the environment's proxies are not the receivers'.
            self._client = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)
        return self._client

    async def turn(self) -> int:
        """Give up what is to be given up, then tell what is due; gives how many reports that were."""
        now = self._clock.now()
        async with self._database.write() as db:
            await atol_online.give_up_refused(db, now)
            if self._queue_s:
                before = first_id_at(now - timedelta(seconds=self._queue_s))
                await atol_online.give_up_waiting(db, before, f"{TIMED_OUT}: {TIMED_OUT_WORDS}", now)
            rows = await atol_online.claim_callbacks(db, now, now + timedelta(seconds=CLAIM_S), AT_ONCE)
        if not rows:
            return 0
        async with self._database.read() as db:
            found = await atol_online.read_reports(db, [(row.merchant_id, row.receipt_id) for row in rows])
        reports = {(one.merchant_id, one.id): one for one in found}
        await asyncio.gather(*(self._tell(row, reports[row.merchant_id, row.receipt_id]) for row in rows))
        return len(rows)

    async def _tell(self, row: CallbackRow, report: ReportRow) -> None:
        failed = await self._post(row.url, encode(report_of(report, self._clock.now())))
        async with self._database.write() as db:
            if failed is None:
                await atol_online.callback_taken(db, row)
                return
            again_at = self._again_at(row.attempts)
            await atol_online.callback_failed(db, row, again_at, failed)
        if again_at is None:
            log.warning("callback_given_up", receipt_id=row.receipt_id, attempts=row.attempts, reason=failed)

    async def _post(self, url: str, body: bytes) -> str | None:
        """None: taken; else why not, whatever an address or a receiver does."""
        try:
            async with asyncio.timeout(WHOLE_S):
                return await self._exchange(url, body)
        except Unreachable as error:
            return str(error)
        except TimeoutError:
            return f"no answer within {WHOLE_S:g} s"
        except httpx.HTTPError as error:
            return type(error).__name__
        except Exception as error:  # it is one receiver's trouble, and must not be that of the others
            log.exception("callback_failed", reason=type(error).__name__)
            return type(error).__name__

    async def _exchange(self, url: str, body: bytes) -> str | None:
        target = await look_up(url, private=self._private)
        headers = {"Host": target.header, "Content-Type": "application/json; charset=utf-8"}
        extensions = {"sni_hostname": target.host}
        async with self._connections().stream(
            "POST", target.url, content=body, headers=headers, extensions=extensions
        ) as answer:  # whatever it says beyond its status is not read
            return None if answer.is_success else f"status {answer.status_code}"

    def _again_at(self, attempts: int) -> datetime | None:
        if attempts > len(DELAYS_S):
            return None
        return self._clock.now() + timedelta(seconds=DELAYS_S[attempts - 1])
