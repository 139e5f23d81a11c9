"""A file of money from a person's hands to the books: sent, understood, checked, taken in."""

from datetime import date
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.formatters import Moments
from admin.page import Crumb, page, part
from admin.pages.money import words as money_words
from admin.pages.money.table import NEW, PATH
from admin.permissions import Action
from admin.refusals import Refusal, told
from admin.storage import uploads
from admin.storage.uploads import Kind, Options, Step, Upload
from admin.texts import say
from admin.uploads.answers import BatchCheck, ImportCheck, check_of, refusal_of
from admin.uploads.looks import NotTaken
from admin.uploads.receiving import FORM_ROOM, MAX_BYTES, file_of, look_into, new_form_key, receive
from admin.uploads.work import work_of
from admin.viewer import Viewer
from fiscal_server.client import AsyncFiscalClient
from fiscal_server.client.errors import ClientError
from fiscal_server.client.protocol import Request as ApiRequest
from fiscal_server.client.protocol import decode
from fiscal_server.clock import Clock

_Request = Request[Any, Any, State]
_CRUMBS: Final = (Crumb("Поступления", PATH),)
_KINDS: Final[tuple[Kind, ...]] = ("statement", "register", "batch")
_LETTERS: Final = 64
NO_MERCHANT: Final = "Выберите организацию"
CHOOSE: Final = "Выберите, что это за файл"
BAD_DAY: Final = "Нужна дата: 31.12.2026"
_TOO_MANY: Final = "too_many_events"


class AdapterName(msgspec.Struct, frozen=True):
    """A format of files that the server knows."""

    id: str
    kind: str
    title: str


@get(NEW, opt=doing(Action.SUBMIT_MONEY))
async def new_upload(request: _Request, viewer: NamedDependency[Viewer]) -> Template:
    """A form for a file; everything else is asked when the file is there."""
    return _form(viewer, str(request.query_params.get("merchant", "")))


def _form(viewer: Viewer, merchant: str, error: str | None = None) -> Template:
    return page(
        "money/new.html", viewer, "money", crumbs=_CRUMBS, status=422 if error else 200,
        merchant=merchant, error=error, key=new_form_key(),
    )  # fmt: skip


@post(NEW, opt=doing(Action.SUBMIT_MONEY), request_max_body_size=MAX_BYTES + FORM_ROOM)
async def upload(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Keep the file, and check it at once when it is clear what it is."""
    form = await request.form()
    given = str(form.get("merchant", ""))
    merchant_id = merchant_of(viewer, given)
    if merchant_id is None:
        return _form(viewer, given, say(NO_MERCHANT))
    try:
        look, size = await look_into(file_of(form))
    except NotTaken as refused:
        return _form(viewer, given, say(refused.msgid, **refused.values))
    options = Options(adapter=look.adapter, lines=look.lines)
    upload_id = await receive(state, viewer, merchant_id, form, look, size, options)
    found = await read_upload(state, viewer, upload_id)
    if found.state is Step.NEW and found.kind != "unknown":
        await work_of(state).begin(viewer, found, Step.CHECKING)
    return Redirect(f"{PATH}/uploads/{upload_id}", status_code=303)


def merchant_of(viewer: Viewer, given: str) -> int | None:
    """The merchant of a form; None for none, and for one that this viewer does not see."""
    if not given and len(viewer.merchants) == 1:
        return viewer.merchants[0].id
    one = viewer.named_merchant(given)
    return None if one is None else one.id


async def read_upload(state: State, viewer: Viewer, upload_id: int, *, restoration: bool = False) -> Upload:
    """One that this viewer sees. Raises NotFoundException."""
    panel: PanelDatabase = state["panel"]
    if not 0 < upload_id < 1 << 63:
        raise NotFoundException
    async with panel.look([one.id for one in viewer.merchants]) as db:
        found = await uploads.read_upload(db, upload_id)
    if found is None or (found.kind == "restoration") != restoration:
        raise NotFoundException
    return found


@get(f"{PATH}/uploads/{{upload_id:int}}", opt=doing(Action.SUBMIT_MONEY))
async def upload_card(state: State, viewer: NamedDependency[Viewer], upload_id: FromPath[int]) -> Response[Any]:
    """What the file is, what would become of it, and what there is to decide."""
    found = await read_upload(state, viewer, upload_id)
    if found.state is Step.DONE:
        return Redirect(result_address(found), status_code=303)
    return await _card(state, viewer, found)


def result_address(found: Upload) -> str:
    """Where what it became is."""
    kind = "batches" if found.kind == "batch" else "imports"
    return f"{PATH}/{kind}/{found.merchant_id}/{found.result_id}"


async def _card(state: State, viewer: Viewer, found: Upload, error: str | None = None) -> Template:
    clock: Clock = state["clock"]
    adapters, away = await _adapters(state, viewer, found)
    check, refusal = check_of(found), refusal_of(found)
    return page(
        "money/upload.html",
        viewer,
        "money",
        crumbs=_CRUMBS,
        status=422 if error else 200,
        one=found,
        merchant_name=next(one.name for one in viewer.merchants if one.id == found.merchant_id),
        at=Moments(clock.now(), state["settings"].zone),
        is_silent=found.is_silent(clock.now()),
        adapters=adapters,
        refusal=refusal or away,
        check=check,
        may_run=_may_run(found, check, refusal),
        kinds=_KINDS,
        said=money_words,
        error=error,
    )


def _may_run(found: Upload, check: Any, refusal: Refusal | None) -> bool:
    if found.at_work or found.kind == "unknown":
        return False
    if isinstance(check, ImportCheck):
        return found.state is Step.CHECKED and check.state == "previewed"
    if isinstance(check, BatchCheck):
        return found.state is Step.CHECKED
    return found.kind == "batch" and refusal is not None and any(one.code == _TOO_MANY for one in refusal.faults)


async def _adapters(state: State, viewer: Viewer, found: Upload) -> tuple[list[AdapterName], Refusal | None]:
    """What the server can read; while a step is under way nobody chooses."""
    errands: Errands = state["errands"]
    if found.at_work:
        return [], None
    try:
        async with errands.run(viewer, found.merchant_id, Action.SUBMIT_MONEY) as api:
            return await _ask_adapters(api), None
    except ClientError as error:
        return [], told(error)


async def _ask_adapters(api: AsyncFiscalClient) -> list[AdapterName]:
    return decode(await api.send(ApiRequest("GET", "/v1/import-adapters")), list[AdapterName])


@get(f"{PATH}/uploads/{{upload_id:int}}/state", opt=doing(Action.SUBMIT_MONEY))
async def upload_state(
    request: _Request, state: State, viewer: NamedDependency[Viewer], upload_id: FromPath[int]
) -> Template:
    """How far the step is; asked again and again."""
    clock: Clock = state["clock"]
    found = await read_upload(state, viewer, upload_id)
    at = Moments(clock.now(), state["settings"].zone)
    back = [*_CRUMBS, Crumb("Файл", f"{PATH}/uploads/{upload_id}")]
    silent = found.is_silent(clock.now())
    return part(request, "money/state.html", viewer, "money", crumbs=back, one=found, at=at, is_silent=silent)


@post(f"{PATH}/uploads/{{upload_id:int}}/check", opt=doing(Action.SUBMIT_MONEY))
async def check_upload(
    request: _Request, state: State, viewer: NamedDependency[Viewer], upload_id: FromPath[int]
) -> Response[Any]:
    """Read it as the form says, and say what would become of it."""
    panel: PanelDatabase = state["panel"]
    found = await read_upload(state, viewer, upload_id)
    try:
        kind, options = _wanted(await request.form(), found)
    except ValueError as wrong:
        return await _card(state, viewer, found, say(str(wrong)))
    async with panel.change(merchants=[found.merchant_id]) as db:
        await uploads.set_options(db, upload_id, kind, options)
    await work_of(state).begin(viewer, msgspec.structs.replace(found, kind=kind, options=options), Step.CHECKING)
    return Redirect(f"{PATH}/uploads/{upload_id}", status_code=303)


def _wanted(form: FormMultiDict, found: Upload) -> tuple[Kind, Options]:
    """«register table» and the rest of the form. Raises ValueError with a msgid."""
    kind, _, adapter = str(form.get("format", "")).partition(" ")
    known = {one: one for one in _KINDS}.get(kind)  # type: ignore[call-overload]
    if known is None or len(adapter) > _LETTERS:
        raise ValueError(CHOOSE)
    day = str(form.get("credited_on", "")).strip()
    try:
        credited_on = date.fromisoformat(day) if day else None
    except ValueError:
        raise ValueError(BAD_DAY) from None
    return known, Options(
        adapter=adapter,
        channel=str(form.get("channel", "")).replace("\0", "").strip()[:_LETTERS],
        credited_on=credited_on,
        unknown="reject" if form.get("unknown") == "reject" else "suspense",
        again=form.get("again") == "1",
        lines=found.options.lines,
    )


@post(f"{PATH}/uploads/{{upload_id:int}}/run", opt=doing(Action.SUBMIT_MONEY))
async def run_upload(state: State, viewer: NamedDependency[Viewer], upload_id: FromPath[int]) -> Response[Any]:
    """Take it in as it was checked. Twice is once: by the state of the file, and by what the API knows of it."""
    found = await read_upload(state, viewer, upload_id)
    if found.is_silent(state["clock"].now()) or _may_run(found, check_of(found), refusal_of(found)):
        await work_of(state).begin(viewer, found, Step.RUNNING)
    return Redirect(f"{PATH}/uploads/{upload_id}", status_code=303)


@post(f"{PATH}/uploads/{{upload_id:int}}/forget", opt=doing(Action.SUBMIT_MONEY))
async def forget_upload(state: State, viewer: NamedDependency[Viewer], upload_id: FromPath[int]) -> Response[Any]:
    """Give it up: nothing of it was stored but the file."""
    panel: PanelDatabase = state["panel"]
    found = await read_upload(state, viewer, upload_id)
    async with panel.change(merchants=[found.merchant_id]) as db:
        await uploads.forget(db, upload_id)
    return Redirect(PATH, status_code=303)


HANDLERS: Final = (new_upload, upload, upload_card, upload_state, check_upload, run_upload, forget_upload)
