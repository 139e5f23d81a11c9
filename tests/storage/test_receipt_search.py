"""Searches cost what they look at: no page reads a partition, however many receipts there are."""

import json
from collections.abc import AsyncIterator

import pytest

from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.receipt_search import (
    LOOK_MAX,
    SQL,
    ReceiptFilter,
    count_receipts,
    find_receipts,
    search_receipts,
    walk_receipts,
)
from tests.storage.crowd import add_crowd
from tests.storage.scene import Json, Shop, open_shop, payment

CROWD = 25_000
LAST_ID = (1 << 63) - 1


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        await opened.post([payment("p1")], ["A1"])
        await add_crowd(opened.db, opened.merchant.id, CROWD)
        yield opened


def scans(plan: Json) -> list[Json]:
    own = [plan] if plan["Node Type"].endswith("Scan") and "Relation Name" in plan else []
    return own + [one for part in plan.get("Plans", []) for one in scans(part)]


async def test_every_step_of_a_search_walks_down_an_index_and_reads_no_more_than_it_gives(shop: Shop) -> None:
    step, whole = 1_000, (shop.merchant.id, 1, LAST_ID)
    newest = [row["id"] for row in await shop.rows(SQL["newest_receipts"], *whole, step)]
    account = await shop.value("select id from fiscal.account")
    asked = {
        "newest_receipts": (*whole, step),
        "newest_of_account": (*whole, step, account),
        "newest_in_queue": (*whole, step),
        "newest_parked": (*whole, step),
        "newest_of_document": (*whole, step, 7, None),
        "meant_receipts": (shop.merchant.id, newest, 1, 0, 10**9, None, "9999078900000001", "REGISTERED"),
    }
    for name, arguments in asked.items():
        [row] = await shop.rows(f"explain (analyze, format json, timing off) {SQL[name]}", *arguments)
        plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
        for one in scans(plan[0]["Plan"]):
            read = (one["Actual Rows"] + one.get("Rows Removed by Filter", 0)) * one["Actual Loops"]
            assert read <= step, (name, one)
            if read and one["Relation Name"].startswith(("receipt", "fiscal_document", "ofd_exchange")):
                assert one["Node Type"].startswith("Index"), (name, one)


async def test_a_page_looks_at_so_many_receipts_at_the_most_and_says_where_to_go_on(shop: Shop) -> None:
    wanted = ReceiptFilter(sum_from=45_000_000)
    async with shop.db.read() as db:
        found = await search_receipts(db, shop.merchant.id, wanted, 10)
        assert (found.ids, found.looked_at) == ([], LOOK_MAX)
        pages, following = 0, found.next
        while following is not None:
            page = await search_receipts(db, shop.merchant.id, wanted.below(following), 10)
            following, pages = page.next, pages + 1
        assert pages == CROWD // LOOK_MAX


@pytest.mark.parametrize("limit", [1, 7, 1_000])
async def test_pages_of_a_search_give_each_receipt_once(shop: Shop, limit: int) -> None:
    wanted = ReceiptFilter(sign=2, sum_from=1_000)
    seen: list[int] = []
    following: int | None = LAST_ID
    async with shop.db.read() as db:
        while following is not None:
            views, following = await find_receipts(db, shop.merchant.id, wanted.below(following), limit)
            assert len(views) <= limit
            seen += [view.id for view in views]
    expected = await shop.rows(
        "select id from fiscal.receipt where sign = 2 and total_kopecks >= 1000 order by id desc"
    )
    assert seen == [row["id"] for row in expected]
    assert len(seen) == CROWD // 1_000 - CROWD // 5_000


async def test_a_walk_meets_every_receipt_once(shop: Shop) -> None:
    seen = [view.id async for views in walk_receipts(shop.db, shop.merchant.id, ReceiptFilter(), 999) for view in views]
    assert len(seen) == len(set(seen)) == CROWD + 1
    assert seen == sorted(seen, reverse=True)


async def test_few_receipts_are_counted_and_many_estimated(shop: Shop) -> None:
    async with shop.db.read() as db:
        of_account = await count_receipts(db, shop.merchant.id, ReceiptFilter(account="A1"))
        everything = await count_receipts(db, shop.merchant.id, ReceiptFilter())
        returns = await count_receipts(db, shop.merchant.id, ReceiptFilter(sign=2))
        computed = await count_receipts(db, shop.merchant.id, ReceiptFilter(state=ReceiptState.COMPUTED))
    assert (of_account.receipts, of_account.exact) == (1, True)
    assert (computed.receipts, computed.exact) == (1, True)
    assert not everything.exact
    assert abs(everything.receipts - CROWD) < CROWD // 10
    assert not returns.exact
    assert abs(returns.receipts - CROWD // 1_000) <= 5
