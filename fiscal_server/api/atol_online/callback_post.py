"""One report to one callback address, whatever an address or a receiver does."""

import asyncio
from typing import Final

import httpx
import structlog

from fiscal_server.api.atol_online.callback_urls import Unreachable, look_up

TIMEOUT_S: Final = 10.0
WHOLE_S: Final = 20.0
"""For all of a call: a receiver that answers by drops would keep its place, and outlast the claim."""

log = structlog.get_logger(room="api")


class Post:
    """The client of callbacks; ``most``: connections at once."""

    def __init__(self, most: int, *, private: bool) -> None:
        self._most = most
        self._private = private
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Hang up everywhere."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _connections(self) -> httpx.AsyncClient:
        if self._client is None:  # made when it is needed: certificates are read for it
            # Redirects lead where nobody has looked; the environment's proxies are not the receivers'.
            limits = httpx.Limits(max_connections=self._most, max_keepalive_connections=self._most)
            self._client = httpx.AsyncClient(timeout=TIMEOUT_S, limits=limits, follow_redirects=False, trust_env=False)
        return self._client

    async def send(self, url: str, body: bytes) -> str | None:
        """None: taken; else why not."""
        try:
            async with asyncio.timeout(WHOLE_S):
                return await self._exchange(url, body)
        except Unreachable as error:
            return str(error)
        except TimeoutError:
            return f"no answer within {WHOLE_S:g} s"
        except httpx.HTTPError as error:
            return type(error).__name__
        except Exception as error:  # it is one receiver's trouble, and must not be that of the others
            log.exception("callback_failed", reason=type(error).__name__)
            return type(error).__name__

    async def _exchange(self, url: str, body: bytes) -> str | None:
        target = await look_up(url, private=self._private)
        headers = {"Host": target.header, "Content-Type": "application/json; charset=utf-8"}
        extensions = {"sni_hostname": target.host}
        async with self._connections().stream(
            "POST", target.url, content=body, headers=headers, extensions=extensions
        ) as answer:  # whatever it says beyond its status is not read
            return None if answer.is_success else f"status {answer.status_code}"
