"""Files of money over HTTP: taken in, previewed, refused, looked into."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from litestar.datastructures import State

from fiscal_server.api import import_lines
from fiscal_server.api.tables import StreamCut
from fiscal_server.intake.adapters import load_adapters
from fiscal_server.settings import Settings, load_settings
from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import Json
from tests.unit.reconciliation.incoming_files import (
    Document,
    Paid,
    many,
    named_fields,
    payout,
    statement,
    table_rows,
    table_xlsx,
    total_line,
)


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        await opened.post({"events": [], "accounts": [{"id": f"{1234567 + n:010d}"} for n in range(3)]})
        yield opened


async def send(site: Site, file: bytes, kind: str = "register", **query: Any) -> Response:
    return await site.client.post("/v1/imports", params={"kind": kind, **query}, content=file, headers=site.headers)


async def test_a_file_is_previewed_then_taken_in_then_known(site: Site) -> None:
    file = total_line([*many(3), Paid(kopecks=-100, fee=0, operation="minus"), Paid(account="77", operation="new")])
    told = await send(site, file, adapter="total-line", preview=True, limit=2, file_name="r.txt")
    assert told.status_code == 200, told.text
    preview: Json = told.json()
    assert (preview["id"], preview["state"], preview["preview_left_off"]) == (None, "previewed", 3)
    assert (preview["payments"], preview["unidentified"], preview["rejected"], preview["receipts"]) == (4, 1, 1, 4)
    first = preview["preview"][0]
    assert (first["account"], first["period"], first["amount_kopecks"]) == ("0001234567", "2026-10", 45_000)
    assert {one["name"]: one["agrees"] for one in preview["totals"]} == dict.fromkeys(
        ("count", "amount", "net", "fee"), True
    )
    assert (await site.get("/v1/imports")).json() == {"imports": [], "next": None}
    assert (await site.get("/v1/receipts")).json()["receipts"] == []

    done = await send(site, file, adapter="total-line", file_name="r.txt")
    assert done.status_code == 201, done.text
    again = await send(site, file, adapter="total-line")
    assert (again.status_code, again.json()["id"], again.json()["already_imported"]) == (200, done.json()["id"], True)
    assert len((await site.get("/v1/receipts")).json()["receipts"]) == 4
    listed = (await site.get("/v1/imports", limit=1)).json()
    assert ([one["file_name"] for one in listed["imports"]], listed["next"]) == (["r.txt"], None)
    one = (await site.get(f"/v1/imports/{done.json()['id']}")).json()
    assert (one["receipt_states"], one["payout"]) == ({"COMPUTED": 4}, "512 / 2026-11-17")
    batch = (await site.get(f"/v1/batches/{one['batch']}")).json()
    assert (batch["accepted"], batch["receipts"]) == (4, 4)


async def test_what_was_rejected_can_be_read_by_programs_and_in_a_spreadsheet(site: Site) -> None:
    evil = Paid(kopecks=-100, fee=0, operation="2", payer="=HYPERLINK(1)")
    done = (await send(site, total_line([Paid(), Paid(), evil]), adapter="total-line")).json()
    path = f"/v1/imports/{done['id']}"
    rejects = [json.loads(line) for line in (await site.get(f"{path}/rejects")).text.splitlines()]
    assert [(one["line"], one["code"]) for one in rejects] == [(3, "not_positive")]
    assert rejects[0]["reason"].startswith("Сумма не больше нуля")
    table = await site.get(f"{path}/rejects", format="csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    header, row = csv.reader(io.StringIO(table.content.decode("utf-8-sig")), delimiter=";")
    assert dict(zip(header, row, strict=True)) | {"плательщик": "'=HYPERLINK(1)", "сумма": "-1,00"} == dict(
        zip(header, row, strict=True)
    )
    lines = [json.loads(line) for line in (await site.get(f"{path}/lines")).text.splitlines()]
    assert [one["outcome"] for one in lines] == ["payment", "duplicate", "rejected"]
    duplicates = (await site.get(f"{path}/lines", outcome="duplicate")).text.splitlines()
    assert len(duplicates) == 1


async def test_a_form_with_a_file_is_taken_like_a_body(site: Site) -> None:
    files = {"file": ("C:\\банк\\kl_to_1c.txt", statement([payout(), Document()]), "text/plain")}
    answer = await site.client.post("/v1/imports?kind=statement", files=files, headers=site.headers)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["file_name"], told["payments"], told["skipped"]) == ("kl_to_1c.txt", 1, 1)
    two = [("file", ("a", b"a")), ("file", ("b", b"b"))]
    check_problem(
        await site.client.post("/v1/imports?kind=statement", files=two, headers=site.headers), 400, "bad-request"
    )
    broken = {**site.headers, "Content-Type": "multipart/form-data"}
    answer = await site.client.post("/v1/imports?kind=statement", content=b"--x", headers=broken)
    check_problem(answer, 400, "bad-request")


async def test_a_spreadsheet_is_taken(site: Site) -> None:
    answer = await send(site, table_xlsx(table_rows(many(3))), adapter="table")
    assert (answer.status_code, answer.json()["payments"]) == (201, 3)


async def test_a_refused_file_says_why_and_leaves_nothing(site: Site) -> None:
    file = total_line(many(2), total="=3;900.01;891.01;9.00;512;17-11-2026")
    problem = check_problem(await send(site, file, adapter="total-line"), 422, "import-refused")
    assert [(one["code"], one["field"]) for one in problem["errors"]] == [("total_mismatch", "line 3")]
    told = (await send(site, file, adapter="total-line", preview=True)).json()
    assert (told["state"], told["refusals"][0]["code"], len(told["preview"])) == ("refused", "total_mismatch", 2)
    assert (await site.get("/v1/imports")).json()["imports"] == []


async def test_what_cannot_be_asked_is_told(site: Site) -> None:
    file = named_fields([Paid()])
    for query in (
        {"adapter": "nothing"},
        {"adapter": "1c-exchange"},
        {},
        {"adapter": "named-fields", "credited_on": "2026-02-31"},
        {"adapter": "named-fields", "unknown": "keep"},
        {"adapter": "named-fields", "channel": "a\0b"},
        {"adapter": "named-fields", "limit": -1},
    ):
        check_problem(await send(site, file, **query), 400, "bad-request")
    check_problem(await send(site, file, kind="letter"), 400, "bad-request")
    check_problem(await send(site, b"", adapter="table"), 422, "import-refused")
    for path in ("/v1/imports/1", "/v1/imports/1/rejects", "/v1/imports/1/lines", f"/v1/imports/{1 << 70}"):
        check_problem(await site.get(path), 404, "not-found")
    big = await send(site, bytes(65 * 1024 * 1024), adapter="table")
    assert big.status_code == 413


async def test_lines_are_cut_off_when_the_server_stops(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = (await send(site, named_fields(many(3)), adapter="named-fields")).json()
    monkeypatch.setattr(import_lines, "_PAGE", 2)
    state = State({"database": site.shop.db, "stopping": asyncio.Event()})
    lines = import_lines.stream_lines(state, site.shop.merchant.id, int(taken["id"]), ["payment"], "ndjson")
    assert len((await anext(lines)).splitlines()) == 2
    state["stopping"].set()
    with pytest.raises(StreamCut):
        await anext(lines)


async def test_a_merchant_sees_no_import_of_another(site: Site, tmp_path: Path) -> None:
    done = (await send(site, named_fields([Paid()]), adapter="named-fields")).json()
    async with open_site(site.shop.dsn, tmp_path, name="Другой") as other:
        check_problem(await other.get(f"/v1/imports/{done['id']}"), 404, "not-found")
        assert (await other.get("/v1/imports")).json()["imports"] == []


async def test_formats_of_the_installation_are_listed(site: Site) -> None:
    listed = (await site.get("/v1/import-adapters")).json()
    assert [one["id"] for one in listed] == sorted(load_adapters(None))
    assert {one["kind"] for one in listed} == {"statement", "register"}


def test_the_folder_of_formats_is_a_setting(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).import_adapters is None
    assert load_settings({"FISCAL_IMPORT_ADAPTERS": str(tmp_path)}).import_adapters == tmp_path
