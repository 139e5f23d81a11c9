"""Every route of the panel, as the panel itself names them."""

import re
from pathlib import Path
from typing import Any

from litestar.handlers import HTTPRouteHandler

from fiscal_server.clock import VirtualClock
from tests.applications import panel

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
