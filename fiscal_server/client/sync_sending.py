"""How the client sends: again after failures that pass, under the same key."""

import time
from collections.abc import Callable, Iterator
from random import Random
from types import TracebackType
from typing import Self

import httpx

from fiscal_server.client.errors import ClientError, Unanswered
from fiscal_server.client.protocol import ATTEMPTS, LARGE, LOST, TIMEOUT, Request, judge, key_header, pause, problem_of


class Sending:
    """A merchant's access to the server at ``url``. ``attempts``: how often one request is sent at most. ``sleep`` and
    ``transport`` are for tests."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Random | None = None,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._http = httpx.Client(base_url=url, headers=key_header(api_key), timeout=TIMEOUT, transport=transport)
        self._sleep = sleep
        self._chance = chance or Random()
        self._attempts = attempts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def send(self, request: Request) -> httpx.Response:
        """One request, again after failures that pass, under the same key. Raises ApiProblem, Unanswered."""
        for attempt in range(self._attempts):
            try:
                response = self._http.request(
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
                self._sleep(pause(attempt, asked, self._chance))
        raise failure

    def send_large(self, request: Request, pieces: Iterator[bytes], size: int, kind: str) -> httpx.Response:
        """A request whose body comes piece by piece, ``size`` bytes in all, of media type ``kind``. It is sent once:
        whoever has the pieces still may send it again. Raises ApiProblem, Unanswered."""
        headers = request.headers | {"Content-Type": kind, "Content-Length": str(size)}
        try:
            response = self._http.request(
                request.method, request.path, content=pieces, params=request.query, headers=headers, timeout=LARGE
            )
        except LOST as error:
            raise Unanswered(f"{request.method} {request.path}: {type(error).__name__}: {error}") from error
        if not response.is_success:
            raise problem_of(response)
        return response
