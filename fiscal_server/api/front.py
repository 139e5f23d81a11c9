"""The front door: what belongs to the dialect goes to it directly, everything else to the framework.

A single receipt is a small piece of work that comes thousands of times a second; the framework's way to a mounted
application (its routing, error pages, entity tags, keys) cost more than the receipt itself, and the dialect uses none
of it.
"""

from collections.abc import Awaitable
from typing import Any

from litestar import Litestar
from litestar.datastructures import State

from accounting.receipts.wording import in_language
from fiscal_server.api.atol_online.face import AtolOnline
from fiscal_server.api.problem_pages import language_of


class FrontDoor:
    """An ASGI application. ``prefix`` (``/possystem``) and whatever is below it are the dialect's; the rest, and the
    start and the end of the process, are the framework's."""

    def __init__(self, prefix: str, dialect: AtolOnline, framework: Litestar) -> None:
        self._prefix = prefix
        self._dialect = dialect
        self.framework = framework

    @property
    def state(self) -> State:
        """What the process has while it serves."""
        return self.framework.state

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        """No coroutine of its own unless a language is asked for: the chosen application's is handed on."""
        if scope["type"] == "http":
            below = self._below(scope["path"])
            if below is not None:
                inner: Any = {**scope, "path": below}
                return self._dialect(inner, receive, send)
            asked = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
            if asked:
                return self._in_language(language_of(asked.decode("latin-1")), scope, receive, send)
        return self.framework(scope, receive, send)

    async def _in_language(self, language: str, scope: Any, receive: Any, send: Any) -> None:
        """Explanations, alarms and reasons are said as the reader asks."""
        with in_language(language):
            await self.framework(scope, receive, send)

    def _below(self, path: str) -> str | None:
        """What follows the prefix in a decoded path; None: the path is not the dialect's.

        Slashes in front may be several, as everywhere in the dialect: billings join addresses carelessly.
        """
        if path.startswith("//"):
            path = "/" + path.lstrip("/")
        if not path.startswith(self._prefix):
            return None
        below = path[len(self._prefix) :]
        return below if not below or below[0] == "/" else None
