"""Search over everything in sight, and the list of keys: parts for palette and dialog, pages without scripts."""

from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Template

from admin.access import doing
from admin.database import DatabaseAway, PanelDatabase
from admin.finding import LONGEST, clean, find_pages, find_rows
from admin.formatters import Moments
from admin.keys import KEYS
from admin.office.finding import find_clients
from admin.page import is_part, page, part
from admin.permissions import Action
from admin.viewer import Viewer
from fiscal_server.clock import Clock

_Request = Request[Any, Any, State]


@get("/search", opt=doing(Action.OWN))
async def search(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """What ``q`` finds; nothing that the viewer may not open."""
    clock: Clock = state["clock"]
    panel: PanelDatabase = state["panel"]
    text = clean(str(request.query_params.get("q", "")))
    groups = find_pages(viewer, text)
    is_late = False
    if text and viewer.merchants:
        today = Moments(clock.now(), state["settings"].zone).now.date()
        try:
            async with panel.look([one.id for one in viewer.merchants]) as db:
                groups += await find_rows(db, viewer, text, today)
        except DatabaseAway:  # busy: pages and deeds are found all the same
            is_late = True
    groups += await find_clients(state, viewer, text)
    context: dict[str, Any] = {"groups": groups, "text": text, "longest": LONGEST, "is_late": is_late}
    if is_part(request):
        return part(request, "search/options.html", viewer, "search", **context)
    return page("search.html", viewer, "search", **context)


@get("/keys", opt=doing(Action.OWN))
async def keys(request: _Request, viewer: NamedDependency[Viewer]) -> Template:
    """What each key does."""
    if is_part(request):
        return part(request, "search/keys.html", viewer, "keys", groups=KEYS)
    return page("keys.html", viewer, "keys", groups=KEYS)


HANDLERS: Final = (search, keys)
