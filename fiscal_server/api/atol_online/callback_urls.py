"""Addresses that reports are sent to: which the dialect takes, and where they lead.

An address comes from outside, so a server that follows it everywhere would knock on the doors of its own network for
strangers: a name that leads to a private address is refused, unless the installation allows it, and the connection goes
to the very address that was looked at.
"""

import asyncio
import ipaddress
import re
import socket
from typing import Final

import httpx
import msgspec

from fiscal_server.public_addresses import is_public

_MASK: Final = re.compile(
    r"https?://[0-9a-zA-Zа-яА-ЯёЁ](?:[-.\w]*[0-9a-zA-Zа-яА-ЯёЁ])?(?::[0-9]{1,5})?(?:[/?#][^\s\"<>\\^`{|}]*)?"
)
"""The vendor's mask, but for its slip: ports are taken."""

RESOLVE_S: Final = 5.0
MAX_PORT: Final = 65_535


class Unreachable(Exception):
    """The address leads nowhere, or where we do not go. The message says which."""


class Target(msgspec.Struct, frozen=True):
    """Where to connect; ``host`` is what the certificate and the header name."""

    url: httpx.URL
    host: str
    header: str


def fits_mask(url: str) -> bool:
    """Whether reports are sent there at all; a document with another one is taken all the same."""
    return _MASK.fullmatch(url) is not None


async def look_up(text: str, *, private: bool) -> Target:
    """The first address behind a URL. Raises Unreachable; ``private``: addresses of one's own network are fine."""
    try:
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii")
        port = (443 if url.scheme == "https" else 80) if url.port is None else url.port
        if not 0 < port <= MAX_PORT:
            raise Unreachable(f"there is no port {port}")
        async with asyncio.timeout(RESOLVE_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError, httpx.InvalidURL) as error:
        raise Unreachable(f"the name does not lead anywhere: {type(error).__name__}") from error
    addresses = [str(info[4][0]) for info in found]
    for address in addresses:
        if private or is_public(ipaddress.ip_address(address.partition("%")[0])):
            return Target(url.copy_with(host=address), host, url.netloc.decode("ascii"))
    raise Unreachable("the name leads to a private address (setting FISCAL_ATOL_PRIVATE_CALLBACKS)")
