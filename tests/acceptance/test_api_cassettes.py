"""Cassettes, slots and shifts over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.slots import read_rules
from tests.acceptance.site import Site, check_problem, open_site

FN = "9999078900000001"


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path, scopes=tuple(Scope)) as opened:
        await opened.shop.add_kkts(3)
        yield opened


async def test_cassettes_and_slots_are_listed_with_where_they_stand(site: Site) -> None:
    async with site.shop.db.write() as db:
        await db.execute("update fiscal.kkt set state = 'ACTIVE' where slot = 1")
    [cassette] = (await site.get("/v1/cassettes")).json()
    assert (cassette["name"], cassette["takes_receipts"], cassette["slots"]) == (
        "main",
        True,
        {"ACTIVE": 1, "READY": 2},
    )
    assert cassette["rules"]["refusals"] == CassetteRules().refusals
    assert (await site.get("/v1/cassettes/main")).json() == cassette
    check_problem(await site.get("/v1/cassettes/other"), 404, "not-found")
    assert [one["slot"] for one in (await site.get("/v1/slots")).json()] == [1, 2, 3]
    assert [one["slot"] for one in (await site.get("/v1/slots", state="READY", cassette="main")).json()] == [2, 3]
    assert (await site.get("/v1/slots", cassette="other")).json() == []
    check_problem(await site.get("/v1/slots", state="ready"), 400, "bad-request")
    listed = (await site.get("/v1/kkts")).json()
    assert [(await site.get(f"/v1/kkts/{one['id']}")).json() for one in listed] == listed
    check_problem(await site.get("/v1/kkts/7"), 404, "not-found")


async def test_rules_of_a_cassette_are_put_whole_and_only_by_who_saw_them(site: Site) -> None:
    etag = (await site.get("/v1/cassettes/main")).headers["etag"]
    path = "/v1/cassettes/main/rules"
    answer = await site.ask("PUT", path, {"refusals": 7, "unreachable_s": 5.5}, If_Match=etag)
    assert (answer.status_code, answer.json()["rules"]["refusals"]) == (200, 7)
    check_problem(await site.ask("PUT", path, {"refusals": 9}, If_Match=etag), 412, "precondition-failed")
    async with site.shop.db.read() as db:
        stored = await read_rules(db, site.shop.merchant.id, await site.shop.cassette_id())
    assert stored == CassetteRules(refusals=7, unreachable_s=5.5)
    whole = (await site.get("/v1/cassettes/main")).json()["rules"]
    await site.ask("PUT", path, whole)
    kept = await site.shop.value("select rules from fiscal.cassette")
    assert kept == {"refusals": 7, "unreachable_s": 5.5}
    assert (await site.ask("PUT", path, {})).json()["rules"]["refusals"] == CassetteRules().refusals
    check_problem(await site.ask("PUT", "/v1/cassettes/other/rules", {}), 404, "not-found")


async def test_more_slots_work_at_once_as_soon_as_a_cassette_may(site: Site) -> None:
    path = "/v1/cassettes/main/work"
    etag = (await site.get("/v1/cassettes/main")).headers["etag"]
    answer = await site.ask("PUT", path, {"parallel": 2, "close_archive": False}, If_Match=etag)
    cassette = answer.json()
    assert (cassette["parallel"], cassette["close_archive"], cassette["slots"]) == (2, False, {"ACTIVE": 2, "READY": 1})
    check_problem(await site.ask("PUT", path, {"parallel": 3, "close_archive": True}, If_Match=etag), 412,
                  "precondition-failed")  # fmt: skip
    for wrong in ({"parallel": 0, "close_archive": True}, {"parallel": 129, "close_archive": True}, {"parallel": 2}):
        check_problem(await site.ask("PUT", path, wrong), 422, "invalid-body")
    check_problem(
        await site.ask("PUT", "/v1/cassettes/other/work", {"parallel": 1, "close_archive": True}), 404, "not-found"
    )
    [row] = (await site.get("/v1/audit", limit=1)).json()["changes"]
    assert (row["action"], row["after"]) == ("cassette.work", {"parallel": 2, "close_archive": False})


@pytest.mark.parametrize(
    ("body", "field"),
    [({"refusals": 0}, "refusals"), ({"patience": 1}, "patience"), ({"backlog_days": 1.5}, "backlog_days"), (b"", "")],
)
async def test_wrong_rules_are_refused_with_their_place(site: Site, body: Any, field: str) -> None:
    problem = check_problem(await site.ask("PUT", "/v1/cassettes/main/rules", body), 422, "invalid-body")
    assert problem["errors"][0].get("field", "") == field


async def test_shifts_show_their_reports_and_what_was_made_between_them(site: Site) -> None:
    ids = await site.pay(4)
    documents = [  # FD number, form, shift; receipts take the ids of payments
        (2, 2, 1), (3, 3, 1), (4, 3, 1), (5, 5, 1), (6, 2, 2), (7, 3, 2), (8, 3, 2),
    ]  # fmt: skip
    receipts = iter(ids)
    async with site.shop.db.write() as db:
        await db.execute("delete from fiscal.queue")
        await db.execute("update fiscal.receipt set sign = 2, total_kopecks = 100 where id = $1", int(ids[3]))
        for fd_number, form, shift in documents:
            row_id = int(next(receipts)) if form == 3 else site.shop.db.ids.next()
            await db.execute(
                "insert into fiscal.fiscal_document select $1, $2, 9, $3, $4, $5, 1, timestamp '2026-10-20 12:00', $6,"
                " 1, (select total_kopecks from fiscal.receipt where id = $2), now()",
                site.shop.merchant.id, row_id, form, FN, fd_number, shift,
            )  # fmt: skip
    open_one, closed = (await site.get("/v1/shifts")).json()["shifts"]
    assert (closed["shift_number"], closed["opening_fd"], closed["closing_fd"]) == (1, 2, 5)
    assert closed["totals"] == [{"form": 3, "sign": 1, "receipts": 2, "total_kopecks": 90_000}]
    assert (open_one["shift_number"], open_one["closing_fd"], open_one["closed_at"]) == (2, None, None)
    assert [(one["sign"], one["receipts"], one["total_kopecks"]) for one in open_one["totals"]] == [
        (1, 1, 45_000), (2, 1, 100),
    ]  # fmt: skip
    first = (await site.get("/v1/shifts", limit=1, totals="false", fn_number=FN)).json()
    assert [(one["shift_number"], one["totals"]) for one in first["shifts"]] == [(2, None)]
    second = (await site.get("/v1/shifts", limit=1, cursor=first["next"])).json()
    assert ([one["shift_number"] for one in second["shifts"]], second["next"]) == ([1], None)
    assert (await site.get("/v1/shifts", fn_number="9999078900000002")).json()["shifts"] == []


async def test_another_merchant_has_no_such_cassette(site: Site, tmp_path: Path) -> None:
    async with open_site(site.shop.dsn, tmp_path, "Другой", scopes=tuple(Scope)) as other:
        assert (await other.get("/v1/cassettes")).json() == []
        assert (await other.get("/v1/slots")).json() == []
        assert (await other.get("/v1/shifts")).json() == {"shifts": [], "next": None}
        check_problem(await other.ask("PUT", "/v1/cassettes/main/rules", {}), 404, "not-found")


@pytest.mark.parametrize("words", ["", " ", "a\0", "\0", "x" * 1001])
async def test_an_order_without_words_that_can_be_kept_is_refused(site: Site, words: str) -> None:
    [kkt, *_] = (await site.get("/v1/slots")).json()
    for body in ({"asked_by": words, "reason": "why"}, {"asked_by": "who", "reason": words}):
        answer = await site.ask("POST", f"/v1/kkts/{kkt['id']}/orders", {"kind": "pause", **body})
        check_problem(answer, 422, "invalid-body")
