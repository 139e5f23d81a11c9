"""The demo's billing system: posts batches by HTTP like any other, and repeats what got no answer."""

import asyncio
import urllib.error
import urllib.request

from fiscal_server.errors import FiscalServerError

_ATTEMPTS = 60
_PAUSE_S = 0.5


class BatchRefused(FiscalServerError):
    """The server answered no."""


async def post_batch(api_url: str, key: str, idempotency_key: str, body: bytes) -> None:
    """POST until it is answered: the Idempotency-Key makes repeats harmless. Raises BatchRefused."""
    request = urllib.request.Request(
        f"{api_url}/v1/batches",
        body,
        {
            "Authorization": f"Bearer {key}",
            "Idempotency-Key": idempotency_key,
            "Content-Type": "application/json",
        },
    )
    for attempt in range(_ATTEMPTS):
        try:
            await asyncio.to_thread(_post, request)
            return
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt == _ATTEMPTS - 1:
                raise BatchRefused(f"{error.code}: {error.read()[:2000].decode(errors='replace')}") from error
        except (urllib.error.URLError, OSError):
            if attempt == _ATTEMPTS - 1:
                raise
        await asyncio.sleep(_PAUSE_S)


def _post(request: urllib.request.Request) -> None:
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()
