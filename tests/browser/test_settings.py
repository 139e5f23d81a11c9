"""Settings of a merchant: keys shown once, rules changed after a look, what does not fit refused in words."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from accounting.receipts.policy import POLICY_KEYS
from admin.permissions import Role
from admin.policy_examples import choices_of, has_example
from fiscal_server.clock import VirtualClock
from fiscal_server.demo.devices import free_port
from tests.browser.client import text_of, words
from tests.browser.offices import once_of, open_panel, send
from tests.browser.people import new_browser, open_office
from tests.storage.scene import Shop, open_shop

WITHOUT_EXAMPLE = {"allocation_priority", "restoration_granularity", "restore_only_missing", "settlement_date_source"}


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database, name="ООО «Тёплый дом»") as shop:
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


@pytest.fixture
async def panel(shop: Shop, api: str) -> AsyncIterator[httpx.AsyncClient]:
    async with open_panel(shop, api) as panel:
        yield panel


async def test_a_key_is_made_shown_once_replaced_and_revoked(panel: httpx.AsyncClient, shop: Shop, api: str) -> None:
    keys = f"/settings/keys/{shop.merchant.id}"
    form = {"name": "Биллинг", "scope": ["read", "submit"], "last_day": "2026-12-31"}
    once = once_of((await panel.get(f"{keys}/new")).text)
    made = await send(panel, f"{keys}/new", once=once, **form)
    (secret,) = set(re.findall(r"fs_[\w-]+", made))
    again = await send(panel, f"{keys}/new", once=once, **form)
    assert again.startswith("409")
    assert "secret was shown then" in again
    async with httpx.AsyncClient(base_url=api, headers={"Authorization": f"Bearer {secret}"}) as billing:
        assert (await billing.get("/v1/receipts")).status_code == 200
        assert (await billing.get("/v1/keys")).status_code == 403
        assert secret not in await words(panel, keys)
        assert "Биллинг действует читать , присылать" in await words(panel, keys)
        card = f"{keys}/{await shop.value('select id from fiscal.api_key')}"
        assert "fs_" in await send(panel, f"{card}/rotate", page=card, overlap_hours="24")
        assert "Биллинг сменён" in await words(panel, keys)
        assert (await billing.get("/v1/receipts")).status_code == 200
        assert (await send(panel, f"{card}/revoke")).startswith("200")
        assert (await send(panel, f"{card}/revoke")).startswith("200")
        assert (await billing.get("/v1/receipts")).status_code == 401
    deeds = await shop.rows("select action from office.audit order by number")
    assert [row["action"] for row in deeds] == ["key.created", "key.rotated", "key.revoked"]


async def test_a_form_of_a_key_says_what_it_lacks(panel: httpx.AsyncClient, shop: Shop) -> None:
    new = f"/settings/keys/{shop.merchant.id}/new"
    for form, said in (
        ({"scope": "read"}, "Назовите ключ"),
        ({"name": "Биллинг"}, "Выберите хотя бы одно право"),
        ({"name": "Биллинг", "scope": "read", "last_day": "2020-01-01"}, "уже прошёл"),
        ({"name": "Биллинг", "scope": "read", "last_day": "9999-12-31"}, "уже прошёл"),
    ):
        answer = await send(panel, new, page=new, **form)
        assert answer.startswith("422"), said
        assert said in answer
    assert await shop.value("select count(*) from fiscal.api_key") == 0


async def test_an_api_that_is_away_is_said_on_the_page(shop: Shop) -> None:
    async with open_panel(shop, f"http://127.0.0.1:{free_port()}") as panel:
        asking = asyncio.create_task(panel.get(f"/settings/keys/{shop.merchant.id}"))
        while not asking.done():
            await shop.clock.advance(1)
        answer = await asking
    assert answer.status_code == 503
    assert "Сервер чеков не отвечает" in text_of(answer.text)


async def test_a_policy_is_looked_at_tried_and_changed(panel: httpx.AsyncClient, shop: Shop) -> None:
    policies = f"/settings/policies/{shop.merchant.id}"
    assert "чек сразу «в долг» или один чек при оплате? один чек при оплате" in await words(panel, policies)
    card = f"{policies}/postpaid_mode"
    page = await words(panel, card)
    assert "один чек при оплате сейчас" in page
    assert "Чек: оказали в долг 450,00 ₽" in page
    asked = (await panel.get(f"{card}?value=credit_pair")).text
    assert "Было: один чек при оплате. Станет: чек «в долг» и чек при оплате." in text_of(asked)
    (seen,) = set(re.findall(r'name="seen" value="([^"]+)"', asked))
    seen = seen.replace("&#34;", '"')
    answer = await send(panel, card, value="credit_pair", seen=seen)
    assert answer.startswith("200")
    assert await shop.value("select rules->'policies'->>'postpaid_mode' from fiscal.merchant") == "credit_pair"
    assert (await send(panel, card, value="credit_pair", seen=seen)).startswith("200")
    assert await shop.value("select count(*) from office.audit where action = 'policy.changed'") == 1
    stale = await send(panel, f"{policies}/overpay", value="separate_receipt", seen=seen)
    assert stale.startswith("409")
    assert "изменил кто-то другой" in stale


async def test_answers_that_do_not_fit_are_refused_in_words(panel: httpx.AsyncClient, shop: Shop) -> None:
    policies = f"/settings/policies/{shop.merchant.id}"
    for key, value, said in (
        ("advance_vat", "single", "Сначала назовите ставку"),
        ("advance_vat", "any", "Такого ответа у этого правила нет"),
        ("max_lines", "0", "Такого ответа у этого правила нет"),
        ("max_lines", "много", "Такого ответа у этого правила нет"),
        ("allocation_priority", "tv, tv", "дважды"),
        ("skip_time_barred", "yes", "Такого ответа"),
    ):
        answer = await panel.get(f"{policies}/{key}", params={"value": value})
        assert answer.status_code == 422, key
        assert said in text_of(answer.text), key
        assert (await send(panel, f"{policies}/{key}", value=value)).startswith("422"), key
    assert (await panel.get(f"{policies}/nothing")).status_code == 404
    told = await words(panel, f"{policies}/allocation?value=priority_list")
    assert "Список первых услуг пуст" in told


async def test_every_policy_has_a_page_and_its_example_shows_what_it_decides(
    panel: httpx.AsyncClient, shop: Shop
) -> None:
    for key in [row.key for row in POLICY_KEYS]:
        page = await words(panel, f"/settings/policies/{shop.merchant.id}/{key}")
        assert ("Примера нет" in page) == (key in WITHOUT_EXAMPLE) == (not has_example(key)), key
        if has_example(key) and choices_of(key):
            assert "Чек:" in page, key
            assert "чеки этого случая одинаковы" not in page, key


async def test_somebody_who_may_look_only_changes_nothing(shop: Shop, api: str, clock: VirtualClock) -> None:
    async with open_office(shop.dsn, clock) as office, new_browser(shop.dsn, clock, api_url=api) as browser:
        await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT], [shop.merchant.id])
        await browser.sign_in("anna@example.ru")
        card = f"/settings/policies/{shop.merchant.id}/overpay"
        assert "Показать, что изменится" not in (await browser.get(card)).text
        assert "Изменить правило" not in (await browser.get(f"{card}?value=separate_receipt")).text
        assert (await browser.get(f"/settings/keys/{shop.merchant.id}")).status_code == 403
