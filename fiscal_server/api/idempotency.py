"""Requests that make something, told apart from their repeats by the client's Idempotency-Key."""

import hashlib
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.params import HeaderParameter

from fiscal_server.errors import IdempotencyConflict
from fiscal_server.storage.idempotent_answers import claim_request, keep_answer
from fiscal_server.storage.pool import WriteConnection

_WORDS: Final = "Yours for this request: sent again within a week under the same key it gives the same answer"
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(name="Idempotency-Key", min_length=1, max_length=128, pattern=r"^[^\0]*\Z", description=_WORDS),
]

Answer = TypeVar("Answer")


class Once:
    """One request of a key, inside the transaction that does what it asks for."""

    def __init__(self, request: Request[int, Any, State], state: State, db: WriteConnection, key: str | None) -> None:
        self._request = request
        self._state = state
        self._db = db
        self._key = key

    async def earlier(self, kind: type[Answer]) -> Answer | None:
        """What was answered to this request when it came before; None: it has not come. Raises IdempotencyConflict."""
        if self._key is None:
            return None
        found = await claim_request(self._db, self._request.user, self._key)
        if found is None:
            return None
        if found[0] != await self._hash():
            raise IdempotencyConflict(f"the key {self._key!r} came before with another request")
        return msgspec.json.decode(found[1], type=kind)

    async def keep(self, answer: msgspec.Struct) -> None:
        """Remember the answer for as long as a repeat may come."""
        if self._key is None:
            return
        now = self._state["clock"].now()
        encoded = msgspec.json.encode(answer)
        await keep_answer(self._db, self._request.user, self._key, await self._hash(), encoded, now)

    async def _hash(self) -> bytes:
        head = f"{self._request.method} {self._request.url.path}\n".encode()
        return hashlib.sha256(head + await self._request.body()).digest()
