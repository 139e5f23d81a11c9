"""Corrections and restorations worked out beforehand: the documents, why, and nothing stored."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import Json, payment


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


async def registered(site: Site, count: int = 1) -> list[str]:
    ids = await site.pay(count)
    async with site.shop.db.write() as db:
        await db.execute("delete from fiscal.queue")
        await db.executemany(
            "insert into fiscal.fiscal_document values ($1, $2, 1, 3, '9999078900000001', $3, 2318604117,"
            " '2026-10-06 12:00:00', 1, $3, 45000, now())",
            [(site.shop.merchant.id, int(one), n) for n, one in enumerate(ids, 1)],
        )
    return ids


async def preview(site: Site, what: str, body: Any) -> Json:
    before = await site.shop.counts()
    answer = await site.ask("POST", f"/v1/{what}/preview", body)
    assert answer.status_code == 200, answer.text
    assert await site.shop.counts() == before
    planned: Json = answer.json()
    return planned


async def test_superfluous_receipts_would_be_reversed_each_by_its_mirror(site: Site) -> None:
    ids = await registered(site, 2)
    planned = await preview(site, "corrections", {"date": "2026-10-20", "receipts": ids})
    assert planned["refused"] == []
    assert [one["corrects"] for one in planned["documents"]] == ids
    for one in planned["documents"]:
        receipt = one["receipt"]
        assert (receipt["sign"], receipt["total_kopecks"], receipt["additional"]) == (2, 45_000, "2318604117")
        assert receipt["correction"] == {"kind": 0, "settled_on": "2026-10-05"}
        assert one["unsound"] == []
        assert "450,00" in one["explanation"]


async def test_a_wrong_receipt_would_be_reversed_and_made_right(site: Site) -> None:
    [receipt] = await registered(site)
    line = {"1030": "Телевидение", "1043": 30_000, "1214": 4, "1212": 4, "1199": 11, "1200": 5_410}
    body = {"date": "2026-10-20", "receipts": [receipt], "right": {"items": [line]}}
    reversing, right = (await preview(site, "corrections", body))["documents"]
    assert (reversing["receipt"]["sign"], right["receipt"]["sign"]) == (2, 1)
    assert (right["receipt"]["total_kopecks"], right["receipt"]["lines"][0]["name"]) == (30_000, "Телевидение")
    not_accepted = await preview(site, "corrections", {**body, "not_accepted": True})
    assert [one["receipt"]["sign"] for one in not_accepted["documents"]] == [1]


async def test_what_cannot_be_corrected_is_refused_with_its_place(site: Site) -> None:
    [made] = await registered(site)
    [waiting] = await site.pay(1)
    planned = await preview(site, "corrections", {"date": "2026-10-20", "receipts": [waiting, "17", made]})
    assert [(one["code"], one["field"]) for one in planned["refused"]] == [
        ("not_registered", "receipts[0]"), ("unknown_receipt", "receipts[1]"),
    ]  # fmt: skip
    assert [one["corrects"] for one in planned["documents"]] == [made]
    early = await preview(site, "corrections", {"date": "2026-10-01", "receipts": [made]})
    assert [one["code"] for one in early["refused"]] == ["correction_before_settlement"]
    for body in ({}, {"date": "2026-10-20", "receipts": []}, {"date": "2026-10-20", "receipts": ["x"]}, b"["):
        check_problem(await site.ask("POST", "/v1/corrections/preview", body), 422, "invalid-body")


async def test_events_that_never_came_would_have_their_receipts_restored(site: Site) -> None:
    await site.pay(1)
    lost = {**payment("lost", kopecks=12_300), "date": "2026-10-03"}
    planned = await preview(site, "restorations", {"date": "2026-10-20", "replay": [lost]})
    [document] = planned["documents"]
    assert (document["event_key"], document["account"]) == ("restore|lost", "A1")
    assert (document["receipt"]["sign"], document["receipt"]["total_kopecks"]) == (1, 12_300)
    assert document["receipt"]["correction"]["settled_on"] == "2026-10-03"
    assert document["unsound"] == []


async def test_an_event_of_the_books_is_not_restored(site: Site) -> None:
    await site.post({"events": [payment("known")], "accounts": [{"id": "A1"}]})
    body = {"date": "2026-10-20", "replay": [payment("lost"), payment("known")]}
    planned = await preview(site, "restorations", body)
    assert [(one["code"], one["field"]) for one in planned["refused"]] == [("event_stored", "replay[1].key")]
    assert planned["documents"] == []
    nobody = {"date": "2026-10-20", "replay": [payment("lost", "nobody")]}
    refused = (await preview(site, "restorations", nobody))["refused"]
    assert [one["code"] for one in refused] == ["unknown_account"]
