"""A list of past events from a person's hands to a job that restores their receipts."""

from datetime import date
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import Crumb, page, part
from admin.pages.corrections.listing import JOBS, PATH
from admin.pages.money.upload import BAD_DAY, NO_MERCHANT, merchant_of, read_upload
from admin.permissions import Action
from admin.storage import uploads
from admin.storage.uploads import Options, Step
from admin.texts import say
from admin.uploads.answers import check_of, refusal_of
from admin.uploads.looks import Look, NotTaken
from admin.uploads.receiving import FORM_ROOM, MAX_BYTES, file_of, look_into, new_form_key, receive
from admin.uploads.work import work_of
from admin.viewer import Viewer
from fiscal_server.clock import Clock

_Request = Request[Any, Any, State]
NEW: Final = f"{PATH}/new"
_CRUMBS: Final = (Crumb("Исправления", PATH), Crumb("Восстановление списком", JOBS))
NOT_A_LIST: Final = "Нужен список событий в JSON: [{…}, {…}], от старых к новым"


def _form(viewer: Viewer, merchant: str, error: str | None = None) -> Template:
    return page(
        "corrections/new.html", viewer, "corrections", crumbs=_CRUMBS, status=422 if error else 200,
        merchant=merchant, error=error, key=new_form_key(),
    )  # fmt: skip


@get(NEW, opt=doing(Action.CORRECT_RECEIPTS))
async def new_list(request: _Request, viewer: NamedDependency[Viewer]) -> Template:
    """A form for a list of events."""
    return _form(viewer, str(request.query_params.get("merchant", "")))


@post(NEW, opt=doing(Action.CORRECT_RECEIPTS), request_max_body_size=MAX_BYTES + FORM_ROOM)
async def upload_list(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Keep the list, and have it counted."""
    clock: Clock = state["clock"]
    form = await request.form()
    given = str(form.get("merchant", ""))
    merchant_id = merchant_of(viewer, given)
    if merchant_id is None:
        return _form(viewer, given, say(NO_MERCHANT))
    try:
        look, size = await look_into(file_of(form))
        if look.kind != "batch" or file_of(form).file.read(256).lstrip()[:1] != b"[":
            raise NotTaken(NOT_A_LIST)
        file_of(form).file.seek(0)
        options = _options(form, clock.now().astimezone(state["settings"].zone).date())
    except NotTaken as refused:
        return _form(viewer, given, say(refused.msgid, **refused.values))
    upload_id = await receive(state, viewer, merchant_id, form, Look("restoration"), size, options)
    found = await read_upload(state, viewer, upload_id, restoration=True)
    if found.state is Step.NEW:
        await work_of(state).begin(viewer, found, Step.CHECKING)
    return Redirect(f"{PATH}/uploads/{upload_id}", status_code=303)


def _options(form: FormMultiDict, today: date) -> Options:
    day = str(form.get("basis_on", "")).strip()
    try:
        basis_on = date.fromisoformat(day) if day else None
    except ValueError:
        raise NotTaken(BAD_DAY) from None
    number = str(form.get("basis_number", "")).replace("\0", "").strip()[:32]
    return Options(restored_on=today, basis_on=basis_on, basis_number=number, skip=form.get("skip") == "1")


@get(f"{PATH}/uploads/{{upload_id:int}}", opt=doing(Action.CORRECT_RECEIPTS))
async def list_card(state: State, viewer: NamedDependency[Viewer], upload_id: FromPath[int]) -> Response[Any]:
    """What the list would restore, and what there is to decide."""
    clock: Clock = state["clock"]
    found = await read_upload(state, viewer, upload_id, restoration=True)
    if found.state is Step.DONE:
        return Redirect(f"{JOBS}/{found.merchant_id}/{found.result_id}", status_code=303)
    return page(
        "corrections/upload.html", viewer, "corrections", crumbs=_CRUMBS, one=found, check=check_of(found),
        refusal=refusal_of(found), is_silent=found.is_silent(clock.now()), jobs=JOBS,
        merchant_name=next(one.name for one in viewer.merchants if one.id == found.merchant_id),
        at=Moments(clock.now(), state["settings"].zone),
    )  # fmt: skip


@get(f"{PATH}/uploads/{{upload_id:int}}/state", opt=doing(Action.CORRECT_RECEIPTS))
async def list_state(
    request: _Request, state: State, viewer: NamedDependency[Viewer], upload_id: FromPath[int]
) -> Template:
    """How far the step is; asked again and again."""
    clock: Clock = state["clock"]
    found = await read_upload(state, viewer, upload_id, restoration=True)
    return part(
        request, "money/state.html", viewer, "corrections", crumbs=_CRUMBS, one=found,
        at=Moments(clock.now(), state["settings"].zone), is_silent=found.is_silent(clock.now()),
    )  # fmt: skip


async def _step(state: State, viewer: Viewer, upload_id: int, step: Step) -> Response[Any]:
    found = await read_upload(state, viewer, upload_id, restoration=True)
    await work_of(state).begin(viewer, found, step)
    return Redirect(f"{PATH}/uploads/{upload_id}", status_code=303)


@post(f"{PATH}/uploads/{{upload_id:int}}/check", opt=doing(Action.CORRECT_RECEIPTS))
async def check_list(state: State, viewer: NamedDependency[Viewer], upload_id: FromPath[int]) -> Response[Any]:
    """Count it once more."""
    return await _step(state, viewer, upload_id, Step.CHECKING)


@post(f"{PATH}/uploads/{{upload_id:int}}/run", opt=doing(Action.CORRECT_RECEIPTS))
async def run_list(state: State, viewer: NamedDependency[Viewer], upload_id: FromPath[int]) -> Response[Any]:
    """Begin the job."""
    return await _step(state, viewer, upload_id, Step.RUNNING)


@post(f"{PATH}/uploads/{{upload_id:int}}/forget", opt=doing(Action.CORRECT_RECEIPTS))
async def forget_list(state: State, viewer: NamedDependency[Viewer], upload_id: FromPath[int]) -> Response[Any]:
    """Give it up."""
    panel: PanelDatabase = state["panel"]
    found = await read_upload(state, viewer, upload_id, restoration=True)
    async with panel.change(merchants=[found.merchant_id]) as db:
        await uploads.forget(db, upload_id)
    return Redirect(JOBS, status_code=303)


HANDLERS: Final = (new_list, upload_list, list_card, list_state, check_list, run_list, forget_list)
