"""A page is a template with its frame: where it stands in the navigation, the way back, who looks."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request
from litestar.response import Template

from admin.navigation import CLIENT_PAGES, SECTIONS, SETTINGS_PAGES, TASK_PAGES
from admin.viewer import Viewer


class Crumb(msgspec.Struct, frozen=True):
    """A step of the way back: «Чеки», /receipts."""

    title: str
    path: str


def page(
    template: str, viewer: Viewer, section: str, *, crumbs: Sequence[Crumb] = (), status: int = 200, **context: Any
) -> Template:
    """A whole page, never kept by the browser: what it shows is somebody's money, and tomorrow it is not true."""
    frame = {
        "viewer": viewer,
        "section": section,
        "sections": SECTIONS,
        "settings_pages": SETTINGS_PAGES,
        "client_pages": CLIENT_PAGES,
        "task_pages": TASK_PAGES,
        "crumbs": crumbs,
    }
    return Template(template, context=frame | context, status_code=status, headers={"Cache-Control": "no-store"})


def is_part(request: Request[Any, Any, Any]) -> bool:
    """Whether a script asks, for a piece of a page: our own modules say so, and so does htmx."""
    return "x-part" in request.headers or "hx-request" in request.headers


def part(request: Request[Any, Any, Any], template: str, viewer: Viewer, section: str, **context: Any) -> Template:
    """What a script puts into a page, or the same as a page of its own for whoever follows the link without scripts."""
    if is_part(request):
        headers = {"Cache-Control": "no-store"}
        return Template(template, context={"viewer": viewer, **context}, headers=headers)
    return page("part.html", viewer, section, part=template, **context)
