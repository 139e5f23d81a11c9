"""Files of money against stored books: what is posted once, what comes back as a duplicate, what waits for a person."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from accounting.reconciliation.incoming.adapter import packaged_adapters
from fiscal_server.intake.imports import ImportRefused, ImportRequest, ImportResult, import_file
from tests.storage.scene import RULES, Shop, open_shop
from tests.unit.reconciliation.incoming_files import (
    Document,
    Paid,
    many,
    named_fields,
    payout,
    spending,
    statement,
    total_line,
)

ACCOUNTS = [f"{1234567 + n:010d}" for n in range(3)]


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        await opened.post([], ACCOUNTS)
        yield opened


async def take(shop: Shop, adapter: str, file: bytes, *, preview: bool = False, **more: Any) -> ImportResult:
    order = ImportRequest(
        merchant_id=shop.merchant.id, adapter=packaged_adapters()[adapter], file=file, file_name="f.txt", **more
    )
    return await import_file(shop.db, shop.intake, order, preview=preview)


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    row = result.row
    return row.payments, row.duplicates, row.rejected, row.skipped


async def stored(shop: Shop) -> dict[str, int]:
    tables = ("event", "event_key", "receipt", "queue", "batch", "import", "import_line")
    return {table: await shop.value(f"select count(*) from fiscal.{table}") for table in tables}


async def posted(shop: Shop) -> list[Any]:
    """The payments as they were stored, without their keys."""
    rows = await shop.rows("select body from fiscal.event order by id")
    return [{name: value for name, value in json.loads(row["body"]).items() if name != "key"} for row in rows]


async def test_a_register_becomes_payments_with_receipts(shop: Shop) -> None:
    result = await take(shop, "total-line", total_line(many(3)))
    assert counts(result) == (3, 0, 0, 0)
    assert (await posted(shop))[0] == {
        "type": "payment",
        "account": ACCOUNTS[0],
        "date": "2026-11-17",
        "register_date": "2026-10-20",  # the day on which it came, before its money
        "tenders": {"bank_transfer": 45_000},
        "designation": {"period": "2026-10"},
        "fee": 450,
    }
    lines = await shop.rows("select receipt_ids from fiscal.import_line order by line")
    receipts = await shop.rows("select id from fiscal.receipt order by id")
    assert sorted(row["id"] for row in receipts) == sorted(one for line in lines for one in line["receipt_ids"])
    assert await shop.value("select sum(total_kopecks)::bigint from fiscal.receipt") == result.row.payments_kopecks


async def test_a_preview_says_what_would_be_and_stores_nothing(shop: Shop) -> None:
    before = await stored(shop)
    file = total_line([*many(3), Paid(account="999", operation="z"), Paid(kopecks=-100, fee=0, operation="y")])
    told = await take(shop, "total-line", file, preview=True)
    assert await stored(shop) == before
    done = await take(shop, "total-line", file)
    left_out = ("id", "batch_id")
    of_preview, of_import = (msgspec.structs.asdict(one.row) for one in (told, done))
    assert {k: v for k, v in of_preview.items() if k not in left_out} == {
        k: v for k, v in of_import.items() if k not in left_out
    }
    assert [(one.outcome, one.account, one.code) for one in told.lines] == [
        (one.outcome, one.account, one.code) for one in done.lines
    ]
    assert counts(done) == (4, 0, 1, 0)


async def test_the_same_file_is_answered_with_the_first_import(shop: Shop) -> None:
    file = total_line(many(2))
    first = await take(shop, "total-line", file)
    before = await stored(shop)
    for more in ({}, {"preview": True}, {"channel": "another"}):
        again = await take(shop, "total-line", file, **more)
        assert msgspec.structs.asdict(again.row) == msgspec.structs.asdict(first.row)
        assert again.known
    assert await stored(shop) == before


async def test_a_payment_in_another_file_is_a_duplicate(shop: Shop) -> None:
    await take(shop, "1c-exchange", statement([payout(), Document(), spending()]))
    again = await take(shop, "1c-exchange", statement([Document(), Document(number="9002", credited="18.11.2026")]))
    assert counts(again) == (1, 1, 0, 0)
    assert [line.code for line in again.lines] == ["imported_before", None]
    assert await shop.value("select count(*) from fiscal.event where type = 'payment'") == 2


async def test_a_payment_whose_purpose_was_not_understood_before_stays_a_duplicate(shop: Shop) -> None:
    await take(shop, "1c-exchange", statement([Document(purpose="за интернет")]))
    again = await take(shop, "1c-exchange", statement([Document(purpose="ЛС 0001234567")]))
    assert counts(again) == (0, 1, 0, 0)


async def test_the_same_operation_with_another_sum_is_left_to_a_person(shop: Shop) -> None:
    await take(shop, "total-line", total_line([Paid()]))
    other = total_line([Paid(kopecks=50_000)]).replace(b";512;", b";513;")
    result = await take(shop, "total-line", other)
    assert counts(result) == (0, 0, 1, 0)
    assert (result.lines[0].code, result.lines[0].value) == ("other_sum_before", "450.00")


async def test_money_of_nobody_known_waits_in_suspense_or_is_rejected(shop: Shop) -> None:
    stranger = named_fields([Paid(account="404")])
    refused = await take(shop, "named-fields", stranger, unknown="reject")
    assert (counts(refused), refused.lines[0].code, refused.lines[0].value) == ((0, 0, 1, 0), "unknown_account", "404")
    taken = await take(shop, "named-fields", stranger, again=True)
    assert (counts(taken), taken.row.unidentified, taken.row.repeat) == ((1, 0, 0, 0), 1, 1)
    (body,) = await posted(shop)
    assert body.get("account") is None
    assert "designation" not in body


async def test_rejected_lines_go_in_when_the_file_is_taken_in_again(shop: Shop) -> None:
    file = named_fields([Paid(), Paid(account="0009")])
    first = await take(shop, "named-fields", file, unknown="reject")
    assert counts(first) == (1, 0, 1, 0)
    await shop.post([], ["0009"])
    again = await take(shop, "named-fields", file, unknown="reject", again=True)
    assert counts(again) == (1, 1, 0, 0)
    assert [(line.outcome, line.account) for line in again.lines] == [("duplicate", ACCOUNTS[0]), ("payment", "0009")]


async def test_the_same_file_in_another_channel_would_be_money_twice(shop: Shop) -> None:
    file = named_fields([Paid()])
    await take(shop, "named-fields", file)
    with pytest.raises(ImportRefused) as refused:
        await take(shop, "named-fields", file, again=True, channel="agent")
    assert [one.code for one in refused.value.problems] == ["file_imported_otherwise"]


async def test_another_file_for_the_same_payout_is_refused(shop: Shop) -> None:
    first = await take(shop, "total-line", total_line([Paid()]))
    with pytest.raises(ImportRefused) as refused:
        await take(shop, "total-line", total_line([replace(Paid(), operation="2")]))
    assert [one.code for one in refused.value.problems] == ["payout_imported_before"]
    assert str(first.row.id) in str(refused.value)


async def test_a_refused_file_stores_nothing_and_its_preview_says_why(shop: Shop) -> None:
    before = await stored(shop)
    file = total_line(many(2), total="=3;1.00;1.00;0.00;512;17-11-2026")
    with pytest.raises(ImportRefused) as refused:
        await take(shop, "total-line", file)
    told = await take(shop, "total-line", file, preview=True)
    assert [one.code.value for one in told.refusals] == [one.code for one in refused.value.problems]
    assert len(told.lines) == 2
    assert await stored(shop) == before


async def test_money_of_an_organisation_counts_only_with_an_account_of_ours(shop: Shop) -> None:
    company = Document(payer_account="40702810000000000777", payer_inn="7700000003", purpose="по договору 77/1")
    ours = replace(company, number="2", purpose="ЛС 0001234567")
    result = await take(shop, "1c-exchange", statement([company, ours]))
    assert [(line.outcome, line.code) for line in result.lines] == [("skipped", "other_income"), ("payment", None)]
    (body,) = await posted(shop)
    assert body["payer_kind"] == "legal"


async def test_money_for_another_organisation_is_not_taken(shop: Shop) -> None:
    documents = [Document(receiver_inn="7700000099"), Document(number="2", receiver_inn=RULES["inn"])]
    result = await take(shop, "1c-exchange", statement(documents))
    assert [(line.outcome, line.code) for line in result.lines] == [("rejected", "foreign_receiver"), ("payment", None)]


async def test_the_one_of_several_named_accounts_that_exists_is_meant(shop: Shop) -> None:
    document = Document(purpose="///ЖКУ50АБ123456 ЛС 0001234568 договор 77/2021-А")
    result = await take(shop, "1c-exchange", statement([document]))
    assert result.lines[0].account == "0001234568"
    assert result.lines[0].named_accounts == ["50АБ123456", "0001234568", "77/2021-А"]


@pytest.mark.parametrize("unknown", ["suspense", "reject"])
async def test_which_of_two_accounts_that_exist_was_meant_is_left_to_a_person(shop: Shop, unknown: str) -> None:
    document = Document(purpose="ЛС 0001234568 договор 0001234567")
    result = await take(shop, "1c-exchange", statement([document]), unknown=unknown)
    line = result.lines[0]
    assert (line.outcome, line.code, line.account) == ("rejected", "ambiguous_account", None)
    assert line.value == "0001234568, 0001234567"
    assert await posted(shop) == []


async def test_a_payment_that_the_books_refuse_is_rejected_alone(shop: Shop) -> None:
    too_much = 10**15  # more than the parts of a receipt may hold
    file = named_fields([replace(Paid(), kopecks=too_much), Paid(account=ACCOUNTS[1])])
    result = await take(shop, "named-fields", file)
    assert [line.outcome for line in result.lines] == ["rejected", "payment"]
    assert result.lines[0].code == "refused_event"
    assert result.lines[0].value


async def test_files_that_share_payments_and_come_at_once_post_each_once(shop: Shop) -> None:
    paid = many(12)
    files = [named_fields(paid[start : start + 6]) for start in (0, 2, 4, 6)]
    results = await asyncio.gather(*(take(shop, "named-fields", file) for file in [*files, files[0]]))
    assert sum(result.row.payments for result in results if not result.known) == 12
    assert await shop.value("select count(*) from fiscal.event where type = 'payment'") == 12
    assert await shop.value("select count(*) from fiscal.import") == 4


async def test_an_import_that_cannot_be_stored_whole_leaves_nothing(shop: Shop) -> None:
    before = await stored(shop)
    async with shop.db.write() as db:
        await db.execute("alter table fiscal.import_line add constraint no_more check (line < 3)")
    with pytest.raises(Exception, match="no_more"):
        await take(shop, "named-fields", named_fields(many(3)))
    assert await stored(shop) == before


async def test_each_merchant_imports_for_itself(shop: Shop) -> None:
    file = named_fields([Paid()])
    await take(shop, "named-fields", file)
    async with open_shop(shop.dsn, name="Другой") as other:
        result = await take(other, "named-fields", file)
        assert (result.known, counts(result), result.row.unidentified) == (False, (1, 0, 0, 0), 1)
