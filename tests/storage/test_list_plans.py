"""Lists of the panel cost what they show: under row-level security, among many merchants, no step reads a partition."""

import re
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.storage import account_lists, account_sums, receipt_lists
from fiscal_server.storage.overview import seen_by
from fiscal_server.storage.pool import Database, connect
from fiscal_server.storage.walking import FEW_MERCHANTS, in_index_order
from tests.storage.crowd import add_crowd
from tests.storage.scene import Shop, open_shop, payment

CROWD = 20_000
LAST_ID = (1 << 63) - 1
LIMIT = 50


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        await opened.post([payment("p1")], ["A1"])
        await add_crowd(opened.db, opened.merchant.id, CROWD)
        async with opened.db.write() as db:
            await db.execute(
                "insert into fiscal.account (merchant_id, id, code, contact)"
                " select $1, n, 'C' || n, '+7900' || n from generate_series(1, $2) n",
                opened.merchant.id,
                CROWD,
            )
            for table, more, values in (
                ("debt", "off_balance, period, due_on, delivered, credited, volume_measure",
                 "false, '2026-10', date '2026-10-31', true, false, 0"),
                ("advance_lot", "received_on, method", "date '2026-10-31', 3"),
            ):  # fmt: skip
                await db.execute(
                    f"insert into fiscal.{table} (merchant_id, account_id, ordinal, service, amount_kopecks, vat_code,"
                    f" account_total_kopecks, {more})"
                    f" select $1, n, k, 'internet', 5000 + n, 11, case when k = 0 then 10000 + 2 * n end, {values}"
                    " from generate_series(1, $2) n, generate_series(0, 1) k",
                    opened.merchant.id,
                    CROWD,
                )
        async with opened.db.read() as reader:
            await reader.execute("analyze")
        yield opened


@pytest.fixture
async def panel(database: str, shop: Shop, clock: VirtualClock) -> AsyncIterator[Database]:
    opened = await connect(database, clock, role="fiscal_panel")
    yield opened
    await opened.close()


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_step_of_a_list_reads_what_it_gives(panel: Database, shop: Shop, mode: str) -> None:
    merchant = shop.merchant.id
    many = [merchant, *range(1, FEW_MERCHANTS + 10)]
    asked = {
        "next_receipts": (receipt_lists.SQL, (many, 1, LAST_ID, LIMIT)),
        "oldest": ({"oldest": receipt_lists._OLDEST_FIRST["next_receipts"]}, (many, 1, LAST_ID, LIMIT)),
        "few": ({"few": receipt_lists.SQL["next_of_merchants"]}, ([merchant], 1, LAST_ID, LIMIT)),
        "next_of_document": (receipt_lists.SQL, (many, 1, LAST_ID, LIMIT, 77, None)),
        "next_accounts": (account_lists.SQL, (many, "C5", 0, LIMIT, "", "\U0010ffff")),
        "next_by_debt": (account_lists.SQL, (many, 30_001, merchant, 7, LIMIT)),
        "smallest": ({"smallest": account_sums._PREVIOUS["advance"]}, (many, None, None, None, LIMIT)),
        "next_by_advance": (account_lists.SQL, (many, 30_001, merchant, 7, LIMIT)),
        "next_accounts_of_merchants": (account_lists.SQL, ([merchant], None, None, LIMIT, "C", "C\U0010ffff")),
    }
    async with seen_by(panel, many) as db:
        await in_index_order(db)
        await db.execute(f"set local plan_cache_mode = {mode}")
        for name, (queries, arguments) in asked.items():
            prepared = await db.prepare(f"explain (analyze, costs off, timing off) {queries[name]}")
            plan = "\n".join(row[0] for row in await prepared.fetch(*arguments))
            most = max(float(rows) for rows in re.findall(r"(?:rows=|Removed by .*: )([\d.]+)", plan))
            assert most <= LIMIT, f"{name} reads {most} rows:\n{plan}"


async def test_a_search_gives_up_looking_and_says_where_it_goes_on(panel: Database, shop: Shop) -> None:
    wanted = receipt_lists.ListFilter(sum_from=10**12)
    async with seen_by(panel, [shop.merchant.id]) as db:
        found = await receipt_lists.list_receipts(db, [shop.merchant.id], wanted, limit=LIMIT)
    assert (found.rows, found.looked_at) == ([], receipt_lists.LOOK_MAX)
    assert found.following is not None


async def test_a_long_list_is_estimated_by_its_newest_part(panel: Database, shop: Shop) -> None:
    async with seen_by(panel, [shop.merchant.id]) as db:
        wanted = receipt_lists.ListFilter(sum_from=1)
        counted = await receipt_lists.count_listed(
            db, [shop.merchant.id], wanted, (None, None), ZoneInfo("Europe/Moscow")
        )
    assert not counted.exact
    assert counted.sum_kopecks is None
    assert abs(counted.receipts - CROWD) <= CROWD // 100
