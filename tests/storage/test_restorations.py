"""Events that never came, replayed on stored books: effects and documents in one transaction, each event once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import msgspec
import pytest

from fiscal_server.errors import OrderRefused
from fiscal_server.intake.correction_cancel import CancelAsked, cancel_order
from fiscal_server.intake.correction_orders import CorrectionRejected, RestorationOrder
from fiscal_server.intake.corrections import Asked
from fiscal_server.intake.restorations import preview_restoration, restore
from fiscal_server.storage.corrections import CorrectionKind
from tests.storage.scene import RULES, Json, Shop, charge, open_shop, payment
from tests.storage.test_corrections import everything, two_cassettes

TODAY = "2026-10-20"


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        yield opened


def order_of(*events: Json, **more: Any) -> RestorationOrder:
    return msgspec.convert({"date": TODAY, "replay": list(events), **more}, RestorationOrder)


async def give(shop: Shop, order: RestorationOrder, key: str = "k1") -> int:
    asked = Asked(shop.merchant.id, key, msgspec.json.encode(order), "key billing")
    return await restore(shop.db, shop.intake, asked, order)


async def cancel(shop: Shop, restoration_id: int) -> bool:
    asked = CancelAsked(shop.merchant.id, CorrectionKind.RESTORATION, restoration_id, "key billing")
    return await cancel_order(shop.db, shop.intake, asked)


async def refused(shop: Shop, order: RestorationOrder) -> list[tuple[str, str]]:
    before = await everything(shop)
    with pytest.raises(CorrectionRejected) as told:
        await give(shop, order, "refused")
    plan = await preview_restoration(shop.db, shop.intake, shop.merchant.id, order)
    assert await everything(shop) == before
    said = [(one.code, one.field) for one in told.value.problems]
    assert [(one.code, one.field) for one in plan.refused] == said
    return said


async def test_a_lost_payment_changes_the_books_and_gets_the_receipt_that_the_plan_shows(shop: Shop) -> None:
    await shop.post([charge("c1"), payment("later", kopecks=10_000)], ["A1"])
    order = order_of(payment("lost", kopecks=50_000))
    plan = await preview_restoration(shop.db, shop.intake, shop.merchant.id, order)
    assert [(one.event_key, one.receipt.total_kopecks) for one in plan.documents] == [("restore|lost", 50_000)]
    assert "500,00" in (plan.documents[0].explanation or "")
    given = await give(shop, order)
    assert (await shop.receipts())[-1] == (31, 1, 50_000, "restore|lost", "COMPUTED")
    assert await shop.value("select coalesce(sum(amount_kopecks), 0)::bigint from fiscal.debt") == 0
    assert await shop.value("select sum(amount_kopecks)::bigint from fiscal.advance_lot") == 15_000
    [event] = await shop.rows("select id, batch_id, type from fiscal.event where key = 'lost'")
    assert (event["batch_id"], event["type"]) == (given, "payment")
    last = "select event_id from fiscal.receipt order by id desc limit 1"
    assert await shop.value(last) == event["id"]


async def test_the_same_restoration_at_once_and_later_is_one(shop: Shop) -> None:
    await shop.post([], ["A1"])
    order = order_of(payment("lost"))
    first, second = await asyncio.gather(give(shop, order), give(shop, order))
    assert first == second == await give(shop, order)
    assert len(await shop.receipts()) == 1
    assert await refused(shop, order_of(payment("new"), payment("lost"))) == [("event_stored", "replay[1].key")]
    assert (await shop.post([payment("lost")]))["duplicates"] == 1


async def test_a_restoration_that_breaks_off_anywhere_leaves_nothing_and_may_come_again(shop: Shop) -> None:
    await shop.post([], ["A1", "A2"])
    order = order_of(payment("l1"), payment("l2", "A2"))
    before = await everything(shop)
    admin = await asyncpg.connect(shop.dsn)
    for table in ("event_key", "event", "advance_lot", "payment", "receipt", "queue", "correction", "audit"):
        await admin.execute(
            "create or replace function fiscal.break_off() returns trigger language plpgsql as"
            " $$ begin raise exception 'the power went'; end $$;"
            f"create trigger break_off after insert on fiscal.{table} for each row execute function fiscal.break_off()"
        )
        with pytest.raises(asyncpg.RaiseError, match="the power went"):
            await give(shop, order)
        assert await everything(shop) == before
        await admin.execute(f"drop trigger break_off on fiscal.{table}")
    await admin.close()
    await give(shop, order)
    assert len(await shop.receipts()) == 2


async def test_what_cannot_be_replayed_is_named_with_its_place_and_nothing_is_stored(shop: Shop) -> None:
    await shop.post([payment("known")], ["A1"])
    assert await refused(shop, order_of(payment("lost"), payment("who", "nobody"))) == [
        ("unknown_account", "replay[1].account")
    ]
    assert await refused(shop, order_of(payment("lost"), payment("lost"))) == [("invalid", "replay[1].key")]
    assert await refused(shop, order_of(payment("lost") | {"date": "2026-11-01"})) == [("invalid", "replay[0].date")]
    assert await refused(shop, order_of(payment("lost"), date="2026-10-01")) == [
        ("correction_before_settlement", "date")
    ]
    assert await refused(shop, order_of(payment("lost"), date="2026-11-01")) == [("invalid", "date")]
    assert await refused(shop, order_of(payment("a\0", "A1"))) == [("invalid", "replay[0].key")]


async def test_months_that_were_lost_are_replayed_with_their_closes(shop: Shop) -> None:
    await shop.post([], ["A1"])
    bill = charge("c9") | {"period": "2026-09"}
    paid = payment("p8", kopecks=45_000) | {"date": "2026-08-20"}
    close = {"type": "period_close", "key": "close-9", "period": "2026-09"}
    await give(shop, order_of(paid, bill, close))
    assert [row[:4] for row in await shop.receipts()] == [
        (31, 1, 45_000, "restore|p8"), (31, 1, 45_000, "restore|close-9"),
    ]  # fmt: skip
    assert await shop.value("select closed_periods[1] from fiscal.merchant_book") == "2026-09"


async def test_a_restored_payment_is_taken_back_by_an_ordinary_return(shop: Shop) -> None:
    await shop.post([], ["A1"])
    await give(shop, order_of(payment("lost")))
    [receipt] = await shop.rows("select id from fiscal.receipt")
    await shop.register([receipt["id"]])
    back = {"type": "payment_reversal", "key": "back", "date": TODAY, "payment": "lost"}
    assert (await shop.post([back]))["accepted"] == 1
    assert (await shop.receipts())[-1][:4] == (3, 2, 45_000, "back")


async def test_a_cancelled_restoration_takes_its_payments_back(shop: Shop) -> None:
    await shop.post([], ["A1", "A2"])
    given = await give(shop, order_of(payment("l1"), payment("l2", "A2")))
    assert await cancel(shop, given)
    assert await cancel(shop, given)
    assert [row[4] for row in await shop.receipts()] == ["CANCELLED"] * 2
    assert await shop.value("select count(*) from fiscal.advance_lot") == 0
    assert await refused(shop, order_of(payment("l1"))) == [("event_stored", "replay[0].key")]


async def test_a_restoration_of_which_something_was_made_is_not_cancelled(shop: Shop) -> None:
    await shop.post([], ["A1", "A2"])
    given = await give(shop, order_of(payment("l1"), payment("l2", "A2")))
    [first, _] = await shop.rows("select id from fiscal.receipt order by id")
    await shop.register([first["id"]])
    before = await everything(shop)
    with pytest.raises(OrderRefused, match="l1"):
        await cancel(shop, given)
    assert await everything(shop) == before
    billed = await give(shop, order_of(charge("c9") | {"period": "2026-09"}, payment("l3")), "k2")
    with pytest.raises(OrderRefused, match="more than payments"):
        await cancel(shop, billed)


async def test_in_ffd_1_05_a_restoration_needs_its_basis_and_has_totals_alone(database: str) -> None:
    async with open_shop(database, {**RULES, "ffd": "1.05"}) as shop:
        await shop.post([], ["A1"])
        assert await refused(shop, order_of(payment("lost"))) == [("basis_document_required", "basis_document")]
        act = {"date": TODAY, "number": "7"}
        await give(shop, order_of(payment("lost"), basis_document=act))
        assert [row[:4] for row in await shop.receipts()] == [(31, 1, 45_000, "restore|lost")]
        [receipt] = await shop.rows("select id from fiscal.receipt")
        await shop.register([receipt["id"]])
        back = {"type": "payment_reversal", "key": "back", "date": TODAY, "payment": "lost"}
        answer = await shop.post([back], on_error="skip")
        assert [event["error"]["code"] for event in answer["events"]] == ["receipt_without_lines"]


async def test_payments_are_restored_one_by_one_also_where_days_would_do(database: str) -> None:
    policies = {"restoration_granularity": "per_day_total"}
    async with open_shop(database, {**RULES, "ffd": "1.05", "policies": policies}) as shop:
        await shop.post([], ["A1"])
        order = order_of(payment("lost"), basis_document={"date": TODAY})
        assert await refused(shop, order) == [("itemised_payments_required", "")]


async def test_the_documents_of_a_restoration_go_to_the_cassette_that_it_names(shop: Shop) -> None:
    other = await two_cassettes(shop)
    await shop.post([], ["A1"])
    await give(shop, order_of(payment("own")), "own")
    await give(shop, order_of(payment("named"), cassette="spare"), "named")
    routes = await shop.rows("select cassette_id from fiscal.queue order by receipt_id desc limit 2")
    assert [row["cassette_id"] for row in routes] == [other, await shop.value("select min(id) from fiscal.cassette")]
    assert await refused(shop, order_of(payment("x"), cassette="none")) == [("unknown_cassette", "cassette")]
