"""Entity tags of single resources: whoever asks again about what he knows is answered in a few bytes."""

import hashlib
from typing import Any, Final

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

_OK: Final = 200


def etag_of(body: bytes) -> str:
    """A strong tag: other bytes, another tag."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def names(header: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match has this tag, or any."""
    return header.strip() == "*" or etag in (one.strip().removeprefix("W/") for one in header.split(","))


def has_etag(method: str, path_template: str) -> bool:
    """Whether an operation answers one resource: a GET whose address ends with a name."""
    return method == "GET" and path_template.startswith("/v1/") and path_template.endswith("}")


class EtagMiddleware(ASGIMiddleware):
    """Gives such answers their tag, and 304 to whoever names it in If-None-Match. They are small and come whole."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Holds an answer back until its body is there."""
        if not has_etag(str(scope.get("method")), str(scope.get("path_template", ""))):
            await next_app(scope, receive, send)
            return
        held: list[HTTPResponseStartEvent] = []

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == _OK:
                held.append(message)
                return
            if message["type"] == "http.response.body" and held:
                start = held.pop()
                if not message.get("more_body"):
                    message = _tag(scope, start, message)
                await send(start)
            await send(message)

        await next_app(scope, receive, tagged)


def _tag(scope: Scope, start: HTTPResponseStartEvent, message: Any) -> Any:
    """The tag into the head; the body, or none for whoever has it."""
    headers = MutableScopeHeaders.from_message(start)
    etag = headers.setdefault("ETag", etag_of(message["body"]))
    known = Headers.from_scope(scope).get("if-none-match")
    if known is None or not names(known, etag):
        return message
    start["status"] = 304
    for name in ("content-length", "content-type"):
        if name in headers:
            del headers[name]
    return {**message, "body": b""}
