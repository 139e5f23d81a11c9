"""Jobs over many rows: tasks of this process that ask the API row by row in the person's name.

A row's Idempotency-Key is made of job and place, so a row that was asked and not written down (a crash, a cut) is asked
again under the same key and done once. A job whose process died falls silent; its page says so and goes on from there.
Whoever is at a job knows when it last said so: a task whose job was stopped, or is another's by now, sees it at its
next row and lets go.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar.datastructures import State
from litestar.exceptions import PermissionDeniedException

from admin.bulk.kinds import KINDS, Kind
from admin.database import DatabaseAway, PanelDatabase
from admin.errands import Errands
from admin.permissions import sees_all
from admin.recording import asker, record
from admin.refusals import kept
from admin.storage import bulk, people
from admin.storage.bulk import Item, JobState, Outcome
from admin.viewer import Viewer
from fiscal_server.client import AsyncFiscalClient
from fiscal_server.client.errors import ApiProblem, ClientError
from fiscal_server.clock import Clock
from fiscal_server.log import get_logger
from fiscal_server.storage.pool import WriteConnection

AT_ONCE: Final = 20
"""Rows under one errand: the API takes its token for two minutes."""
_TRANSIENT: Final = frozenset({429, 500, 502, 503, 504})
"""What says nothing about the row: the job stands still and can be gone on with."""

log = get_logger("admin")


class _Hold(msgspec.Struct):
    """A job that is this task's as long as the database has ``last`` as its last sign of life."""

    job_id: int
    person_id: int | None
    last: datetime


class BulkWork:
    """The tasks of this process."""

    def __init__(self, state: State, panel: PanelDatabase, errands: Errands, clock: Clock) -> None:
        self._state = state
        self._panel = panel
        self._errands = errands
        self._clock = clock
        self._tasks: dict[asyncio.Task[None], _Hold] = {}

    def begin(self, viewer: Viewer, job_id: int, kind_name: str, reason: str, since: datetime) -> None:
        """Goes on with a job that is the caller's since a moment (``add_job``, ``take_job``)."""
        hold = _Hold(job_id, viewer.person_id, since)
        task = asyncio.create_task(self._do(viewer, hold, KINDS[kind_name], reason))
        self._tasks[task] = hold
        task.add_done_callback(lambda _: self._tasks.pop(task, None))

    async def idle(self) -> None:
        """Until nothing is under way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    async def close(self) -> None:
        """What is under way stands still; whoever looks at it can go on."""
        tasks = dict(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for hold in tasks.values():
            try:
                await self._end(hold, JobState.STOPPED)
            except DatabaseAway:
                log.warning("bulk_left", job=hold.job_id)  # it falls silent

    async def _do(self, viewer: Viewer, hold: _Hold, kind: Kind, reason: str) -> None:
        try:
            while (now := await self._still(viewer, hold)) is not None:
                async with self._panel.look_at_own(hold.person_id) as db:
                    items = await bulk.next_items(db, hold.job_id, AT_ONCE)
                if not items:
                    await self._finish(viewer, hold, reason)
                    return
                first = items[0].merchant_id
                mine = [one for one in items if one.merchant_id == first]
                async with self._errands.run(now, first, kind.action) as api:
                    await self._ask(api, now, hold, kind, reason, mine)
            await self._end(hold, JobState.STOPPED)
        except DatabaseAway:
            log.warning("bulk_left", job=hold.job_id)  # it falls silent
        except (ClientError, PermissionDeniedException) as error:
            log.warning("bulk_stopped", job=hold.job_id, reason=str(error))
            await self._end(hold, JobState.STOPPED)
        except Exception:
            log.exception("bulk_failed", job=hold.job_id)
            await self._end(hold, JobState.STOPPED)

    async def _beats(self, db: WriteConnection, hold: _Hold) -> bool:
        now = self._clock.now()
        is_held = await bulk.beat(db, hold.job_id, hold.last, now)
        if is_held:
            hold.last = now
        return is_held

    async def _still(self, viewer: Viewer, hold: _Hold) -> Viewer | None:
        """The person as they are now: rights may be taken in the middle. None: the job is not this task's any more."""
        async with self._panel.change_own(hold.person_id) as db:
            if not await self._beats(db, hold):
                return None
            if viewer.person_id is None:
                return viewer
            person = await people.person_by_id(db, viewer.person_id)
            given = set(await people.merchants_of(db, viewer.person_id))
        if person is None or person.disabled_at is not None:
            return None
        seen = [one for one in viewer.merchants if sees_all(person.roles) or one.id in given]
        return msgspec.structs.replace(viewer, roles=person.roles, merchants=seen)

    async def _ask(
        self, api: AsyncFiscalClient, viewer: Viewer, hold: _Hold, kind: Kind, reason: str, items: Sequence[Item]
    ) -> None:
        """Until the job is stopped or another's. Raises ClientError when the API did not say yes or no."""
        for one in items:
            problem: dict[str, Any] | None = None
            order_id: int | None = None
            try:
                order_id = await kind.call(api, one.object_id, asker(viewer), reason, f"bulk-{hold.job_id}-{one.place}")
            except ApiProblem as error:
                if error.status in _TRANSIENT:
                    raise
                problem = kept(error)
            async with self._panel.change_own(hold.person_id) as db:
                outcome: Outcome = "failed" if problem else "done" if order_id is None else "asked"
                await bulk.end_item(db, hold.job_id, one.place, outcome, problem, order_id)
                is_held = await self._beats(db, hold)
            if not is_held:
                return

    async def _finish(self, viewer: Viewer, hold: _Hold, reason: str) -> None:
        async with self._panel.change_own(hold.person_id) as db:
            job = await bulk.read_job(db, hold.job_id, viewer.person_id)
            if job is None or not await bulk.end_job(db, hold.job_id, JobState.DONE, hold.last):
                return
            after = {"job": str(hold.job_id), "kind": job.kind, "done": job.done, "failed": job.failed}
            if job.waiting:  # what their devices answer stands with the orders
                after["waiting"] = job.waiting
            await record(db, self._state, viewer, "bulk.ended", job.kind, after=after, reason=reason)

    async def _end(self, hold: _Hold, state: JobState) -> None:
        async with self._panel.change_own(hold.person_id) as db:
            await bulk.end_job(db, hold.job_id, state, hold.last)


def work_of(state: State) -> BulkWork:
    """That of the application."""
    work: Any = state["bulk_work"]
    assert isinstance(work, BulkWork)
    return work
