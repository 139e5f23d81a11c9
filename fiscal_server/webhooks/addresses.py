"""Where messages may go: to addresses of the public internet over TLS, unless a setting opens private networks.

A merchant chooses the URL and the server stands inside somebody's network: what the name resolves to is judged, and
the connection goes to the very address that was judged, so a name that resolves otherwise a moment later gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore

from fiscal_server.public_addresses import Address, is_public

MAX_URL: Final = 2000


class AddressRefused(Exception):
    """Nothing is sent there; the message says why."""


def check_url(text: str, *, private: bool) -> str:
    """The URL as it will be called, its name in ASCII. Raises AddressRefused. ``private``: plain HTTP is fine, too."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        name = host if ":" in host else host.encode("idna").decode()
        (parts.path + parts.query).encode("ascii")
    except (ValueError, UnicodeError):
        raise AddressRefused("this is no URL") from None
    if len(text) > MAX_URL or not text.isprintable() or " " in text:
        raise AddressRefused(f"a URL has at most {MAX_URL} characters, none of them blank")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise AddressRefused("the URL must begin with https://")
    if not name or parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused("a URL has a host, and neither a user nor a fragment")
    if not private and (address := _literal(name)) is not None and not is_public(address):
        raise AddressRefused(f"{name} is not an address of the public internet")
    place = f"[{name}]" if ":" in name else name
    shown = place if port is None else f"{place}:{port}"
    return f"{parts.scheme}://{shown}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connections to judged addresses only. The pool above still asks the certificate for the name in the URL."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """To the first judged address that answers. Raises AddressRefused, httpcore's errors, OSError."""
        failed: Exception | None = None
        for address in await self._judged(host, port):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failed = error
        assert failed is not None, "there was an address"
        raise failed

    async def _judged(self, host: str, port: int) -> list[str]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        fit = [one for one in addresses if self._private or is_public(ipaddress.ip_address(one.partition("%")[0]))]
        if not fit:
            raise AddressRefused(f"{host} is {', '.join(addresses)}: not an address of the public internet")
        return fit

    async def sleep(self, seconds: float) -> None:
        """Between connection attempts of the pool."""
        await self._inner.sleep(seconds)
