"""Requests that leave with those of other wires keep every promise of a request that leaves at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.serve import FnConnection, FnSocket
from kkt_drivers.errors import KktError
from kkt_drivers.fn import commands
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.fn.frame import encode
from kkt_drivers.transport.convoy import Convoy
from kkt_drivers.transport.tcp import TcpTransport

NUMBER = "9999078900005488"


class Heard(FnConnection):
    """An emulated FN that keeps what it was sent, connection after connection."""

    connections: list["Heard"]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport = transport
        self.heard: list[bytes] = []
        self.connections.append(self)

    def data_received(self, data: bytes) -> None:
        self.heard.append(data)
        super().data_received(data)


class Bench:
    """An exchange on a wire that leaves in a convoy."""

    def __init__(self, port: int, connections: list[Heard]) -> None:
        self.connections = connections
        self.wire = TcpTransport("127.0.0.1", port, convoy=Convoy())
        self.exchange = Exchange(self.wire, timeout_s=5)


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """Connected already."""
    socket = FnSocket(FnLine(EmulatedFn(FnParameters(number=NUMBER))))
    kind = type("HeardHere", (Heard,), {"connections": []})
    server = await asyncio.get_running_loop().create_server(lambda: kind(socket), "127.0.0.1", 0)
    opened = Bench(server.sockets[0].getsockname()[1], kind.connections)
    await opened.exchange.open()
    try:
        yield opened
    finally:
        await opened.exchange.close()
        server.close()
        socket.hang_up()


async def test_who_joins_leaves_after_what_the_loop_has_at_hand_and_in_order() -> None:
    happened: list[str] = []
    convoy, loop = Convoy(), asyncio.get_running_loop()
    convoy.join(loop, lambda: happened.append("first"))
    happened.append("at hand")
    convoy.join(loop, lambda: happened.append("second"))
    await asyncio.sleep(0)
    assert happened == ["at hand", "first", "second"]
    convoy.join(loop, lambda: happened.append("third"))
    await asyncio.sleep(0)
    assert happened[3:] == ["third"]


async def test_whether_a_request_may_leave_is_asked_when_it_leaves() -> None:
    async with bench() as opened:
        forbidden: list[Exception] = []

        def may_send() -> None:
            if forbidden:
                raise forbidden[0]

        asking = asyncio.ensure_future(opened.exchange.ask(commands.STATUS, may_send=may_send))
        asyncio.get_running_loop().call_soon(forbidden.append, PermissionError("the lease is lost"))
        with pytest.raises(PermissionError, match="the lease is lost"):
            await asking
        (connection,) = opened.connections
        assert encode(commands.STATUS.code) not in connection.heard


async def test_a_connection_on_which_nothing_left_goes_on() -> None:
    async with bench() as opened:

        def forbid() -> None:
            raise PermissionError

        with pytest.raises(PermissionError):
            await opened.exchange.ask(commands.STATUS, may_send=forbid)
        assert (await opened.exchange.ask(commands.STATUS)).fn_number == NUMBER
        assert len(opened.connections) == 1


async def test_what_arrives_before_a_request_has_left_is_not_its_answer() -> None:
    async with bench() as opened:
        opened.wire.leave(encode(commands.FN_NUMBER.code), None)
        answer = opened.wire.read(5)
        assert opened.wire._wire is not None
        opened.wire._wire.inbox.put(b"of somebody else")
        assert NUMBER.encode() in await answer


async def test_a_request_does_not_leave_once_its_connection_is_given_up() -> None:
    async with bench() as opened:
        asking = asyncio.ensure_future(opened.exchange.ask(commands.STATUS))
        asyncio.get_running_loop().call_soon(opened.wire.abort)
        with pytest.raises(KktError):
            await asking
        assert encode(commands.STATUS.code) not in opened.connections[0].heard


async def test_what_is_written_does_not_overtake_a_request_that_is_about_to_leave() -> None:
    async with bench() as opened:
        opened.wire.leave(encode(commands.FN_NUMBER.code), None)
        opened.wire.write(encode(commands.BUILD.code))
        heard = b""
        async with asyncio.timeout(5):
            while len(heard) < 12:
                await opened.wire.read(5)
                heard = b"".join(opened.connections[0].heard[2:])
        assert heard == encode(commands.FN_NUMBER.code) + encode(commands.BUILD.code)
