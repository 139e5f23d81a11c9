"""Parameters of requests by the names that callers know: a handler's ``before`` is ``cursor`` in the address."""

from functools import cache
from typing import Any, get_type_hints

from litestar.handlers import BaseRouteHandler


def name_in_request(handler: BaseRouteHandler, parameter: str) -> str:
    """How a parameter of a handler or of what it depends on is called in addresses and headers."""
    return _names(handler).get(parameter, parameter)


@cache
def _names(handler: BaseRouteHandler) -> dict[str, str]:
    found: dict[str, str] = {}
    for function in (handler.fn, *(one.dependency for one in handler.resolve_dependencies().values())):
        for parameter, hint in get_type_hints(function, include_extras=True).items():
            for said in getattr(hint, "__metadata__", ()):
                name: Any = getattr(said, "name", None) or getattr(said, "query", None) or getattr(said, "header", None)
                if isinstance(name, str):
                    found[parameter] = name
    return found
