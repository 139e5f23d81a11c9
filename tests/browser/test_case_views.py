"""The board and the calendar of cases when there is nothing on them: whose that is, and where there is something."""

from datetime import date

from admin.permissions import Role
from admin.storage.office import organisations
from tests.browser.client import text_of
from tests.browser.people import Browser, Office
from tests.browser.test_cases import case_of, plan
from tests.clients import Clients


async def test_an_empty_board_says_whose_it_is_and_leads_to_everybodys(
    browser: Browser, office: Office, clients: Clients
) -> None:
    await office.person("olga@example.ru", name="Ольга")
    ivan = await office.person("ivan@example.ru", name="Иван")
    await browser.sign_in("olga@example.ru")
    assert "Открытых дел нет. Закрытые дела" in text_of((await browser.get("/tasks/board?owner=all")).text)
    await clients.client("ООО «Кафе»", lead=ivan)
    await plan(clients)
    mine = (await browser.get("/tasks/board")).text
    assert "У вас открытых дел нет. Дела всех" in text_of(mine)
    assert 'href="/tasks/board?owner=all"' in mine
    zoya = await office.person("zoya@example.ru", name="Зоя")
    assert "Зоя: открытых дел нет. Дела всех" in text_of((await browser.get(f"/tasks/board?owner={zoya}")).text)
    for full in ("/tasks/board?owner=all", f"/tasks/board?owner={ivan}"):
        assert "дел нет" not in text_of((await browser.get(full)).text)


async def test_an_empty_month_says_whose_it_is_and_leads_to_where_there_is_something(
    browser: Browser, office: Office, clients: Clients
) -> None:
    ivan = await office.person("ivan@example.ru", name="Иван")
    await office.person("olga@example.ru", name="Ольга")
    await clients.client("ООО «Кафе»", lead=ivan)
    await plan(clients)
    await browser.sign_in("olga@example.ru")
    mine = (await browser.get("/tasks/month?month=2026-01")).text
    assert "В этом месяце у вас дел нет. Дела всех" in text_of(mine)
    assert 'href="/tasks/month?month=2026-01&amp;owner=all"' in mine
    assert "дел нет" not in text_of((await browser.get("/tasks/month?month=2026-01&owner=all")).text)
    far = (await browser.get(f"/tasks/month?month=2030-05&owner={ivan}")).text
    assert "Иван: в этом месяце дел нет." in text_of(far)
    async with clients.look() as db:
        last = await db.fetchval("select max(coalesce(legal_date, target_date)) from office.task")
    assert f'href="/tasks/month?month={last:%Y-%m}&amp;owner={ivan}"' in far
    assert "В этом месяце дел нет." in text_of((await browser.get("/tasks/month?month=2020-05&owner=all")).text)


async def test_of_clients_out_of_sight_no_month_is_named(browser: Browser, office: Office, clients: Clients) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    ivan = await office.person("ivan@example.ru", name="Иван")
    await clients.client("ООО «Кафе»", lead=ivan)
    own = await clients.client("ООО «Своя»", None, lead=ivan)
    async with clients.change() as db:
        since = date(2025, 1, 1)
        await organisations.assign(db, clients.db.ids.next(), own, anna, "tax", since, clients.clock.now(), None)
    await plan(clients)
    assert await case_of(clients, "RU-SV-PAY", "2025-12")
    await browser.sign_in("anna@example.ru")
    page = (await browser.get("/tasks/month?month=2026-01&owner=all")).text
    assert "В этом месяце дел нет." in text_of(page)
    assert "href" not in page.split('class="nothing"')[1].split("</p>")[0]
