"""Callbacks of the dialect: told at least once, with patience, never to where an installation does not go."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from fiscal_server.api.atol_online.callback_urls import called, fits_mask
from fiscal_server.api.atol_online.callbacks import DELAYS_S, OF_A_HOST, Caller
from fiscal_server.clock import SystemClock
from tests.acceptance.atol_client import Json, sale_v5
from tests.acceptance.atol_site import INN, open_atol_shop, open_desk
from tests.acceptance.callback_receiver import receiving
from tests.storage.scene import Shop
from tests.waiting import wait_until_async
from tests.world import world


def _sale(name: str, url: str) -> Json:
    return {**sale_v5(name, INN), "service": {"callback_url": url}}


async def _give_up(shop: Shop) -> None:
    """A final state without a device."""
    async with shop.db.write() as db:
        await db.execute("update fiscal.queue set state = 'CANCELLED'")


async def _outbox(shop: Shop) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await shop.rows("select attempts, due_at is null, error from fiscal.atol_callback")]


async def test_a_done_document_is_told_to_its_address_with_its_attributes(database: str, tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        world(database, tmp_path) as scene,
        open_desk(database, tmp_path, scene.db, scene.clock, scene.merchant, 5, atol_private_callbacks=True) as desk,
        scene.dispatching(),
    ):
        uuid = await desk.client.register("sell", _sale("one", receiver.url))
        report = await desk.client.wait_for(uuid)
        await receiver.heard(1)
        assert receiver.packets == [report]
        assert report["callback_url"] == receiver.url
        assert "warnings" not in report
        assert receiver.heads[0].startswith("POST /atol/callback?order=5 HTTP/1.1\r\n")
        assert f"host: 127.0.0.1:{receiver.port}" in receiver.heads[0].lower()
        assert "content-type: application/json; charset=utf-8" in receiver.heads[0].lower()

        async def told() -> bool:
            return await scene.db_values("select 1 from fiscal.atol_callback") == []

        await wait_until_async(told)


async def test_a_failed_document_is_told_too(database: str, tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        open_atol_shop(database, tmp_path, telling=False, atol_private_callbacks=True) as (desk, shop),
    ):
        await desk.client.register("sell", _sale("one", receiver.url))
        await _give_up(shop)
        await Caller(shop.db, shop.clock, private=True).one_round()
        assert [packet["status"] for packet in receiver.packets] == ["fail"]
        assert await _outbox(shop) == []


async def test_nothing_is_told_before_a_document_is_final(database: str, tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        open_atol_shop(database, tmp_path, telling=False, atol_private_callbacks=True) as (desk, shop),
    ):
        await desk.client.register("sell", _sale("one", receiver.url))
        assert await Caller(shop.db, shop.clock, private=True).one_round() == 0
        assert await _outbox(shop) == [(0, False, None)]


async def test_a_receiver_that_does_not_take_a_report_is_asked_again_with_patience(
    database: str, tmp_path: Path
) -> None:
    async with (
        receiving(500, None, 302) as receiver,
        open_atol_shop(database, tmp_path, telling=False) as (desk, shop),
    ):
        await desk.client.register("sell", _sale("one", receiver.url))
        caller = Caller(shop.db, shop.clock, private=True)
        await _give_up(shop)
        cut = "RemoteProtocolError: Server disconnected without sending a response."
        errors = ("HTTP 500", cut, "HTTP 302")
        for attempt, (delay, error) in enumerate(zip(DELAYS_S[:3], errors, strict=True)):
            assert await caller.one_round() == 1
            assert await _outbox(shop) == [(attempt + 1, False, error)]
            shop.clock.jump(delay - 1)
            assert await caller.one_round() == 0
            shop.clock.jump(1)
        assert await caller.one_round() == 1
        assert await _outbox(shop) == []
        assert len({packet["uuid"] for packet in receiver.packets}) == 1
        assert len(receiver.packets) == 4


async def test_a_receiver_that_stays_away_is_given_up_and_its_report_stays(database: str, tmp_path: Path) -> None:
    async with receiving(*[500] * 20) as receiver, open_atol_shop(database, tmp_path, telling=False) as (desk, shop):
        uuid = await desk.client.register("sell", _sale("one", receiver.url))
        await _give_up(shop)
        caller = Caller(shop.db, shop.clock, private=True)
        for delay in (*DELAYS_S, 1_000_000):
            assert await caller.one_round() == 1
            shop.clock.jump(delay)
        assert await caller.one_round() == 0
        assert await _outbox(shop) == [(len(DELAYS_S) + 1, True, "HTTP 500")]
        assert (await desk.client.report(uuid))["status"] == "fail"


@pytest.mark.parametrize("port", [0, 65_536, 99_999])
async def test_a_port_that_there_is_not_is_the_trouble_of_its_receiver_alone(
    database: str, tmp_path: Path, port: int
) -> None:
    async with receiving() as receiver, open_atol_shop(database, tmp_path, telling=False) as (desk, shop):
        await desk.client.register("sell", _sale("one", f"http://127.0.0.1:{port}/"))
        await desk.client.register("sell", _sale("two", receiver.url))
        await _give_up(shop)
        await Caller(shop.db, shop.clock, private=True).one_round()
        assert [packet["external_id"] for packet in receiver.packets] == ["two"]
        assert await _outbox(shop) == [(1, False, f"there is no port {port}")]


async def test_a_receiver_that_answers_by_drops_is_not_waited_for(database: str, tmp_path: Path) -> None:
    called_up, hung_up = asyncio.Event(), asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called_up.set()

        def drop() -> None:
            writer.write(b"x")
            drops.append(asyncio.get_running_loop().call_later(0.02, drop))

        drops: list[asyncio.TimerHandle] = []
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        drop()
        with contextlib.suppress(ConnectionError):  # a reset, when drops lie there unread
            while await reader.read(1 << 16):  # until it is hung up on
                pass
        drops[-1].cancel()
        writer.close()
        hung_up.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_atol_shop(database, tmp_path, telling=False) as (desk, shop):
        await desk.client.register("sell", _sale("one", f"http://127.0.0.1:{port}/"))
        await _give_up(shop)
        async with asyncio.timeout(60):
            for delay in DELAYS_S:  # on a busy machine time may be up before the connection stands
                await Caller(shop.db, shop.clock, private=True, whole_s=0.3).one_round()
                if called_up.is_set():
                    break
                shop.clock.jump(delay)
            await hung_up.wait()
        [(_, given_up, error)] = await _outbox(shop)
        assert (given_up, error) == (False, "no answer within 0.3 s")


async def test_a_receiver_that_does_not_answer_holds_up_nobody_else_and_gets_few_at_once(
    database: str, tmp_path: Path
) -> None:
    held: list[asyncio.StreamWriter] = []

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.read()  # until it is hung up on
        writer.close()

    dead = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = dead.sockets[0].getsockname()[1]
    async with dead, receiving() as receiver, open_atol_shop(database, tmp_path, telling=False) as (desk, shop):
        for n in range(OF_A_HOST + 4):
            await desk.client.register("sell", _sale(f"dead-{n}", f"http://127.0.0.1:{port}/{n}"))
        for n in range(OF_A_HOST + 4):
            await desk.client.register("sell", _sale(f"alive-{n}", receiver.url))
        await _give_up(shop)
        calling = asyncio.create_task(Caller(shop.db, SystemClock(), private=True).keep_calling())

        async def told() -> bool:
            return len(await _outbox(shop)) == OF_A_HOST + 4

        await wait_until_async(told)
        assert len(receiver.packets) == OF_A_HOST + 4
        assert len(held) == OF_A_HOST
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        left = await shop.rows("select attempts, count(*) from fiscal.atol_callback group by 1 order by 1")
        assert [tuple(row) for row in left] == [(0, 4), (1, OF_A_HOST)]


async def test_who_dies_while_it_tells_leaves_the_report_to_the_next(database: str, tmp_path: Path) -> None:
    async with receiving() as receiver, open_atol_shop(database, tmp_path, telling=False) as (desk, shop):
        await desk.client.register("sell", _sale("one", receiver.url))
        await _give_up(shop)
        async with shop.db.write() as db:  # claimed by a process that is gone
            await db.execute("update fiscal.atol_callback set attempts = 1, due_at = due_at + interval '60 s'")
        caller = Caller(shop.db, shop.clock, private=True)
        assert await caller.one_round() == 0
        shop.clock.jump(60)
        assert await caller.one_round() == 1
        assert len(receiver.packets) == 1


async def test_private_addresses_are_refused_unless_the_installation_allows_them(database: str, tmp_path: Path) -> None:
    async with receiving() as receiver, open_atol_shop(database, tmp_path, telling=False) as (desk, shop):
        await desk.client.register("sell", _sale("one", receiver.url))
        await _give_up(shop)
        assert await Caller(shop.db, shop.clock).one_round() == 1
        assert receiver.packets == []
        [(attempts, given_up, error)] = await _outbox(shop)
        assert (attempts, given_up) == (1, False)
        assert error.endswith("not an address of the public internet")


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("http://shop.example", "http://shop.example/"),
        ("https://shop.example:8443/a?b=1#c", "https://shop.example:8443/a?b=1"),
        ("http://пример.рф:8080/в", "http://xn--e1afmkfd.xn--p1ai:8080/%D0%B2"),
    ],
)
def test_an_address_goes_over_the_wire_in_ascii(given: str, wire: str) -> None:
    assert called(given) == wire


async def test_a_name_that_cannot_be_looked_up_is_the_trouble_of_its_receiver_alone(
    database: str, tmp_path: Path
) -> None:
    async with receiving() as receiver, open_atol_shop(database, tmp_path, telling=False) as (desk, shop):
        for number, name in enumerate(("a..b", "a" * 80, "xn--a", "a_-b")):
            await desk.client.register("sell", _sale(str(number), f"http://{name}/"))
        await desk.client.register("sell", _sale("sound", receiver.url))
        await _give_up(shop)
        await Caller(shop.db, shop.clock, private=True).one_round()
        assert [packet["external_id"] for packet in receiver.packets] == ["sound"]
        assert [row[:2] for row in await _outbox(shop)] == [(1, False)] * 4


@pytest.mark.parametrize(
    "url", ["http://testtest", "https://shop.example/a/b.php?x=1&y=2#z", "http://пример.рф:8080/в"]
)
def test_addresses_that_fit_the_vendors_mask(url: str) -> None:
    assert fits_mask(url)


@pytest.mark.parametrize("url", ["", "ftp://shop.example", "shop.example/a", "http://", "http://a b", "http://u@h/"])
async def test_an_address_that_does_not_fit_is_warned_of_and_never_called(
    database: str, tmp_path: Path, url: str
) -> None:
    async with open_atol_shop(database, tmp_path, telling=False) as (desk, shop):
        uuid = await desk.client.register("sell", _sale("one", url))
        report = await desk.client.report(uuid)
        warned = {"callback_url": "callback_url не соответствует маске"} if url else None
        assert report.get("warnings") == warned
        assert await _outbox(shop) == []


async def test_two_names_at_one_address_do_not_share_a_connection(database: str, tmp_path: Path) -> None:
    """Behind TLS it would be a connection whose certificate was asked for the other name alone."""
    hosts: list[list[str]] = []

    async def keep_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine: list[str] = []
        hosts.append(mine)
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                [host], [length] = (
                    [line.partition(": ")[2] for line in head.split("\r\n") if line.startswith(name)]
                    for name in ("host", "content-length")
                )
                await reader.readexactly(int(length))
                mine.append(host.partition(":")[0])
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(keep_open, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_atol_shop(database, tmp_path, telling=False) as (desk, shop):
        calling = asyncio.create_task(Caller(shop.db, SystemClock(), private=True).keep_calling())
        for number, name in enumerate(("127.0.0.1", "localhost", "127.0.0.1")):
            await desk.client.register("sell", _sale(str(number), f"http://{name}:{port}/"))
            await _give_up(shop)

            async def told(count: int = number + 1) -> bool:
                return sum(map(len, hosts)) == count and await _outbox(shop) == []

            await wait_until_async(told)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
    assert hosts == [["127.0.0.1", "127.0.0.1"], ["localhost"]]
