"""Receipts as billing systems read them: one by one and in pages that stay whole while new ones arrive."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import NOW


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


async def test_a_receipt_shows_where_it_stands_and_what_it_says(site: Site) -> None:
    (receipt_id,) = await site.pay(1)
    receipt = (await site.get(f"/v1/receipts/{receipt_id}")).json()
    assert (receipt["id"], receipt["account"], receipt["state"]) == (receipt_id, "A1", "COMPUTED")
    assert (receipt["total_kopecks"], receipt["receipt"]["total_kopecks"]) == (45_000, 45_000)
    assert (receipt["deadline"], receipt["fiscal_document"], receipt["ofd_confirmed_at"]) == ("2026-10-06", None, None)


async def test_a_registered_receipt_shows_its_document_and_a_confirmed_one_says_so(site: Site) -> None:
    await site.shop.add_kkts()
    ids = await site.pay(2)
    async with site.shop.db.write() as db:
        await db.execute("delete from fiscal.queue")
        await db.executemany(
            "insert into fiscal.fiscal_document values ($1, $2, 1, 3, '9999078900000001', $3, 4294967295,"
            " '2026-10-20 12:00:00', 1, $3, 45000, now())",
            [(site.shop.merchant.id, int(one), n) for n, one in enumerate(ids, 1)],
        )
        await db.execute(
            "insert into fiscal.ofd_exchange values ($1, $2, 1, '9999078900000001', 1, 0, $3)",
            site.shop.merchant.id, int(ids[0]), NOW,
        )  # fmt: skip
    confirmed, registered = [(await site.get(f"/v1/receipts/{one}")).json() for one in ids]
    assert (confirmed["state"], registered["state"]) == ("OFD_ACKED", "REGISTERED")
    assert registered["fiscal_document"] == {
        "fn_number": "9999078900000001", "fd_number": 2, "fiscal_sign": 4_294_967_295,
        "issued_at": "2026-10-20T12:00:00", "shift_number": 1, "number_in_shift": 2, "emulated": True,
    }  # fmt: skip
    for state, receipt_id in (("OFD_ACKED", ids[0]), ("REGISTERED", ids[1])):
        for query in ({}, {"account": "A1"}):
            page = (await site.get("/v1/receipts", state=state, **query)).json()
            assert [one["id"] for one in page["receipts"]] == [receipt_id]


@pytest.mark.parametrize("state", ["COMPUTED", "QUEUED", "REGISTERING", "UNCERTAIN", "REFUSED", "CANCELLED"])
async def test_receipts_are_filtered_by_state_and_account(site: Site, state: str) -> None:
    wanted = (await site.pay(2))[1]
    others = await site.pay(1, account="B")
    async with site.shop.db.write() as db:
        await db.execute("update fiscal.queue set state = 'CANCELLED' where receipt_id <> $1", int(wanted))
        await db.execute(
            "update fiscal.queue set state = $2::text::fiscal.receipt_state where receipt_id = $1", int(wanted), state
        )
    both = [one["id"] for one in (await site.get("/v1/receipts", state=state, account="A1")).json()["receipts"]]
    assert wanted in both
    assert others[0] not in both
    by_state = (await site.get("/v1/receipts", state=state)).json()["receipts"]
    assert {one["state"] for one in by_state} == {state}
    assert {one["id"] for one in (await site.get("/v1/receipts", account="B")).json()["receipts"]} == set(others)
    assert (await site.get("/v1/receipts", account="nobody")).json()["receipts"] == []


async def test_pages_have_no_gaps_and_no_repeats_while_new_receipts_arrive(site: Site) -> None:
    ids = await site.pay(25)
    for query in ({}, {"account": "A1"}, {"state": "COMPUTED"}):
        known = (await site.get("/v1/receipts", limit=1000)).json()["receipts"]
        seen: list[str] = []
        async for page in site.pages(limit=4, **query):
            assert len(page) <= 4
            seen += page
            await site.pay(1)
        assert seen == [one["id"] for one in known]
    assert len(ids) == 25


@pytest.mark.parametrize("count", [0, 1, 2, 3])
async def test_the_last_page_knows_that_it_is_the_last(site: Site, count: int) -> None:
    if count:
        await site.pay(count)
    page = (await site.get("/v1/receipts", limit=2)).json()
    assert (len(page["receipts"]), page["next"] is None) == (min(count, 2), count <= 2)


@pytest.mark.parametrize(
    "query",
    [
        {"account": "A\0"}, {"account": "A" * 129}, {"limit": "0"}, {"limit": "1001"}, {"limit": "many"},
        {"cursor": "0"}, {"cursor": "-1"}, {"cursor": "x"}, {"cursor": str(1 << 63)}, {"cursor": "9" * 50},
        {"state": "DONE"}, {"state": "registered"},
    ],
)  # fmt: skip
async def test_a_bad_question_is_a_bad_request(site: Site, query: dict[str, str]) -> None:
    check_problem(await site.get("/v1/receipts", **query), 400, "bad-request")


@pytest.mark.parametrize("path", ["/v1/receipts/", "/v1/batches/"])
@pytest.mark.parametrize("name", ["1", "0", "-1", str((1 << 63) - 1), str(1 << 63), "9" * 100, "-" + "9" * 100, "abc"])
async def test_what_is_not_there_is_not_found(site: Site, path: str, name: str) -> None:
    check_problem(await site.get(path + name), 404, "not-found")


async def test_receipts_are_found_by_day_sum_sign_and_document(site: Site) -> None:
    await site.shop.add_kkts()
    first, second = await site.pay(2)
    await site.shop.clock.advance(86_400)
    (third,) = await site.pay(1)
    merchant = site.shop.merchant.id
    async with site.shop.db.write() as db:
        await db.execute("update fiscal.receipt set total_kopecks = 100, sign = 2 where id = $1", int(second))
        await db.execute("delete from fiscal.queue where receipt_id = $1", int(first))
        await db.execute(
            "insert into fiscal.fiscal_document values ($1, $2, 1, 3, '9999078900000001', 77, 1,"
            " '2026-10-20 12:00:00', 1, 1, 45000, now())",
            merchant, int(first),
        )  # fmt: skip
    everything = {first, second, third}
    questions: list[tuple[dict[str, str], set[str]]] = [
        ({"from": "2026-10-20"}, everything),
        ({"from": "2026-10-21"}, {third}),
        ({"to": "2026-10-20"}, {first, second}),
        ({"from": "2026-10-20", "to": "2026-10-20"}, {first, second}),
        ({"from": "2020-01-01", "to": "9999-12-31"}, everything),
        ({"sum_from": "101"}, {first, third}),
        ({"sum_to": "100"}, {second}),
        ({"sign": "2"}, {second}),
        ({"fd_number": "77"}, {first}),
        ({"fd_number": "77", "fn_number": "9999078900000001"}, {first}),
        ({"fd_number": "77", "fn_number": "9999078900000002"}, set()),
        ({"fn_number": "9999078900000001"}, {first}),
        ({"fd_number": "77", "account": "B"}, set()),
        ({"state": "REGISTERED", "sum_from": "1", "account": "A1"}, {first}),
    ]
    for query, expected in questions:
        page = (await site.get("/v1/receipts", **query)).json()
        assert {one["id"] for one in page["receipts"]} == expected, query
        count = (await site.get("/v1/receipts/count", **query)).json()
        assert count == {"receipts": len(expected), "exact": True}, query


@pytest.mark.parametrize(
    ("query", "field"),
    [({"from": "2026-10-02", "to": "2026-10-01"}, "to"), ({"sum_from": "2", "sum_to": "1"}, "sum_to")],
)
async def test_an_empty_range_is_a_mistake_and_says_where(site: Site, query: dict[str, str], field: str) -> None:
    problem = check_problem(await site.get("/v1/receipts", **query), 422, "request-rejected")
    assert problem["errors"][0]["field"] == field
