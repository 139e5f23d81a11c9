"""Jobs over many rows: tasks of this process that ask the API row by row in the person's name.

A row's Idempotency-Key is made of job and place, so a row that was asked and not written down (a crash, a cut) is asked
again under the same key and done once. A job whose process died falls silent; its page says so and goes on from there.
"""

import asyncio
from collections.abc import Sequence
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
from admin.storage.bulk import Item, JobState
from admin.viewer import Viewer
from fiscal_server.client import AsyncFiscalClient
from fiscal_server.client.errors import ApiProblem, ClientError
from fiscal_server.clock import Clock
from fiscal_server.log import get_logger

AT_ONCE: Final = 20
"""Rows under one errand: the API takes its token for two minutes."""
_TRANSIENT: Final = frozenset({429, 500, 502, 503, 504})
"""What says nothing about the row: the job stands still and can be gone on with."""

log = get_logger("admin")


class BulkWork:
    """The tasks of this process."""

    def __init__(self, state: State, panel: PanelDatabase, errands: Errands, clock: Clock) -> None:
        self._state = state
        self._panel = panel
        self._errands = errands
        self._clock = clock
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def begin(self, viewer: Viewer, job_id: int, kind_name: str, reason: str) -> None:
        """Goes on with a job that is the caller's (``add_job``, ``take_job``)."""
        task = asyncio.create_task(self._do(viewer, job_id, KINDS[kind_name], reason))
        self._tasks[job_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job_id, None))

    async def idle(self) -> None:
        """Until nothing is under way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def close(self) -> None:
        """What is under way stands still; whoever looks at it can go on."""
        tasks = dict(self._tasks)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        for job_id in tasks:
            try:
                await self._end(job_id, JobState.STOPPED)
            except DatabaseAway:
                log.warning("bulk_left", job=job_id)  # it falls silent

    async def _do(self, viewer: Viewer, job_id: int, kind: Kind, reason: str) -> None:
        try:
            while (now := await self._still(viewer, job_id)) is not None:
                async with self._panel.read() as db:
                    items = await bulk.next_items(db, job_id, AT_ONCE)
                if not items:
                    await self._finish(viewer, job_id, reason)
                    return
                first = items[0].merchant_id
                mine = [one for one in items if one.merchant_id == first]
                async with self._errands.run(now, first, kind.action) as api:
                    await self._ask(api, now, job_id, kind, reason, mine)
            await self._end(job_id, JobState.STOPPED)
        except DatabaseAway:
            log.warning("bulk_left", job=job_id)  # it falls silent
        except (ClientError, PermissionDeniedException) as error:
            log.warning("bulk_stopped", job=job_id, reason=str(error))
            await self._end(job_id, JobState.STOPPED)
        except Exception:
            log.exception("bulk_failed", job=job_id)
            await self._end(job_id, JobState.STOPPED)

    async def _still(self, viewer: Viewer, job_id: int) -> Viewer | None:
        """The person as they are now: rights may be taken in the middle. None: somebody has stopped the job."""
        async with self._panel.change() as db:
            if not await bulk.beat(db, job_id, self._clock.now()):
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
        self, api: AsyncFiscalClient, viewer: Viewer, job_id: int, kind: Kind, reason: str, items: Sequence[Item]
    ) -> None:
        """Raises ClientError when the API did not say yes or no."""
        for one in items:
            problem: dict[str, Any] | None = None
            try:
                await kind.call(api, one.object_id, asker(viewer), reason, f"bulk-{job_id}-{one.place}")
            except ApiProblem as error:
                if error.status in _TRANSIENT:
                    raise
                problem = kept(error)
            async with self._panel.change() as db:
                await bulk.end_item(db, job_id, one.place, "failed" if problem else "done", problem)

    async def _finish(self, viewer: Viewer, job_id: int, reason: str) -> None:
        async with self._panel.change() as db:
            job = await bulk.read_job(db, job_id, viewer.person_id)
            if job is None or not await bulk.end_job(db, job_id, JobState.DONE):
                return
            after = {"job": str(job_id), "kind": job.kind, "done": job.done, "failed": job.failed}
            await record(db, self._state, viewer, "bulk.ended", job.kind, after=after, reason=reason)

    async def _end(self, job_id: int, state: JobState) -> None:
        async with self._panel.change() as db:
            await bulk.end_job(db, job_id, state)


def work_of(state: State) -> BulkWork:
    """That of the application."""
    work: Any = state["bulk_work"]
    assert isinstance(work, BulkWork)
    return work
