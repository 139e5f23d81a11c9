"""Accounts and events as billing systems and accountants look at them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import Json, charge, payment


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


async def tell(site: Site, events: list[Json], *accounts: str | Json) -> Json:
    declared = [{"id": one} if isinstance(one, str) else one for one in accounts]
    answer = await site.post({"events": events, "accounts": declared})
    assert answer.status_code == 202, answer.text
    told: Json = answer.json()
    return told


async def walk(site: Site, path: str, name: str, **query: Any) -> list[Json]:
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await site.get(path, **query, **cursor)).json()
        found += page[name]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def test_accounts_are_listed_by_code_and_found_by_how_it_begins(site: Site) -> None:
    codes = ["10", "100", "1000", "11", "2", "А-1", "а-1", "100%", "10_"]
    await tell(site, [payment("p", "100", kopecks=700), charge("c", "11", kopecks=900)], *codes)
    everything = await walk(site, "/v1/accounts", "accounts", limit=2)
    assert [one["code"] for one in everything] == sorted(codes)
    for prefix in ("10", "100", "А", "1000", "10_", "nobody", "%"):
        found = await walk(site, "/v1/accounts", "accounts", prefix=prefix, limit=1)
        assert [one["code"] for one in found] == sorted(one for one in codes if one.startswith(prefix)), prefix
    by_code = {one["code"]: one for one in everything}
    assert (by_code["100"]["advances_kopecks"], by_code["100"]["debts_kopecks"]) == (700, 0)
    assert (by_code["11"]["advances_kopecks"], by_code["11"]["debts_kopecks"]) == (0, 900)


async def test_an_account_shows_its_debts_its_advances_and_their_totals(site: Site) -> None:
    await tell(
        site,
        [charge("c1", kopecks=30_000), charge("c2", service="tv", kopecks=5_000), payment("p1", kopecks=40_000)],
        {"id": "A1", "penalty_kopecks": 700, "contact": "+79990000001"},
    )
    account = (await site.get("/v1/accounts/A1")).json()
    assert (account["code"], account["contact"]) == ("A1", "+79990000001")
    assert [debt["service"] for debt in account["debts"]] == ["internet", "tv"]
    assert sum(debt["amount_kopecks"] for debt in account["debts"]) == account["totals"]["debts_kopecks"]
    assert sum(lot["amount_kopecks"] for lot in account["advances"]) == account["totals"]["advances_kopecks"]
    totals = account["totals"]
    assert totals["balance_kopecks"] == (
        totals["advances_kopecks"] - totals["debts_kopecks"] - totals["penalty_kopecks"] - totals["costs_kopecks"]
    )
    assert totals["balance_kopecks"] == 40_000 - 35_000 - 700
    for path in ("/v1/accounts/nobody", "/v1/accounts/nobody/history", "/v1/accounts/" + "9" * 200):
        check_problem(await site.get(path), 404, "not-found")


async def test_a_history_tells_events_settlements_and_receipts_in_order(site: Site) -> None:
    await tell(site, [payment("p1", "A1", kopecks=50_000), payment("other", "B")], "A1", "B")
    await tell(site, [charge("c1", "A1")])
    await tell(site, [{"type": "period_close", "key": "close", "period": "2026-10"}])
    await tell(site, [payment("p2", "A1", kopecks=1_000)])
    entries = await walk(site, "/v1/accounts/A1/history", "entries", limit=2)
    assert [int(one["id"]) for one in entries] == sorted((int(one["id"]) for one in entries), reverse=True)
    keys = [(one["kind"], one[one["kind"]].get("event_key") or one[one["kind"]]["key"]) for one in entries]
    assert keys[0] == ("receipt", "p2")
    assert keys[-1] == ("event", "p1")
    assert {key for _, key in keys} == {"c1", "p1", "close", "p2"}
    settled = [one["settlement"] for one in entries if one["kind"] == "settlement"]
    assert [(one["form"], one["amount_kopecks"], one["period"]) for one in settled] == [("advance", 45_000, "2026-10")]
    receipts = {one["id"] for one in entries if one["kind"] == "receipt"}
    shown = [receipt["id"] for one in entries if one["kind"] == "event" for receipt in one["event"]["receipts"]]
    assert shown
    assert set(shown) <= receipts


async def test_events_are_found_by_account_kind_and_day(site: Site) -> None:
    await tell(site, [charge("c1", "A1"), payment("p1", "A1"), payment("p2", "B")], "A1", "B")
    await site.shop.clock.advance(86_400)
    await tell(site, [{"type": "period_close", "key": "close", "period": "2026-10"}, payment("p3", None)])
    questions: list[tuple[Json, list[str]]] = [
        ({}, ["close", "p3", "c1", "p1", "p2"]),
        ({"account": "A1"}, ["c1", "p1"]),
        ({"account": "A1", "kind": "payment"}, ["p1"]),
        ({"account": "nobody"}, []),
        ({"kind": "payment"}, ["p3", "p1", "p2"]),
        ({"kind": "period_close"}, ["close"]),
        ({"from": "2026-10-21"}, ["close", "p3"]),
        ({"to": "2026-10-20", "kind": "payment"}, ["p1", "p2"]),
    ]
    for query, keys in questions:
        found = await walk(site, "/v1/events", "events", limit=1, **query)
        assert sorted(one["key"] for one in found) == sorted(keys), query
    check_problem(await site.get("/v1/events", kind="sale"), 400, "bad-request")
    check_problem(await site.get("/v1/events", limit=21, explain="true"), 422, "request-rejected")


@pytest.mark.parametrize("key", ["p1", "платёж 1", "100%", "x?y#z"])
async def test_an_event_is_read_by_its_key_with_its_receipts(site: Site, key: str) -> None:
    told = await tell(site, [payment(key)], "A1")
    event = (await site.get("/v1/events/" + quote(key, safe=""))).json()
    assert event["event"] == {
        "type": "payment", "key": key, "account": "A1", "date": "2026-10-05", "tenders": {"bank_transfer": 45_000},
    }  # fmt: skip
    assert (event["key"], event["account"], event["batch"], event["more_receipts"]) == (key, "A1", told["id"], False)
    assert [one["id"] for one in event["receipts"]] == told["events"][0]["receipts"]
    check_problem(await site.get("/v1/events/never"), 404, "not-found")


@pytest.mark.parametrize("name", ["bank/2026/10", "a%2Fb", "..", "/", "история"])
async def test_what_cannot_stand_in_an_address_is_asked_by_a_parameter(site: Site, name: str) -> None:
    await tell(site, [payment(name, name)], name)
    [event] = await walk(site, "/v1/events", "events", key=name)
    assert event["key"] == name
    assert (await site.get("/v1/events", key="never")).json() == {"events": [], "next": None}
    account = (await site.get("/v1/account", code=name)).json()
    assert (account["code"], account["totals"]["advances_kopecks"]) == (name, 45_000)
    assert len(await walk(site, "/v1/account/history", "entries", code=name, limit=1)) == 2


async def test_a_merchant_sees_no_account_and_no_event_of_another_one(site: Site, tmp_path: Path) -> None:
    receipt = (await tell(site, [payment("p1")], "A1"))["events"][0]["receipts"][0]
    async with open_site(site.shop.dsn, tmp_path, "Другой") as other:
        assert (await other.get("/v1/accounts")).json() == {"accounts": [], "next": None}
        assert (await other.get("/v1/events")).json() == {"events": [], "next": None}
        assert (await other.get("/v1/receipts/export")).text == ""
        assert (await other.get("/v1/receipts/count")).json() == {"receipts": 0, "exact": True}
        for path in (
            "/v1/accounts/A1", "/v1/accounts/A1/history", "/v1/events/p1", f"/v1/receipts/{receipt}/explanation",
        ):  # fmt: skip
            check_problem(await other.get(path), 404, "not-found")


# --- why a receipt is as it is ----------------------------------------------------------------------------------------


async def test_receipts_of_a_whole_story_are_explained_as_they_were_made(site: Site) -> None:
    await tell(site, [charge("c1", kopecks=45_000)], "A1", "B")
    await tell(site, [payment("p1", kopecks=50_000)])
    await tell(site, [{"type": "period_close", "key": "close", "period": "2026-10"}])
    await tell(site, [payment("p2", kopecks=9_000), payment("p3", "B"), payment("p4", None, kopecks=800)])
    await tell(
        site, [{"type": "advance_transfer", "key": "t", "date": "2026-10-20", "from": "A1", "to": "B", "amount": 500}]
    )
    events = await walk(site, "/v1/events", "events", explain="true")
    explained = {one["key"]: [receipt["explanation"] for receipt in one["receipts"]] for one in events}
    texts = [text for found in explained.values() for text in found]
    assert len(texts) >= 4
    assert None not in texts, explained
    assert "450,00" in explained["p1"][0]  # what the account owed is what the history says, not what it owes now
    for one in events:
        for receipt in one["receipts"]:
            alone = (await site.get(f"/v1/receipts/{receipt['id']}/explanation")).json()
            assert (alone["text"], alone["event_key"]) == (receipt["explanation"], one["key"])


async def test_a_receipt_that_the_rules_of_today_would_make_otherwise_is_not_explained(site: Site) -> None:
    told = await tell(site, [charge("c1"), payment("p1")], "A1")
    [receipt] = told["events"][1]["receipts"]
    assert (await site.get(f"/v1/receipts/{receipt}/explanation")).status_code == 200
    async with site.shop.db.write() as db:
        await db.execute("update fiscal.merchant set rules = jsonb_set(rules, '{taxation}', '2')")
    check_problem(await site.get(f"/v1/receipts/{receipt}/explanation"), 409, "cannot-explain")
    [event] = [one for one in await walk(site, "/v1/events", "events", explain="true") if one["key"] == "p1"]
    assert [one["explanation"] for one in event["receipts"]] == [None]
