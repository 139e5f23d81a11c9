"""The demo's billing system: posts batches by HTTP like any other, and repeats what got no answer."""

import asyncio
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable

from fiscal_server.clock import Clock
from fiscal_server.errors import FiscalServerError

_SERVER_ERRORS = 60
"""Answers of 5xx to one batch before the server is taken to mean them."""

_PAUSE_S = 0.5
_UNANSWERED = (OSError, http.client.HTTPException)
"""Refused, cut, timed out; the second: the API was killed in the middle of its answer."""


class BatchRefused(FiscalServerError):
    """The server answered no."""


async def post_batch(
    api_url: str, key: str, idempotency_key: str, body: bytes, *, clock: Clock, stopping: Callable[[], bool]
) -> bool:
    """POST until it is answered: the Idempotency-Key makes repeats harmless. False: ``stopping`` said so before.

    An API that is down is waited for without end, for so does the supervisor: its pauses between starts alone are
    longer than any patience that looks reasonable. Raises BatchRefused.
    """
    request = urllib.request.Request(
        f"{api_url}/v1/batches",
        body,
        {
            "Authorization": f"Bearer {key}",
            "Idempotency-Key": idempotency_key,
            "Content-Type": "application/json",
        },
    )
    errors = 0
    while not stopping():
        try:
            await asyncio.to_thread(_post, request)
            return True
        except urllib.error.HTTPError as error:
            errors += 1
            if error.code < 500 or errors == _SERVER_ERRORS:
                raise BatchRefused(f"{error.code}: {error.read()[:2000].decode(errors='replace')}") from error
        except _UNANSWERED:
            pass  # the supervisor is bringing it back
        await clock.sleep(_PAUSE_S)
    return False


def _post(request: urllib.request.Request) -> None:
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()
