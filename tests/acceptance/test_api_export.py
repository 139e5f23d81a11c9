"""Receipts as a file: whole, bounded in memory, and ended by the server itself when it has to."""

import asyncio
import csv
import io
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.acceptance.api_process import api_process
from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.crowd import add_crowd

ENDS_WITHIN_S = 30.0
GROWTH_KIB_MAX = 48 * 1024


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


async def test_a_file_of_lines_has_every_receipt_once_as_pages_answer_them(site: Site) -> None:
    await site.pay(3)
    await site.pay(2, account="B")
    pages = (await site.get("/v1/receipts")).json()["receipts"]
    answer = await site.get("/v1/receipts/export")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line) for line in answer.text.splitlines()] == pages
    of_b = (await site.get("/v1/receipts/export", account="B")).text.splitlines()
    assert {json.loads(line)["account"] for line in of_b} == {"B"}
    assert len(of_b) == 2


async def test_a_table_begins_with_its_columns(site: Site) -> None:
    ids = await site.pay(2, account='A "1", b\nc')
    answer = await site.get("/v1/receipts/export", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    newest, older = csv.DictReader(io.StringIO(answer.text))
    assert [newest["id"], older["id"]] == ids[::-1]
    assert (newest["account"], newest["total_kopecks"], newest["state"]) == ('A "1", b\nc', "45000", "COMPUTED")
    assert (newest["deadline"], newest["fd_number"]) == ("2026-10-06", "")


async def test_what_a_billing_system_names_is_no_formula_in_a_spreadsheet(site: Site) -> None:
    await site.pay(1, account='=HYPERLINK("http://evil.example","x")')
    [row] = csv.DictReader(io.StringIO((await site.get("/v1/receipts/export", format="csv")).text))
    assert row["account"] == '\'=HYPERLINK("http://evil.example","x")'
    assert row["event_key"].startswith("'=")
    [line] = (await site.get("/v1/receipts/export")).text.splitlines()
    assert json.loads(line)["account"] == '=HYPERLINK("http://evil.example","x")'


async def test_nothing_to_export_is_an_empty_file(site: Site) -> None:
    assert (await site.get("/v1/receipts/export", account="nobody")).text == ""
    assert len((await site.get("/v1/receipts/export", account="nobody", format="csv")).text.splitlines()) == 1
    check_problem(await site.get("/v1/receipts/export", format="xml"), 400, "bad-request")


async def test_a_long_file_needs_no_more_memory_than_a_short_one(site: Site, tmp_path: Path) -> None:
    await site.pay(1)
    await add_crowd(site.shop.db, site.shop.merchant.id, 30_000)
    async with api_process(site.shop.dsn, tmp_path) as api, httpx.AsyncClient(base_url=api.url) as client:
        lines = await lines_of(client, site, limit=1_000)
        before = api.memory_kib()
        lines = await lines_of(client, site)
        assert lines == 30_001
        assert api.memory_kib() - before < GROWTH_KIB_MAX


async def lines_of(client: httpx.AsyncClient, site: Site, limit: int | None = None) -> int:
    seen = 0
    async with client.stream("GET", "/v1/receipts/export", headers=site.headers, timeout=60) as answer:
        async for _ in answer.aiter_lines():
            seen += 1
            if seen == limit:
                break
    return seen


async def test_an_export_that_nobody_reads_does_not_keep_the_server_from_ending(site: Site, tmp_path: Path) -> None:
    await site.pay(1)
    await add_crowd(site.shop.db, site.shop.merchant.id, 30_000)
    async with (
        api_process(site.shop.dsn, tmp_path) as api,
        httpx.AsyncClient(base_url=api.url) as client,
        client.stream("GET", "/v1/receipts/export", headers=site.headers, timeout=60) as answer,
    ):
        parts = answer.aiter_bytes()
        await anext(parts)
        api.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(api.process.wait, ENDS_WITHIN_S) == 0
        with pytest.raises(httpx.TransportError):  # cut, and the client knows it
            async for _ in parts:
                pass
