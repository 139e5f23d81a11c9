"""Who asks, and whether he may: a key names its merchant, its scopes and, for a while, how often it may come."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from fiscal_server.clock import Clock
from fiscal_server.storage.keys import KeyOwner, Scope, owner_of_key
from fiscal_server.storage.pool import Database

SCOPE = "scope"
"""Name under which a route says which scope it needs, in its ``opt``: ``@post(..., opt=needs(Scope.SUBMIT))``."""


class KeyMiddleware(AbstractAuthenticationMiddleware):
    """``Authorization: Bearer <key>``; the request's user is the merchant's id, its auth the `KeyOwner`."""

    async def authenticate_request(
        self, connection: ASGIConnection[object, object, object, State]
    ) -> AuthenticationResult:
        scheme, _, key = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise NotAuthorizedException("Send the header `Authorization: Bearer <key>`")
        database: Database = connection.app.state["database"]
        clock: Clock = connection.app.state["clock"]
        async with database.read() as db:
            owner = await owner_of_key(db, key.strip(), clock.now())
        if owner is None:
            raise NotAuthorizedException("This key is unknown, was revoked or has ended")
        connection.scope["auth"] = owner  # also a refusal says how much the key has left
        connection.app.state["rates"].ask(owner.key_id)
        return AuthenticationResult(user=owner.merchant_id, auth=owner)


def needs(scope: Scope) -> dict[str, str]:
    """The ``opt`` of a route that needs this scope."""
    return {SCOPE: scope.value}


def scope_of(handler: BaseRouteHandler, method: str) -> Scope:
    """What a route needs: what it says, else `read` to look and `admin` to change, so that a route which forgot to say
    it is closed and not open.
    """
    said = handler.opt.get(SCOPE)
    if said is not None:
        return Scope(said)
    return Scope.READ if method in ("GET", "HEAD") else Scope.ADMIN


async def has_scope(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of every route behind a key. Raises PermissionDeniedException that names the scope.

    A coroutine that waits for nothing: the framework would send a plain function to a thread, at each request.
    """
    owner = connection.scope.get("auth")
    if not isinstance(owner, KeyOwner):  # a route without keys: health, metrics, the description of the API
        return
    scope = scope_of(handler, str(connection.scope.get("method", "")))
    if scope not in owner.scopes:
        raise PermissionDeniedException(f"This key may not do that: it lacks the scope `{scope}`")
