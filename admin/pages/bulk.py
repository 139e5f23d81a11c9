"""One deed to many rows: the question, the job with its progress, and its failures as a file."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException, PermissionDeniedException
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from admin.access import doing
from admin.bulk.choosing import (
    Chosen,
    all_parked,
    asked_of,
    chosen_kkts,
    chosen_receipts,
    read_keys,
    ticked_receipts,
    told_keys,
)
from admin.bulk.kinds import KINDS, Kind
from admin.bulk.work import work_of
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.navigation import section_at
from admin.orders import KEY_FIELD, form_key, new_form_key
from admin.page import Crumb, page, part
from admin.pages.cassettes.kkt_orders import REASON_LETTERS, given
from admin.permissions import Action
from admin.recording import asker, record
from admin.refusals import told_kept
from admin.storage import bulk
from admin.storage.bulk import Item, Job, JobState, NewJob
from admin.tables.definition import Column
from admin.tables.export import csv_stream
from admin.viewer import Viewer
from fiscal_server.clock import Clock

PATH: Final = "/bulk"
SHOWN: Final = 20
JOBS_SHOWN: Final = 50
_EXPORT_PAGE: Final = 1_000
_CRUMB: Final = Crumb("Дела со многими строками", PATH)

_Request = Request[Any, Any, State]


def kind_of(form: FormMultiDict, action: Action) -> tuple[str, Kind]:
    """The deed that a form names, of those that its route is for. Raises ClientException."""
    name = str(form.get("deed", ""))
    kind = KINDS.get(name)
    if kind is None or kind.action is not action:
        raise ClientException
    return name, kind


async def choose(state: State, viewer: Viewer, form: FormMultiDict, kind: Kind) -> Chosen:
    """The rows that the form means and the deed fits. Raises NotFoundException for what is out of sight."""
    panel: PanelDatabase = state["panel"]
    is_all, keys = form.get("all") == "1", read_keys(form, viewer)
    async with panel.look([one.id for one in viewer.merchants]) as db:
        if kind.action is Action.ORDER_DEVICES:
            return await chosen_kkts(db, viewer, None if is_all else keys)
        if is_all:
            found, is_cut = await all_parked(db, viewer, asked_of(form, viewer), state["settings"].zone)
            return chosen_receipts(found, len(found), is_cut=is_cut)
        return chosen_receipts(await ticked_receipts(db, keys), len(keys))


def question(
    viewer: Viewer, name: str, chosen: Chosen, *, key: str, reason: str = "", lacks_reason: bool = False
) -> Template:
    """What is about to be done, to how many of what, and that it cannot be undone if so."""
    kind = KINDS[name]
    return page(
        "bulk/question.html", viewer, kind.section, kind=kind, name=name, chosen=chosen,
        shown=chosen.rows[:SHOWN], key=key, rows=told_keys(chosen.rows), reason=reason, lacks_reason=lacks_reason,
        key_field=KEY_FIELD, crumbs=[Crumb(section_at(kind.back).title, kind.back)],
        status=422 if lacks_reason else 200,
    )  # fmt: skip


async def begin(state: State, viewer: Viewer, form: FormMultiDict, name: str) -> Response[Any]:
    """Begin a job over the rows that the question named; the same form again leads to the same job."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    kind, key, reason = KINDS[name], form_key(form), given(form, "reason", REASON_LETTERS)
    chosen = await choose(state, viewer, form, kind)
    async with panel.change_own(viewer.person_id) as db:
        known = await bulk.job_of_form(db, key, viewer.person_id)
    if known is not None:
        return Redirect(f"{PATH}/{known}", status_code=303)
    if not reason or not chosen.rows:
        return question(viewer, name, chosen, key=key, reason=reason, lacks_reason=not reason)
    job_id = await panel.new_id()
    new = NewJob(id=job_id, person_id=viewer.person_id, person=asker(viewer), form_key=key, kind=name, reason=reason)
    now = clock.now()
    async with panel.change_own(viewer.person_id) as db:
        is_new = await bulk.add_job(db, new, chosen.rows, now)
        if is_new:
            after = {"job": str(job_id), "kind": name, "rows": len(chosen.rows)}
            await record(db, state, viewer, "bulk.begun", name, after=after, reason=reason)
        else:  # the same form in this very moment, or somebody else's key
            known = await bulk.job_of_form(db, key, viewer.person_id)
    if is_new:
        work_of(state).begin(viewer, job_id, name, reason, now)
    elif known is None:
        raise NotFoundException
    return Redirect(f"{PATH}/{known or job_id}", status_code=303)


@post(f"{PATH}/receipts/begin", opt=doing(Action.SETTLE_RECEIPTS))
async def begin_receipts(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Retry or cancel receipts that wait for a person."""
    form = await request.form()
    name, _ = kind_of(form, Action.SETTLE_RECEIPTS)
    return await begin(state, viewer, form, name)


@post(f"{PATH}/kkts", opt=doing(Action.ORDER_DEVICES))
async def ask_kkts(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Which KKTs are about to be ordered."""
    form = await request.form()
    name, kind = kind_of(form, Action.ORDER_DEVICES)
    return question(viewer, name, await choose(state, viewer, form, kind), key=new_form_key())


@post(f"{PATH}/kkts/begin", opt=doing(Action.ORDER_DEVICES))
async def begin_kkts(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Order them."""
    form = await request.form()
    name, _ = kind_of(form, Action.ORDER_DEVICES)
    return await begin(state, viewer, form, name)


async def find_job(state: State, viewer: Viewer, job_id: int) -> Job:
    """One of the viewer's own. Raises NotFoundException."""
    panel: PanelDatabase = state["panel"]
    async with panel.look_at_own(viewer.person_id, [one.id for one in viewer.merchants]) as db:
        found = await bulk.read_job(db, job_id, viewer.person_id) if 0 < job_id < 1 << 63 else None
    if found is None:
        raise NotFoundException
    return found


async def _context(state: State, viewer: Viewer, job: Job) -> dict[str, Any]:
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    seen = [one.id for one in viewer.merchants]
    async with panel.look_at_own(viewer.person_id, seen) as db:
        waiting = await bulk.waiting_items(db, job.id, seen, limit=SHOWN) if job.waiting else []
        failed = await bulk.failed_items(db, job.id, seen, limit=SHOWN) if job.failed else []
    is_silent = job.is_silent(clock.now())
    return {
        "job": job, "kind": KINDS[job.kind], "failed": [(one, told_kept(one.problem)) for one in failed],
        "waiting": waiting, "at_work": job.is_running and not is_silent, "is_silent": is_silent,
        "may": viewer.may(KINDS[job.kind].action), "at": Moments(clock.now(), state["settings"].zone),
    }  # fmt: skip


@get(PATH, opt=doing(Action.OWN))
async def jobs(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """The viewer's own jobs, newest first."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    async with panel.look_at_own(viewer.person_id, [one.id for one in viewer.merchants]) as db:
        found = await bulk.list_jobs(db, viewer.person_id, JOBS_SHOWN)
    at = Moments(clock.now(), state["settings"].zone)
    return page("bulk/jobs.html", viewer, "", jobs=found, kinds=KINDS, at=at, now=clock.now())


@get(f"{PATH}/{{job_id:int}}", opt=doing(Action.OWN))
async def job_page(state: State, viewer: NamedDependency[Viewer], job_id: FromPath[int]) -> Template:
    """How far it is, and what was refused."""
    job = await find_job(state, viewer, job_id)
    return page("bulk/job.html", viewer, KINDS[job.kind].section, crumbs=[_CRUMB], **await _context(state, viewer, job))


@get(f"{PATH}/{{job_id:int}}/progress", opt=doing(Action.OWN))
async def job_progress(
    request: _Request, state: State, viewer: NamedDependency[Viewer], job_id: FromPath[int]
) -> Template:
    """The same as a part that is asked for again and again."""
    job = await find_job(state, viewer, job_id)
    context = await _context(state, viewer, job)
    return part(request, "bulk/progress.html", viewer, KINDS[job.kind].section, crumbs=[_CRUMB], **context)


@post(f"{PATH}/{{job_id:int}}/stop", opt=doing(Action.OWN))
async def stop_job(state: State, viewer: NamedDependency[Viewer], job_id: FromPath[int]) -> Redirect:
    """What was asked is done; the rest is not asked."""
    panel: PanelDatabase = state["panel"]
    job = await find_job(state, viewer, job_id)
    async with panel.change_own(viewer.person_id) as db:
        if await bulk.end_job(db, job.id, JobState.STOPPED):
            await record(db, state, viewer, "bulk.stopped", job.kind, after={"job": str(job.id), "left": job.left})
    return Redirect(f"{PATH}/{job.id}", status_code=303)


@post(f"{PATH}/{{job_id:int}}/resume", opt=doing(Action.OWN))
async def resume_job(state: State, viewer: NamedDependency[Viewer], job_id: FromPath[int]) -> Redirect:
    """Go on where it stands still; who may not do the deed any more may not go on with it."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    job = await find_job(state, viewer, job_id)
    if not viewer.may(KINDS[job.kind].action):
        raise PermissionDeniedException
    now = clock.now()
    async with panel.change_own(viewer.person_id) as db:
        is_mine = await bulk.take_job(db, job.id, now)
        if is_mine:
            await record(db, state, viewer, "bulk.resumed", job.kind, after={"job": str(job.id), "left": job.left})
    if is_mine:
        work_of(state).begin(viewer, job.id, job.kind, job.reason, now)
    return Redirect(f"{PATH}/{job.id}", status_code=303)


class Failure(msgspec.Struct, frozen=True):
    """A row of the file."""

    item: Item
    link: str

    @property
    def reason(self) -> str:
        """In the reader's words."""
        refusal = told_kept(self.item.problem)
        return "" if refusal is None else refusal.title

    @property
    def detail(self) -> str:
        """In the API's own."""
        refusal = told_kept(self.item.problem)
        return "" if refusal is None else "; ".join([refusal.detail, *(one.reason for one in refusal.faults)])


_FAILURE_COLUMNS: Final = (
    Column(key="title", title="Что", value=lambda row: row.item.title),
    Column(key="id", title="Наш номер", value=lambda row: str(row.item.object_id)),
    Column(key="reason", title="Почему", value=lambda row: row.reason),
    Column(key="detail", title="Слова сервера", value=lambda row: row.detail),
    Column(key="link", title="Где", value=lambda row: row.link),
)


@get(f"{PATH}/{{job_id:int}}/failures", opt=doing(Action.OWN))
async def job_failures(
    request: _Request, state: State, viewer: NamedDependency[Viewer], job_id: FromPath[int]
) -> Stream:
    """What was refused and why, as CSV."""
    job = await find_job(state, viewer, job_id)
    site = state["settings"].admin_url or str(request.base_url).rstrip("/")
    pages = _failures(state["panel"], job, [one.id for one in viewer.merchants], site.rstrip("/"))
    return csv_stream(f"failures-{job.id}", _FAILURE_COLUMNS, pages, state["settings"].zone)


async def _failures(
    panel: PanelDatabase, job: Job, merchants: Sequence[int], site: str
) -> AsyncIterator[Sequence[Failure]]:
    place, where = 0, KINDS[job.kind].address
    while True:
        async with panel.look_at_own(job.person_id, merchants) as db:
            found = await bulk.failed_items(db, job.id, merchants, behind=place, limit=_EXPORT_PAGE)
        yield [Failure(one, site + where(one.merchant_id, one.object_id)) for one in found]
        if len(found) < _EXPORT_PAGE:
            return
        place = found[-1].place


HANDLERS: Final = (
    *(begin_receipts, ask_kkts, begin_kkts),
    *(jobs, job_page, job_progress, stop_job, resume_job, job_failures),
)
