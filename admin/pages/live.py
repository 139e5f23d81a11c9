"""The stream of changes (server-sent events) that keeps open pages fresh."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from admin.access import doing
from admin.announcer import Announcer
from admin.assets import Assets
from admin.formatters import Moments
from admin.permissions import Action
from admin.viewer import Viewer

ALIVE_EVERY_S: Final = 5.0
"""A stream without changes says that it is there: proxies cut silent ones, and pages show how fresh they are."""
ALIVE_TIMES: Final = 60
"""Then the stream ends and the browser asks for a new one: whoever has signed out since is not answered."""
RETRY_MS: Final = 1000
STREAM: Final = "text/event-stream"


@get("/live", opt=doing(Action.OWN))
async def changes(
    request: Request[Any, Any, State], state: State, viewer: NamedDependency[Viewer]
) -> ServerSentEvent | Response[None]:
    """What changes for the viewer's merchants; for browsers that ask for a stream."""
    if STREAM not in request.headers.get("accept", ""):
        return Response(None, status_code=406)
    headers = {"Cache-Control": "no-store"}
    return ServerSentEvent(_stream(state, [one.id for one in viewer.merchants]), headers=headers)


async def _stream(state: State, merchants: list[int]) -> AsyncIterator[ServerSentEventMessage]:
    announcer: Announcer = state["announcer"]
    async with announcer.listen(merchants) as listener:
        yield _message(state, "alive", [], RETRY_MS)
        silent = 0
        while silent < ALIVE_TIMES:
            topics = await listener.wait(ALIVE_EVERY_S)
            if listener.is_over:
                return
            silent += not topics
            yield _message(state, "changed" if topics else "alive", sorted(topics))


def _message(state: State, event: str, topics: list[str], retry_ms: int | None = None) -> ServerSentEventMessage:
    assets: Assets = state["assets"]
    time = Moments(state["clock"].now(), state["settings"].zone).clock()
    data = msgspec.json.encode({"topics": topics, "time": time, "version": assets.version}).decode()
    return ServerSentEventMessage(data=data, event=event, retry=retry_ms)
