"""Merchants of a whole installation: listed and made by a key of operations, each with a first key of its own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fiscal_server.commands.keys import create_api_key
from fiscal_server.storage.keys import Scope
from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import RULES, Json

NEW: Json = {"name": "Второй", "rules": RULES, "place": "https://second.example", "address": "Тверь"}


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    """Its key is one of operations."""
    async with open_site(database, tmp_path) as opened:
        merchant = opened.shop.merchant.id
        key = await create_api_key(opened.shop.db, merchant, "boss", scopes=tuple(Scope), operations=True)
        opened.headers = {"Authorization": f"Bearer {key}"}
        yield opened


async def merchants(site: Site) -> int:
    count: int = await site.shop.value("select count(*) from fiscal.merchant")
    return count


async def test_a_new_merchant_works_at_once_with_the_key_of_the_answer(site: Site) -> None:
    made = await site.ask("POST", "/v1/merchants", NEW)
    assert made.status_code == 201, made.text
    said = made.json()
    assert (said["merchant"]["name"], said["merchant"]["cashier"], said["merchant"]["rules"]) == (
        "Второй", "КАССИР", RULES,
    )  # fmt: skip
    assert said["key"]["scopes"] == ["read", "submit", "operate", "admin"]
    names = (await site.ask("GET", "/v1/merchants")).json()
    assert [(one["id"], one["name"], one["inn"]) for one in names] == [
        (str(site.shop.merchant.id), "Пример", RULES["inn"]), (said["merchant"]["id"], "Второй", RULES["inn"]),
    ]  # fmt: skip
    boss, site.headers = site.headers, {"Authorization": f"Bearer {said['secret']}"}
    assert (await site.ask("GET", "/v1/merchants")).json() == names[1:]
    answer = await site.ask("PATCH", f"/v1/merchants/{said['merchant']['id']}", {"cashier": "Иванова"})
    assert answer.status_code == 200, answer.text
    check_problem(await site.ask("POST", "/v1/merchants", {**NEW, "name": "Третий"}), 403, "forbidden")
    site.headers = boss
    changes = (await site.ask("GET", "/v1/audit")).json()["changes"]
    assert ("merchant.create", f"merchant {said['merchant']['id']}") in [
        (one["action"], one["object"]) for one in changes
    ]
    assert said["secret"] not in str(await site.shop.rows("select * from fiscal.audit")) + str(changes)


async def test_a_repeat_makes_no_second_one_and_names_the_key_of_the_first(site: Site) -> None:
    made = await site.ask("POST", "/v1/merchants", NEW, Idempotency_Key="once")
    again = await site.ask("POST", "/v1/merchants", NEW, Idempotency_Key="once")
    check_problem(again, 409, "key-refused")
    assert made.json()["key"]["id"] in again.json()["detail"]
    other = await site.ask("POST", "/v1/merchants", {**NEW, "name": "Третий"}, Idempotency_Key="once")
    check_problem(other, 409, "idempotency-conflict")
    assert await merchants(site) == 2


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "a name that is taken": ({"name": "Пример"}, "request-rejected", "name"),
    "a blank name": ({"name": "  "}, "request-rejected", "name"),
    "a policy that is none": (
        {"rules": {**RULES, "policies": {"luck": "good"}}},
        "request-rejected",
        "rules.policies.luck",
    ),
    "a zone that is nowhere": ({"timezone": "Europe/Atlantis"}, "request-rejected", "timezone"),
    "a field that is none": ({"colour": "red"}, "invalid-body", "colour"),
    "a tag that no receipt id has": ({"receipt_id_tag": 7}, "invalid-body", "receipt_id_tag"),
    "U+0000": ({"place": "a\0"}, "invalid-body", "place"),
}


@pytest.mark.parametrize(("change", "kind", "field"), WRONG.values(), ids=WRONG.keys())
async def test_what_is_wrong_has_its_place_and_nothing_is_stored(
    site: Site, change: dict[str, Any], kind: str, field: str
) -> None:
    answer = await site.ask("POST", "/v1/merchants", {**NEW, **change})
    check_problem(answer, 422, kind)
    assert answer.json()["errors"][0].get("field", "") == field
    assert await merchants(site) == 1


async def test_an_ordinary_key_sees_its_own_merchant_and_makes_none(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path, scopes=tuple(Scope)) as site, open_site(database, tmp_path, "Другой"):
        assert [one["name"] for one in (await site.ask("GET", "/v1/merchants")).json()] == ["Пример"]
        check_problem(await site.ask("POST", "/v1/merchants", NEW), 403, "forbidden")
