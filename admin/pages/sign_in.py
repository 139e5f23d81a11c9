"""The door as people see it: sign in, second factor, a new password, the first person."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from admin.access import HALF_SIGNED_IN, OPEN, browser_of, doing, session_cookie
from admin.addresses import panel_url
from admin.database import PanelDatabase
from admin.mail import Mailer
from admin.navigation import address
from admin.permissions import Action
from admin.sign_in.door import RESET_LIVES, Door, Entry, SignInRefused
from admin.sign_in.first import FirstPerson, make_first_person, may_make_first_person
from admin.storage import people, sessions
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.settings import Settings

_Request = Request[Any, Any, State]
SIGN_IN = "/sign-in"
CODE = "/sign-in/code"
FIRST = "/first-run"


def local_path(text: str | None) -> str:
    """Where to go afterwards: a path of ours, whatever the address says."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or any(ord(sign) < 33 for sign in text):
        return "/"
    return text


def _door_page(template: str, *, error: str | None = None, **context: Any) -> Template:
    status = 200 if error is None else 422
    return Template(
        f"sign_in/{template}.html",
        context={"error": error, **context},
        status_code=status,
        headers={"Cache-Control": "no-store"},
    )


def _enter(request: _Request, entry: Entry, path: str) -> Redirect:
    settings: Settings = request.app.state["settings"]
    target = address(CODE, goal=path) if entry.half else path
    return Redirect(target, status_code=303, cookies=[session_cookie(settings, entry.token)])


async def _form(request: _Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@get(SIGN_IN, opt=OPEN)
async def sign_in_page(state: State, goal: FromQuery[str | None] = None) -> Response[Any]:
    """The form; the first-run page while there is nobody."""
    panel: PanelDatabase = state["panel"]
    async with panel.read() as db:
        if not await people.somebody_is_there(db):
            return Redirect(FIRST)
    return _door_page("sign_in", goal=local_path(goal), email="", may_mail=state["mailer"].is_there)


@post(SIGN_IN, opt=OPEN)
async def sign_in(request: _Request, state: State) -> Response[Any]:
    """Mail address and password."""
    door: Door = state["door"]
    form = await _form(request)
    goal = local_path(form.get("goal"))
    try:
        entry = await door.sign_in(form.get("email", ""), form.get("password", ""), browser_of(request))
    except SignInRefused as refused:
        return _door_page(
            "sign_in", error=str(refused), goal=goal, email=form.get("email", ""), may_mail=state["mailer"].is_there
        )
    return _enter(request, entry, goal)


@get(CODE, opt=HALF_SIGNED_IN)
async def code_page(viewer: NamedDependency[Viewer], goal: FromQuery[str | None] = None) -> Template:
    """The form of the second factor."""
    return _door_page("code", viewer=viewer, goal=local_path(goal))


@post(CODE, opt=HALF_SIGNED_IN)
async def give_code(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The code of the application, or a recovery code."""
    door: Door = state["door"]
    form = await _form(request)
    goal = local_path(form.get("goal"))
    try:
        entry = await door.second_step(viewer, form.get("code", ""), browser_of(request))
    except SignInRefused as refused:
        return _door_page("code", error=str(refused), viewer=viewer, goal=goal)
    return _enter(request, entry, goal)


@post("/sign-out", opt=doing(Action.OWN))
async def sign_out(state: State, viewer: NamedDependency[Viewer]) -> Redirect:
    """This browser's session ends."""
    panel: PanelDatabase = state["panel"]
    if viewer.person_id is not None and viewer.session_id is not None:
        async with panel.change() as db:
            await sessions.close_session(db, viewer.person_id, viewer.session_id)
    return Redirect(SIGN_IN, status_code=303, cookies=[session_cookie(state["settings"], None)])


@get("/password/forgotten", opt=OPEN)
async def forgotten_page(state: State) -> Template:
    """Asks for the address; without a mail server, says whom to ask."""
    return _door_page("forgotten", may_mail=state["mailer"].is_there, sent=False)


@post("/password/forgotten", opt=OPEN)
async def forgotten(request: _Request, state: State) -> Template:
    """The same answer for every address; somebody who is there gets a mail."""
    door: Door = state["door"]
    panel: PanelDatabase = state["panel"]
    mailer: Mailer = state["mailer"]
    if mailer.is_there:
        email = (await _form(request)).get("email", "")
        async with panel.change() as db:
            person = await people.person_by_email(db, email)
            if person is not None and person.disabled_at is None:
                token = await door.make_link(db, person.id, RESET_LIVES)
                text = say("Чтобы выбрать новый пароль, откройте ссылку. Она действует один час:") + "\n\n"
                text += mailed_link(state["settings"], token) + "\n\n"
                text += say("Если вы не просили об этом, ничего делать не нужно: пароль прежний.") + "\n"
                mailer.post(person.email, say("Новый пароль"), text)
    return _door_page("forgotten", may_mail=mailer.is_there, sent=True)


def mailed_link(settings: Settings, token: str) -> str:
    """The whole address of a one-time link. Whoever asks for a mail to somebody does not choose where it leads."""
    return f"{panel_url(settings)}/password/{token}"


def link_of(request: _Request, token: str) -> str:
    """The same for an administrator to hand over: where they are themselves."""
    settings: Settings = request.app.state["settings"]
    return f"{settings.admin_url or str(request.base_url).rstrip('/')}/password/{token}"


@get("/password/{token:str}", opt=OPEN)
async def choose_page(state: State, token: FromPath[str]) -> Template:
    """The form behind a one-time link. Opening it uses nothing up: scanners of mails open links."""
    door: Door = state["door"]
    try:
        person = await door.whose_link(token)
    except SignInRefused as refused:
        return _door_page("choose", error=str(refused), person=None, token=token)
    return _door_page("choose", person=person, token=token)


@post("/password/{token:str}", opt=OPEN)
async def choose(request: _Request, state: State, token: FromPath[str]) -> Response[Any]:
    """The new password; whoever chose it is signed in."""
    door: Door = state["door"]
    person = None
    try:
        person = await door.whose_link(token)
        entry = await door.choose_password(token, (await _form(request)).get("password", ""), browser_of(request))
    except SignInRefused as refused:
        return _door_page("choose", error=str(refused), person=person, token=token)
    return _enter(request, entry, "/")


@get(FIRST, opt=OPEN)
async def first_page(request: _Request, state: State) -> Response[Any]:
    """Who keeps this panel? While there is nobody, and for whoever sits at this machine."""
    panel: PanelDatabase = state["panel"]
    async with panel.read() as db:
        if await people.somebody_is_there(db):
            return Redirect(SIGN_IN)
    return _door_page("first", may=may_make_first_person(state["settings"], browser_of(request)), form={})


@post(FIRST, opt=OPEN)
async def first(request: _Request, state: State) -> Response[Any]:
    """Makes the first person and signs them in."""
    form, browser = await _form(request), browser_of(request)
    may = may_make_first_person(state["settings"], browser)
    if not may:
        return _door_page("first", may=False, form=form)
    door: Door = state["door"]
    given = FirstPerson(form.get("email", ""), form.get("name", ""), form.get("password", ""))
    try:
        await make_first_person(state["panel"], door, state["clock"], given, browser)
    except SignInRefused as refused:
        return _door_page("first", error=str(refused), may=True, form=form)
    return _enter(request, await door.sign_in(given.email, given.password, browser), "/")
