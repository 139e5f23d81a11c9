"""How the client with an event loop sends: again after failures that pass, under the same key."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from types import TracebackType
from typing import Self

import httpx

from fiscal_server.client.errors import ClientError, Unanswered
from fiscal_server.client.protocol import ATTEMPTS, LARGE, LOST, TIMEOUT, Request, judge, key_header, pause, problem_of


class AsyncSending:
    """A merchant's access to the server at ``url``. ``attempts``: how often one request is sent at most. ``sleep`` and
    ``transport`` are for tests."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Random | None = None,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._http = httpx.AsyncClient(base_url=url, headers=key_header(api_key), timeout=TIMEOUT, transport=transport)
        self._sleep = sleep
        self._chance = chance or Random()
        self._attempts = attempts

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def send(self, request: Request) -> httpx.Response:
        """One request, again after failures that pass, under the same key. Raises ApiProblem, Unanswered."""
        for attempt in range(self._attempts):
            try:
                response = await self._http.request(
                    request.method, request.path, content=request.body, params=request.query, headers=request.headers
                )
            except LOST as error:
                failure: ClientError = Unanswered(f"{request.method} {request.path}: {type(error).__name__}: {error}")
                asked = 0.0
            else:
                again = judge(response, request, attempt)
                if again is None:
                    return response
                failure, asked = problem_of(response), again
            if attempt < self._attempts - 1:
                await self._sleep(pause(attempt, asked, self._chance))
        raise failure

    async def send_large(self, request: Request, pieces: AsyncIterator[bytes], size: int, kind: str) -> httpx.Response:
        """A request whose body comes piece by piece, ``size`` bytes in all, of media type ``kind``. It is sent once:
        whoever has the pieces still may send it again. Raises ApiProblem, Unanswered."""
        headers = request.headers | {"Content-Type": kind, "Content-Length": str(size)}
        try:
            response = await self._http.request(
                request.method, request.path, content=pieces, params=request.query, headers=headers, timeout=LARGE
            )
        except LOST as error:
            raise Unanswered(f"{request.method} {request.path}: {type(error).__name__}: {error}") from error
        if not response.is_success:
            raise problem_of(response)
        return response
