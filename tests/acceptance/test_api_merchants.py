"""A merchant's settings and rules over HTTP: judged as the command line judges them, changed by one at a time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fiscal_server.commands.keys import create_api_key
from fiscal_server.storage.keys import Scope
from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import RULES, Json, charge, payment
from tests.storage.test_merchants import WRONG


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path, scopes=tuple(Scope)) as opened:
        yield opened


def address(site: Site, rest: str = "") -> str:
    return f"/v1/merchants/{site.shop.merchant.id}{rest}"


async def test_a_merchant_reads_itself_and_no_other_one(site: Site, tmp_path: Path) -> None:
    answer = await site.ask("GET", address(site))
    assert answer.json() == {
        "id": str(site.shop.merchant.id), "name": "Пример", "address": "Москва", "place": "https://provider.example",
        "cashier": "КАССИР", "receipt_id_tag": 1084, "timezone": "Europe/Moscow", "shift_closes_at": None,
        "rules": RULES,
    }  # fmt: skip
    async with open_site(site.shop.dsn, tmp_path, "Другой", scopes=tuple(Scope)) as other:
        for method, rest, body in (("GET", "", None), ("PATCH", "", {"cashier": "X"}), ("PUT", "/rules", RULES)):
            check_problem(await other.ask(method, address(site, rest), body), 404, "unknown-merchant")
    assert (await site.ask("GET", address(site))).json() == answer.json()


async def test_who_knows_the_merchant_already_is_told_nothing_new(site: Site) -> None:
    etag = (await site.ask("GET", address(site))).headers["etag"]
    same = await site.ask("GET", address(site), If_None_Match=f'"other", W/{etag}')
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    changed = await site.ask("PATCH", address(site), {"cashier": "Иванова"})
    assert changed.headers["etag"] != etag
    again = await site.ask("GET", address(site), If_None_Match=etag)
    assert (again.status_code, again.headers["etag"]) == (200, changed.headers["etag"])


async def test_settings_change_one_by_one(site: Site) -> None:
    for body in (
        {"cashier": "Иванова И. И."}, {"place": "https://new.example"}, {"timezone": "Asia/Omsk"},
        {"shift_closes_at": "23:30:00"}, {"shift_closes_at": None}, {},
    ):  # fmt: skip
        before = (await site.ask("GET", address(site))).json()
        answer = await site.ask("PATCH", address(site), body)
        assert answer.status_code == 200, answer.text
        assert answer.json() == (await site.ask("GET", address(site))).json() == {**before, **body}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"timezone": "Mars/Base"}, "timezone"), ({"cashier": " "}, "cashier"), ({"cashier": "a\0"}, "cashier"),
        ({"place": "x" * 257}, "place"), ({"shift_closes_at": "25:00"}, "shift_closes_at"),
        ({"shift_closes_at": "12:00:00Z"}, "shift_closes_at"), ({"name": "Новый"}, "name"), ([], ""), (b"{", ""),
    ],
)  # fmt: skip
async def test_wrong_settings_are_refused_with_their_place(site: Site, body: Any, field: str) -> None:
    before = (await site.ask("GET", address(site))).json()
    kind = "request-rejected" if field == "timezone" else "invalid-body"
    problem = check_problem(await site.ask("PATCH", address(site), body), 422, kind)
    assert problem["errors"][0].get("field", "") == field
    assert (await site.ask("GET", address(site))).json() == before


async def test_of_two_who_change_the_same_only_one_wins(site: Site) -> None:
    etag = (await site.ask("GET", address(site))).headers["etag"]
    both = await asyncio.gather(
        site.ask("PATCH", address(site), {"cashier": "Первая"}, If_Match=etag),
        site.ask("PUT", address(site, "/rules"), {**RULES, "taxation": 2}, If_Match=etag),
    )
    assert sorted(one.status_code for one in both) == [200, 412]
    check_problem(next(one for one in both if one.status_code == 412), 412, "precondition-failed")


async def test_new_rules_count_for_the_batches_that_come_after(site: Site) -> None:
    (first,) = await site.pay(1)
    answer = await site.ask("PUT", address(site, "/rules"), {**RULES, "taxation": 2})
    assert (answer.status_code, answer.json()["rules"]["taxation"]) == (200, 2)
    (second,) = await site.pay(1)
    taxation = [(await site.get(f"/v1/receipts/{one}")).json()["receipt"]["taxation"] for one in (first, second)]
    assert taxation == [1, 2]


@pytest.mark.parametrize("name", [name for name in WRONG if name not in ("no name", "a NUL")])
async def test_rules_that_the_command_line_refuses_are_refused_here_with_the_same_reason(site: Site, name: str) -> None:
    file, words = WRONG[name]
    problem = check_problem(await site.ask("PUT", address(site, "/rules"), file.rules), 422, "request-rejected")
    [error] = problem["errors"]
    assert words.replace("\\", "") in f"{error['field']} {error['reason']}"
    assert error["field"]
    assert (await site.ask("GET", address(site))).json()["rules"] == RULES


async def test_what_accounts_and_kkts_rest_on_cannot_be_taken_away(site: Site) -> None:
    await site.post(
        {"events": [charge("c1", service="tv"), payment("p1", "B")], "accounts": [{"id": "A1"}, {"id": "B"}]}
    )
    await site.shop.add_kkts()
    internet, tv = RULES["services"]
    wrong: list[tuple[Json, str]] = [
        ({**RULES, "services": [internet]}, "services"),
        ({**RULES, "inn": "7707083893"}, "inn"),
        ({**RULES, "ffd": "1.05"}, "ffd"),
    ]
    for rules, field in wrong:
        problem = check_problem(await site.ask("PUT", address(site, "/rules"), rules), 422, "request-rejected")
        assert [one["field"] for one in problem["errors"]] == [field]
    assert (await site.ask("PUT", address(site, "/rules"), {**RULES, "services": [tv]})).status_code == 200


async def test_changes_need_a_key_of_an_administrator_and_stand_in_the_audit(site: Site) -> None:
    await site.shop.add_kkts()
    changes: list[tuple[str, str, Json]] = [
        ("PATCH", address(site), {"cashier": "Иванова"}),
        ("PUT", address(site, "/rules"), {**RULES, "taxation": 2}),
        ("PUT", "/v1/cassettes/main/rules", {"refusals": 7}),
    ]
    daily = await create_api_key(site.shop.db, site.shop.merchant.id, "daily")
    for method, path, body in changes:
        refused = await site.ask(method, path, body, Authorization=f"Bearer {daily}")
        check_problem(refused, 403, "forbidden")
        assert (await site.ask(method, path, body)).status_code == 200
    rows = (await site.get("/v1/audit", limit=3)).json()["changes"]
    said = [(one["action"], one["before"], one["after"]) for one in rows]
    assert [one[0] for one in said] == ["cassette.rules", "merchant.rules", "merchant.change"]
    assert (said[0][1]["refusals"], said[0][2]["refusals"]) == (3, 7)
    assert (said[1][1].get("taxation"), said[1][2]["taxation"]) == (None, 2)
    assert (said[2][1]["cashier"], said[2][2]["cashier"]) == ("КАССИР", "Иванова")
