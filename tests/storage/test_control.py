"""Nothing unsound is stored: the event that would lead to such a receipt is refused, with the rule in words."""

import pytest

from fiscal_server.intake.batch import BatchRejected
from fiscal_server.intake.held import release_held_money
from tests.storage.scene import RULES, Json, charge, open_shop, payment

# A supplier's telephone of more than 19 characters: no register takes it.
AGENT: Json = {"1222": 64, "1226": "7707083893", "1224": {"1225": "Тепло", "1171": ["+7" + "1" * 30]}}
WRONG_RULES: Json = {
    **RULES,
    "services": [*RULES["services"], {"id": "heating", "name": "Отопление", "vat_code": 6, "agent": AGENT}],
    "policies": {"unknown_payer": "hold_until_deadline"},
}
CLOSE: Json = {"type": "period_close", "key": "close", "period": "2026-10"}


async def test_a_payment_whose_receipt_is_unsound_is_refused_and_the_others_are_stored(database: str) -> None:
    async with open_shop(database, WRONG_RULES) as shop:
        await shop.post([charge("c1", "A1", service="heating"), charge("c2", "A2")], ["A1", "A2"])
        named = {"designation": {"period": "2026-10"}}
        sent = [payment("p1", "A1", **named), payment("p2", "A2", **named)]
        before = await shop.counts()
        with pytest.raises(BatchRejected) as caught:
            await shop.post(sent)
        (problem,) = caught.value.problems
        assert (problem.code, problem.field, problem.index) == ("unsound_receipt", "receipt.lines[0]", 0)
        assert "1171" in problem.reason
        assert await shop.counts() == before
        answer = await shop.post(sent, on_error="skip")
        assert [row["status"] for row in answer["events"]] == ["rejected", "accepted"]
        assert await shop.value("select count(*) from fiscal.receipt") == 1
        assert await shop.value("select sum(amount_kopecks)::bigint from fiscal.debt") == 45_000


async def test_a_close_that_leads_to_an_unsound_receipt_is_refused_whole(database: str) -> None:
    async with open_shop(database, WRONG_RULES) as shop:
        await shop.post([payment("p1"), charge("c1", service="heating")], ["A1"])
        before = await shop.counts()
        with pytest.raises(BatchRejected, match="1171"):
            await shop.post([CLOSE])
        assert await shop.counts() == before
        assert await shop.value("select closed_periods from fiscal.merchant_book") == []


async def test_an_identification_whose_receipt_is_unsound_is_refused(database: str) -> None:
    """The money of an unknown payer was sound as an advance; as an offset of this debt it is not."""
    at_once = {**WRONG_RULES, "policies": {"offset_timing": "per_charge"}}
    async with open_shop(database, at_once) as shop:
        await shop.post([charge("c1", service="heating"), payment("p1", None)], ["A1"])
        known = {"type": "payment_identification", "key": "k1", "date": "2026-10-06", "payment": "p1", "account": "A1"}
        before = await shop.counts()
        with pytest.raises(BatchRejected) as caught:
            await shop.post([known])
        assert [(problem.code, problem.key) for problem in caught.value.problems] == [("unsound_receipt", "k1")]
        assert await shop.counts() == before
        assert len(await shop.value("select suspense from fiscal.merchant_book")) == 1


async def test_held_money_is_released_without_a_batch_and_once(database: str) -> None:
    async with open_shop(database, WRONG_RULES) as shop, open_shop(database, name="Другой") as other:
        await shop.post([payment("p1", None, date="2026-10-20")], ["A1"])
        assert await release_held_money(shop.db, shop.intake) == 0
        await shop.clock.advance(86_400)
        assert await release_held_money(shop.db, shop.intake) == 1
        assert await release_held_money(shop.db, shop.intake) == 0
        (row,) = await shop.rows("select event_key, account_id, deadline::text as deadline from fiscal.receipt")
        assert tuple(row) == ("p1", None, "2026-10-21")
        assert await shop.value("select count(*) from fiscal.payment where suspended") == 1
        assert await other.value("select count(*) from fiscal.merchant_book where held <> '[]'") == 0


async def test_what_is_wrong_with_one_merchant_does_not_keep_the_money_of_another(database: str) -> None:
    async with open_shop(database, WRONG_RULES) as broken, open_shop(database, WRONG_RULES, name="Другой") as sound:
        for shop in (broken, sound):
            await shop.post([payment("p1", None, date="2026-10-20")], ["A1"])
            await shop.clock.advance(86_400)
        async with broken.db.write() as db:
            await db.execute("update fiscal.merchant set rules = '{\"services\": 5}' where id = $1", broken.merchant.id)
        assert await release_held_money(sound.db, sound.intake) == 1
