"""The way to the operator: one connection a document, or one kept for the next; never one with an answer owed on it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from accounting.receipts.codes import FfdVersion
from kkt_drivers.ofd.client import OfdLink, OfdUnavailable
from kkt_drivers.ofd.message import HEADER_SIZE, decode_header, encode_message

FN = "9999078900000001"


class Desk:
    """An operator that sends every container back, as ``answer`` says; it counts its connections."""

    def __init__(self) -> None:
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []
        self.answer: Callable[[bytes], bytes] = lambda container: container
        self.address = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                header = decode_header(await reader.readexactly(HEADER_SIZE))
                answer = self.answer(await reader.readexactly(header.size))
                if answer:
                    writer.write(encode_message(answer, FfdVersion.FFD_1_2, FN))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    opened = Desk()
    server = await asyncio.start_server(opened.serve, "127.0.0.1", 0)
    opened.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield opened
    finally:
        server.close()
        for writer in opened.writers:
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in opened.writers), return_exceptions=True)


async def send(link: OfdLink, opened: Desk, container: bytes, timeout_s: float = 5) -> bytes:
    return await link.deliver(opened.address, container, FfdVersion.FFD_1_2, FN, timeout_s)


@pytest.mark.parametrize(("keep_open_s", "connections"), [(0.0, 3), (60.0, 1)])
async def test_documents_share_a_connection_only_where_it_is_kept_open(keep_open_s: float, connections: int) -> None:
    async with desk() as opened:
        link = OfdLink(keep_open_s)
        assert [await send(link, opened, text) for text in (b"one", b"two", b"three")] == [b"one", b"two", b"three"]
        assert opened.connections == connections
        link.close()


async def test_a_connection_that_the_operator_closed_meanwhile_is_made_anew() -> None:
    async with desk() as opened:
        link = OfdLink(60)
        await send(link, opened, b"one")
        opened.writers[0].transport.abort()
        assert await send(link, opened, b"two") == b"two"
        assert opened.connections == 2
        link.close()


async def test_a_connection_with_an_answer_owed_is_never_used_again() -> None:
    async with desk() as opened:
        link = OfdLink(60)
        opened.answer = lambda container: b""  # he has it and says nothing yet
        with pytest.raises(OfdUnavailable):
            await send(link, opened, b"one", timeout_s=0.05)
        opened.answer = lambda container: container
        assert await send(link, opened, b"two") == b"two"
        assert opened.connections == 2
        link.close()


async def test_a_kept_connection_ends_when_no_document_follows() -> None:
    async with desk() as opened:
        link = OfdLink(0.01)
        await send(link, opened, b"one")
        async with asyncio.timeout(5):
            await opened.writers[0].wait_closed()
        assert await send(link, opened, b"two") == b"two"
        assert opened.connections == 2
        link.close()
