"""A month close as a job: tried out, run after a question, watched, stopped, gone on with, and its report.

The API does all of it in the name of the person; the same month again is the same close.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.receipts.calendar import last_day
from admin import close_words
from admin.access import doing
from admin.close_words import JOB_STATES, Totals, may_be_closed
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.formatters import format_period
from admin.orders import form_key, note
from admin.page import Crumb, page, part
from admin.pages.choosing import seen_merchant
from admin.pages.closes.listing import (
    CRUMB,
    checked_period,
    job_address,
    moments,
    month_address,
    month_page,
    read_month,
)
from admin.permissions import Action
from admin.refusals import Refusal, told
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.client import AsyncFiscalClient, PeriodClose
from fiscal_server.client.errors import ClientError
from fiscal_server.storage import close_jobs
from fiscal_server.storage.close_jobs import JobRow
from fiscal_server.storage.close_overview import months_of_merchants, preview_by_key
from fiscal_server.storage.close_states import AT_WORK, CloseEvent, after

_Request = Request[Any, Any, State]
_PREVIEW: Final = "panel-preview-"


@get("/closes/{merchant_id:int}/{period:str}/question", opt=doing(Action.CLOSE_MONTHS))
async def question(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], period: FromPath[str]
) -> Template:
    """Whether to close it: the question names merchant and month."""
    return await month_page(state, viewer, merchant_id, period, asks=True)


@post("/closes/{merchant_id:int}/{period:str}/preview", opt=doing(Action.CLOSE_MONTHS))
async def begin_preview(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], period: FromPath[str]
) -> Response[Any]:
    """What the close would issue; nothing is stored but its figures. The same form again is the same preview."""
    seen_merchant(viewer, merchant_id)
    key = _PREVIEW + form_key(await request.form())
    panel: PanelDatabase = state["panel"]
    async with panel.look([merchant_id]) as db:
        known = await preview_by_key(db, merchant_id, checked_period(period), key)
    if known is not None:
        return Redirect(job_address(merchant_id, known), status_code=303)
    return await _begin(state, viewer, merchant_id, period, lambda api: api.close_month(period, key=key, dry_run=True))


@post("/closes/{merchant_id:int}/{period:str}/run", opt=doing(Action.CLOSE_MONTHS))
async def begin_close(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], period: FromPath[str]
) -> Response[Any]:
    """Close the month; whoever asks again is shown the close that runs."""
    seen_merchant(viewer, merchant_id)
    found = await read_month(state, merchant_id, checked_period(period))
    if found.row.job_id is not None:
        return Redirect(job_address(merchant_id, found.row.job_id), status_code=303)
    if last_day(period) >= moments(state).now.date():
        refused = Refusal(say(close_words.NOT_OVER), "", "", [])
        return await month_page(state, viewer, merchant_id, period, refused=refused)
    return await _begin(state, viewer, merchant_id, period, lambda api: api.close_month(period), "close.begun")


async def _begin(
    state: State, viewer: Viewer, merchant_id: int, period: str,
    ask: Callable[[AsyncFiscalClient], Awaitable[PeriodClose]], deed: str | None = None,
) -> Response[Any]:  # fmt: skip
    errands: Errands = state["errands"]
    try:
        async with errands.run(viewer, merchant_id, Action.CLOSE_MONTHS) as api:
            job = await ask(api)
    except ClientError as error:
        return await month_page(state, viewer, merchant_id, period, refused=told(error))
    if deed is not None:
        await note(state, viewer, merchant_id, deed, period, after={"close": job.id})
    return Redirect(job_address(merchant_id, job.id), status_code=303)


async def find_job(state: State, viewer: Viewer, merchant_id: int, job_id: int) -> JobRow:
    """One that the viewer may see. Raises NotFoundException."""
    seen_merchant(viewer, merchant_id)
    panel: PanelDatabase = state["panel"]
    async with panel.look([merchant_id]) as db:
        job = await close_jobs.read_job(db, merchant_id, job_id)
    if job is None:
        raise NotFoundException
    return job


async def _context(state: State, viewer: Viewer, merchant_id: int, job: JobRow) -> dict[str, Any]:
    panel: PanelDatabase = state["panel"]
    async with panel.look([merchant_id]) as db:
        (row,) = await months_of_merchants(db, [merchant_id], [job.period])
    today = moments(state).now.date()
    return {
        "may_close": viewer.may(Action.CLOSE_MONTHS) and may_be_closed(row, today),
        "job": job,
        "merchant_id": merchant_id,
        "word": JOB_STATES[job.state],
        "totals": msgspec.convert(job.totals, Totals),
        "says": close_words,
        "at": moments(state),
        "at_work": job.state in AT_WORK,
        "may_cancel": viewer.may(Action.CLOSE_MONTHS) and after(job.state, CloseEvent.STOPPED) is not None,
        "may_drop": viewer.may(Action.CLOSE_MONTHS) and job.state not in AT_WORK
        and not job.has_begun and after(job.state, CloseEvent.CANCELLED_BEFORE) is not None,
        "may_resume": viewer.may(Action.CLOSE_MONTHS) and after(job.state, CloseEvent.RESUMED) is not None,
    }  # fmt: skip


async def _card(
    state: State, viewer: Viewer, merchant_id: int, job_id: int, refused: Refusal | None = None
) -> Template:
    name = seen_merchant(viewer, merchant_id)
    job = await find_job(state, viewer, merchant_id, job_id)
    crumbs = [
        CRUMB,
        Crumb(name, f"/closes/{merchant_id}"),
        Crumb(format_period(job.period), month_address(merchant_id, job.period)),
    ]
    return page(
        "closes/job.html", viewer, "closes", crumbs=crumbs, status=409 if refused else 200, refused=refused, name=name,
        chosen=merchant_id, **await _context(state, viewer, merchant_id, job),
    )  # fmt: skip


@get("/closes/{merchant_id:int}/jobs/{job_id:int}", opt=doing(Action.SEE_CLOSES))
async def job_card(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], job_id: FromPath[int]
) -> Template:
    """How far a close or a preview is; when it is over, what it has issued, or would."""
    return await _card(state, viewer, merchant_id, job_id)


@get("/closes/{merchant_id:int}/jobs/{job_id:int}/progress", opt=doing(Action.SEE_CLOSES))
async def job_progress(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    job_id: FromPath[int],
) -> Template:  # fmt: skip
    """The part of the card that changes while the job is at work."""
    job = await find_job(state, viewer, merchant_id, job_id)
    return part(request, "closes/progress.html", viewer, "closes", **await _context(state, viewer, merchant_id, job))


async def _move(
    state: State, viewer: Viewer, merchant_id: int, job_id: int, deed: str,
    ask: Callable[[AsyncFiscalClient], Awaitable[PeriodClose]],
) -> Response[Any]:  # fmt: skip
    before = await find_job(state, viewer, merchant_id, job_id)
    errands: Errands = state["errands"]
    try:
        async with errands.run(viewer, merchant_id, Action.CLOSE_MONTHS) as api:
            job = await ask(api)
    except ClientError as error:
        return await _card(state, viewer, merchant_id, job_id, told(error))
    if not before.dry_run and job.state != before.state:
        on = format_period(before.period)
        await note(state, viewer, merchant_id, deed, on, before={"state": before.state}, after={"state": job.state})
    return Redirect(job_address(merchant_id, job_id), status_code=303)


@post("/closes/{merchant_id:int}/jobs/{job_id:int}/cancel", opt=doing(Action.CLOSE_MONTHS))
async def cancel_job(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], job_id: FromPath[int]
) -> Response[Any]:
    """Stop it before its next part: what was closed stays."""
    return await _move(
        state, viewer, merchant_id, job_id, "close.stopped", lambda api: api.cancel_close(str(job_id))
    )  # fmt: skip


@post("/closes/{merchant_id:int}/jobs/{job_id:int}/resume", opt=doing(Action.CLOSE_MONTHS))
async def resume_job(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], job_id: FromPath[int]
) -> Response[Any]:
    """Let it go on where it stopped."""
    return await _move(
        state, viewer, merchant_id, job_id, "close.resumed", lambda api: api.resume_close(str(job_id))
    )  # fmt: skip


HANDLERS = (question, begin_preview, begin_close, job_card, job_progress, cancel_job, resume_job)
