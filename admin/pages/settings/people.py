"""People of the panel: who there is, what they may do, which merchants they work for."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.mail import Mailer
from admin.page import Crumb, page
from admin.pages.sign_in import link_of
from admin.permissions import ROLES, Action, Role, sees_all
from admin.recording import record
from admin.sign_in.door import INVITATION_LIVES, Door, SignInRefused
from admin.sign_in.first import checked_person
from admin.storage import people, sessions
from admin.storage.people import Person
from admin.texts import LANGUAGES, say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

_Request = Request[Any, Any, State]
PEOPLE = "/settings/people"
_CRUMBS = (Crumb("Пользователи", PEOPLE),)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A form about a person, checked."""

    name: str
    email: str
    roles: tuple[Role, ...]
    merchants: tuple[int, ...]
    language: str
    disabled: bool

    def told(self) -> dict[str, Any]:
        """For the audit."""
        return msgspec.to_builtins(self, str_keys=True)  # type: ignore[no-any-return]


def _wanted(form: FormMultiDict, known: Mapping[int, str]) -> Wanted:
    """Raises SignInRefused with what is wrong."""
    email, name = checked_person(str(form.get("email", "")), str(form.get("name", "")))
    roles = tuple(role for role in Role if role in form.getall("role", []))
    if not roles:
        raise SignInRefused("Выберите хотя бы одну роль: без роли человек ничего не увидит.")
    chosen = {text for text in form.getall("merchant", []) if isinstance(text, str)}
    language = str(form.get("language", ""))
    return Wanted(
        name=name,
        email=email,
        roles=roles,
        merchants=tuple(one for one in known if str(one) in chosen),
        language=language if language in LANGUAGES else "ru",
        disabled=form.get("disabled") == "1",
    )


@get(PEOPLE, opt=doing(Action.MANAGE_PEOPLE))
async def list_people(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Everybody."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    async with panel.read() as db:
        everybody = await people.list_people(db)
    at = Moments(clock.now(), state["settings"].zone)
    return page("settings/people.html", viewer, "settings", everybody=everybody, roles=ROLES, at=at, sees_all=sees_all)


async def _names(state: State) -> dict[int, str]:
    panel: PanelDatabase = state["panel"]
    return {one.id: one.name for one in await panel.merchants()}


async def _card(
    state: State, viewer: Viewer, person: Person | None, given: tuple[int, ...] = (), *,
    error: str | None = None, link: str | None = None, form: FormMultiDict | None = None,
) -> Template:  # fmt: skip
    return page(
        "settings/person.html", viewer, "settings", crumbs=_CRUMBS, status=422 if error else 200, person=person,
        given=given, names=await _names(state), roles=ROLES, languages=LANGUAGES, error=error, link=link, form=form,
    )  # fmt: skip


@get(f"{PEOPLE}/new", opt=doing(Action.MANAGE_PEOPLE))
async def new_person(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """An empty card."""
    return await _card(state, viewer, None)


@post(f"{PEOPLE}/new", opt=doing(Action.MANAGE_PEOPLE))
async def invite(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Somebody new: a link by which they choose a password goes to them, or is shown when there is no mail."""
    panel: PanelDatabase = state["panel"]
    door: Door = state["door"]
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        wanted = _wanted(form, await _names(state))
        person_id = await panel.new_id()
        async with panel.change() as db:
            added = await people.add_person(
                db, person_id, wanted.email, wanted.name, wanted.roles, wanted.language, clock.now()
            )
            if not added:
                raise SignInRefused("Такой адрес почты уже есть у другого человека.")
            await people.give_merchants(db, person_id, wanted.merchants)
            token = await door.make_link(db, person_id, INVITATION_LIVES)
            await record(db, state, viewer, "person.invited", wanted.email, after=wanted.told())
            person = await people.person_by_id(db, person_id)
    except SignInRefused as refused:
        return await _card(state, viewer, None, error=str(refused), form=form)
    return await _show_link(request, state, viewer, person, wanted.merchants, token)


async def _show_link(
    request: _Request, state: State, viewer: Viewer, person: Person | None, given: tuple[int, ...], token: str
) -> Template:
    mailer: Mailer = state["mailer"]
    assert person is not None
    link = link_of(request, token)
    if mailer.is_there:
        text = say("{name}, вас пригласили в панель фискального сервера. Выберите пароль, ссылка действует 7 дней:",
                   name=person.name)  # fmt: skip
        mailer.post(person.email, say("Приглашение"), f"{text}\n\n{link}\n")
    return await _card(state, viewer, person, given, link=link)


async def _person(state: State, person_id: int) -> tuple[Person, tuple[int, ...]]:
    panel: PanelDatabase = state["panel"]
    async with panel.read() as db:
        person = await people.person_by_id(db, person_id)
        if person is None:
            raise NotFoundException
        return person, tuple(await people.merchants_of(db, person_id))


@get(f"{PEOPLE}/{{person_id:int}}", opt=doing(Action.MANAGE_PEOPLE))
async def person_card(state: State, viewer: NamedDependency[Viewer], person_id: FromPath[int]) -> Template:
    """One person."""
    return await _card(state, viewer, *await _person(state, person_id))


@post(f"{PEOPLE}/{{person_id:int}}", opt=doing(Action.MANAGE_PEOPLE))
async def change(
    request: _Request, state: State, viewer: NamedDependency[Viewer], person_id: FromPath[int]
) -> Response[Any]:
    """Roles, merchants, name, or shut out: what they may not see any more they cannot see from the next request on."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    person, given = await _person(state, person_id)
    form = await request.form()
    try:
        wanted = _wanted(form, await _names(state))
        if person_id == viewer.person_id and (wanted.disabled or Role.SYSTEM_ADMINISTRATOR not in wanted.roles):
            raise SignInRefused("Себя нельзя отключить или лишить прав администратора: попросите другого.")
        async with panel.change() as db:
            locked = await people.lock_person(db, person_id)
            assert locked is not None
            before = Wanted(
                name=locked.name, email=locked.email, roles=locked.roles, language=locked.language,
                merchants=tuple(await people.merchants_of(db, person_id)), disabled=locked.disabled_at is not None,
            )  # fmt: skip
            wanted = msgspec.structs.replace(wanted, email=locked.email)
            disabled_at = (locked.disabled_at or clock.now()) if wanted.disabled else None
            await people.change_person(db, person_id, wanted.name, wanted.roles, wanted.language, disabled_at)
            await people.give_merchants(db, person_id, wanted.merchants)
            if wanted.disabled:
                await sessions.close_sessions(db, person_id)
            await record(db, state, viewer, "person.changed", locked.email, before=before.told(), after=wanted.told())
    except SignInRefused as refused:
        return await _card(state, viewer, person, given, error=str(refused), form=form)
    return Redirect(PEOPLE, status_code=303)


@post(f"{PEOPLE}/{{person_id:int}}/link", opt=doing(Action.MANAGE_PEOPLE))
async def new_link(
    request: _Request, state: State, viewer: NamedDependency[Viewer], person_id: FromPath[int]
) -> Template:
    """A new link to choose a password; the second factor is taken away with it only when asked for."""
    panel: PanelDatabase = state["panel"]
    door: Door = state["door"]
    person, given = await _person(state, person_id)
    drop = (await request.form()).get("second_factor") == "drop"
    async with panel.change() as db:
        token = await door.make_link(db, person_id, INVITATION_LIVES)
        if drop:
            await people.set_second_factor(db, person_id, None, 0, [])
        after = {"second_factor": "dropped"} if drop else None
        await record(db, state, viewer, "person.link_made", person.email, after=after)
    return await _show_link(request, state, viewer, person, given, token)
