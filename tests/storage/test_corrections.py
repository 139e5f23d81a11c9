"""Orders to correct against stored books: the plan as it was shown, once, whole or not at all."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import msgspec
import pytest

from accounting.receipts.model import Receipt
from accounting.receipts.money import MAX_KOPECKS
from fiscal_server.errors import IdempotencyConflict, OrderRefused
from fiscal_server.intake.correction_cancel import CancelAsked, cancel_order
from fiscal_server.intake.correction_orders import CorrectionOrder, CorrectionRejected
from fiscal_server.intake.corrections import Asked, correct, preview_correction
from fiscal_server.storage import kkts
from fiscal_server.storage.corrections import CorrectionKind
from tests.storage.scene import NOW, RULES, Json, Shop, open_shop, payment

TODAY = "2026-10-20"
LINE = {"1030": "Телевидение", "1043": 30_000, "1214": 4, "1212": 4, "1199": 11}
RIGHT = {"items": [LINE]}
SIGNED = "2318604102"  # what the first receipt of a shop is signed with


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        yield opened


async def paid(shop: Shop, count: int = 1, *, made: bool = True) -> list[str]:
    """Receipts of payments, registered or waiting."""
    answer = await shop.post([payment(f"p{n}", f"A{n}") for n in range(count)], [f"A{n}" for n in range(count)])
    ids = [receipt for event in answer["events"] for receipt in event["receipts"]]
    if made:
        await shop.register(ids)
    return ids


def order_of(receipts: list[str], **more: Any) -> CorrectionOrder:
    return msgspec.convert({"date": TODAY, "receipts": receipts, **more}, CorrectionOrder)


async def give(shop: Shop, order: CorrectionOrder, key: str = "k1") -> int:
    asked = Asked(shop.merchant.id, key, msgspec.json.encode(order), "key billing")
    return await correct(shop.db, shop.intake, asked, order)


async def refused(shop: Shop, order: CorrectionOrder) -> list[tuple[str, str]]:
    before = await everything(shop)
    with pytest.raises(CorrectionRejected) as told:
        await give(shop, order, "refused")
    assert await everything(shop) == before
    plan = await preview_correction(shop.db, shop.intake, shop.merchant.id, order)
    said = [(one.code, one.field) for one in told.value.problems]
    assert [(one.code, one.field) for one in plan.refused] == [one for one in said if one[0] != "unsound_receipt"]
    return said


async def everything(shop: Shop) -> Json:
    more = ("correction", "corrected_receipt", "audit", "payment")
    return await shop.counts() | {name: await shop.value(f"select count(*) from fiscal.{name}") for name in more}


async def cancel(shop: Shop, correction_id: int) -> bool:
    asked = CancelAsked(shop.merchant.id, CorrectionKind.CORRECTION, correction_id, "key billing")
    return await cancel_order(shop.db, shop.intake, asked)


async def test_what_the_plan_shows_is_stored_and_queued(shop: Shop) -> None:
    [wrong] = await paid(shop)
    books = await shop.rows("select * from fiscal.advance_lot")
    order = order_of([wrong], right=RIGHT)
    plan = await preview_correction(shop.db, shop.intake, shop.merchant.id, order)
    await give(shop, order)
    rows = await shop.rows("select body, event_id from fiscal.receipt where id <> $1 order by id", int(wrong))
    assert [msgspec.msgpack.decode(row["body"], type=Receipt) for row in rows] == [
        one.receipt for one in plan.documents
    ]
    key = f"correct|{wrong}"
    assert await shop.receipts() == [
        (3, 1, 45_000, "p0", None), (31, 2, 45_000, key, "COMPUTED"), (31, 1, 30_000, key, "COMPUTED"),
    ]  # fmt: skip
    [event] = await shop.rows("select e.type, a.code from fiscal.event e join fiscal.account a on a.id = e.account_id"
                              " where e.id = $1", rows[0]["event_id"])  # fmt: skip
    assert tuple(event) == ("receipt_correction", "A0")
    assert await shop.rows("select * from fiscal.advance_lot") == books
    assert [one.receipt.additional for one in plan.documents] == [SIGNED, SIGNED]


async def test_the_same_order_twice_at_once_is_one_correction(shop: Shop) -> None:
    order = order_of(await paid(shop))
    first, second = await asyncio.gather(give(shop, order), give(shop, order))
    assert first == second == await give(shop, order)
    assert len(await shop.receipts()) == 2
    with pytest.raises(IdempotencyConflict):
        await give(shop, order_of(order.receipts, right=RIGHT))


async def test_two_orders_at_once_for_one_receipt_are_one_correction(shop: Shop) -> None:
    order = order_of(await paid(shop))
    done = await asyncio.gather(*(give(shop, order, f"k{n}") for n in range(4)), return_exceptions=True)
    assert sum(isinstance(one, int) for one in done) == 1
    assert [one.problems[0].code for one in done if isinstance(one, CorrectionRejected)] == ["already_corrected"] * 3
    assert len(await shop.receipts()) == 2


async def test_an_order_that_breaks_off_anywhere_leaves_nothing_and_may_come_again(shop: Shop) -> None:
    order = order_of(await paid(shop, 2))
    before = await everything(shop)
    admin = await asyncpg.connect(shop.dsn)
    for table in ("event_key", "event", "receipt", "queue", "correction", "corrected_receipt", "audit"):
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
    assert len(await shop.receipts()) == 4


async def test_what_cannot_be_corrected_is_named_with_its_place(shop: Shop) -> None:
    [made] = await paid(shop)
    answer = await shop.post([payment("late", "A0")])
    waiting = answer["events"][0]["receipts"][0]
    assert await refused(shop, order_of([waiting, "17", made])) == [
        ("not_registered", "receipts[0]"), ("unknown_receipt", "receipts[1]"),
    ]  # fmt: skip
    assert await refused(shop, order_of([made], date="2026-10-01")) == [("correction_before_settlement", "date")]
    assert await refused(shop, order_of([made], date="2026-10-23")) == [("invalid", "date")]
    assert await refused(shop, order_of([made, made])) == [("invalid", "receipts[1]")]
    assert await refused(shop, order_of([made, waiting], right=RIGHT)) == [("invalid", "receipts")]
    assert await refused(shop, order_of([made], not_accepted=True)) == [("nothing_to_issue", "receipts[0]")]
    nul = {"items": [{**LINE, "1030": "a\0"}]}
    assert await refused(shop, order_of([made], right=nul)) == [("invalid", "right.items[0].1030")]
    much = {"items": [{**LINE, "1043": MAX_KOPECKS}] * 2}
    assert [code for code, _ in await refused(shop, order_of([made], right=much))] == ["amount_too_large"]
    order = {"date": TODAY, "number": "7 ₽"}
    assert [code for code, _ in await refused(shop, order_of([made], order=order))] == ["unsound_receipt"]
    early = {"items": [{**LINE, "1199": 3, "1214": 3}]}
    assert [code for code, _ in await refused(shop, order_of([made], right=early))] == ["unsound_receipt"]


async def test_receipts_of_another_merchant_are_unknown(shop: Shop, database: str) -> None:
    [theirs] = await paid(shop)
    async with open_shop(database, name="Другой") as other:
        assert await refused(other, order_of([theirs])) == [("unknown_receipt", "receipts[0]")]


async def test_a_corrected_receipt_is_corrected_by_what_stands_in_its_place(shop: Shop) -> None:
    [wrong] = await paid(shop)
    await give(shop, order_of([wrong], right=RIGHT))
    assert await refused(shop, order_of([wrong])) == [("already_corrected", "receipts[0]")]
    right = (await shop.rows("select id from fiscal.receipt order by id"))[-1]["id"]
    await shop.register([right], fd_from=9)
    await give(shop, order_of([str(right)]), "k2")
    [last] = (await shop.receipts())[-1:]
    assert last[:4] == (31, 2, 30_000, f"correct|{right}")


async def test_a_cancelled_correction_withdraws_its_documents_and_frees_its_receipts(shop: Shop) -> None:
    [wrong] = await paid(shop)
    first = await give(shop, order_of([wrong]))
    assert await cancel(shop, first)
    assert await cancel(shop, first)
    assert not await cancel(shop, 17)
    assert (await shop.receipts())[1][4] == "CANCELLED"
    await give(shop, order_of([wrong], right=RIGHT), "k2")
    assert [row[3:] for row in (await shop.receipts())[2:]] == [(f"correct|{wrong}|2", "COMPUTED")] * 2
    actions = await shop.rows("select action, object from fiscal.audit order by id")
    assert [row["action"] for row in actions] == ["correction.issue", "correction.cancel", "correction.issue"]
    assert actions[1]["object"] == f"correction {first}"


async def test_what_a_device_has_begun_is_not_cancelled(shop: Shop) -> None:
    [wrong] = await paid(shop)
    first = await give(shop, order_of([wrong], right=RIGHT))
    reversing = (await shop.rows("select id from fiscal.receipt order by id"))[1]["id"]
    await shop.register([reversing], fd_from=9)
    with pytest.raises(OrderRefused, match=str(reversing)):
        await cancel(shop, first)
    assert [row[4] for row in await shop.receipts()] == [None, None, "COMPUTED"]


async def test_a_payment_that_was_taken_back_leaves_no_superfluous_receipt(shop: Shop) -> None:
    [wrong] = await paid(shop)
    back = {"type": "payment_reversal", "key": "back", "date": TODAY, "payment": "p0"}
    assert (await shop.post([back]))["rejected"] == 0
    assert await refused(shop, order_of([wrong])) == [("payment_reversed", "receipts[0]")]


async def test_in_ffd_1_05_a_receipt_of_2025_is_corrected_by_ordinary_ones_with_its_rate(database: str) -> None:
    rules = {**RULES, "ffd": "1.05", "services": [{"id": "internet", "vat_code": 11}]}
    async with open_shop(database, rules) as shop:
        answer = await shop.post([payment("p0", "A0") | {"date": "2025-12-20"}], ["A0"])
        [wrong] = answer["events"][0]["receipts"]
        await shop.register([wrong])
        line = {"1030": "Аванс", "1043": 30_000, "1214": 3, "1212": 10, "1199": 3}
        await give(shop, order_of([wrong], right={"items": [line]}, basis_document={"date": TODAY}))
        assert [row[:3] for row in await shop.receipts()] == [(3, 1, 45_000), (3, 2, 45_000), (3, 1, 30_000)]
        bodies = await shop.rows("select body from fiscal.receipt order by id")
        receipts = [msgspec.msgpack.decode(row["body"], type=Receipt) for row in bodies]
        assert [one.lines[0].vat_code for one in receipts] == [3, 3, 3]
        assert [one.additional for one in receipts] == [None, SIGNED, SIGNED]


async def test_a_payment_whose_receipt_was_corrected_is_taken_back_by_a_return_of_the_right_one(shop: Shop) -> None:
    [first, second] = await paid(shop, 2)
    await give(shop, order_of([first], right=RIGHT))
    await give(shop, order_of([second]), "k2")
    queued = [row["id"] for row in await shop.rows("select receipt_id as id from fiscal.queue order by 1")]
    await shop.register(queued, fd_from=9)
    await shop.post([{"type": "payment_reversal", "key": f"b{n}", "date": TODAY, "payment": f"p{n}"} for n in (0, 1)])
    assert [row[:4] for row in (await shop.receipts())[5:]] == [(3, 2, 30_000, "b0")]
    body = (await shop.rows("select body from fiscal.receipt order by id"))[-1]["body"]
    assert msgspec.msgpack.decode(body, type=Receipt).additional is None


async def test_a_payment_taken_back_while_its_receipt_is_corrected_is_returned_once(shop: Shop) -> None:
    wrong = await paid(shop, 6)
    backs = [{"type": "payment_reversal", "key": f"b{n}", "date": TODAY, "payment": f"p{n}"} for n in range(6)]
    done = await asyncio.gather(
        *(give(shop, order_of([one]), f"k{n}") for n, one in enumerate(wrong)),
        *(shop.post([back]) for back in backs),
        return_exceptions=True,
    )
    refusals = [one.problems[0].code for one in done if isinstance(one, CorrectionRejected)]
    assert set(refusals) <= {"payment_reversed"}
    assert [one for one in done if isinstance(one, BaseException) and not isinstance(one, CorrectionRejected)] == []
    returned = [row[3] for row in await shop.receipts() if row[1] == 2]
    assert len(returned) == 6
    assert sum(key.startswith("b") for key in returned) == len(refusals)


async def two_cassettes(shop: Shop) -> int:
    """The merchant's own, and another one, whose id this is."""
    await shop.add_kkts()
    other = shop.db.ids.next()
    async with shop.db.write() as db:
        await kkts.add_cassette(db, shop.merchant.id, other, "spare")
    return other


async def test_the_documents_of_a_correction_go_to_the_cassette_that_it_names(shop: Shop) -> None:
    other = await two_cassettes(shop)
    first, second = await paid(shop, 2)
    await give(shop, order_of([first]), "own")
    await give(shop, order_of([second], cassette="spare"), "named")
    routes = await shop.rows("select cassette_id from fiscal.queue order by receipt_id desc limit 2")
    assert [row["cassette_id"] for row in routes] == [other, await shop.value("select min(id) from fiscal.cassette")]


@pytest.mark.parametrize(("ffd", "state", "accepted"), [(4, "ACTIVE", True), (2, "ACTIVE", False), (2, "CLOSED", True)])
async def test_a_named_cassette_must_make_documents_of_the_merchants_format(
    shop: Shop, ffd: int, state: str, accepted: bool
) -> None:
    other = await two_cassettes(shop)
    new = kkts.NewKkt(
        merchant_id=shop.merchant.id, id=shop.db.ids.next(), cassette_id=other, address="fn+tcp://other",
        ofd_address="ofd:1", fn_number="9999078900009999", registration_number="0" * 16, ffd=ffd, emulated=True,
        last_fd=1,
    )  # fmt: skip
    async with shop.db.write() as db:
        await kkts.add_kkt(db, new, NOW)
        await db.execute("update fiscal.kkt set state = $1 where id = $2", state, new.id)
    [wrong] = await paid(shop)
    order = order_of([wrong], cassette="spare")
    plan = await preview_correction(shop.db, shop.intake, shop.merchant.id, order)
    if accepted:
        assert plan.refused == []
        return
    with pytest.raises(CorrectionRejected) as told:
        await give(shop, order, "refused")
    assert told.value.problems == plan.refused
    [problem] = plan.refused
    assert (problem.code, problem.field) == ("cassette_of_another_ffd", "cassette")
    assert "FFD 1.05" in problem.reason


async def test_a_cassette_that_there_is_not_is_named_as_such(shop: Shop) -> None:
    await two_cassettes(shop)
    [wrong] = await paid(shop)
    with pytest.raises(CorrectionRejected) as told:
        await give(shop, order_of([wrong], cassette="sparе"), "refused")
    [problem] = told.value.problems
    assert (problem.code, problem.field) == ("unknown_cassette", "cassette")
    assert "'main', 'spare'" in problem.reason
