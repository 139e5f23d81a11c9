"""Who asks: the key of a billing system names its merchant."""

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from fiscal_server.storage.merchants import owner_of_key
from fiscal_server.storage.pool import Database


class KeyMiddleware(AbstractAuthenticationMiddleware):
    """``Authorization: Bearer <key>``; the request's user is the merchant's id, its auth whether the key
    is one of operations."""

    async def authenticate_request(
        self, connection: ASGIConnection[object, object, object, State]
    ) -> AuthenticationResult:
        scheme, _, key = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise NotAuthorizedException("Send the header `Authorization: Bearer <key>`")
        database: Database = connection.app.state["database"]
        async with database.read() as db:
            owner = await owner_of_key(db, key.strip())
        if owner is None:
            raise NotAuthorizedException("This key is unknown or was revoked")
        return AuthenticationResult(user=owner.merchant_id, auth=owner.operations)
