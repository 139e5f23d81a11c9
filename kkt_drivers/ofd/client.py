"""Carrying a container to the operator and his answer back. OFD protocol 4: plain TCP, one connection a document.

The layout allows more on one connection, clients in the field do not use it: so it is kept open only where asked.

OfdError
├── OfdUnavailable     nobody there, cut, or too slow: the document stays queued, try later
└── OfdProtocolError   an answer that is not one: wrong signature, another FN's number, no container
"""

import asyncio

from accounting.receipts.codes import FfdVersion
from kkt_drivers.errors import CodecError
from kkt_drivers.ofd.message import HEADER_SIZE, MAX_CONTAINER, decode_header, encode_message


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
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
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
        streams = self._kept(address)
        try:
            async with asyncio.timeout(timeout_s):
                if streams is not None:
                    try:
                        return await self._exchange(streams, message, fn_number)
                    except (asyncio.IncompleteReadError, OSError):
                        pass
                streams = await asyncio.open_connection(host, port)
                return await self._exchange(streams, message, fn_number)
        except TimeoutError:
            raise OfdUnavailable(f"{address} did not answer within {timeout_s:g} s") from None
        except asyncio.IncompleteReadError as error:
            raise OfdUnavailable(f"{address} ended the connection after {len(error.partial)} bytes") from None
        except OSError as error:
            raise OfdUnavailable(f"{address}: {error}") from error

    async def _exchange(
        self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], message: bytes, fn_number: str
    ) -> bytes:
        reader, writer = streams
        whole = False
        try:
            writer.write(message)
            answer = await _answer(reader, fn_number)
            whole = True
        finally:
            # Nothing of ours is still unsent: the answer is here, or the connection is given up.
            if not (whole and self.stays_open):
                writer.transport.abort()
        if self.stays_open:
            self._streams = streams
            self._closing = asyncio.get_running_loop().call_later(self._keep_open_s, self.close)
        return answer

    def _kept(self, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """The connection that waits, if it leads there; it is the caller's now."""
        if self._address != address:
            self.close()
        streams, self._streams, self._address = self._streams, None, address
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        return streams

    def close(self) -> None:
        """Drop the connection that waits for the next document."""
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


async def deliver(address: str, container: bytes, ffd: FfdVersion, fn_number: str, timeout_s: float) -> bytes:
    """One document on a connection of its own; see ``OfdLink.deliver``."""
    return await OfdLink().deliver(address, container, ffd, fn_number, timeout_s)


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit():
        raise ValueError(f"an operator's address is host:port, not {address!r}")
    return host.strip("[]"), int(port)


async def _answer(reader: asyncio.StreamReader, fn_number: str) -> bytes:
    try:
        header = decode_header(await reader.readexactly(HEADER_SIZE))
    except CodecError as error:
        raise OfdProtocolError(str(error)) from error
    if header.fn_number.strip() != fn_number.strip():
        raise OfdProtocolError(f"the answer is for FN {header.fn_number}, not {fn_number}")
    if header.size == 0:
        raise OfdProtocolError("the operator took nothing: its answer has no container")
    if header.size > MAX_CONTAINER:
        raise OfdProtocolError(f"the operator announced {header.size} bytes")
    return await reader.readexactly(header.size)
