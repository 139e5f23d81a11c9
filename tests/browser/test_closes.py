"""Closing a month from the panel: tried out, asked, run through the API, stopped, refused, told."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from fiscal_server.intake.closing import CloseRequest, fail_close, start_close
from tests.browser.client import words
from tests.browser.offices import october, once_of, open_panel, send
from tests.browser.people import new_browser, open_office
from tests.storage.scene import Shop, open_shop

NOVEMBER = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database, name="ООО «Тёплый дом»") as shop:
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


@pytest.fixture
async def panel(shop: Shop, api: str) -> AsyncIterator[httpx.AsyncClient]:
    await october(shop)
    async with shop.db.write() as db:
        await db.execute("update fiscal.merchant set created_at = '2026-10-01'")
    shop.clock.jump((NOVEMBER - shop.clock.now()).total_seconds())
    async with open_panel(shop, api) as panel:
        yield panel


async def over(panel: httpx.AsyncClient, job: str) -> str:
    """The card of a job that is at work no more."""
    while "data-awaited" in (page := (await panel.get(job)).text):
        pass
    return await words(panel, job) if page else ""


def job_in(told: str) -> str:
    """Where a form has led."""
    status, path, *_ = told.split(" ", 2)
    assert status == "200", told
    assert re.fullmatch(r"/closes/\d+/jobs/\d+", path), told
    return path


async def test_a_month_is_tried_out_asked_about_closed_and_reported(panel: httpx.AsyncClient, shop: Shop) -> None:
    months = await words(panel, f"/closes/{shop.merchant.id}")
    assert "октябрь 2026 открыт 10.11.2026" in months
    month = f"/closes/{shop.merchant.id}/2026-10"
    assert "10 календарных дней после месяца (54-ФЗ ст. 1.2 п. 2.1" in await words(panel, month)
    preview = job_in(await send(panel, f"{month}/preview", page=month))
    card = await over(panel, preview)
    assert "посчитано" in card
    assert "общие чеки за месяц приход 1 900,00 ₽" in card
    assert "22% общие чеки за месяц приход 1 900,00 ₽ 162,30 ₽" in card
    file = (await panel.get(f"{preview}/report")).content.decode("utf-8-sig").splitlines()
    assert file[0] == "Раздел;Ставка или способ;Вид;Операция;Чеков;Строк;Сумма;НДС"
    assert "По ставкам НДС;22%;общие чеки за месяц;приход;;1;900,00;162,30" in file
    assert (await panel.get(preview.replace(f"/{shop.merchant.id}/", "/7/") + "/report")).status_code == 404
    assert await shop.value("select count(*) from fiscal.period_close_job where not dry_run") == 0
    assert "Закрыть октябрь 2026 организации ООО «Тёплый дом»?" in await words(panel, f"{month}/question")
    close = job_in(await send(panel, f"{month}/run"))
    card = await over(panel, close)
    assert "Счетов 3 из 3" in card
    assert "Какие чеки выданы" in card
    assert "октябрь 2026 закрыт" in await words(panel, f"/closes/{shop.merchant.id}")
    journal = await words(panel, "/settings/journal")
    assert "закрывает месяц октябрь 2026" in journal


async def test_sent_twice_it_is_one_preview_and_one_close(panel: httpx.AsyncClient, shop: Shop) -> None:
    month = f"/closes/{shop.merchant.id}/2026-10"
    once = once_of((await panel.get(month)).text)
    previews = {job_in(await send(panel, f"{month}/preview", once=once)) for _ in range(2)}
    assert len(previews) == 1
    assert len({job_in(await send(panel, f"{month}/run")) for _ in range(2)}) == 1
    assert await shop.value("select count(*) from office.audit where action = 'close.begun'") == 1
    assert (await send(panel, f"{month}/preview", once="x")).startswith("400")


async def test_what_the_api_refuses_is_said_in_words(panel: httpx.AsyncClient, shop: Shop) -> None:
    told = await send(panel, f"/closes/{shop.merchant.id}/2026-11/run")
    assert told.startswith("409")
    assert "Этот месяц ещё не кончился" in told
    month = f"/closes/{shop.merchant.id}/2026-11"
    assert "Закрыть месяц…" not in await words(panel, month)
    preview = job_in(await send(panel, f"{month}/preview", page=month))
    assert "Закрытие не выдаст ни одного чека" in await over(panel, preview)
    async with shop.db.write() as db:
        await db.execute("update fiscal.merchant_book set closed_periods = '{2026-09}'")
    told = await send(panel, f"/closes/{shop.merchant.id}/2026-09/run")
    assert told.startswith("409")
    assert "Месяц нельзя закрыть, или закрытие нельзя отменить" in told
    month = f"/closes/{shop.merchant.id}/2026-10"
    close = job_in(await send(panel, f"{month}/run"))
    await over(panel, close)
    assert (await send(panel, f"{close}/cancel")).startswith("409")
    assert "Закрыть месяц…" not in await words(panel, month)


async def test_a_close_that_failed_says_why_and_goes_on(panel: httpx.AsyncClient, shop: Shop) -> None:
    job = await start_close(shop.db, shop.intake, shop.merchant.id, CloseRequest(period="2026-10"))
    await fail_close(shop.db, job, "правила другие")
    close = f"/closes/{shop.merchant.id}/jobs/{job.id}"
    card = await words(panel, close)
    assert "правила другие" in card
    assert "Продолжить" in card
    assert "ошибка" in await words(panel, f"/closes/{shop.merchant.id}")
    assert "закрыт" in await over(panel, job_in(await send(panel, f"{close}/resume")))
    assert await shop.value("select count(*) from office.audit where action = 'close.resumed'") == 1


async def test_of_many_merchants_what_is_to_be_done_stands_first(
    panel: httpx.AsyncClient, shop: Shop, database: str
) -> None:
    async with open_shop(database, name="АО «Альфа»") as other:
        async with shop.db.write() as db:
            await db.execute(
                "update fiscal.merchant_book set closed_periods = '{2026-10}' where merchant_id = $1", other.merchant.id
            )
        page = await words(panel, "/closes")
        assert "октябрь 2026" in page
        assert page.index("ООО «Тёплый дом» открыт") < page.index("АО «Альфа» закрыт")
        assert "срок прошёл" in await words(panel, "/closes?month=2026-10") or shop.clock.now() < datetime(
            2026, 11, 11, tzinfo=UTC
        )
        shop.clock.jump(9 * 86_400)
        assert "ООО «Тёплый дом» срок прошёл" in await words(panel, "/closes?month=2026-10")
        assert (await panel.get("/closes?month=2026-13")).status_code == 400
        assert (await panel.get(f"/closes/{shop.merchant.id}/x")).status_code == 404


async def test_an_accountant_looks_and_does_not_close(shop: Shop, api: str, clock: VirtualClock) -> None:
    async with open_office(shop.dsn, clock) as office, new_browser(shop.dsn, clock, api_url=api) as browser:
        await office.person("anna@example.ru", [Role.ACCOUNTANT], [shop.merchant.id])
        await browser.sign_in("anna@example.ru")
        month = f"/closes/{shop.merchant.id}/2026-09"
        page = (await browser.get(month)).text
        assert "Посчитать" not in page
        assert (await browser.get(f"{month}/question")).status_code == 403
