"""Month closes of a whole merchant: POST to begin one or to preview it, GET all or how far one is, cancel, go on."""

from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import as_id, read_body
from fiscal_server.api.resources import LAST_ID, Cursor
from fiscal_server.intake.close_runner import Closer
from fiscal_server.intake.close_totals import Totals
from fiscal_server.intake.closing import CloseRequest, cancel_close, resume_close, start_close
from fiscal_server.storage.close_jobs import JobRow, list_jobs, read_job
from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.keys import Scope

_PERIOD: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])\Z"


class PeriodCloseAnswer(msgspec.Struct, frozen=True):
    """A job and where it stands. ``totals``: what it has issued or, of a preview, would issue; all when it is over."""

    id: str
    period: str
    dry_run: bool
    state: CloseState
    event_key: str
    accounts: int
    accounts_done: int
    accounts_changed: int
    settlements: int
    receipts: int
    totals: Totals
    deadline: date
    error: str | None
    started_at: datetime
    finished_at: datetime | None


class PeriodClosePage(msgspec.Struct, frozen=True):
    """Jobs, newest first; ``next`` is the cursor of the following page."""

    closes: list[PeriodCloseAnswer]
    next: str | None


def close_answer(job: JobRow) -> PeriodCloseAnswer:
    """A job as it is answered."""
    return PeriodCloseAnswer(
        id=str(job.id),
        period=job.period,
        dry_run=job.dry_run,
        state=job.state,
        event_key=job.event_key,
        accounts=job.accounts,
        accounts_done=job.done,
        accounts_changed=job.changed,
        settlements=job.settlements,
        receipts=job.receipts,
        totals=msgspec.convert(job.totals, Totals),
        deadline=job.deadline,
        error=job.error,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


@post(
    "/v1/period-closes",
    status_code=202,
    operation_id="PostPeriodClose",
    tags=["period closes"],
    opt=needs(Scope.SUBMIT),
)
async def post_period_close(request: Request[int, Any, State], state: State) -> PeriodCloseAnswer:
    """Begin the close of a month, or with ``dry_run`` a preview that stores nothing.

    The month takes no charges from now on. The same key and month again is the same job.
    """
    order = await read_body(request, CloseRequest)
    job = await start_close(state["database"], state["intake"], request.user, order)
    _wake(state)
    return close_answer(job)


@get("/v1/period-closes", operation_id="ListPeriodCloses", tags=["period closes"])
async def get_period_closes(
    request: Request[int, Any, State],
    state: State,
    period: Annotated[str | None, QueryParameter(pattern=_PERIOD, description="YYYY-MM: closes of this month")] = None,
    in_state: Annotated[CloseState | None, QueryParameter(name="state", description="closes that stand so")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    before: Cursor = LAST_ID,
) -> PeriodClosePage:
    """Closes of the merchant and their previews, newest first."""
    async with state["database"].read() as db:
        rows = await list_jobs(db, request.user, period, in_state, before=before, limit=limit + 1)
    following = str(rows[limit - 1].id) if len(rows) > limit else None
    return PeriodClosePage([close_answer(row) for row in rows[:limit]], following)


@get("/v1/period-closes/{job_id:int}", operation_id="GetPeriodClose", tags=["period closes"])
async def get_period_close(request: Request[int, Any, State], job_id: FromPath[int], state: State) -> PeriodCloseAnswer:
    """How far a job is, and its totals."""
    async with state["database"].read() as db:
        job = await read_job(db, request.user, as_id(job_id))
    return close_answer(_found(job, job_id))


@post(
    "/v1/period-closes/{job_id:int}/cancel",
    status_code=200,
    operation_id="CancelPeriodClose",
    tags=["period closes"],
    opt=needs(Scope.SUBMIT),
)
async def cancel_period_close(
    request: Request[int, Any, State], job_id: FromPath[int], state: State
) -> PeriodCloseAnswer:
    """Stop a job before its next chunk. Before the first one nothing has happened and the month is open again; later
    what was closed stays, with its receipts, and the job may be resumed.
    """
    job = await cancel_close(state["database"], state["intake"], request.user, as_id(job_id))
    return close_answer(_found(job, job_id))


@post(
    "/v1/period-closes/{job_id:int}/resume",
    status_code=202,
    operation_id="ResumePeriodClose",
    tags=["period closes"],
    opt=needs(Scope.SUBMIT),
)
async def resume_period_close(
    request: Request[int, Any, State], job_id: FromPath[int], state: State
) -> PeriodCloseAnswer:
    """Let a job that was cancelled after its first chunk, or that failed, go on where it stopped."""
    job = await resume_close(state["database"], state["intake"], request.user, as_id(job_id))
    _wake(state)
    return close_answer(_found(job, job_id))


def _found(job: JobRow | None, job_id: int) -> JobRow:
    if job is None:
        raise NotFoundException(f"There is no period close {job_id}")
    return job


def _wake(state: State) -> None:
    closer: Closer = state["closer"]
    closer.wake()


HANDLERS = [post_period_close, get_period_closes, get_period_close, cancel_period_close, resume_period_close]
