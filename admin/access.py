"""The one door: every request passes ``admit``, which finds out who asks and whether the route is theirs.

A route says what it does, ``opt=doing(Action.SEE_RECEIPTS)``, or that it is for everybody, ``opt=OPEN``; one that says
nothing is closed. What changes something comes from our own pages only: the browser names the page it comes from, and
the form carries a token made of the session's cookie.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection, Request
from litestar.datastructures import Cookie, State
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from accounting.receipts import wording
from admin.database import PanelDatabase
from admin.permissions import EVERYTHING, Action, may, sees_all
from admin.sign_in import tokens
from admin.storage import sessions
from admin.storage.break_glass import Broken, broken_by
from admin.storage.people import let_own
from admin.storage.sessions import Browser, Session
from admin.texts import LANGUAGES, use_language
from admin.viewer import KEPT_AS, Viewer
from fiscal_server.clock import Clock
from fiscal_server.settings import Settings

_Connection = ASGIConnection[Any, Any, Any, State]

OPEN: Final = {"open": True}
_ACTION: Final = "action"
_HALF: Final = "half_signed_in"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_FIELD: Final = "form_token"
FORM_HEADER: Final = "x-form-token"
_AGENT_LETTERS: Final = 200


class SignInNeeded(Exception):
    """Nobody has signed in, or the session is over."""


class ForeignForm(PermissionDeniedException):
    """Something that changes data came from elsewhere than our own pages."""


def doing(action: Action) -> dict[str, Any]:
    """``opt`` of a route: who may do this may use it."""
    return {_ACTION: action}


HALF_SIGNED_IN: Final = {_HALF: True}
"""``opt`` of the page that asks for the second factor."""


async def admit(connection: _Connection, handler: BaseRouteHandler) -> None:
    """Guard of the whole panel. Raises SignInNeeded, PermissionDeniedException, ForeignForm, DatabaseAway."""
    settings: Settings = connection.app.state["settings"]
    if _changes(connection):
        _refuse_other_sites(connection)
    if handler.opt.get("open"):
        use_language(language_wanted(connection))
        return
    if not settings.admin_login:
        viewer = await _whoever_sits_here(connection)
    else:
        viewer = await _signed_in(connection, half=bool(handler.opt.get(_HALF)))
        await _check_form(connection)
    use_language(viewer.language)
    connection.state[KEPT_AS] = viewer
    action: Action | None = handler.opt.get(_ACTION)
    if not handler.opt.get(_HALF) and (action is None or not viewer.may(action)):
        raise PermissionDeniedException


def browser_of(connection: _Connection) -> Browser:
    """Address and program, as far as the network shows them."""
    address = connection.client.host if connection.client else ""
    return Browser(address, connection.headers.get("user-agent", "")[:_AGENT_LETTERS])


def cookie_name(settings: Settings) -> str:
    """Browsers keep a name with this prefix to https and to this host."""
    return "__Host-session" if _is_https(settings) else "session"


def session_cookie(settings: Settings, token: str | None) -> Cookie:
    """A cookie that scripts cannot read and other sites cannot send; None takes it away."""
    return Cookie(
        key=cookie_name(settings),
        value=token or "",
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(settings),
        max_age=int(sessions.AT_MOST.total_seconds()) if token else 0,
    )


def language_wanted(connection: _Connection) -> str:
    """The first language of the browser's list that we have; Russian otherwise."""
    for part in connection.headers.get("accept-language", "").split(","):
        code = part.partition(";")[0].strip().replace("-", "_")
        for known in LANGUAGES:
            if code.lower() == known.lower() or code.partition("_")[0].lower() == known.partition("_")[0].lower():
                return known
    return wording.SOURCE_LANGUAGE


async def _whoever_sits_here(connection: _Connection) -> Viewer:
    panel: PanelDatabase = connection.app.state["panel"]
    return Viewer(
        merchants=await panel.merchants(),
        roles=EVERYTHING,
        language=language_wanted(connection),
        address=browser_of(connection).address,
    )


async def _signed_in(connection: _Connection, *, half: bool) -> Viewer:
    settings: Settings = connection.app.state["settings"]
    clock: Clock = connection.app.state["clock"]
    panel: PanelDatabase = connection.app.state["panel"]
    cookie = connection.cookies.get(cookie_name(settings))
    if not cookie:
        raise SignInNeeded
    now = clock.now()
    async with panel.look(()) as db:
        session = await sessions.find_session(db, tokens.hash_of(cookie), now)
        breaks = session is not None and may(session.roles, Action.BREAK_GLASS)
        broken = None
        if session is not None and breaks:
            await let_own(db, session.id)
            broken = await broken_by(db, session.id, now)
    if session is None or session.passed == half:
        raise SignInNeeded
    if now - session.seen_at > sessions.TOUCHED_EVERY:
        async with panel.change() as changing:
            await sessions.touch_session(changing, session.session_id, now)
    return await _viewer_of(connection, panel, session, cookie, broken)


async def _viewer_of(
    connection: _Connection, panel: PanelDatabase, session: Session, cookie: str, broken: Broken | None
) -> Viewer:
    names = await panel.merchants()
    given = set(session.given) if broken is None else {broken.merchant_id}  # none: a client of the office
    sees_them_all = broken is None and sees_all(session.roles)
    return Viewer(
        merchants=names if sees_them_all else [one for one in names if one.id in given],
        emergency=broken,
        roles=session.roles,
        person_id=session.id,
        name=session.name,
        email=session.email,
        language=session.language,
        session_id=session.session_id,
        second_factor=session.second_factor,
        form_token=tokens.form_token(cookie),
        address=browser_of(connection).address,
    )


def _refuse_other_sites(connection: _Connection) -> None:
    """A browser says which site a form comes from; when it says nothing, the form's token decides alone."""
    origin, site = connection.headers.get("origin"), connection.headers.get("sec-fetch-site")
    if origin is not None and urlsplit(origin).netloc.lower() != connection.headers.get("host", "").lower():
        raise ForeignForm
    if origin is None and site not in (None, "same-origin", "none"):
        raise ForeignForm


async def _check_form(connection: _Connection) -> None:
    if not _changes(connection):
        return
    given = connection.headers.get(FORM_HEADER)
    if given is None:
        assert isinstance(connection, Request)
        given = str((await connection.form()).get(FORM_FIELD, ""))
    cookie = connection.cookies.get(cookie_name(connection.app.state["settings"]), "")
    if not tokens.is_form_token(cookie, given):
        raise ForeignForm


def _changes(connection: _Connection) -> bool:
    return connection.scope.get("method") not in _SAFE


def _is_https(settings: Settings) -> bool:
    return (settings.admin_url or "").startswith("https://")
