"""What everybody may set for themselves: language, letters, password, second factor, and where they are signed in."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template
from markupsafe import Markup

from admin.access import browser_of, doing
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import Crumb, page
from admin.permissions import Action
from admin.recording import record
from admin.sign_in import second_factor, tokens
from admin.sign_in.door import Door, SignInRefused
from admin.storage import people, sessions
from admin.storage.people import MorningLetters
from admin.texts import LANGUAGES, use_language
from admin.viewer import Viewer
from fiscal_server.clock import Clock

_Request = Request[Any, Any, State]
ME = "/me"
WISHES = {
    "always": "каждое рабочее утро",
    "due": "только когда есть что делать",
    "never": "не присылать",
}
"""Msgids: when the letter of the day's cases comes."""
HOURS = range(8, 19)
_CRUMBS = (Crumb("Моя учётная запись", ME),)


async def _me(
    state: State, viewer: Viewer, *, error: str | None = None, done: str | None = None, status: int = 200
) -> Template:
    clock: Clock = state["clock"]
    panel: PanelDatabase = state["panel"]
    places, codes, letters = [], 0, None
    if viewer.person_id is not None:
        async with panel.read() as db:
            places = await sessions.places_of(db, viewer.person_id, clock.now())
            codes = await people.count_recovery_codes(db, viewer.person_id)
            if viewer.may(Action.WORK_ON_CASES):
                letters = await people.letters_of(db, viewer.person_id)
    return page(
        "settings/me.html", viewer, "me", status=status, at=Moments(clock.now(), state["settings"].zone),
        places=places, codes=codes, languages=LANGUAGES, error=error, done=done, letters=letters, wishes=WISHES,
        hours=HOURS, may_mail=state["mailer"].is_there,
    )  # fmt: skip


@get(ME, opt=doing(Action.OWN))
async def me(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """The page."""
    return await _me(state, viewer)


@post(f"{ME}/language", opt=doing(Action.OWN))
async def set_language(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """One of the languages there are."""
    panel: PanelDatabase = state["panel"]
    language = str((await request.form()).get("language", ""))
    if viewer.person_id is not None and language in LANGUAGES:
        async with panel.change() as db:
            person = await people.lock_person(db, viewer.person_id)
            assert person is not None
            await people.change_person(db, person.id, person.name, person.roles, language, person.disabled_at)
        use_language(language)
    return Redirect(ME, status_code=303)


@post(f"{ME}/letters", opt=doing(Action.OWN))
async def set_letters(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Whether and when the letter of the day's cases comes."""
    panel: PanelDatabase = state["panel"]
    form = await request.form()
    said = {"digest": form.get("digest"), "digest_hour": form.get("hour")}
    try:
        letters = msgspec.convert(said, MorningLetters, strict=False)
    except msgspec.ValidationError:
        return await _me(state, viewer, error="Выберите, когда писать, и час от 8 до 18.", status=422)
    if viewer.person_id is not None:
        async with panel.change() as db:
            await people.set_letters(db, viewer.person_id, letters)
    return await _me(state, viewer, done="Сохранено: письма о делах приходят так, как вы выбрали.")


@post(f"{ME}/password", opt=doing(Action.OWN))
async def set_password(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The old one and a new one; other browsers are signed out."""
    door: Door = state["door"]
    form = await request.form()
    try:
        await door.change_password(viewer, str(form.get("old", "")), str(form.get("new", "")), browser_of(request))
    except SignInRefused as refused:
        return await _me(state, viewer, error=str(refused), status=422)
    return await _me(state, viewer, done="Пароль изменён. В других браузерах нужно войти заново.")


@post(f"{ME}/sessions/{{session_id:int}}/close", opt=doing(Action.OWN))
async def close_one(state: State, viewer: NamedDependency[Viewer], session_id: FromPath[int]) -> Redirect:
    """Sign out another browser of one's own."""
    panel: PanelDatabase = state["panel"]
    if viewer.person_id is not None:
        async with panel.change() as db:
            await sessions.close_session(db, viewer.person_id, session_id)
    return Redirect(ME, status_code=303)


@get(f"{ME}/second-factor", opt=doing(Action.OWN))
async def second_factor_page(viewer: NamedDependency[Viewer]) -> Template:
    """A new secret to scan; nothing is changed until a code of it comes back."""
    return _factor(viewer, second_factor.new_secret())


def _factor(viewer: Viewer, secret: str, *, error: str | None = None) -> Template:
    picture = second_factor.picture_of(second_factor.address_of(secret, viewer.email))
    return page(
        "settings/second_factor.html", viewer, "me", crumbs=_CRUMBS, status=422 if error else 200,
        secret=secret, picture=Markup(picture), error=error, codes=None,
    )  # fmt: skip


@post(f"{ME}/second-factor", opt=doing(Action.OWN))
async def set_second_factor(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Kept when the code shows that the application has the secret; recovery codes are shown once."""
    door: Door = state["door"]
    form = await request.form()
    secret = str(form.get("secret", ""))
    if viewer.person_id is None or not secret.isalnum() or len(secret) != 32:
        return Redirect(ME, status_code=303)
    step = await door.is_code(viewer, secret, str(form.get("code", "")))
    if step is None:
        return _factor(viewer, secret, error="Код не подошёл. Проверьте часы телефона и введите новый код.")
    codes = tokens.new_recovery_codes()
    await _keep(request, state, viewer, secret, step, codes)
    return page(
        "settings/second_factor.html", viewer, "me", crumbs=_CRUMBS, secret=None, picture=None, error=None, codes=codes
    )


@post(f"{ME}/second-factor/remove", opt=doing(Action.OWN))
async def remove_second_factor(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """With the password: a browser that was left open must not be enough."""
    door: Door = state["door"]
    try:
        await door.prove(viewer, str((await request.form()).get("password", "")), browser_of(request))
    except SignInRefused as refused:
        return await _me(state, viewer, error=str(refused), status=422)
    await _keep(request, state, viewer, None, 0, [])
    return Redirect(ME, status_code=303)


async def _keep(
    request: _Request, state: State, viewer: Viewer, secret: str | None, step: int, codes: list[str]
) -> None:
    panel: PanelDatabase = state["panel"]
    assert viewer.person_id is not None
    async with panel.change() as db:
        hashes = [tokens.hash_of_code(viewer.person_id, code) for code in codes]
        await people.set_second_factor(db, viewer.person_id, secret, step, hashes)
        await sessions.close_sessions(db, viewer.person_id, but=viewer.session_id)
        await record(db, state, viewer, "second_factor.set" if secret else "second_factor.removed", viewer.email)
