"""Leads in the panel: written down once, led along the way, seen when forgotten, made clients once."""

from datetime import UTC, date, datetime

import httpx

from accounting.working_days import BusinessCalendar, CalendarRules
from admin.permissions import Role
from admin.storage.office import cases, leads
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.people import new_browser, open_office
from tests.clients import Clients

CAFE = {
    "name": "Ольга Орлова",
    "organisation_name": "ООО «Кафе на углу»",
    "phone": "8 (900) 000-00-01",
    "email": "Olga@Example.ru",
    "legal_form": "org",
    "tax_number": "7700000016",
    "source": "site",
}
QUALIFIED = {"step": "qualify", "legal_form": "org", "tax_system": "УСН", "activity": "кафе", "region": "Москва"}


async def post(panel: Panel, path: str, **fields: object) -> httpx.Response:
    return await panel.post(path, data=fields, follow_redirects=False)


async def add(panel: Panel, **fields: str) -> str:
    """The address of its card."""
    answer = await post(panel, "/leads/new", **{**CAFE, **fields})
    assert answer.status_code == 303, text_of(answer.text)
    return answer.headers["location"]


async def refused(panel: Panel, card: str, **fields: str) -> str:
    answer = await post(panel, f"{card}/move", **fields)
    assert answer.status_code == 422
    return text_of(answer.text)


async def lead_to_price(panel: Panel, card: str) -> None:
    for step in (
        {"step": "log_contact", "note": "Звонила, нужен учёт"},
        QUALIFIED,
        {"step": "calculate", "fee": "19 800,00", "offer_until": "2026-02-15"},
    ):
        assert (await post(panel, f"{card}/move", **step)).status_code == 303, step


async def test_every_step_asks_for_what_it_needs(panel: Panel) -> None:
    card = await add(panel)
    assert "о чём говорили" in await refused(panel, card, step="log_contact")
    assert "так нельзя" in await refused(panel, card, step="send_proposal")
    assert "так нельзя" in await refused(panel, card, step="convert")
    await post(panel, f"{card}/move", step="log_contact", note="Звонила")
    assert "цену не посчитать" in await refused(panel, card, step="qualify", legal_form="org")
    await post(panel, f"{card}/move", **QUALIFIED)
    assert "цену в месяц" in await refused(panel, card, step="calculate", fee="дорого", offer_until="2026-02-15")
    assert "уже прошёл" in await refused(panel, card, step="calculate", fee="1", offer_until="2026-01-14")
    await post(panel, f"{card}/move", step="calculate", fee="19800", offer_until="2026-01-16")
    page = await words(panel, card)
    assert "посчитали цену" in page
    assert (await panel.get(card)).text.count('class="primary"') == 1
    assert "19 800,00 ₽".replace(" ", "\u00a0") in (await panel.get(card)).text
    assert "Звонила" in page
    assert "почему отказался" in await refused(panel, card, step="lose")
    await post(panel, f"{card}/move", step="lose", note="Дорого")
    assert "отказался" in await words(panel, "/leads?state=lost")
    await post(panel, f"{card}/move", step="reopen")
    assert "новый" in await words(panel, card)


async def test_an_offer_that_is_over_is_not_sent(panel: Panel, clock: VirtualClock) -> None:
    card = await add(panel)
    await lead_to_price(panel, card)
    await clock.advance(40 * 86_400)
    assert "посчитайте цену ещё раз" in await refused(panel, card, step="send_proposal")


async def test_somebody_who_is_there_already_is_named_before_it_is_written_again(
    panel: Panel, clients: Clients
) -> None:
    await clients.client("ООО «Ромашка и партнёры»")
    card = await add(panel)
    other = {"phone": "+7 911 111-11-11", "email": "", "tax_number": ""}
    for again, why in (
        ({**CAFE, "organisation_name": "Другое"}, "тот же ИНН"),
        ({**CAFE, "organisation_name": "Другое", "tax_number": ""}, "тот же телефон"),
        ({**CAFE, "organisation_name": "Другое", "tax_number": "", "phone": "+79000000002"}, "та же почта"),
        ({**CAFE, **other, "name": "", "organisation_name": "ООО Кафе на угле"}, "похожее название"),
        ({**CAFE, **other, "name": "", "organisation_name": "Ромашка и партнеры"}, "похожее название"),
    ):
        answer = await post(panel, "/leads/new", **again)
        assert answer.status_code == 422
        assert why in answer.text, why
    second = await add(panel, despite="1")
    number = card.rpartition("/")[2]
    assert "Выберите, кого повторяет эта запись" in await refused(panel, second, step="merge", duplicate_of="5")
    await post(panel, f"{second}/move", step="merge", duplicate_of=number)
    assert "Повторяет другую запись" in await words(panel, second)


async def test_one_that_is_put_off_comes_back_by_itself(panel: Panel, clock: VirtualClock) -> None:
    card = await add(panel)
    assert "ещё не наступил" in await refused(panel, card, step="defer", wake_on="2026-01-15")
    await post(panel, f"{card}/move", step="defer", wake_on="2026-01-17", note="в отпуске")
    assert "Здесь пока никого" in await words(panel, "/leads")
    assert "Кафе на углу" in await words(panel, "/leads?state=deferred")
    await clock.advance(2 * 86_400)
    assert "Кафе на углу" in await words(panel, "/leads")
    assert "Здесь пока никого" in await words(panel, "/leads?state=deferred")
    await post(panel, f"{card}/move", step="log_contact", note="вернулась")
    assert "поговорили" in await words(panel, card)


async def test_the_cafe_of_a_friday_evening_is_forgotten_after_tuesday(database: str) -> None:
    clock = VirtualClock(datetime(2026, 3, 6, 14, 40, tzinfo=UTC))  # Friday, 17:40 in Moscow; Monday is a day off
    async with new_browser(database, clock, admin_login=False) as browser:
        answer = await browser.panel.post("/leads/new", data=CAFE, follow_redirects=False)
        card = answer.headers["location"]
        shown = []
        for _ in range(6):
            shown.append("забыт" in (await browser.get(card)).text)
            await clock.advance(86_400)
        assert shown == [False, False, False, False, False, True]  # Wednesday, for Tuesday has ended
        await browser.panel.post(f"{card}/next", data={"what_next": "Позвонить", "what_next_on": "2026-03-13"})
        assert "забыт" not in (await browser.get(card)).text
        assert "Позвонить" in (await browser.get("/leads")).text
        half = await browser.panel.post(f"{card}/next", data={"what_next": "Позвонить", "what_next_on": ""})
        assert half.status_code == 422


async def test_a_lead_becomes_a_client_once_with_all_that_a_client_begins_with(panel: Panel, clients: Clients) -> None:
    card = await add(panel)
    early = await post(panel, f"{card}/convert")
    assert "Сначала нужен расчёт цены" in early.text
    await lead_to_price(panel, card)
    first = await post(panel, f"{card}/convert")
    second = await post(panel, f"{card}/convert")
    assert first.headers["location"] == second.headers["location"]
    async with clients.look() as db:
        counts = [
            await db.fetchval(f"select count(*) from office.{table}")
            for table in ("organisation", "contact", "organisation_contact", "contract", "project")
        ]
        told = await db.fetchval("select count(*) from office.audit where action = 'lead.converted'")
        row = await db.fetchrow("select status, fee_kopecks from office.contract")
    assert counts == [1, 1, 1, 1, 1]
    assert told == 1
    assert tuple(row) == ("draft", 1_980_000)
    page = await words(panel, first.headers["location"])
    for part in (
        "ООО «Кафе на углу»",
        "принимаем",
        "Ольга Орлова",
        "+79000000001",
        "olga@example.ru",
        "черновик",
        "Принять клиента на обслуживание 0 / 10",
        "Сделать доверенности",
    ):
        assert part in page, part
    assert "стал клиентом" in await words(panel, "/leads?state=won")


async def test_a_case_of_the_intake_is_done_once(panel: Panel, clients: Clients) -> None:
    card = await add(panel)
    await lead_to_price(panel, card)
    client = (await post(panel, f"{card}/convert")).headers["location"]
    async with clients.look() as db:
        task = await db.fetchval("select id from office.task order by position limit 1")
    for _ in range(2):
        assert (await post(panel, f"{client}/tasks/{task}/done")).status_code == 303
    assert "1 / 10" in await words(panel, client)
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.task_event") == 1
        assert await db.fetchval("select closed_at is not null from office.task where id = $1", task)


async def test_a_case_of_the_intake_keeps_to_the_rules_of_cases(panel: Panel, clients: Clients) -> None:
    card = await add(panel)
    await lead_to_price(panel, card)
    client = (await post(panel, f"{card}/convert")).headers["location"]
    other = await clients.client("ООО «Кафе»")
    reviewer = await clients.person("Ольга")
    async with clients.change() as db:
        task = await db.fetchval("select id from office.task order by position limit 1")
        await cases.set_people(db, task, None, reviewer)
    assert (await post(panel, f"/clients/{other}/tasks/{task}/done")).status_code == 404
    answer = await post(panel, f"{client}/tasks/{task}/done")
    assert (answer.status_code, "Сначала дело должен проверить проверяющий" in answer.text) == (422, True)
    assert "0 / 10" in await words(panel, client)


async def test_a_lead_whose_tax_number_a_client_has_makes_no_second_client(panel: Panel, clients: Clients) -> None:
    card = await add(panel)
    await lead_to_price(panel, card)
    await clients.client("Раньше", tax_number="7700000016")
    answer = await post(panel, f"{card}/convert")
    assert "Клиент с таким ИНН уже есть" in answer.text
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.contract") == 0


async def test_leads_go_round_among_those_who_are_here_and_stay_theirs(
    database: str, clock: VirtualClock, panel: Panel, clients: Clients
) -> None:
    async with open_office(database, clock) as office:
        people = {
            await office.person(f"{name}@example.ru", [role], name=name): name
            for name, role in (("Анна", Role.MANAGER), ("Борис", Role.MANAGER), ("Вера", Role.MANAGER),
                               ("Глеб", Role.ACCOUNTANT))
        }  # fmt: skip
    anna, boris, vera, _ = people
    away = {"person": boris, "substitute": anna, "first_day": "2026-01-15", "last_day": "2026-01-15"}
    await post(panel, "/absences", **away)
    cards = [await add(panel, despite="1") for _ in range(3)]
    await clock.advance(86_400)
    cards += [await add(panel, despite="1") for _ in range(3)]
    async with clients.look() as db:
        owners = [row[0] for row in await db.fetch("select owner_id from office.lead order by id")]
    assert owners == [anna, vera, anna, boris, vera, anna]
    async with clients.look(vera) as db:
        assert await db.fetchval("select count(*) from office.lead") == 2
        assert await db.fetchval("select count(*) from office.lead_event") == 2
    assert (await post(panel, f"{cards[0]}/owner", owner=boris)).status_code == 303
    assert (await post(panel, f"{cards[0]}/owner", owner=list(people)[3])).status_code == 422  # takes nobody in
    async with clients.look(boris) as db:
        assert await db.fetchval("select count(*) from office.lead") == 2
    await lead_to_price(panel, cards[3])
    client = (await post(panel, f"{cards[3]}/convert")).headers["location"]
    assert "Борис менеджер" in await words(panel, client)


async def test_leads_are_for_those_who_take_clients_in(database: str, clock: VirtualClock) -> None:
    async with open_office(database, clock) as office, new_browser(database, clock) as browser:
        await office.person("anna@example.ru", [Role.ACCOUNTANT])
        await browser.sign_in("anna@example.ru")
        assert (await browser.get("/leads")).status_code == 403
        assert "/leads" not in (await browser.get("/clients")).text


async def test_the_palette_finds_leads_for_those_who_work_on_them(
    database: str, clock: VirtualClock, panel: Panel, clients: Clients
) -> None:
    card = await add(panel)
    lead = int(card.rpartition("/")[2])
    searched = ("орлова", "на углу", "8 900 000-00-01", "+7900", "olga@example", "7700000016")
    for text in searched:
        assert f'href="{card}"' in (await panel.get("/search", params={"q": text})).text, text
    for text in ("2026 отчёт", "%%", "89000000002"):
        assert f'href="{card}"' not in (await panel.get("/search", params={"q": text})).text, text
    async with open_office(database, clock) as office, new_browser(database, clock) as browser:
        mine = await office.person("m@example.ru", [Role.MANAGER], name="Вера")
        other = await office.person("a@example.ru", [Role.ACCOUNTANT], name="Глеб")
        await browser.sign_in("a@example.ru")
        for text in searched:
            assert card not in (await browser.get("/search", params={"q": text})).text, text
    async with clients.change() as db:
        await leads.set_owner(db, lead, mine)
    for person, found in ((mine, [lead]), (other, [])):
        async with clients.look(person) as db:
            assert [one.id for one in await leads.find_leads(db, "кафе", 5)] == found, "the database shows no more"


def test_the_day_of_the_example_is_a_day_off() -> None:
    assert not BusinessCalendar(CalendarRules()).is_business_day(date(2026, 3, 9))
