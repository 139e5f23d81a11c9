"""What the panel wants done to a merchant it asks of the native API, in the name of the person who looks.

No secret is shared with the API: for each errand the panel writes the hash of a random token to the database, with the
person, the merchant and the scopes that the person's role gives, and the API takes the token as it takes a key, for two
minutes at most. So whatever a person does passes the same checks, the same exactly-once and the same audit as what a
billing system does.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
from litestar.exceptions import PermissionDeniedException

from admin.database import PanelDatabase
from admin.permissions import Action
from admin.sign_in.tokens import new_token
from admin.storage import errands
from admin.texts import current_language, say
from admin.viewer import Viewer
from fiscal_server.client import AsyncFiscalClient
from fiscal_server.clock import Clock
from fiscal_server.settings import API_PORT, Settings
from fiscal_server.storage.keys import Scope

_SCOPES: Final[dict[Action, frozenset[Scope]]] = {
    Action.SUBMIT_MONEY: frozenset({Scope.SUBMIT}),
    Action.CORRECT_RECEIPTS: frozenset({Scope.SUBMIT}),
    Action.CLOSE_MONTHS: frozenset({Scope.SUBMIT}),
    Action.ORDER_DEVICES: frozenset({Scope.OPERATE}),
    Action.SETTLE_RECEIPTS: frozenset({Scope.OPERATE}),
    Action.ADD_KKTS: frozenset({Scope.OPERATE, Scope.ADMIN}),
    Action.SET_POLICIES: frozenset({Scope.ADMIN}),
    # A key is given no scope that its maker lacks.
    Action.MANAGE_KEYS: frozenset(Scope),
}
"""What an action needs of the API beside reading; one that is not here may only read."""

_ATTEMPTS: Final = 3
"""A person waits: after a second or two they would rather know."""


_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def api_address(settings: Settings) -> str:
    """Where the API is: as it was set, or on this machine."""
    port = API_PORT if settings.api_port == "auto" else settings.api_port
    return settings.api_url or f"http://{_ANY_ADDRESS.get(settings.api_host, settings.api_host)}:{port}"


class _Kept(httpx.AsyncBaseTransport):
    """Connections that outlive the client that uses them; each request asks for the reader's language."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Accept-Language"] = current_language().replace("_", "-")
        return await self._inner.handle_async_request(request)

    async def close(self) -> None:
        await self._inner.aclose()


class Errands:
    """Asks the API at ``url``. Connects when the first errand is run."""

    def __init__(self, panel: PanelDatabase, clock: Clock, url: str) -> None:
        self._panel = panel
        self._clock = clock
        self._url = url
        self._transport: _Kept | None = None

    @asynccontextmanager
    async def run(self, viewer: Viewer, merchant_id: int, action: Action) -> AsyncIterator[AsyncFiscalClient]:
        """A client that acts for the viewer. Raises PermissionDeniedException, DatabaseAway; the client's calls raise
        ApiProblem and Unanswered (``admin.refusals`` tells them)."""
        if not viewer.may(action) or viewer.merchant(merchant_id) is None:
            raise PermissionDeniedException
        token = errands.PREFIX + new_token()
        scopes = {Scope.READ, *_SCOPES.get(action, ())}
        async with self._panel.change() as db:
            await errands.begin_errand(
                db, token, merchant_id, viewer.person_id, viewer.name or say("без входа"), scopes, self._clock.now()
            )
        try:
            yield AsyncFiscalClient(
                self._url, token, transport=self._connections(), sleep=self._clock.sleep, attempts=_ATTEMPTS
            )
        finally:
            async with self._panel.change() as db:
                await errands.end_errand(db, token, self._clock.now())

    async def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            await self._transport.close()

    def _connections(self) -> _Kept:
        if self._transport is None:
            self._transport = _Kept()
        return self._transport
