"""Carrying a container to the operator and his answer back. OFD protocol 4: plain TCP, one connection a document.

The layout allows more on one connection, clients in the field do not use it: so it is kept open only where asked.

OfdError
├── OfdUnavailable     nobody there, cut, or too slow: the document stays queued, try later
└── OfdProtocolError   an answer that is not one: wrong signature, another FN's number, no container
"""

import asyncio
from functools import lru_cache

from accounting.receipts.codes import FfdVersion
from kkt_drivers.errors import CodecError
from kkt_drivers.ofd.message import HEADER_SIZE, MAX_CONTAINER, decode_header, encode_message
from kkt_drivers.transport.base import TransportClosed, TransportTimeout
from kkt_drivers.transport.tcp import TcpTransport


class OfdError(Exception):
    """The operator did not confirm a document; it may have it all the same and will confirm it again."""


class OfdUnavailable(OfdError):
    """The operator cannot be reached, or the connection ended before the answer was whole."""


class OfdProtocolError(OfdError):
    """The operator's bytes are not an answer to this document."""


class OfdLink:
    """One KKT's way to its operator. ``keep_open_s``: how long a connection waits for the next document; 0: one each.

    A connection is used again only after a whole answer: what came late would be taken for the answer to the next
    document. One that the operator has closed meanwhile is made anew, once; he confirms the same document again.
    """

    def __init__(self, keep_open_s: float = 0.0) -> None:
        self._keep_open_s = keep_open_s
        self._address = ""
        self._wire: TcpTransport | None = None
        self._closing: asyncio.TimerHandle | None = None

    @property
    def stays_open(self) -> bool:
        """Whether connections outlive a document."""
        return self._keep_open_s > 0

    async def deliver(self, address: str, container: bytes, ffd: FfdVersion, fn_number: str, timeout_s: float) -> bytes:
        """The operator's container for the FN (command 26h); its inside is the FN's to judge.

        ``address`` is ``host:port``; ``timeout_s`` covers everything from connecting on. Raises OfdError as drawn
        above, and ValueError for an address or a container that cannot be sent.
        """
        host, port = _host_and_port(address)
        message = encode_message(container, ffd, fn_number)
        now = asyncio.get_running_loop().time
        deadline = now() + timeout_s
        wire = self._kept(address)
        try:
            if wire is not None:
                try:
                    return await self._exchange(wire, message, fn_number, deadline)
                except TransportClosed:
                    pass
            wire = TcpTransport(host, port, connect_timeout_s=max(0.0, deadline - now()))
            await wire.open()
            return await self._exchange(wire, message, fn_number, deadline)
        except TransportTimeout:
            raise OfdUnavailable(f"{address} did not answer within {timeout_s:g} s") from None
        except TransportClosed as error:
            raise OfdUnavailable(f"no connection to the operator at {address}: {error}") from error

    async def _exchange(self, wire: TcpTransport, message: bytes, fn_number: str, deadline: float) -> bytes:
        """The answer's container. The connection is kept if it may be, and given up otherwise."""
        keep = False
        try:
            wire.write(message)
            answer, keep = await _answer(wire, fn_number, deadline)
        finally:
            # Nothing of ours is still unsent: the answer is here, or the connection is given up.
            if not (keep and self.stays_open):
                await wire.close()
        if keep and self.stays_open:
            self._wire = wire
            self._closing = asyncio.get_running_loop().call_later(self._keep_open_s, self.close)
        return answer

    def _kept(self, address: str) -> TcpTransport | None:
        """The connection that waits, if it leads there; it is the caller's now."""
        if self._address != address:
            self.close()
        wire, self._wire, self._address = self._wire, None, address
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        return wire

    def close(self) -> None:
        """Drop the connection that waits for the next document."""
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._wire is not None:
            self._wire.abort()
            self._wire = None


async def deliver(address: str, container: bytes, ffd: FfdVersion, fn_number: str, timeout_s: float) -> bytes:
    """One document on a connection of its own; see ``OfdLink.deliver``."""
    return await OfdLink().deliver(address, container, ffd, fn_number, timeout_s)


@lru_cache(maxsize=64)  # a few operators, asked for every document
def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit():
        raise ValueError(f"an operator's address is host:port, not {address!r}")
    return host.strip("[]"), int(port)


async def _answer(wire: TcpTransport, fn_number: str, deadline: float) -> tuple[bytes, bool]:
    """The container, and whether nothing came behind it."""
    answer = await _at_least(HEADER_SIZE, b"", wire, deadline)
    try:
        header = decode_header(answer)
    except CodecError as error:
        raise OfdProtocolError(str(error)) from error
    if header.fn_number.strip() != fn_number.strip():
        raise OfdProtocolError(f"the answer is for FN {header.fn_number}, not {fn_number}")
    if header.size == 0:
        raise OfdProtocolError("the operator took nothing: its answer has no container")
    if header.size > MAX_CONTAINER:
        raise OfdProtocolError(f"the operator announced {header.size} bytes")
    end = HEADER_SIZE + header.size
    answer = await _at_least(end, answer, wire, deadline)
    return answer[HEADER_SIZE:end], len(answer) == end


async def _at_least(size: int, received: bytes, wire: TcpTransport, deadline: float) -> bytes:
    """``received`` and what comes, until there are so many bytes. Raises TransportTimeout, TransportClosed."""
    while len(received) < size:
        received += await wire.read(deadline - asyncio.get_running_loop().time())
    return received
