"""Keys of the API: which there are, a new one shown once, its successor, its end. The API does all of it."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.formatters import Moments
from admin.orders import ask, form_key, new_form_key, note
from admin.page import Crumb, page
from admin.pages.choosing import choose_merchant, seen_merchant
from admin.permissions import Action
from admin.viewer import Viewer
from admin.words import Wording
from fiscal_server.client import ApiKey, NewApiKey, calls
from fiscal_server.client.protocol import decode
from fiscal_server.storage.keys import DAILY_WORK, Scope

_Request = Request[Any, Any, State]
KEYS: Final = "/settings/keys"
TITLE: Final = "Ключи API"

SCOPES: Final = {
    Scope.READ: Wording("читать", "чеки, счета, пакеты, кассы: смотреть и выгружать"),
    Scope.SUBMIT: Wording("присылать", "пакеты, выписки, закрытия месяца, исправления: всё, от чего бывают чеки"),
    Scope.OPERATE: Wording("распоряжаться", "распоряжения кассам и о чеках, повтор уведомлений"),
    Scope.ADMIN: Wording("управлять", "ключи, уведомления, настройки и правила организации"),
}
OVERLAPS: Final = ((0, "сразу"), (24, "через сутки"), (168, "через неделю"), (720, "через 30 дней"))
"""After how many hours a key that was replaced ends."""

NAMELESS: Final = "Назовите ключ: по имени видно, кто им пользуется."
SCOPELESS: Final = "Выберите хотя бы одно право."
PAST: Final = "Последний день ключа уже прошёл."


class KeyFormWrong(Exception):
    """What a form lacks; the message is a msgid."""


def state_of(key: ApiKey, now: datetime) -> Wording:
    """Whether a key works."""
    if key.revoked_at is not None:
        return Wording("отозван", "запросы с ним отклоняются", "quiet")
    if key.expires_at is not None and key.expires_at <= now:
        return Wording("истёк", "его срок вышел", "quiet")
    if key.replaced_by is not None:
        return Wording("сменён", "работает рядом с новым до своего срока", "warn")
    return Wording("действует", "запросы с ним принимаются", "good")


def _at(state: State) -> Moments:
    return Moments(state["clock"].now(), state["settings"].zone)


async def _keys(state: State, viewer: Viewer, merchant_id: int) -> tuple[str, list[ApiKey]]:
    name = seen_merchant(viewer, merchant_id)
    return name, await ask(state, viewer, merchant_id, Action.MANAGE_KEYS, lambda api: api.api_keys())


@get(KEYS, opt=doing(Action.MANAGE_KEYS))
async def choose_keys(viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Whose keys."""
    return choose_merchant(viewer, KEYS, TITLE)


@get(f"{KEYS}/{{merchant_id:int}}", opt=doing(Action.MANAGE_KEYS))
async def list_keys(state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]) -> Template:
    """Every key of a merchant, also those that have ended."""
    name, keys = await _keys(state, viewer, merchant_id)
    at = _at(state)
    shown = [(one, state_of(one, at.now)) for one in keys]
    return page(
        "settings/keys.html", viewer, "settings", name=name, merchant_id=merchant_id, keys=shown, scopes=SCOPES, at=at
    )


def _new_page(
    viewer: Viewer, merchant_id: int, name: str, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    ticked = form.getall("scope", []) if form is not None else list(DAILY_WORK)
    return page(
        "settings/new_key.html", viewer, "settings", status=422 if error else 200, name=name, merchant_id=merchant_id,
        crumbs=[Crumb(TITLE, f"{KEYS}/{merchant_id}")], scopes=SCOPES, once=new_form_key(), error=error, ticked=ticked,
        given=form or {},
    )  # fmt: skip


@get(f"{KEYS}/{{merchant_id:int}}/new", opt=doing(Action.MANAGE_KEYS))
async def new_key(viewer: NamedDependency[Viewer], merchant_id: FromPath[int]) -> Template:
    """An empty form."""
    return _new_page(viewer, merchant_id, seen_merchant(viewer, merchant_id))


def _wanted(form: FormMultiDict, at: Moments) -> tuple[str, list[str], datetime | None]:
    """Name, scopes and end. Raises KeyFormWrong."""
    name = str(form.get("name", "")).strip()
    if not name:
        raise KeyFormWrong(NAMELESS)
    scopes = [scope.value for scope in Scope if scope in form.getall("scope", [])]
    if not scopes:
        raise KeyFormWrong(SCOPELESS)
    last = str(form.get("last_day", ""))
    if not last:
        return name, scopes, None
    try:
        until = datetime.combine(date.fromisoformat(last) + timedelta(days=1), time.min, at.now.tzinfo)
    except (ValueError, OverflowError):
        raise KeyFormWrong(PAST) from None
    if until <= at.now:
        raise KeyFormWrong(PAST)
    return name, scopes, until


@post(f"{KEYS}/{{merchant_id:int}}/new", opt=doing(Action.MANAGE_KEYS))
async def make_key(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]
) -> Template:
    """Make it and show it, this one time; the same form again is refused by the API and makes nothing."""
    merchant = seen_merchant(viewer, merchant_id)
    form = await request.form()
    once = form_key(form)
    try:
        name, scopes, until = _wanted(form, _at(state))
    except KeyFormWrong as wrong:
        return _new_page(viewer, merchant_id, merchant, str(wrong), form)
    call = calls.create_key(name, scopes, until, once)
    answer = await ask(state, viewer, merchant_id, Action.MANAGE_KEYS, lambda api: api.send(call))
    made = decode(answer, NewApiKey)
    after = {"scopes": scopes, "expires_at": until.isoformat() if until else None}
    await note(state, viewer, merchant_id, "key.created", name, after=after)
    return _shown(state, viewer, merchant_id, merchant, made)


def _shown(state: State, viewer: Viewer, merchant_id: int, name: str, made: NewApiKey) -> Template:
    crumbs = [Crumb(TITLE, f"{KEYS}/{merchant_id}")]
    return page(
        "settings/key_shown.html", viewer, "settings", crumbs=crumbs, name=name, merchant_id=merchant_id, made=made,
        at=_at(state),
    )  # fmt: skip


async def _key(state: State, viewer: Viewer, merchant_id: int, key_id: int) -> tuple[str, ApiKey]:
    name, keys = await _keys(state, viewer, merchant_id)
    found = next((one for one in keys if one.id == str(key_id)), None)
    if found is None:
        raise NotFoundException
    return name, found


@get(f"{KEYS}/{{merchant_id:int}}/{{key_id:int}}", opt=doing(Action.MANAGE_KEYS))
async def key_card(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], key_id: FromPath[int]
) -> Template:
    """One key: what it may do, until when; a successor, or its end."""
    name, key = await _key(state, viewer, merchant_id, key_id)
    at = _at(state)
    word = state_of(key, at.now)
    return page(
        "settings/key.html", viewer, "settings", crumbs=[Crumb(TITLE, f"{KEYS}/{merchant_id}")], name=name,
        merchant_id=merchant_id, key=key, word=word, works=word.tone in ("good", "warn"), scopes=SCOPES,
        overlaps=OVERLAPS, once=new_form_key(), at=at,
    )  # fmt: skip


@post(f"{KEYS}/{{merchant_id:int}}/{{key_id:int}}/rotate", opt=doing(Action.MANAGE_KEYS))
async def rotate_key(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], key_id: FromPath[int]
) -> Template:
    """A successor, shown this one time; the old key works on for a while."""
    name, key = await _key(state, viewer, merchant_id, key_id)
    form = await request.form()
    once = form_key(form)
    given = str(form.get("overlap_hours", ""))
    hours = next((one for one, _ in OVERLAPS if str(one) == given), 24)
    call = calls.rotate_key(key.id, hours * 3600, once)
    made = decode(
        await ask(state, viewer, merchant_id, Action.MANAGE_KEYS, lambda api: api.send(call)), NewApiKey
    )  # fmt: skip
    await note(state, viewer, merchant_id, "key.rotated", key.name, after={"overlap_hours": hours})
    return _shown(state, viewer, merchant_id, name, made)


@post(f"{KEYS}/{{merchant_id:int}}/{{key_id:int}}/revoke", opt=doing(Action.MANAGE_KEYS))
async def revoke_key(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], key_id: FromPath[int]
) -> Redirect:
    """End it now; ended twice it is ended."""
    _, key = await _key(state, viewer, merchant_id, key_id)
    if key.revoked_at is None:
        await ask(state, viewer, merchant_id, Action.MANAGE_KEYS, lambda api: api.revoke_key(key.id))
        await note(state, viewer, merchant_id, "key.revoked", key.name)
    return Redirect(f"{KEYS}/{merchant_id}", status_code=303)


HANDLERS = (choose_keys, list_keys, new_key, make_key, key_card, rotate_key, revoke_key)
