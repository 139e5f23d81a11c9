"""What every request of the API has: an id, and an answer that says how much its key has left."""

import random
import re
from typing import Final

import structlog
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from fiscal_server.storage.keys import KeyOwner

HEADER: Final = "X-Request-Id"
_SOUND: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")
_NAME: Final = "request_id"
_NUMBERS: Final = random.Random()
"""Seeded by the system once: asked for each request, the system lets every thread that waits go first."""


def request_id_of(scope: Scope) -> str:
    """The id of the request in hand: the client's ``X-Request-Id`` if it is sound, else one made now."""
    state = scope["state"]
    if _NAME not in state:
        state[_NAME] = sound_id(Headers.from_scope(scope).get(HEADER, ""))
    return str(state[_NAME])


def sound_id(given: str) -> str:
    """What the client gave if it is sound, else an id made now."""
    return given if given and _SOUND.match(given) else f"{_NUMBERS.getrandbits(64):016x}"


class RequestMiddleware(ASGIMiddleware):
    """Each line of the log that a request caused carries its id."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        with structlog.contextvars.bound_contextvars(request_id=request_id_of(scope)):
            await next_app(scope, receive, send)


async def say_id_and_limits(message: Message, scope: Scope) -> None:
    """Just before an answer goes out, refusals too: its id, and what is left to its key."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    headers[HEADER] = request_id_of(scope)
    if scope.get("method") == "OPTIONS" and "Allow" in headers:
        headers["Allow"] = _methods_of(scope) or headers["Allow"]
    owner = scope.get("auth")
    if isinstance(owner, KeyOwner):
        for name, value in scope["litestar_app"].state["rates"].headers(owner.key_id).items():
            headers[name] = value


def _methods_of(scope: Scope) -> str:
    """Every method of the address. The framework answers OPTIONS with those of the handler that came first."""
    template = scope.get("path_template")
    routes = [one for one in scope["litestar_app"].routes if isinstance(one, HTTPRoute) and one.path_format == template]
    return ", ".join(sorted({method for route in routes for method in route.methods}))
