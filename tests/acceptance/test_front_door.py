"""Where a request goes before anybody has read it, and what every answer has whichever way it went."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.utils.sync import AsyncCallable

from fiscal_server.api.atol_online import face
from fiscal_server.app import create_app
from fiscal_server.clock import SystemClock
from fiscal_server.commands.atol_online import create_group, create_login
from fiscal_server.settings import Settings
from tests.acceptance.api_process import api_process
from tests.acceptance.atol_client import AtolClient, sale_v5
from tests.acceptance.atol_site import GROUP, INN, LOGIN, Desk, open_atol_shop
from tests.acceptance.site import check_problem, serving
from tests.storage.scene import Shop, open_shop
from tests.waiting import wait_until_async

JSON = "application/json; charset=utf-8"
SITE = "http://testserver.local"


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_atol_shop(database, tmp_path) as (opened, _):
        yield opened


@pytest.mark.parametrize(
    "path",
    ["/possystem", "/possystem/", "/possystem//", "//possystem/v6/getToken", "/%70ossystem/x", "/possystem%2Fv5%2Fx"],
)
async def test_what_is_below_the_prefix_is_answered_in_the_dialect(desk: Desk, path: str) -> None:
    answer = await desk.http.get(SITE + path)
    assert (answer.status_code, answer.headers["content-type"]) == (400, JSON)
    assert answer.json()["error"]["code"] == 0


@pytest.mark.parametrize(
    "path", ["/possystemX", "/possystem.v5/getToken", "/POSSYSTEM/v5/getToken", "/v1/possystem/v5/getToken", "/poss"]
)
async def test_what_only_looks_like_the_prefix_is_none_of_the_dialect(desk: Desk, path: str) -> None:
    check_problem(await desk.http.get(SITE + path), 404, "not-found")


@pytest.mark.parametrize("path", ["/possystem/v5/getToken", "//possystem//v5//getToken/", "/%70ossystem/v5/get%54oken"])
async def test_careless_addresses_lead_to_the_same_token(desk: Desk, path: str) -> None:
    expected = await desk.client.get_token()
    answer = await desk.http.post(SITE + path, json={"login": LOGIN, "pass": desk.password})
    assert answer.json()["token"] == expected


async def test_another_prefix_leaves_the_usual_one_to_the_api(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path, atol_path="/kassa/atol") as (desk, _):
        check_problem(await desk.http.get("/possystem/v5/getToken"), 404, "not-found")
        check_problem(await desk.http.get("/kassa"), 404, "not-found")
        credentials = {"login": LOGIN, "pass": desk.password}
        assert (await desk.http.post("/kassa/atol/v5/getToken", json=credentials)).json()["token"]


async def test_every_answer_of_the_dialect_has_the_id_of_its_request(desk: Desk) -> None:
    document = sale_v5("one", INN)
    for status in (200, 400):  # taken, and refused as a repeat
        answer = await desk.post(f"{GROUP}/sell", document, **{"X-Request-Id": f"billing-{status}"})
        assert (answer.status_code, answer.headers["x-request-id"]) == (status, f"billing-{status}")
    made = [
        (await desk.http.get("/possystem/v5/x", headers={"X-Request-Id": unsound})).headers["x-request-id"]
        for unsound in ("", "line\tbreak", "x" * 65)
    ]
    assert [len(one) for one in made] == [16, 16, 16]
    assert len({*made}) == 3


async def test_documents_of_the_dialect_are_counted_in_the_metrics(desk: Desk) -> None:
    async def counted() -> float:
        text = (await desk.http.get("/metrics")).text
        lines = [line for line in text.splitlines() if 'events_accepted_total{kind="atol_v5_sell"}' in line]
        return float(lines[0].rpartition(" ")[2]) if lines else 0.0

    before = await counted()
    for name in ("one", "two", "two"):
        await desk.sell(sale_v5(name, INN))
    assert await counted() == before + 2


async def test_a_document_that_stops_coming_is_given_up(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face, "BODY_S", 0.2)
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        token = await desk.client.get_token()
        app = create_app(Settings(data_dir=tmp_path), shop.dsn, shop.clock)
        async with serving(app) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"POST /possystem/v5/{GROUP}/sell HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n"
            writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{{".encode())
            told = await asyncio.wait_for(reader.readuntil(b"}"), 10)
            writer.close()
    assert told.startswith(b"HTTP/1.1 400")
    assert b'"code":40' in told


async def test_a_document_that_comes_in_pieces_is_put_together(database: str, tmp_path: Path) -> None:
    async def pieces(document: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(document), 100):
            yield document[at : at + 100]

    async with open_atol_shop(database, tmp_path) as (desk, shop):
        headers = {"Token": await desk.client.get_token(), "Content-Type": "application/json"}
        app = create_app(Settings(data_dir=tmp_path), shop.dsn, shop.clock)
        async with serving(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/possystem/v5") as client:
            for name, length in (("announced", True), ("chunked", False)):
                document = json.dumps(sale_v5(name, INN)).encode()
                more = {"Content-Length": str(len(document))} if length else {}
                answer = await client.post(f"/{GROUP}/sell", content=pieces(document), headers={**headers, **more})
                assert answer.status_code == 200, answer.text
        assert await shop.value("select count(*) from fiscal.receipt") == 2


async def test_three_hundred_shops_that_keep_their_connections_all_get_their_token(
    database: str, tmp_path: Path
) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        body = json.dumps({"login": LOGIN, "pass": desk.password}).encode()
        head = f"POST /possystem/v5/getToken HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        app = create_app(Settings(data_dir=tmp_path), shop.dsn, shop.clock)
        async with serving(app) as port:

            async def ask() -> tuple[asyncio.StreamWriter, bytes]:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
                return writer, await reader.readuntil(b"}")

            async with asyncio.timeout(30):
                answered = await asyncio.gather(*(ask() for _ in range(300)))
            for writer, _ in answered:
                writer.close()
        tokens = {answer.partition(b'"token":"')[2].partition(b'"')[0] for _, answer in answered}
        assert tokens == {(await desk.client.get_token()).encode()}


async def test_a_request_in_hand_is_answered_before_the_process_ends(database: str, tmp_path: Path) -> None:
    async with open_shop(database) as shop:
        await shop.add_kkts()
        password = await _password(shop)
        async with api_process(database, tmp_path) as api, httpx.AsyncClient(timeout=30) as http:
            client = AtolClient(http, f"{api.url}/possystem/v5", GROUP, LOGIN, password)
            await client.get_token()
            async with shop.db.write() as db:
                # The same key, in a transaction that does not end: the document has to wait for it.
                await db.execute(
                    "insert into fiscal.event_key (merchant_id, key, event_id, body_hash) values ($1, $2, 1, '')",
                    shop.merchant.id,
                    f"atol|{GROUP}|one",
                )
                selling = asyncio.create_task(client.register("sell", sale_v5("one", INN)))
                await wait_until_async(lambda: _somebody_waits(shop))
                api.process.send_signal(signal.SIGTERM)
                await wait_until_async(lambda: _is_closed(int(api.url.rpartition(":")[2])))
                await db.execute("delete from fiscal.event_key where event_id = 1")
            uuid = await selling
            assert await asyncio.to_thread(api.process.wait, 30) == 0
        assert uuid
        assert await shop.value("select count(*) from fiscal.receipt") == 1


async def test_a_line_of_the_log_carries_the_id_of_a_request_of_the_dialect(database: str, tmp_path: Path) -> None:
    async with open_shop(database) as shop:
        log = tmp_path / "log"
        async with api_process(database, tmp_path, log=log) as api, httpx.AsyncClient() as http:
            async with shop.db.write() as db:
                await db.execute("alter table fiscal.atol_login rename to atol_login_away")
            answer = await http.post(
                f"{api.url}/possystem/v5/getToken",
                json={"login": "a", "pass": "b"},
                headers={"X-Request-Id": "look-at-me"},
            )
            async with shop.db.write() as db:
                await db.execute("alter table fiscal.atol_login_away rename to atol_login")
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, 50)
    lines = [json.loads(line) for line in log.read_text().splitlines() if "atol_request_failed" in line]
    assert [line["request_id"] for line in lines] == ["look-at-me"]


def test_no_request_is_sent_to_a_thread_on_its_way_to_a_handler() -> None:
    app = create_app(Settings(data_dir=Path("/nowhere")), "postgresql://nowhere", SystemClock())
    handlers = {
        handler
        for route in app.framework.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
    }
    assert len(handlers) > 50
    for handler in handlers:
        assert not handler.sync_to_thread, handler
        for called in (*handler.resolve_guards(), handler.resolve_before_request()):
            assert not isinstance(called, AsyncCallable), f"{handler}: {called.func}"


async def _password(shop: Shop) -> str:
    """Of a login that may use the group."""
    await create_group(shop.db, shop.clock, shop.merchant, GROUP, version=5)
    return await create_login(shop.db, shop.clock, shop.merchant.id, LOGIN)


async def _somebody_waits(shop: Shop) -> bool:
    mine = "datname = current_database() and wait_event_type = 'Lock'"
    return bool(await shop.value(f"select exists (select from pg_stat_activity where {mine})"))


async def _is_closed(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return True
    writer.close()
    return False
