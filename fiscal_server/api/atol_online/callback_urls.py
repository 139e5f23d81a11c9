"""Addresses that reports are sent to: which the dialect takes, and how they are called.

Where they lead is judged by the network of webhooks (``webhooks/addresses.py``), at the moment of the connection.
"""

import re
from typing import Final

from fiscal_server.webhooks.addresses import AddressRefused

_MASK: Final = re.compile(
    r"https?://[0-9a-zA-Zа-яА-ЯёЁ](?:[-.\w]*[0-9a-zA-Zа-яА-ЯёЁ])?(?::[0-9]{1,5})?(?:[/?#][^\s\"<>\\^`{|}]*)?"
)
"""The vendor's mask, but for its slip: ports are taken."""

MAX_PORT: Final = 65_535


def fits_mask(url: str) -> bool:
    """Whether reports are sent there at all; a document with another one is taken all the same."""
    return _MASK.fullmatch(url) is not None


def called(text: str) -> str:
    """A URL that fits the mask as it goes over the wire: name and path in ASCII, no fragment. Raises AddressRefused."""
    import httpx  # a large library: a server that has no report to tell starts without it

    try:
        url = httpx.URL(text)
        place = url.netloc.decode("ascii")
    except (UnicodeError, ValueError, httpx.InvalidURL) as error:
        raise AddressRefused(f"this is no URL: {error}") from error
    if url.port is not None and not 0 < url.port <= MAX_PORT:
        raise AddressRefused(f"there is no port {url.port}")
    return f"{url.scheme}://{place}{url.raw_path.decode('ascii')}"
