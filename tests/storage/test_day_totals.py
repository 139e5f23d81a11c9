"""A day of which only the total is known: one document, once a day, and the books stay as they are."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from fiscal_server.errors import IdempotencyConflict, OrderRefused
from fiscal_server.intake.correction_cancel import CancelAsked, cancel_order
from fiscal_server.intake.correction_orders import CorrectionOrder, CorrectionRejected, DayTotalOrder
from fiscal_server.intake.corrections import Asked, preview_correction
from fiscal_server.intake.day_totals import preview_day_total, restore_day_total
from fiscal_server.storage.corrections import CorrectionKind
from tests.storage.scene import RULES, Json, Shop, open_shop, payment
from tests.storage.test_corrections import everything, two_cassettes

BY_DAYS: Json = {**RULES, "ffd": "1.05", "policies": {"restoration_granularity": "per_day_total"}}
DAY: Json = {
    "date": "2026-10-20", "day": "2026-10-19", "tenders": {"bank_transfer": 54_000}, "count": 12,
    "vat": [{"vat_code": 11, "amount": 54_000}], "basis_document": {"date": "2026-10-20", "number": "7"},
}  # fmt: skip


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database, BY_DAYS) as opened:
        yield opened


def order_of(**changes: Any) -> DayTotalOrder:
    given = {name: value for name, value in {**DAY, **changes}.items() if value is not None}
    return msgspec.convert(given, DayTotalOrder)


async def give(shop: Shop, order: DayTotalOrder, key: str = "k1") -> int:
    asked = Asked(shop.merchant.id, key, msgspec.json.encode(order), "key billing")
    return await restore_day_total(shop.db, shop.intake, asked, order)


async def cancel(shop: Shop, restoration_id: int) -> bool:
    asked = CancelAsked(shop.merchant.id, CorrectionKind.RESTORATION, restoration_id, "key billing")
    return await cancel_order(shop.db, shop.intake, asked)


async def refused(shop: Shop, order: DayTotalOrder) -> list[tuple[str, str]]:
    before = await everything(shop)
    with pytest.raises(CorrectionRejected) as told:
        await give(shop, order, "refused")
    plan = await preview_day_total(shop.db, shop.intake, shop.merchant.id, order)
    assert await everything(shop) == before
    said = [(one.code, one.field) for one in told.value.problems]
    assert [(one.code, one.field) for one in plan.refused] == said
    assert plan.documents == []
    return said


async def test_a_days_total_is_one_document_as_the_plan_shows_and_changes_no_account(shop: Shop) -> None:
    await shop.post([payment("p1")], ["A1"])
    before = [await shop.rows(f"select * from fiscal.{table}") for table in ("advance_lot", "payment", "merchant_book")]
    plan = await preview_day_total(shop.db, shop.intake, shop.merchant.id, order_of())
    [planned] = plan.documents
    assert (planned.event_key, planned.receipt.total_kopecks, planned.unsound) == ("restore|2026-10-19", 54_000, [])
    assert "540,00" in (planned.explanation or "")
    await give(shop, order_of())
    assert (await shop.receipts())[-1] == (31, 1, 54_000, "restore|2026-10-19", "COMPUTED")
    after = [await shop.rows(f"select * from fiscal.{table}") for table in ("advance_lot", "payment", "merchant_book")]
    assert after == before


async def test_a_day_is_restored_once_however_often_it_is_ordered(shop: Shop) -> None:
    first, second = await asyncio.gather(give(shop, order_of()), give(shop, order_of()))
    assert first == second == await give(shop, order_of())
    assert len(await shop.receipts()) == 1
    assert await refused(shop, order_of()) == [("day_restored", "day")]
    with pytest.raises(IdempotencyConflict):
        await give(shop, order_of(day="2026-10-18"))
    await give(shop, order_of(day="2026-10-18"), "another day")
    assert len(await shop.receipts()) == 2


async def test_a_cancelled_day_may_be_restored_again_and_one_that_was_made_may_not(shop: Shop) -> None:
    for attempt in ("k1", "k2", "k3"):
        given = await give(shop, order_of(), attempt)
        assert await cancel(shop, given)
        assert await cancel(shop, given)
    assert [row[4] for row in await shop.receipts()] == ["CANCELLED"] * 3
    given = await give(shop, order_of(), "k4")
    [receipt] = await shop.rows("select id from fiscal.receipt order by id desc limit 1")
    await shop.register([receipt["id"]])
    with pytest.raises(OrderRefused, match="REGISTERED"):
        await cancel(shop, given)
    assert await refused(shop, order_of()) == [("day_restored", "day")]


async def test_what_no_days_total_can_be_is_named(shop: Shop) -> None:
    assert await refused(shop, order_of(basis_document=None)) == [("basis_document_required", "basis_document")]
    assert await refused(shop, order_of(day="2026-10-21")) == [("correction_before_settlement", "date")]
    assert await refused(shop, order_of(day="1998-01-01")) == [("invalid", "day")]
    assert await refused(shop, order_of(date="2026-11-20")) == [("invalid", "date")]
    assert await refused(shop, order_of(tenders={"cash": 1})) == [("forms_do_not_match_total", "vat")]
    assert await refused(shop, order_of(cassette="none")) == [("unknown_cassette", "cassette")]


@pytest.mark.parametrize("rules", [RULES, {**RULES, "ffd": "1.05"}, {**BY_DAYS, "ffd": "1.2"}])
async def test_without_the_policy_or_in_ffd_1_2_single_payments_are_wanted(database: str, rules: Json) -> None:
    async with open_shop(database, rules) as shop:
        assert await refused(shop, order_of()) == [("itemised_payments_required", "")]


async def test_its_document_goes_to_the_cassette_that_it_names(shop: Shop) -> None:
    other = await two_cassettes(shop)
    await give(shop, order_of(cassette="spare"))
    assert await shop.value("select cassette_id from fiscal.queue") == other


async def test_a_document_of_a_days_total_settled_that_day(shop: Shop) -> None:
    await give(shop, order_of())
    [receipt] = await shop.rows("select id from fiscal.receipt")
    await shop.register([receipt["id"]])
    order = msgspec.convert({"date": "2026-10-18", "receipts": [str(receipt["id"])]}, CorrectionOrder)
    [problem] = (await preview_correction(shop.db, shop.intake, shop.merchant.id, order)).refused
    assert (problem.code, problem.field) == ("correction_before_settlement", "date")
