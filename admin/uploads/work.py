"""Files on their way to the API: checked and taken in by tasks of this process, whose state anybody may look at.

A step belongs to whoever moved the row to it. When the process dies in the middle, the row falls silent and the step
may be begun anew: the API takes the same file, or the same key, once.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar.datastructures import State

from admin.database import DatabaseAway, PanelDatabase
from admin.errands import Errands
from admin.permissions import Action
from admin.recording import record
from admin.refusals import kept
from admin.storage import uploads
from admin.storage.uploads import Step, Upload
from admin.uploads.answers import kept_answer
from admin.uploads.sending import Sending, sending_of
from admin.viewer import Viewer
from fiscal_server.client.errors import ClientError
from fiscal_server.clock import Clock
from fiscal_server.log import get_logger

BEAT_S: Final = 10.0

_AFTER: Final = {
    Step.CHECKING: (Step.NEW, Step.CHECKED, Step.FAILED),
    Step.RUNNING: (Step.NEW, Step.CHECKED, Step.FAILED),
}
_ENDS: Final = {Step.CHECKING: Step.CHECKED, Step.RUNNING: Step.DONE}
_DEEDS: Final = {"batch": "money.batch", "restoration": "corrections.job"}

log = get_logger("admin")


def action_of(upload: Upload) -> Action:
    """What somebody must be allowed for the file to be taken in."""
    return Action.CORRECT_RECEIPTS if upload.kind == "restoration" else Action.SUBMIT_MONEY


class UploadWork:
    """The tasks of this process."""

    def __init__(self, state: State, panel: PanelDatabase, errands: Errands, clock: Clock) -> None:
        self._state = state
        self._panel = panel
        self._errands = errands
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, viewer: Viewer, upload: Upload, step: Step) -> bool:
        """Check a file (CHECKING) or take it in (RUNNING); False: somebody is at it already, or it is done."""
        async with self._panel.change(merchants=[upload.merchant_id]) as db:
            if not await uploads.begin_step(db, upload.id, step, _AFTER[step], self._clock.now()):
                return False
        task = asyncio.create_task(self._do(viewer, upload, step))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def idle(self) -> None:
        """Until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """What is under way falls silent."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _do(self, viewer: Viewer, upload: Upload, step: Step) -> None:
        try:
            await self._try(viewer, upload, step)
        except DatabaseAway:
            log.warning("upload_left", upload=upload.id, step=step.value)  # it falls silent

    async def _try(self, viewer: Viewer, upload: Upload, step: Step) -> None:
        sending = sending_of(upload, preview=step is Step.CHECKING)
        way = _Way(self._panel, self._clock, upload, sending)
        beating = asyncio.create_task(way.beat())
        try:
            async with self._errands.run(viewer, upload.merchant_id, action_of(upload)) as api:
                response = await api.send_large(sending.request, way.pieces(), sending.size, sending.media_type)
            answer, result_id = await asyncio.to_thread(kept_answer, upload.kind, step, response.content)
        except ClientError as error:
            refusal = kept(error)
            async with self._panel.change(merchants=[upload.merchant_id]) as db:
                await uploads.end_step(db, upload.id, Step.FAILED, refusal=refusal)
            return
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError, DatabaseAway):
                await beating
        async with self._panel.change(merchants=[upload.merchant_id]) as db:
            await uploads.end_step(db, upload.id, _ENDS[step], answer=answer, result_id=result_id)
            if step is Step.RUNNING:
                deed = _DEEDS.get(upload.kind, "money.import")
                after = {"size": upload.size, "result": str(result_id)} | msgspec.to_builtins(upload.options)
                await record(
                    db, self._state, viewer, deed, upload.file_name, merchant_id=upload.merchant_id, after=after
                )


class _Way:
    """How far the bytes of a file are."""

    def __init__(self, panel: PanelDatabase, clock: Clock, upload: Upload, sending: Sending) -> None:
        self._panel = panel
        self._clock = clock
        self._upload = upload
        self._sending = sending
        self._sent = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body: what stands before the file, its pieces, what stands behind."""
        if self._sending.before:
            yield self._sending.before
        place = 0
        while (piece := await self._read(place)) is not None:
            yield piece
            self._sent += len(piece)
            place += 1
            await self._say()
        if self._sending.behind:
            yield self._sending.behind

    async def beat(self) -> None:
        """As long as the API thinks."""
        while True:
            await self._clock.sleep(BEAT_S)
            await self._say()

    async def _read(self, place: int) -> bytes | None:
        async with self._panel.look([self._upload.merchant_id]) as db:
            return await uploads.read_piece(db, self._upload.id, place)

    async def _say(self) -> None:
        async with self._panel.change(merchants=[self._upload.merchant_id]) as db:
            await uploads.beat(db, self._upload.id, self._sent, self._clock.now())


def work_of(state: State) -> UploadWork:
    """That of the application."""
    work: Any = state["upload_work"]
    assert isinstance(work, UploadWork)
    return work
