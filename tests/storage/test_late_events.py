"""Events apply in the order of arrival: a late one changes what is computed from now on, issued receipts stay."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from fiscal_server.intake.batch import BatchRejected
from tests.storage.scene import Shop, charge, open_shop, payment


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    """October is closed: half of the charge was covered by an advance, half is owed."""
    async with open_shop(database) as opened:
        await opened.post([payment("p1", kopecks=20_000), charge("c1", kopecks=40_000)], ["A1"])
        await opened.post([{"type": "period_close", "key": "close", "period": "2026-10"}])
        yield opened


async def receipts(shop: Shop) -> list[tuple[Any, ...]]:
    query = "select id, event_key, sign, total_kopecks, deadline::text, body from fiscal.receipt order by id"
    return [tuple(row) for row in await shop.rows(query)]


async def test_a_payment_from_before_the_close_pays_what_is_owed_now(shop: Shop) -> None:
    before = await receipts(shop)
    assert [row[1:4] for row in before] == [("p1", 1, 20_000), ("close", 1, 20_000)]
    await shop.post([payment("late", kopecks=25_000, date="2026-10-02")])
    after = await receipts(shop)
    assert after[: len(before)] == before
    assert [row[1:5] for row in after[len(before) :]] == [("late", 1, 25_000, "2026-10-05")]
    assert await shop.rows("select from fiscal.debt") == []
    settled = await shop.rows("select form, amount_kopecks, settled_on::text from fiscal.settlement order by id")
    assert [tuple(row) for row in settled] == [("advance", 20_000, "2026-10-31"), ("noncash", 20_000, "2026-10-02")]
    assert await shop.value("select amount_kopecks from fiscal.advance_lot") == 5_000


async def test_a_charge_of_a_closed_month_is_refused_and_a_recalculation_is_the_way(shop: Shop) -> None:
    before = await receipts(shop)
    with pytest.raises(BatchRejected) as caught:
        await shop.post([charge("late")])
    assert [(one.code, one.field) for one in caught.value.problems] == [("period_closed", "period")]
    await shop.clock.advance(14 * 86_400)
    more = {"type": "recalculation", "key": "more", "account": "A1", "date": "2026-11-02", "period": "2026-10"}
    await shop.post([{**more, "service": "internet", "amount": 7_000}])
    assert (await receipts(shop))[: len(before)] == before
    assert await shop.value("select sum(amount_kopecks)::bigint from fiscal.debt") == 27_000


async def test_events_of_one_batch_apply_by_their_days_and_those_of_two_as_they_came(shop: Shop) -> None:
    back = {"type": "advance_refund", "key": "back", "account": "A2", "date": "2026-10-20"}
    back = {**back, "tenders": {"bank_transfer": 10_000}}
    paid = payment("p2", "A2", kopecks=10_000, date="2026-10-19")
    with pytest.raises(BatchRejected, match="больше, чем переплата"):
        await shop.post([back], ["A2"])
    answer = await shop.post([back, paid], ["A2"])
    assert [row["status"] for row in answer["events"]] == ["accepted", "accepted"]
