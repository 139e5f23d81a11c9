"""Every route of the panel, as the panel itself names them."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler

from fiscal_server.clock import VirtualClock
from tests.applications import panel

OFFICE: Final = re.compile(
    "/(clients|deadlines|leads|calendar|absences|tasks|projects|services|tariffs|prices|contracts|slips|handbooks"
    "|confirm|settings/contract-templates)(/|$)"
)
"""Addresses of the accounting office; all others are the fiscal server's and the frame's."""

NO_PAGE: Final = re.compile(
    "/(totals|codes|export|why|pdf|live|state|progress|report|orders|errors|failures)$|imports/7/7/receipts$|/files/"
    "|/static/|/health/|^/accounts/7$|^/tasks/mine$"
)
"""Parts of pages, files, and addresses that lead on to another."""

Route = tuple[str, str, dict[str, Any]]


def routes(clock: VirtualClock, number: int = 7) -> list[Route]:
    """Method, address with something in each of its places, and what the route says of itself; signing out last.

    ``number`` stands where an address has one.
    """
    with panel("postgresql://nowhere", clock, data_dir=Path("/nowhere")) as app:
        found = [
            (method, re.sub(r"\{\w+:int\}", str(number), re.sub(r"\{\w+:str\}", "x", route.path)), dict(handler.opt))
            for route in app.routes
            for handler in route.route_handlers
            if isinstance(handler, HTTPRouteHandler)
            for method in handler.http_methods - {"OPTIONS", "HEAD"}
        ]
    return sorted(found, key=lambda one: one[1] == "/sign-out")


def unseen(clock: VirtualClock, paths: Iterable[str], *, of_office: bool) -> list[str]:
    """Pages of the panel that none of these addresses opens."""
    seen = {re.sub(r"\?.*", "", path) for path in paths}
    found = {path for method, path, _ in routes(clock) if method == "GET" and not NO_PAGE.search(path)}
    return sorted(
        path
        for path in found
        if bool(OFFICE.match(path)) is of_office
        and not any(re.fullmatch(re.sub("/(7|x)(?=/|$)", "/[^/]+", path), one) for one in seen)
    )
