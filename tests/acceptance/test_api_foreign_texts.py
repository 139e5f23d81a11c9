"""What other people's programs write: contacts that no document can carry, marks of byte order, repeats that the rules
of today would refuse."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fiscal_server.intake.contacts import contact_fault
from fiscal_server.storage.keys import Scope
from tests.acceptance.atol_client import sale_v4, sale_v5
from tests.acceptance.atol_site import GROUP, INN, open_atol_shop
from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import RULES, payment

MARK = "\ufeff".encode()
SEVERAL = b"\n".join(json.dumps(payment(f"line-{n}")).encode() for n in range(2))


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path, scopes=tuple(Scope)) as opened:
        yield opened


@pytest.mark.parametrize(
    "contact", ["a@b.ru", "+79000000001", "почта@пример.рф", "нет", "—", "a@b.ru\u200b", "и\u0306@b.ru"]
)
def test_what_a_document_can_say_is_let_through(contact: str) -> None:
    assert contact_fault(contact) is None


@pytest.mark.parametrize(
    "contact", ["👍@b.ru", "a@b.ru\r\nBcc: c@d.ru", "a@b.ru\n", "\t", "a\x7f@b.ru", "é@b.ru", "电@b.ru"]
)
async def test_a_contact_that_no_document_carries_is_refused_where_it_stands(site: Site, contact: str) -> None:
    events = [payment("good"), payment("bad", contact=contact)]
    accounts = [{"id": "A1"}, {"id": "A2", "contact": contact}]
    declared = check_problem(await site.post({"events": events[:1], "accounts": accounts}), 422, "batch-rejected")
    assert [error["field"] for error in declared["errors"]] == ["accounts[1].contact"]
    paid = check_problem(await site.post({"events": events, "accounts": accounts[:1]}), 422, "batch-rejected")
    assert [(one["index"], one["key"], one["field"]) for one in paid["errors"]] == [(1, "bad", "contact")]
    rules = await site.ask("PUT", f"/v1/merchants/{site.shop.merchant.id}/rules", {**RULES, "email": contact})
    assert [error["field"] for error in check_problem(rules, 422, "request-rejected")["errors"]] == ["email"]
    assert (await site.shop.counts())["event"] == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", json.dumps({"events": [payment("line-0"), payment("line-1")]}).encode()),
        ("application/x-ndjson", SEVERAL),
    ],
)
async def test_a_mark_of_byte_order_before_a_batch_says_nothing(site: Site, kind: str, body: bytes) -> None:
    assert (await site.post({"events": [], "accounts": [{"id": "A1"}]})).status_code == 202
    headers = {**site.headers, "Idempotency-Key": "marked", "Content-Type": kind}
    answer = await site.client.post("/v1/batches", content=MARK + body, headers=headers)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    named = await site.ask("POST", "/v1/keys", MARK + '{"name": "касса"}'.encode())
    assert named.status_code == 201, named.text


async def test_a_document_of_the_dialect_may_begin_with_the_mark_of_byte_order(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        assert (await desk.sell(MARK + json.dumps(sale_v5("one", INN)).encode())).status_code == 200
        assert (
            json.loads(await shop.value("select convert_from(body, 'UTF8') from fiscal.event"))["external_id"] == "one"
        )


@pytest.mark.parametrize("version", [4, 5])
async def test_the_dialect_refuses_addresses_that_no_document_carries(
    database: str, tmp_path: Path, version: int
) -> None:
    sale = {4: sale_v4, 5: sale_v5}[version]
    async with open_atol_shop(database, tmp_path, version) as (desk, shop):
        company = {**sale("x", INN)["receipt"]["company"], "email": "👍@shop.example"}
        for changes, path in (
            ({"client": {"email": "👍@b.ru"}}, "client"),
            ({"client": {"email": "a@b.ru\r\nBcc: c@d.ru"}}, "client"),
            ({"company": company}, "company.email"),
        ):
            error = (await desk.sell(sale("one", INN, **changes))).json()["error"]
            assert error["code"] == 32
            assert f"PatternMismatch: #/receipt.{path} (" in error["text"]
        assert (await shop.counts())["receipt"] == 0
        assert (await desk.sell(sale("one", INN, client={"email": "test", "phone": "none"}))).status_code == 200


async def test_a_repeat_finds_its_document_whatever_the_rules_have_become(database: str, tmp_path: Path) -> None:
    """Told that nothing is stored, its sender would send it under another external_id: two receipts."""
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        first = (await desk.sell(sale_v5("one", INN))).json()
        for changed in ({"total": 1.00}, {"company": {**sale_v5("x", INN)["receipt"]["company"], "inn": "7700000023"}}):
            answer = await desk.sell(sale_v5("one", INN, **changed))
            packet = answer.json()
            assert (answer.status_code, packet["error"]["code"], packet["status"]) == (400, 33, "wait")
            assert packet["uuid"] == first["uuid"]
            assert f"one и group_code: {GROUP}" in packet["error"]["text"]
            other = (await desk.sell(sale_v5("two", INN, **changed))).json()
            assert other["error"]["code"] == 32
        assert (await shop.counts())["receipt"] == 1
