"""Merchants and keys: what is wrong with a merchant is said before anything is stored."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fiscal_server.commands.keys import create_api_key
from fiscal_server.errors import UnknownMerchant
from fiscal_server.new_merchant import NewMerchant, create_merchant
from fiscal_server.storage.keys import DAILY_WORK, owner_of_key
from fiscal_server.storage.merchant_settings import services_in_use
from fiscal_server.storage.merchants import find_merchant, read_merchant
from tests.storage.scene import RULES, Json, Shop, charge, open_shop, payment


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        yield opened


def given(name: str = "Второй", **rules: Any) -> NewMerchant:
    return NewMerchant(name=name, rules={**RULES, **rules}, place="https://second.example", address="Москва")


async def test_a_merchant_comes_back_as_it_was_stored(shop: Shop) -> None:
    async with shop.db.read() as db:
        assert await read_merchant(db, shop.merchant.id) == shop.merchant
        assert await find_merchant(db, "Пример") == shop.merchant


async def test_a_name_that_is_taken_is_refused_in_clear_words(shop: Shop) -> None:
    with pytest.raises(ValueError, match="there is a merchant called 'Пример' already"):
        await create_merchant(shop.db, given("Пример"))


WRONG: dict[str, tuple[NewMerchant, str]] = {
    "no services": (given(services=[]), "services"),
    "a service twice": (given(services=[RULES["services"][0]] * 2), "each id once"),
    "a calculated rate on a service": (given(services=[{"id": "x", "vat_code": 12}]), "not an ordinary one"),
    "an unknown policy": (given(policies={"luck": "good"}), "luck"),
    "an unknown field": (given(colour="red"), "colour"),
    "no name": (given("  "), "needs a name"),
    "a NUL": (given("a\0"), "U+0000"),
}


@pytest.mark.parametrize(("file", "words"), WRONG.values(), ids=WRONG.keys())
async def test_wrong_rules_are_refused_and_nothing_is_stored(shop: Shop, file: NewMerchant, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("+", r"\+")):
        await create_merchant(shop.db, file)
    assert await shop.value("select count(*) from fiscal.merchant") == 1


async def test_an_unknown_merchant_is_told_with_the_names_that_exist(shop: Shop) -> None:
    with pytest.raises(UnknownMerchant, match="known: Пример"):
        async with shop.db.read() as db:
            await find_merchant(db, "Никто")


async def test_a_key_is_kept_as_its_hash_alone(shop: Shop) -> None:
    key = await create_api_key(shop.db, shop.merchant.id, "billing")
    async with shop.db.read() as db:
        owner = await owner_of_key(db, key, shop.clock.now())
        assert owner is not None
        assert (owner.merchant_id, owner.name, owner.scopes) == (shop.merchant.id, "billing", set(DAILY_WORK))
        assert await owner_of_key(db, key + "x", shop.clock.now()) is None
    (row,) = await shop.rows("select * from fiscal.api_key")
    assert key not in str(tuple(row))


async def test_the_command_says_in_one_line_what_is_wrong(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "merchant.json"
    file.write_text(json.dumps({"name": "Пример", "rules": RULES, "place": "p", "address": "a"}))
    environment = {**os.environ, "FISCAL_DATABASE_URL": shop.dsn, "FISCAL_DATA_DIR": str(tmp_path)}
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "fiscal_server", "merchant", "create", str(file)],
        env=environment, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip() == f"fiscal-server: {file}: there is a merchant called 'Пример' already"


PREPAID = {"id": "P", "plan": {"service": "tv", "price_kopecks": 45_000}}
"""Its advance is for the service of its plan (``prepaid_sign``)."""


@pytest.mark.parametrize(
    ("steps", "used"),
    [
        # paid for: the bank may take the money back, and then the debt is there again
        ([charge("c1", service="tv"), charge("c2", "A1", period="2026-11")], ["internet", "tv"]),
        # sent back, and its receipt comes at the month's end
        ([payment("p0", "P"), {"type": "advance_refund", "key": "r", "account": "P", "date": "2026-10-06",
                               "tenders": {"bank_transfer": 45_000}}], ["tv"]),
    ],
)  # fmt: skip
async def test_a_service_that_the_books_remember_is_in_use(database: str, steps: list[Json], used: list[str]) -> None:
    policies = {"prepaid_sign": "prepayment", "refund_timing": "period_consolidated"}
    async with open_shop(database, {**RULES, "policies": policies}) as shop:
        await shop.post(steps, ["A1", PREPAID])
        await shop.post([payment("p1", "A1", kopecks=90_000)])
        async with shop.db.write() as db:  # as if the plan were another one by now
            await db.execute("update fiscal.account set plan_service = null, plan_price_kopecks = null")
            assert await services_in_use(db, shop.merchant.id, ["internet", "tv", "phone"]) == used
