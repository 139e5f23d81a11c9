"""One exchange with the server, without any I/O: requests as data, answers judged, pauses computed.

Both clients are loops around ``judge``: the synchronous one sleeps, the other awaits.
"""

import secrets
from collections.abc import Mapping
from random import Random
from typing import Any, Final, TypeVar

import httpx
import msgspec

from fiscal_server.client.errors import ApiProblem, ClientError
from fiscal_server.client.types import Fault

ATTEMPTS: Final = 8
FIRST_PAUSE_S: Final = 0.25
PAUSE_MOST_S: Final = 20.0
RETRY_AFTER_MOST_S: Final = 120.0

GONE: Final = 404
AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed; every request here may be sent twice (its key, or its nature)."""

TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
LOST: Final = (httpx.TransportError,)
"""No answer: it may have been done or not."""

LARGE: Final = httpx.Timeout(600.0, connect=10.0)
"""A file of a hundred thousand payments is answered when all of it is done."""

T = TypeVar("T")


class Request(msgspec.Struct, frozen=True):
    """What is to be sent. It may be sent twice: by its nature, or by its key."""

    method: str
    path: str
    body: bytes | None = None
    query: Mapping[str, Any] = {}
    idempotency_key: str | None = None
    if_match: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Beside the API key."""
        headers = {} if self.body is None else {"Content-Type": "application/json"}
        if self.idempotency_key is not None:
            headers["Idempotency-Key"] = self.idempotency_key
        if self.if_match is not None:
            headers["If-Match"] = self.if_match
        return headers


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457, as the server writes it."""

    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    errors: list[Fault] = []


def new_key() -> str:
    """An Idempotency-Key for one call and its repeats."""
    return secrets.token_urlsafe(18)


def judge(response: httpx.Response, request: Request, attempt: int) -> float | None:
    """None: it is an answer. A number: try again, not before so many seconds. Raises ApiProblem for a final no.

    What a repeated DELETE does not find is gone: the attempt (from 0) that got no answer deleted it.
    """
    if response.is_success or (request.method == "DELETE" and attempt and response.status_code == GONE):
        return None
    if response.status_code in AGAIN:
        asked = response.headers.get("retry-after", "")
        return min(float(asked), RETRY_AFTER_MOST_S) if asked.isascii() and asked.isdigit() else 0.0
    raise problem_of(response)


def problem_of(response: httpx.Response) -> ApiProblem:
    """What the server said, also when something between us said it in other words."""
    status = response.status_code
    try:
        said = msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ApiProblem(status, "about:blank", response.reason_phrase, response.text[:200])
    return ApiProblem(status, said.type, said.title, said.detail, said.errors)


def pause(attempt: int, asked_s: float, chance: Random) -> float:
    """Seconds before the attempt after ``attempt`` (from 0): doubling, half by chance, not below what was asked."""
    most: float = min(FIRST_PAUSE_S * (1 << attempt), PAUSE_MOST_S)
    return max(most * (0.5 + chance.random() / 2), asked_s)


def decode(response: httpx.Response, kind: type[T]) -> T:
    """The answer as a struct. Raises ClientError when it is something else: no server of ours."""
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ClientError(f"the answer is not one of this API: {error}") from error


def key_header(api_key: str) -> dict[str, str]:
    """Who asks."""
    return {"Authorization": f"Bearer {api_key}", "User-Agent": "fiscal-server-client"}
