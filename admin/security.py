"""What every answer forbids the browser, and who may ask while the panel has no users."""

import ipaddress
from typing import Any, Final

from litestar import MediaType, Request, Response
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from fiscal_server.settings import Settings

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # forms name their page; no-referrer would make that «null»
}

_NAME_REFUSED = (
    "Панель открывается по адресу localhost или по IP-адресу. Имя «{name}» не принимается, пока в панели нет входа: "
    "чужой сайт мог бы выдать себя за неё."
)


async def add_security_headers(message: Message, _scope: Scope) -> None:
    """Before the first byte of any answer, errors and static files included."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers[name] = value


def refuse_foreign_names(request: Request[Any, Any, Any]) -> Response[str] | None:
    """While nobody has to sign in, only IP addresses and localhost as the name of the host: a web site that points a
    name of its own at this machine (DNS rebinding) could otherwise read the panel through its visitor's browser."""
    settings: Settings = request.app.state["settings"]
    if settings.admin_login:
        return None
    name = _host_name(request.headers.get("host", ""))
    if name == "localhost" or _is_address(name):
        return None
    return Response(_NAME_REFUSED.format(name=name), status_code=421, media_type=MediaType.TEXT)


def _host_name(host: str) -> str:
    """`localhost:8090` -> `localhost`, `[::1]:8090` -> `::1`."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
