"""TCP to a device, and to the operator: connections that are refused, cut, slow."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from accounting.receipts.codes import FfdVersion
from kkt_drivers.ofd.client import OfdError, OfdProtocolError, OfdUnavailable, deliver
from kkt_drivers.ofd.message import HEADER_SIZE
from kkt_drivers.transport.base import TransportClosed, TransportTimeout
from kkt_drivers.transport.tcp import TcpTransport
from tests.unit.kkt_drivers import golden
from tests.waiting import let_others_run

FN = "9999078900005488"
QUESTION = golden.document("ofd_message_re_registration")[HEADER_SIZE:]
ANSWER = golden.document("ofd_message_confirmation")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)


async def test_bytes_go_out_and_come_back() -> None:
    async with listening(echo) as port:
        wire = TcpTransport("127.0.0.1", port)
        await wire.open()
        await wire.open()
        wire.write(b"ping")
        assert await wire.read(1) == b"ping"
        with pytest.raises(TransportTimeout):
            await wire.read(0.01)
        await wire.close()
        await wire.close()
        with pytest.raises(TransportClosed):
            wire.write(b"ping")


async def test_discarded_input_is_gone() -> None:
    async with listening(echo) as port:
        wire = TcpTransport("127.0.0.1", port)
        await wire.open()
        wire.write(b"old")
        await let_others_run()
        wire.discard_input()
        with pytest.raises(TransportTimeout):
            await wire.read(0.01)
        await wire.close()


async def test_peer_that_hangs_up_is_noticed_and_can_be_reconnected() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with listening(hang_up) as port:
        wire = TcpTransport("127.0.0.1", port)
        await wire.open()
        wire.write(b"x")
        with pytest.raises(TransportClosed):
            await wire.read(1)
        await wire.open()
        wire.write(b"x")
        await wire.close()


async def test_nobody_listening_is_closed() -> None:
    async with listening(echo) as port:
        pass
    with pytest.raises(TransportClosed):
        await TcpTransport("127.0.0.1", port).open()


def operator(*pieces: bytes) -> Handler:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(HEADER_SIZE + len(QUESTION))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await let_others_run()

    return answer


async def ask(handler: Handler, timeout_s: float = 1.0) -> bytes:
    async with listening(handler) as port:
        return await deliver(f"127.0.0.1:{port}", QUESTION, FfdVersion.FFD_1_05, FN, timeout_s)


async def test_operators_container_is_returned_without_its_header() -> None:
    assert await ask(operator(ANSWER)) == ANSWER[HEADER_SIZE:]


async def test_operators_answer_may_come_in_pieces() -> None:
    assert await ask(operator(ANSWER[:7], ANSWER[7:40], ANSWER[40:])) == ANSWER[HEADER_SIZE:]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (ANSWER[:-1], OfdUnavailable),
        (ANSWER[:12], OfdUnavailable),
        (b"", OfdUnavailable),
        (b"\x00" + ANSWER[1:], OfdProtocolError),
        (ANSWER[:8] + b"1111111111111111" + ANSWER[24:], OfdProtocolError),
        (ANSWER[:24] + b"\x00\x00" + ANSWER[26:HEADER_SIZE], OfdProtocolError),
    ],
    ids=["cut body", "cut header", "nothing", "signature", "another FN", "no container"],
)
async def test_answer_that_is_none_is_an_error(answer: bytes, error: type[OfdError]) -> None:
    with pytest.raises(error):
        await ask(operator(answer))


async def test_silent_operator_is_unavailable_in_time() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    with pytest.raises(OfdUnavailable, match="within"):
        await ask(silent, 0.05)


async def test_operator_that_is_not_there_is_unavailable() -> None:
    async with listening(echo) as port:
        pass
    with pytest.raises(OfdUnavailable):
        await deliver(f"127.0.0.1:{port}", QUESTION, FfdVersion.FFD_1_05, FN, 1.0)


async def test_operators_address_without_a_port_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="host:port"):
        await deliver("ofd.example", QUESTION, FfdVersion.FFD_1_05, FN, 1.0)
