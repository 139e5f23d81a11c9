"""Restorations of many events: POST to begin one or to preview it, GET how far it is, cancel, go on."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from litestar import Request, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import as_id
from fiscal_server.api.examples import NOON
from fiscal_server.api.requests import request_id_of
from fiscal_server.api.resources import LAST_ID, Cursor, OrderKey, decode_body
from fiscal_server.api.uploads import MAX_BODY_BYTES, read_upload
from fiscal_server.intake.batch import Problem
from fiscal_server.intake.close_runner import Closer
from fiscal_server.intake.corrections import Asked
from fiscal_server.intake.restoration_jobs import (
    RestorationJobOrder,
    cancel_restoration_job,
    resume_restoration_job,
    start_restoration,
)
from fiscal_server.storage.keys import KeyOwner, Scope
from fiscal_server.storage.restoration_jobs import RestorationJobRow, list_restoration_jobs, read_restoration_job

JobRequest = Request[int, KeyOwner, State]


class RestorationJobAnswer(msgspec.Struct, frozen=True):
    """A job and where it stands. ``already_known``: events that were in the books; ``refused``: those left out, the
    first 1,000 of them in ``problems``; ``restorations``: the orders that it has made of its pieces so far."""

    id: str
    dry_run: bool
    on_error: str
    state: str
    events: int
    events_done: int
    already_known: int
    refused: int
    documents: int
    problems: list[Problem]
    restorations: list[str]
    error: str | None
    started_at: datetime
    finished_at: datetime | None


class RestorationJobPage(msgspec.Struct, frozen=True):
    """Jobs, newest first; ``next`` is the cursor of the following page."""

    jobs: list[RestorationJobAnswer]
    next: str | None


def job_answer(job: RestorationJobRow) -> RestorationJobAnswer:
    """A job as it is answered."""
    return RestorationJobAnswer(
        id=str(job.id),
        dry_run=job.dry_run,
        on_error=job.on_error,
        state=job.state.value,
        events=job.events,
        events_done=job.done,
        already_known=job.known,
        refused=job.refused,
        documents=job.documents,
        problems=msgspec.convert(job.problems, list[Problem]),
        restorations=[str(one) for one in job.order_ids],
        error=job.error,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


@post(
    "/v1/restoration-jobs",
    status_code=202,
    request_max_body_size=MAX_BODY_BYTES,
    operation_id="PostRestorationJob",
    tags=["corrections"],
    opt=needs(Scope.SUBMIT),
)
async def post_restoration_job(request: JobRequest, state: State, idempotency_key: OrderKey) -> RestorationJobAnswer:
    """Begin to restore up to 100,000 past events, oldest first, a thousand at a time; or with `dry_run` a preview.

    Each thousand becomes a restoration like that of `POST /v1/restorations`. The same key and body again is the same
    job.
    """
    async with read_upload(request, state["body_memory"]) as raw:
        order = decode_body(raw, RestorationJobOrder)
        asked = Asked(request.user, idempotency_key, raw, request.auth.actor, request_id_of(request.scope))
        job = await start_restoration(state["database"], state["intake"], asked, order)
    _wake(state)
    return job_answer(job)


@get("/v1/restoration-jobs", operation_id="ListRestorationJobs", tags=["corrections"])
async def get_restoration_jobs(
    request: JobRequest,
    state: State,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    before: Cursor = LAST_ID,
) -> RestorationJobPage:
    """Jobs that restore, newest first."""
    async with state["database"].read() as db:
        rows = await list_restoration_jobs(db, request.user, before=before, limit=limit + 1)
    return RestorationJobPage(
        [job_answer(row) for row in rows[:limit]], str(rows[limit - 1].id) if len(rows) > limit else None
    )


@get("/v1/restoration-jobs/{job_id:int}", operation_id="GetRestorationJob", tags=["corrections"])
async def get_restoration_job(request: JobRequest, job_id: FromPath[int], state: State) -> RestorationJobAnswer:
    """How far a job is, and what it could not restore."""
    async with state["database"].read() as db:
        return _found(await read_restoration_job(db, request.user, as_id(job_id)), job_id)


@post(
    "/v1/restoration-jobs/{job_id:int}/cancel",
    status_code=200,
    operation_id="CancelRestorationJob",
    tags=["corrections"],
    opt=needs(Scope.SUBMIT),
)
async def cancel_job(request: JobRequest, job_id: FromPath[int], state: State) -> RestorationJobAnswer:
    """Stop a job before its next thousand. What was restored stays, and may be cancelled order by order."""
    job = await cancel_restoration_job(state["database"], state["intake"], request.user, as_id(job_id))
    return _found(job, job_id)


@post(
    "/v1/restoration-jobs/{job_id:int}/resume",
    status_code=202,
    operation_id="ResumeRestorationJob",
    tags=["corrections"],
    opt=needs(Scope.SUBMIT),
)
async def resume_job(request: JobRequest, job_id: FromPath[int], state: State) -> RestorationJobAnswer:
    """Let a job that was cancelled on its way, or that failed, go on where it stopped."""
    job = await resume_restoration_job(state["database"], request.user, as_id(job_id))
    _wake(state)
    return _found(job, job_id)


def _found(job: RestorationJobRow | None, job_id: int) -> RestorationJobAnswer:
    if job is None:
        raise NotFoundException(f"There is no restoration job {job_id}")
    return job_answer(job)


def _wake(state: State) -> None:
    closer: Closer = state["closer"]
    closer.wake()


JOB: Final = RestorationJobAnswer(
    id="370154790420480301",
    dry_run=False,
    on_error="reject",
    state="RUNNING",
    events=100_000,
    events_done=12_000,
    already_known=3,
    refused=0,
    documents=11_997,
    problems=[],
    restorations=["370154790420480302"],
    error=None,
    started_at=NOON,
    finished_at=None,
)

HANDLERS = (post_restoration_job, get_restoration_jobs, get_restoration_job, cancel_job, resume_job)
