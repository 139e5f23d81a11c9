"""Pages for what went wrong: no such page, no database, our own mistake."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Template

from admin.access import ForeignForm, SignInNeeded, language_wanted
from admin.database import DatabaseAway
from admin.navigation import address
from admin.office.addressed import AddressRefused
from admin.office.sent_forms import SentBefore
from admin.page import page
from admin.refusals import told
from admin.texts import use_language
from admin.viewer import KEPT_AS
from fiscal_server.client.errors import ApiProblem, ClientError
from fiscal_server.errors import StorageError
from fiscal_server.log import get_logger

RELOAD_AFTER_S = 3

log = get_logger("admin")

_Request = Request[Any, Any, State]
_TITLES = {
    403: "На это у вас нет прав",
    404: "Такой страницы нет",
    405: "Так эта страница не открывается",
    413: "Слишком большой файл",
}
_ADVICE = {
    403: "Права даёт администратор: «Настройки», «Пользователи».",
    404: "Адрес набран с ошибкой, или то, что здесь было, удалено или вам не назначено.",
    413: "Разделите файл на части.",
}
_FOREIGN_FORM = "Запрос пришёл не со страницы панели"


def _speak(request: _Request) -> None:
    """The language of the browser, unless the guard came as far as knowing who asks."""
    if KEPT_AS not in request.state:
        use_language(language_wanted(request))


def on_database_away(request: _Request, error: DatabaseAway) -> Response[Any]:
    """503 and a page that tries again by itself; with the reason when it is one that a person can mend."""
    _speak(request)
    cause = error.__cause__
    return Template(
        "away.html",
        context={"reload_after_s": RELOAD_AFTER_S, "reason": str(cause) if isinstance(cause, StorageError) else None},
        status_code=503,
        headers={"Retry-After": str(RELOAD_AFTER_S), "Cache-Control": "no-store"},
    )


def on_sign_in_needed(request: _Request, error: SignInNeeded) -> Response[Any]:
    """To the door, and from there back to where somebody wanted to go; scripts are told in a word."""
    if request.headers.get("sec-fetch-mode", "navigate") != "navigate":
        return Response(b"", status_code=401)
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    goal = path if request.method == "GET" and path != "/" else None
    return Redirect(address("/sign-in", goal=goal), status_code=303)


def on_refused(request: _Request, error: ClientError) -> Response[Any]:
    """What the API said no to, in words; 503 when it did not answer at all."""
    away = not isinstance(error, ApiProblem)
    status = 503 if away else 409
    return page("refused.html", request.state[KEPT_AS], "", status=status, refused=told(error), back=_back(request))


def _back(request: _Request) -> str:
    """The page that the request came from, on this site."""
    return urlsplit(request.headers.get("referer", "")).path or request.url.path


def on_http_error(request: _Request, error: HTTPException) -> Response[Any]:
    """A wrong address or a wrong question; an address that is none has not been at the door that knows the reader."""
    _speak(request)
    title = _FOREIGN_FORM if isinstance(error, ForeignForm) else _TITLES.get(error.status_code, "Запрос не понят")
    context: dict[str, object] = {"title": title, "advice": _ADVICE.get(error.status_code), "is_ours": False}
    if isinstance(error, AddressRefused):
        context |= {"title": error.told, "advice": None, "whole": request.url.path}
    return Template("error.html", context=context, status_code=error.status_code)


def on_sent_before(request: _Request, error: SentBefore) -> Response[Any]:
    """A form that came twice was done once: to what it made."""
    return Redirect(error.place, status_code=303)


def on_mistake(request: _Request, error: Exception) -> Response[Any]:
    """500: ours. The log has the whole of it."""
    _speak(request)
    log.error("page_failed", path=request.url.path, exc_info=error)
    return Template("error.html", context={"title": "Ошибка панели", "advice": None, "is_ours": True}, status_code=500)
