"""Batches in every form and encoding: the same events give the same answer, and no body can take more than it may."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from backports import zstd
from litestar.testing import AsyncTestClient

from fiscal_server.api import bodies, corrections, uploads
from fiscal_server.api.progress import LOOKING
from fiscal_server.app import create_app
from fiscal_server.errors import BodyTooSlow
from fiscal_server.settings import Settings
from tests.acceptance.site import Site, check_problem, open_site, serving
from tests.storage.scene import Json, payment
from tests.waiting import wait_until_async

EVENTS = [payment("p1", "A1"), payment("p2", "A2", kopecks=100)]
BODY: Json = {"events": EVENTS, "accounts": [{"id": "A1"}, {"id": "A2"}]}
HEAD = {"accounts": BODY["accounts"]}


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


def lines(*rows: Json) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


async def send(site: Site, body: bytes, *, kind: str = "", encoding: str = "", key: str = "k", **query: str) -> Json:
    answer = await site.client.post(
        "/v1/batches", content=body, headers=headers(site, kind, encoding, key), params=query
    )
    assert answer.status_code == 202, answer.text
    told: Json = answer.json()
    return told


def headers(site: Site, kind: str = "", encoding: str = "", key: str = "k") -> dict[str, str]:
    more = {"Content-Type": kind} if kind else {}
    return {**site.headers, "Idempotency-Key": key, **more, **({"Content-Encoding": encoding} if encoding else {})}


FORMS = {
    "json": ("application/json; charset=utf-8", json.dumps(BODY).encode()),
    "no type": ("", json.dumps(BODY).encode()),
    "lines": ("application/x-ndjson", lines(HEAD, *EVENTS)),
    "lines without an end": ("application/jsonl", lines(HEAD, *EVENTS).rstrip()),
    "messagepack": ("application/msgpack", msgspec.msgpack.encode(BODY)),
}


@pytest.mark.parametrize("form", FORMS)
async def test_the_same_events_are_the_same_in_every_form(site: Site, form: str) -> None:
    kind, body = FORMS[form]
    told = await send(site, body, kind=kind)
    assert (told["accepted"], told["receipts"]) == (2, 2)
    again = await send(site, FORMS["json"][1], key="again")
    assert (again["accepted"], again["duplicates"]) == (0, 2)


@pytest.mark.parametrize(("encoding", "packed"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
async def test_a_compressed_body_is_the_same_body(site: Site, encoding: str, packed: object) -> None:
    assert callable(packed)
    first = await send(site, packed(FORMS["json"][1]), encoding=encoding)
    assert await send(site, FORMS["json"][1]) == first


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/msgpack"])
async def test_a_bad_event_has_its_place_in_every_form(site: Site, kind: str) -> None:
    bad = {**EVENTS[1], "amount": "much"}
    body = (
        lines(HEAD, EVENTS[0], bad) if "json" in kind else msgspec.msgpack.encode({**BODY, "events": [EVENTS[0], bad]})
    )
    refused = await site.client.post("/v1/batches", content=body, headers=headers(site, kind))
    (error,) = check_problem(refused, 422, "batch-rejected")["errors"]
    assert (error["index"], error["key"]) == (1, "p2")
    told = await send(site, body, kind=kind, on_error="skip")
    assert (told["accepted"], told["rejected"]) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "encoding", "body", "status", "problem", "words"),
    [
        ("text/xml", "", b"<a/>", 415, "unsupported-body", "text/xml"),
        ("", "br", b"x", 415, "unsupported-body", "br"),
        ("", "gzip", b"no gzip", 415, "unsupported-body", "damaged"),
        # mtime: the name of a test is made of what it takes, and two processes must name it alike.
        ("", "gzip", gzip.compress(b"{}" * 100, mtime=0)[:-9], 415, "unsupported-body", "ends too early"),
        ("", "gzip", gzip.compress(b"{}", mtime=0) + b"more", 415, "unsupported-body", "follows its end"),
        ("", "zstd", b"no zstd", 415, "unsupported-body", "damaged"),
        ("", "zstd", zstd.compress(b"{}" * 100)[:-3], 415, "unsupported-body", "ends too early"),
        ("application/msgpack", "", b"\xc1", 422, "batch-rejected", "MessagePack"),
        ("application/x-ndjson", "", lines({"account": []}), 422, "batch-rejected", "account"),
        ("", "", b"[" * 100_000, 422, "batch-rejected", ""),
    ],
)
async def test_a_body_that_cannot_be_read_is_named(
    site: Site, kind: str, encoding: str, body: bytes, status: int, problem: str, words: str
) -> None:
    answer = await site.client.post("/v1/batches", content=body, headers=headers(site, kind, encoding))
    assert words in json.dumps(check_problem(answer, status, problem))
    assert await site.shop.value("select count(*) from fiscal.batch") == 0


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
async def test_a_small_body_that_becomes_a_huge_one_is_cut_off(site: Site, encoding: str, pack: object) -> None:
    assert callable(pack)
    bomb = pack(b" " * (uploads.MAX_BODY_BYTES + 1))
    answer = await site.client.post("/v1/batches", content=bomb, headers=headers(site, "", encoding))
    assert "decompressed" in check_problem(answer, 413, "body-too-large")["detail"]


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
async def test_what_a_body_becomes_takes_room_before_it_becomes_that(
    site: Site, tmp_path: Path, encoding: str, pack: object
) -> None:
    assert callable(pack)
    app = create_app(Settings(data_dir=tmp_path, api_body_mb=64), site.shop.dsn, site.shop.clock)
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        memory: uploads.BodyMemory = app.state["body_memory"]
        memory.take(48 * 1024 * 1024)
        body = pack(FORMS["json"][1] + b" " * (32 << 20))
        refused = await client.post("/v1/batches", content=body, headers=headers(site, "", encoding))
        check_problem(refused, 503, "overloaded")
        memory.give_back(48 * 1024 * 1024)
        taken = await client.post("/v1/batches", content=body, headers=headers(site, "", encoding))
        assert taken.status_code == 202, taken.text
        memory.take(64 * 1024 * 1024)  # all of it was given back


async def test_zstd_that_looks_back_farther_than_a_content_encoding_may_is_refused(site: Site) -> None:
    window = zstd.CompressionParameter.window_log
    whole = FORMS["json"][1] + b" " * (32 << 20)
    body = zstd.compress(whole, options={window: uploads.WINDOW_LOG + 1})
    refused = await site.client.post("/v1/batches", content=body, headers=headers(site, "", "zstd"))
    check_problem(refused, 415, "unsupported-body")
    near = zstd.compress(whole, options={window: uploads.WINDOW_LOG})
    assert (await send(site, near, encoding="zstd"))["accepted"] == 2


async def test_who_finds_no_room_is_asked_to_come_again(site: Site, tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, api_body_mb=64), site.shop.dsn, site.shop.clock)
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        memory: uploads.BodyMemory = app.state["body_memory"]
        memory.take(64 * 1024 * 1024)
        refused = await client.post("/v1/batches", content=FORMS["json"][1], headers=headers(site))
        check_problem(refused, 503, "overloaded")
        assert refused.headers["retry-after"] == "2"
        memory.give_back(64 * 1024 * 1024)
        for number in range(3):  # and what a request took is given back, refused or not
            answer = await client.post("/v1/batches", content=b"{" * number, headers=headers(site, key=f"b{number}"))
            assert answer.status_code in (202, 422)
        memory.take(64 * 1024 * 1024)


async def test_who_is_refused_while_sending_still_reads_why(site: Site, tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, api_body_mb=64), site.shop.dsn, site.shop.clock)
    async with serving(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        app.state["body_memory"].take(64 * 1024 * 1024)
        refused = await client.post("/v1/batches", content=b" " * (32 << 20), headers=headers(site))
    check_problem(refused, 503, "overloaded")


@pytest.mark.parametrize(
    ("address", "kind", "begun"),
    [
        ("/v1/batches", "application/json", '{"events": ['),
        ("/v1/imports?kind=statement", "multipart/form-data; boundary=x", "--x"),
        ("/v1/receipts/compute", "application/json", "["),
        ("/v1/restorations", "application/json", '{"replay": ['),
        ("/v1/period-closes", "application/json", "{"),
    ],
)
async def test_a_client_that_stops_sending_is_given_up(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, kind: str, begun: str
) -> None:
    monkeypatch.setattr(uploads, "IDLE_S", 0.2)
    monkeypatch.setattr(bodies, "SMALL_BODY_S", 0.2)
    monkeypatch.setattr(corrections, "RESTORATION_S", 0.2)
    app = create_app(Settings(data_dir=tmp_path), site.shop.dsn, site.shop.clock)
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = {**headers(site, kind), "Host": "localhost", "Content-Length": "1000000"}
        head = [f"POST {address} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", begun]
        writer.write("\r\n".join(head).encode())
        told = await asyncio.wait_for(reader.readuntil(b"}"), 10)
        writer.close()
    assert told.startswith(b"HTTP/1.1 408")
    assert b"/problems/body-too-slow" in told


@pytest.mark.parametrize("address", ["/v1/batches", "/v1/period-closes", "/v1/imports?kind=statement"])
async def test_a_client_that_hangs_up_is_no_mistake_of_the_server(site: Site, tmp_path: Path, address: str) -> None:
    refused: list[Any] = []

    async def over() -> bool:
        return bool(refused)

    async def keep(error: Exception, _: object) -> None:
        refused.append(error)

    app = create_app(Settings(data_dir=tmp_path), site.shop.dsn, site.shop.clock)
    app.framework.after_exception.append(keep)
    async with serving(app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = {**headers(site), "Host": "localhost", "Content-Length": "1000000"}
        head = [f"POST {address} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", "{"]
        writer.write("\r\n".join(head).encode())
        await writer.drain()
        writer.close()
        await wait_until_async(over, 10)
    assert [type(error) for error in refused] == [BodyTooSlow]


@pytest.mark.parametrize("address", ["/v1/period-closes", "/v1/corrections/preview", "/v1/receipts/compute"])
async def test_what_is_no_batch_is_small(site: Site, address: str) -> None:
    body = b" " * (bodies.MAX_SMALL_BODY + 1)
    check_problem(await site.client.post(address, content=body, headers=headers(site)), 413, "body-too-large")


async def test_a_preview_explains_each_receipt_and_stores_nothing(site: Site) -> None:
    answer = await site.client.post(
        "/v1/batches", content=FORMS["json"][1], headers=headers(site), params={"dry_run": "true"}
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["accepted"], told["stored"], len(told["receipts"])) == (2, False, 2)
    assert told["receipts"][0]["total_kopecks"] == 45_000
    assert "450,00" in told["receipts"][0]["explanation"]
    for table in ("batch", "event", "event_key", "receipt", "account"):
        assert await site.shop.value(f"select count(*) from fiscal.{table}") == 0
    assert (await send(site, FORMS["json"][1]))["accepted"] == 2


async def test_a_preview_is_refused_like_the_batch_itself(site: Site) -> None:
    body = json.dumps({**BODY, "events": [EVENTS[0], {**EVENTS[1], "account": "nobody"}]}).encode()
    refused = await site.client.post("/v1/batches", content=body, headers=headers(site), params={"dry_run": "true"})
    (error,) = check_problem(refused, 422, "batch-rejected")["errors"]
    assert (error["code"], error["index"]) == ("unknown_account", 1)
    many = json.dumps({"events": [payment(f"p{n}") for n in range(1001)], "accounts": [{"id": "A1"}]}).encode()
    refused = await site.client.post("/v1/batches", content=many, headers=headers(site), params={"dry_run": "true"})
    assert check_problem(refused, 422, "batch-rejected")["errors"][0]["code"] == "too_many_events"


async def test_the_progress_of_a_batch_is_told_until_all_is_final(site: Site) -> None:
    told = await send(site, FORMS["json"][1])
    async with site.shop.db.write() as db:
        await db.execute("update fiscal.queue set state = 'CANCELLED'")
    address = f"/v1/batches/{told['id']}/progress"
    answer = await site.client.get(address, headers=site.headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert 'data: {"receipts":2,"states":{"CANCELLED":2},"final":true}' in answer.text
    check_problem(await site.client.get("/v1/batches/1/progress", headers=site.headers), 404, "not-found")


async def test_a_stream_ends_when_the_server_stops(site: Site, tmp_path: Path) -> None:
    told = await send(site, FORMS["json"][1])
    app = create_app(Settings(data_dir=tmp_path), site.shop.dsn, site.shop.clock)
    async with serving(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        address = f"/v1/batches/{told['id']}/progress"
        async with client.stream("GET", address, headers=site.headers) as answer:
            seen = ""
            async for text in answer.aiter_text():
                seen += text
                app.state["stopping"].set()
    assert '"final":false' in seen


async def test_nobody_looks_for_a_client_that_hung_up(site: Site, tmp_path: Path) -> None:
    async def somebody_looks() -> bool:
        return any(task.get_name() == LOOKING for task in asyncio.all_tasks())

    async def nobody_looks() -> bool:
        return not await somebody_looks()

    told = await send(site, FORMS["json"][1])
    app = create_app(Settings(data_dir=tmp_path), site.shop.dsn, site.shop.clock)
    async with serving(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        address = f"/v1/batches/{told['id']}/progress"
        async with client.stream("GET", address, headers=site.headers) as answer:
            await anext(answer.aiter_text())
            await wait_until_async(somebody_looks, 10)
        await wait_until_async(nobody_looks, 10)
