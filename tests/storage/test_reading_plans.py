"""Lists of events, histories and shifts walk down an index, however much there is of everything else."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest

from fiscal_server.storage import accounts, events, histories, shifts
from tests.storage.crowd import add_crowd, add_events
from tests.storage.scene import Json, Shop, charge, open_shop, payment

CROWD = 20_000
LAST_ID = (1 << 63) - 1
BIG = ("event", "receipt", "settlement", "fiscal_document", "ofd_exchange")


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        await opened.post([charge("c1"), payment("p1")], ["A1", "B"])
        await opened.post([{"type": "period_close", "key": "close", "period": "2026-10"}])
        await add_crowd(opened.db, opened.merchant.id, CROWD)
        await add_events(opened.db, opened.merchant.id, CROWD)
        yield opened


def scans(plan: Json) -> Iterator[Json]:
    if plan["Node Type"].endswith("Scan") and "Relation Name" in plan:
        yield plan
    for part in plan.get("Plans", []):
        yield from scans(part)


async def test_no_list_reads_more_of_a_big_table_than_it_shows(shop: Shop) -> None:
    merchant, page = shop.merchant.id, 50
    account = await shop.value("select id from fiscal.account where code = 'A1'")
    newest = [row["id"] for row in await shop.rows("select id from fiscal.event order by id desc limit 50")]
    asked = {
        events.SQL["newest_events"]: (merchant, 1, LAST_ID, page),
        events.SQL["newest_closes"]: (merchant, 1, LAST_ID, page),
        events.SQL["newest_events_of_account"]: (merchant, 1, LAST_ID, page, account),
        events.SQL["read_events"]: (merchant, newest),
        events.SQL["receipts_by_event"]: (merchant, newest, page),
        accounts.SQL["history_of_account"]: (merchant, account, LAST_ID, page),
        accounts.SQL["accounts_after"]: (merchant, "", "A", "B", page),
        histories.SQL["events_of_accounts"]: (merchant, ["A1"], LAST_ID, page),
        shifts.SQL["newest_shifts"]: (merchant, LAST_ID, None, page),
    }
    for query, arguments in asked.items():
        [row] = await shop.rows(f"explain (analyze, format json, timing off) {query}", *arguments)
        plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
        for one in scans(plan[0]["Plan"]):
            read = (one["Actual Rows"] + one.get("Rows Removed by Filter", 0)) * one["Actual Loops"]
            if one["Relation Name"].startswith(BIG):
                assert read <= page, (query, one)
