"""Carrying one container to the operator and its answer back. OFD protocol 4: plain TCP, one connection a document.

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


async def deliver(address: str, container: bytes, ffd: FfdVersion, fn_number: str, timeout_s: float) -> bytes:
    """The operator's container for the FN (command 26h); its inside is the FN's to judge.

    ``address`` is ``host:port``; ``timeout_s`` covers everything from connecting on. Raises OfdError as drawn above,
    and ValueError for an address or a container that cannot be sent.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit():
        raise ValueError(f"an operator's address is host:port, not {address!r}")
    message = encode_message(container, ffd, fn_number)
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
            try:
                writer.write(message)
                return await _answer(reader, fn_number)
            finally:
                # Nothing of ours is still unsent: the answer is here, or the connection is given up.
                writer.transport.abort()
    except TimeoutError:
        raise OfdUnavailable(f"{address} did not answer within {timeout_s:g} s") from None
    except asyncio.IncompleteReadError as error:
        raise OfdUnavailable(f"{address} ended the connection after {len(error.partial)} bytes") from None
    except OSError as error:
        raise OfdUnavailable(f"{address}: {error}") from error


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
