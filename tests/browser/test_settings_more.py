"""The merchant itself, its webhooks, and what the panel says of backups."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from fiscal_server.clock import VirtualClock
from tests.browser.client import words
from tests.browser.offices import once_of, open_panel, send
from tests.storage.scene import Shop, open_shop

URL = "https://billing.example/fiscal"


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


def seen_of(page: str) -> str:
    """The ETag that a form was drawn with."""
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None
    return found.group(1).replace("&#34;", '"')


async def test_settings_of_a_merchant_are_changed_as_they_were_seen(panel: httpx.AsyncClient, shop: Shop) -> None:
    path = f"/settings/merchant/{shop.merchant.id}"
    assert "Доступ в интернет 22%" in await words(panel, path)
    seen = seen_of((await panel.get(path)).text)
    form = {"place": "Новый офис", "cashier": "Петрова А. А.", "timezone": "Europe/Moscow", "shift_closes_at": "23:30"}
    for _ in range(2):
        assert (await send(panel, path, seen=seen, **form)).startswith("200")
    row = (await shop.rows("select place, cashier, shift_closes_at::text from fiscal.merchant"))[0]
    assert tuple(row) == ("Новый офис", "Петрова А. А.", "23:30:00")
    (deed,) = await shop.rows("select before, after from office.audit where action = 'merchant.changed'")
    assert (deed["before"]["shift_closes_at"], deed["after"]["shift_closes_at"]) == ("", "23:30")
    stale = await send(panel, path, seen=seen, **{**form, "place": "Другой"})
    assert stale.startswith("409")
    wrong = await send(panel, path, **{**form, "timezone": "Mars/Olympus"})
    assert "there is no time zone" in wrong
    assert (await send(panel, path, **{**form, "shift_closes_at": ""})).startswith("200")
    assert await shop.value("select shift_closes_at is null from fiscal.merchant")


async def test_a_webhook_is_made_tried_changed_and_deleted(panel: httpx.AsyncClient, shop: Shop) -> None:
    hooks = f"/settings/webhooks/{shop.merchant.id}"
    once = once_of((await panel.get(f"{hooks}/new")).text)
    form = {"url": URL, "type": ["receipt.registered"], "once": once}
    first, again = [await send(panel, f"{hooks}/new", **form) for _ in range(2)]
    (secret,) = set(re.findall(r"whsec_\S+", first))
    assert secret in again
    assert await shop.value("select count(*) from fiscal.webhook_endpoint") == 1
    card = f"{hooks}/{await shop.value('select id from fiscal.webhook_endpoint')}"
    once = once_of((await panel.get(card)).text)
    for _ in range(2):
        assert (await send(panel, f"{card}/test", once=once)).startswith("200")
    assert await shop.value("select count(*) from fiscal.webhook_message") == 1
    assert "проверка" in await words(panel, card)
    rotated = await send(panel, f"{card}/rotate", page=card)
    assert secret not in rotated
    assert "whsec_" in rotated
    change = {"url": URL, "description": "биллинг", "type": ["batch.accepted"]}
    assert (await send(panel, f"{card}/change", **change)).startswith("200")
    assert "отключено пакет принят" in await words(panel, hooks)
    refused = await send(panel, f"{card}/change", **{**change, "url": "ftp://x"})
    assert refused.startswith("409")
    assert (await send(panel, f"{card}/nothing", page=card)).startswith("404")
    assert (await send(panel, f"{card}/delete", page=card)).startswith("200")
    assert await shop.value("select count(*) from fiscal.webhook_endpoint") == 0
    deeds = [row["action"] for row in await shop.rows("select action from office.audit order by number")]
    assert deeds == ["webhook.created", "webhook.rotated", "webhook.changed", "webhook.deleted"]


async def test_backups_say_how_they_are_made_and_whether_one_came_back(panel: httpx.AsyncClient, shop: Shop) -> None:
    page = await words(panel, "/settings/backups")
    assert "fiscal-server backup /var/backups/fiscal-2026-10-20" in page
    assert "Нет, ни разу." in page
    async with shop.db.write() as db:
        await db.execute(
            "insert into fiscal.restoration (id, restored_at, file, hold_ms) values (1, '2026-10-19', 'copy.dump', 0)"
        )
    page = await words(panel, "/settings/backups")
    assert "copy.dump" in page
    assert "не окончена: чеки ждут" in page
