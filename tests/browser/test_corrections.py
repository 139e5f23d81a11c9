"""Corrections from the panel: planned and explained, ordered once, cancelled while it can be, restored by lists."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.new_merchant import NewMerchant, create_merchant
from tests.browser.client import text_of
from tests.browser.money_scene import Desk, open_desk
from tests.storage.scene import RULES, Shop, open_shop, payment
from tests.storage.test_day_totals import BY_DAYS
from tests.waiting import wait_until_async

MARKUP = '"><script>alert(1)</script>'


@pytest.fixture
def rules() -> dict[str, Any]:
    return RULES


@pytest.fixture
async def shop(database: str, rules: dict[str, Any]) -> AsyncIterator[Shop]:
    async with open_shop(database, rules) as shop:
        await shop.post([], ["A1", "A2"])
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


@pytest.fixture
async def desk(shop: Shop, api: str) -> AsyncIterator[Desk]:
    async with open_desk(shop, api) as desk:
        yield desk


async def registered(shop: Shop, key: str = "p1") -> int:
    answer = await shop.post([payment(key)], [])
    receipts = answer["events"][0]["receipts"]
    await shop.register(receipts)
    return int(receipts[0])


async def over(desk: Desk, job: str, word: str) -> str:
    """The page of a job once the API has come to its end."""

    async def is_over() -> bool:
        return word in await desk.text(job)

    await wait_until_async(is_over, 30)
    return await desk.text(job)


async def planned(desk: Desk, path: str, **fields: str) -> str:
    answer = await desk.browser.get(path, params={"key": "k" * 20} | fields)
    return text_of(answer.text)


async def test_a_plan_is_explained_in_the_language_of_whoever_reads_it(desk: Desk, shop: Shop) -> None:
    path = f"/corrections/receipt/{shop.merchant.id}/{await registered(shop)}"
    for language in ("en", "pl", "pt-BR"):
        answer = await desk.browser.get(
            path, params={"key": "k" * 20, "what": "superfluous"}, headers={"Accept-Language": language}
        )
        why = answer.text.partition('<dl class="why">')[2].partition("</dl>")[0]
        assert why
        assert not re.search("[а-яё]{4}", why.replace("Доступ в интернет", "").replace("Аванс за услуги", "")), why


async def test_a_superfluous_receipt_is_reversed_once_after_its_plan_was_shown(desk: Desk, shop: Shop) -> None:
    receipt = await registered(shop)
    assert "Исправить" in await desk.text(f"/receipts/{shop.merchant.id}/{receipt}")
    path = f"/corrections/receipt/{shop.merchant.id}/{receipt}"
    assert "Чек лишний" in await desk.text(path)
    plan = await planned(desk, path, what="superfluous")
    assert "Что будет оформлено" in plan
    assert "возврат прихода" in plan
    assert "Почему так?" in plan
    assert "Оформить 1 документ" in plan
    assert await shop.value("select count(*) from fiscal.correction") == 0
    for _ in range(2):
        answer = await desk.press(path, what="superfluous", key="k" * 20)
        assert answer.status_code == 303
    card = answer.headers["location"]
    assert await shop.value("select count(*) from fiscal.correction") == 1
    told = await desk.text(card)
    assert "450,00 ₽" in told
    assert "вместо этого чека" in told
    listed = await desk.text("/corrections")
    assert "исправление" in listed
    assert "оформляется" in listed
    assert "из 1" in await desk.text("/corrections/totals?kind=correction")
    assert await shop.value("select action from office.audit order by number limit 1") == "corrections.ordered"


async def test_an_order_is_cancelled_while_no_device_has_begun_it(desk: Desk, shop: Shop) -> None:
    receipt = await registered(shop)
    path = f"/corrections/receipt/{shop.merchant.id}/{receipt}"
    card = (await desk.press(path, what="superfluous", key="k" * 20)).headers["location"]
    assert "Отменить заказ" in await desk.text(card)
    assert (await desk.press(f"{card}/cancel")).headers["location"] == card
    assert "отменено" in await desk.text(card)
    second = (await desk.press(path, what="superfluous", key="m" * 20)).headers["location"]
    waiting = await shop.value("select max(receipt_ids[1]) from fiscal.correction")
    await shop.register([waiting], fd_from=9)
    answer = await desk.press(f"{second}/cancel")
    assert answer.status_code == 409
    assert "notice tone-bad" in answer.text


async def test_a_wrong_receipt_is_made_anew_as_the_form_says(desk: Desk, shop: Shop) -> None:
    receipt = await registered(shop)
    path = f"/corrections/receipt/{shop.merchant.id}/{receipt}"
    right = {"what": "right", "line-0-name": MARKUP, "line-0-sum": "300,00", "line-0-vat": "12", "line-0-method": "3"}
    wrong = await desk.browser.get(path, params=right | {"line-0-sum": "abc"})
    assert wrong.status_code == 422
    assert "Нужна сумма" in text_of(wrong.text)
    answer = await desk.browser.get(path, params=right | {"key": "k" * 20})
    assert "<script>alert" not in answer.text
    assert "Оформить 2 документа" in text_of(answer.text)
    made = await desk.press(path, key="k" * 20, **right)
    assert made.status_code == 303, text_of(made.text)
    totals = await shop.rows("select total_kopecks, sign from fiscal.receipt order by id")
    assert [tuple(row.values()) for row in totals] == [(45_000, 1), (45_000, 2), (30_000, 1)]
    refused = await planned(desk, path, what="superfluous")
    assert "Так не получится" in refused


async def test_a_payment_without_a_receipt_gets_its_correction(desk: Desk, shop: Shop) -> None:
    fields = {"account": "A1", "paid_on": "2026-10-01", "sum": "100", "way": "cash", "plan": "1"}
    missing = await desk.browser.get("/corrections/missing", params={"plan": "1", "sum": "x"})
    assert missing.status_code == 422
    assert "Заполните" in text_of(missing.text)
    assert "Оформить 1 документ" in await planned(desk, "/corrections/missing", **fields)
    for _ in range(2):
        answer = await desk.press("/corrections/missing", key="k" * 20, **fields)
        assert answer.status_code == 303
    assert await shop.value("select count(*) from fiscal.event where type = 'payment'") == 1
    assert await shop.value("select form from fiscal.receipt") == 31
    assert "восстановление" in await desk.text("/corrections?kind=restoration")


@pytest.mark.parametrize("rules", [BY_DAYS])
async def test_a_day_of_which_the_total_is_known_is_one_document(desk: Desk, shop: Shop) -> None:
    fields = {
        "day": "2026-10-19", "bank_transfer": "540", "rate-0": "11", "vat-0": "540", "count": "12",
        "basis_on": "2026-10-20", "basis_number": "7", "plan": "1",
    }  # fmt: skip
    assert "Оформить 1 документ" in await planned(desk, "/corrections/day-total", **fields)
    answer = await desk.press("/corrections/day-total", key="k" * 20, **fields)
    assert answer.status_code == 303, text_of(answer.text)
    assert await shop.value("select total_kopecks from fiscal.receipt") == 54_000
    again = await desk.press("/corrections/day-total", key="m" * 20, **fields)
    assert again.status_code == 422
    assert await shop.value("select count(*) from fiscal.receipt") == 1


async def test_a_list_of_events_is_counted_restored_and_its_errors_are_a_file(desk: Desk, shop: Shop) -> None:
    events = [payment("lost-1"), payment("=lost-2", "нет такого"), payment("lost-3", "A2")]
    page = await desk.checked("events.json", json.dumps(events).encode(), "/corrections/new", skip="1")
    assert page.startswith("/corrections/uploads/")
    told = await desk.browser.get(page)
    preview = told.text.split('href="/corrections/jobs/')[1].split('"')[0]
    counted = await over(desk, f"/corrections/jobs/{preview}", "проверено")
    assert "отклонено: 1" in counted
    assert await shop.value("select count(*) from fiscal.receipt") == 0
    for _ in range(2):
        await desk.press(f"{page}/run")
    job = (await desk.browser.get(page)).headers["location"]
    assert "3 из 3 событий" in await over(desk, job, "закончено")
    assert "data-over" in (await desk.browser.get(f"{job}/state", headers={"X-Part": "1"})).text
    assert await shop.value("select count(*) from fiscal.receipt") == 2
    rows = (await desk.browser.get(f"{job}/errors?format=csv")).content.decode("utf-8-sig").splitlines()
    assert "'=lost-2" in rows[1]
    assert "закончено" in await desk.text("/corrections/jobs")


async def test_a_job_is_stopped_and_goes_on(desk: Desk, shop: Shop) -> None:
    page = await desk.checked("events.json", json.dumps([payment("lost-1", "нет")]).encode(), "/corrections/new")
    await desk.press(f"{page}/run")
    job = (await desk.browser.get(page)).headers["location"]
    told = await over(desk, job, "не вышло")
    assert told.count("Такого лицевого счета нет.") == 2  # why it stopped, and beside the event
    english = text_of((await desk.browser.get(job, headers={"Accept-Language": "en"})).text)
    assert "Stopped, mistakes: 1. There is no such subscriber account." in english
    assert "лицевого" not in english
    await shop.post([], ["нет"])
    assert (await desk.press(f"{job}/resume")).headers["location"] == job
    await over(desk, job, "закончено")
    assert (await desk.press(f"{job}/cancel")).status_code == 409


@pytest.mark.parametrize("content", [b'{"events": []}', b"1CClientBankExchange", b"%PDF", b""])
async def test_only_a_list_of_events_is_taken_for_one(desk: Desk, content: bytes) -> None:
    assert (await desk.hand_over("events.json", content, "/corrections/new")).status_code == 422


async def test_orders_and_jobs_of_others_are_not_found(desk: Desk, shop: Shop) -> None:
    receipt = await registered(shop)
    mine = f"/corrections/receipt/{shop.merchant.id}/{receipt}"
    card = (await desk.press(mine, what="superfluous", key="k" * 20)).headers["location"]
    page = await desk.checked("events.json", json.dumps([payment("lost-1")]).encode(), "/corrections/new")
    await desk.press(f"{page}/run")
    job = (await desk.browser.get(page)).headers["location"]
    other = await create_merchant(shop.db, NewMerchant(name="Чужая", rules=RULES, place="здесь", address="Москва"))
    for path in (card, job, f"{job}/state", f"{job}/errors?format=csv", mine):
        foreign = path.replace(f"/{shop.merchant.id}/", f"/{other.id}/")
        assert (await desk.browser.get(foreign)).status_code == 404, foreign
        assert (await desk.browser.get(path.replace(f"/{shop.merchant.id}/", "/7/"))).status_code == 404
    for path in (f"{card}/cancel", f"{job}/cancel", f"{job}/resume", mine):
        foreign = path.replace(f"/{shop.merchant.id}/", f"/{other.id}/")
        assert (await desk.press(foreign, what="superfluous")).status_code == 404, foreign
    assert (await desk.browser.get(page.replace("/corrections/", "/money/"))).status_code == 404
    async with shop.db.write() as db:
        await db.execute("update office.upload set merchant_id = 7")
    assert (await desk.browser.get(page)).status_code == 404
