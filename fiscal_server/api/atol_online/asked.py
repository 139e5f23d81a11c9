"""A request of the dialect, read as far as needed."""

from typing import TYPE_CHECKING, Final, cast
from urllib.parse import parse_qs

from fiscal_server.api.atol_online import errors
from fiscal_server.api.atol_online.errors import AtolError
from fiscal_server.api.atol_online.patience import Patience
from fiscal_server.api.uploads import BodyMemory

if TYPE_CHECKING:
    from litestar.types import Receive, Scope

MAX_BODY_BYTES: Final = 1024 * 1024
CREDENTIALS_BYTES: Final = 16 * 1024
"""Of a body that anybody may send: nobody has shown a token yet."""


class Asked:
    """Of several headers with one name the last counts. ``memory``: of the bodies of all requests; ``let_go`` gives
    this one's back."""

    def __init__(self, scope: "Scope", receive: "Receive", patience: Patience, memory: BodyMemory) -> None:
        self.method: str = scope["method"]  # type: ignore[typeddict-item]
        self.parts = [part for part in scope["path"].split("/") if part]
        self._headers = dict(scope["headers"])
        query = scope["query_string"]
        self._query = parse_qs(query.decode("latin-1")) if query else {}
        self._receive = receive
        self._patience = patience
        self._memory = memory
        self._held = 0

    def header(self, name: bytes) -> str:
        """``name`` in lower case; empty when it was not sent."""
        return self._headers.get(name, b"").decode("latin-1")

    def parameter(self, name: str) -> str | None:
        """Of the address; the first of several."""
        return self._query[name][0] if name in self._query else None

    @property
    def token(self) -> str | None:
        """Of the header, else of the address; an empty one is none."""
        return self.header(b"token").strip() or self.parameter("token")

    def require_json(self) -> None:
        """Raises AtolError 41. Any parameters of the media type are fine."""
        kind = self.header(b"content-type")
        if kind.partition(";")[0].strip().lower() != "application/json":
            raise AtolError(errors.MEDIA_TYPE, kind)

    async def body(self, most: int = MAX_BODY_BYTES) -> bytes:
        """Raises AtolError 40 when it is too large, too slow, or broken off; Overloaded."""
        try:
            return await self._patience.within(self._whole_body(most))
        except TimeoutError:
            raise AtolError(errors.BAD_REQUEST) from None

    def let_go(self) -> None:
        """The body is needed no more."""
        self._memory.give_back(self._held)
        self._held = 0

    async def _whole_body(self, most: int) -> bytes:
        announced = self._headers.get(b"content-length", b"")
        length = int(announced) if announced.isdigit() else -1
        chunks: list[bytes] = []
        size = 0
        while True:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                raise AtolError(errors.BAD_REQUEST)
            chunks.append(cast("bytes", event.get("body", b"")))
            size += len(chunks[-1])
            if size > most:
                raise AtolError(errors.BAD_REQUEST)
            self._memory.take(size - self._held)
            self._held = size
            # What was announced is here: the server would say so only when asked again, a way through two threads.
            if size == length or not event.get("more_body", False):
                return b"".join(chunks)
