"""Cases that wait for one another, and the time people spend on them."""

import asyncio
import re

from admin.permissions import Role
from admin.storage.office import case_time, cases
from admin.storage.office.cases import By
from tests.browser.client import Panel, text_of, words
from tests.browser.people import Browser, Office
from tests.browser.test_cases import post
from tests.clients import Clients


async def made(clients: Clients, client: int, *titles: str, owner: int | None = None) -> list[int]:
    """Cases of a client, by their titles."""
    numbers = clients.db.ids.take(len(titles))
    async with clients.change() as db:
        for number, title in zip(numbers, titles, strict=True):
            new = cases.NewCase(organisation_id=client, title=title, owner_id=owner, target_date=clients.today)
            await cases.add_case(db, number, new, _by(clients))
    return numbers


def _by(clients: Clients) -> By:
    return By(person_id=None, person="Анна", now=clients.clock.now())


async def waits_for(clients: Clients, case: int, other: int, person: int | None = None) -> str | None:
    async with clients.change(person) as db:
        card = await cases.read_case(db, case, clients.today, lock=True)
        assert card is not None
        return await case_time.add_blocker(db, card.one, other, _by(clients))


async def test_a_case_waits_says_for_what_and_goes_on_when_that_is_closed(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»")
    books, report = await made(clients, cafe, "Закрыть месяц", "Отправить отчёт")
    assert "Сначала нужно закрыть: Закрыть месяц" in await post(panel, f"/tasks/{report}/blockers", case=books)
    assert "этого дела ждёт Отправить отчёт" in await words(panel, f"/tasks/{books}")
    assert "ждёт: Закрыть месяц" in await words(panel, "/tasks/board?owner=all")
    refused = await post(panel, f"/tasks/{report}/step", step="complete")
    assert refused.startswith("409 ")
    assert "Сначала закройте дело, которого ждёт это" in refused
    board = (await panel.get("/tasks/board?owner=all")).text
    assert f'action="/tasks/{books}/step"' in board
    assert f'action="/tasks/{report}/step"' not in board
    assert "сделано" in await post(panel, f"/tasks/{books}/step", step="complete")
    freed = await words(panel, f"/tasks/{report}")
    assert "Сначала нужно закрыть" not in freed
    assert "Можно продолжать: закрыто дело Закрыть месяц" in freed
    assert "ждёт: " not in await words(panel, "/tasks/board?owner=all")
    await post(panel, f"/tasks/{books}/step", step="reopen", text="ошибка")
    assert "Сначала нужно закрыть: Закрыть месяц" in await words(panel, f"/tasks/{report}"), "it is open again"
    assert "Больше не ждёт дела" in await post(panel, f"/tasks/{report}/blockers", case=books, remove=1)
    assert "сделано" in await post(panel, f"/tasks/{report}/step", step="complete")


async def test_no_case_waits_for_itself_in_a_circle_or_for_another_client(panel: Panel, clients: Clients) -> None:
    cafe, other = await clients.client("ООО «Кафе»"), await clients.client("ООО «Чай»")
    one, two, three = await made(clients, cafe, "Первое", "Второе", "Третье")
    (foreign,) = await made(clients, other, "Чужое")
    assert await waits_for(clients, two, one) == "Первое"
    assert await waits_for(clients, three, two) == "Второе"
    for case, wanted in ((one, one), (one, three), (one, two), (one, foreign), (two, one), (one, 1)):
        assert await waits_for(clients, case, wanted) is None
    page = (await panel.get(f"/tasks/{one}")).text
    assert 'aria-label="Какого дела ждать"' not in page, "all that there is waits for it"
    assert "Этого дела ждать нельзя" in await post(panel, f"/tasks/{one}/blockers", case=three)
    assert (await post(panel, f"/tasks/{one}/blockers", case="x")).startswith("422 ")


async def test_two_at_once_close_no_circle(clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»")
    one, two, three, four = await made(clients, cafe, "Первое", "Второе", "Третье", "Четвёртое")
    await waits_for(clients, two, one)
    await waits_for(clients, four, three)
    said = await asyncio.gather(waits_for(clients, three, two), waits_for(clients, one, four))
    assert sorted(title is None for title in said) == [False, True]


async def test_time_adds_up_on_the_case_and_on_the_client(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»")
    first, second = await made(clients, cafe, "Закрыть месяц", "Отправить отчёт")
    day = clients.today.isoformat()
    card = f"/tasks/{first}"
    assert "1 ч 30 мин" in await post(panel, f"{card}/time", hours=1, minutes=30, day=day, note="банк")
    assert "2 ч 15 мин" in await post(panel, f"{card}/time", minutes=45, day=day)
    assert "2 ч 15 мин из оценки 4 ч" in await post(panel, f"{card}/estimate", hours=4)
    await post(panel, f"/tasks/{second}/time", minutes=20, day="2025-12-30")
    month = await words(panel, f"/clients/{cafe}")
    assert "Время на дела 2 ч 15 мин" in month
    assert "20 мин" in await words(panel, f"/clients/{cafe}?month=2025-12")
    for wrong in ({"minutes": 0}, {"minutes": "x"}, {"hours": 25}, {"minutes": 5, "day": "2026-12-31"}):
        assert (await post(panel, f"{card}/time", **{"day": day} | wrong)).startswith("422 ")
    entry = re.findall(rf'action="({card}/time/\d+/remove)"', (await panel.get(card)).text)
    assert len(entry) == 2
    await post(panel, entry[0])
    assert "1 ч 30 мин из оценки 4 ч" in await words(panel, card)
    assert "из оценки" not in await post(panel, f"{card}/estimate", hours="", minutes="")


async def test_people_remove_their_own_time_and_see_that_of_their_clients_alone(
    browser: Browser, office: Office, clients: Clients
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    olga = await office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    cafe, other = await clients.client("ООО «Кафе»", lead=anna), await clients.client("ООО «Чай»", lead=olga)
    (case,), (foreign, blocker) = await made(clients, cafe, "Наше"), await made(clients, other, "Чужое", "Чужое второе")
    await waits_for(clients, foreign, blocker)
    async with clients.change() as db:
        for number in (case, foreign):
            card = await cases.read_case(db, number, clients.today)
            assert card is not None
            spent = (clients.today, 60, "")
            by = By(person_id=olga, person="Ольга", now=clients.clock.now())
            await case_time.add_time(db, clients.db.ids.next(), card.one, spent, by)
    await browser.sign_in("anna@example.ru")
    assert (
        await browser.post(f"/tasks/{foreign}/time", page=f"/tasks/{case}", minutes=5, day="2026-01-12")
    ).status_code == 404
    shown = (await browser.get(f"/tasks/{case}")).text
    assert "Ольга" in text_of(shown)
    assert "/remove" not in shown, "it is Olga's own"
    async with clients.look() as db:
        (entry,) = [one.id for one in (await case_time.read_time(db, case, 0)).entries]
    await browser.post(f"/tasks/{case}/time/{entry}/remove", page=f"/tasks/{case}")
    async with clients.look(anna) as db:
        found = await db.fetch("select organisation_id from office.time_entry where removed_at is null")
        assert [row[0] for row in found] == [cafe]
        assert await db.fetch("select task_id from office.task_block") == []
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.task_block") == 1
