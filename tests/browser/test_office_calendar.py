"""What moves the days of clients: checked drafts, days of authorities, events; and who stands in for whom."""

import httpx

from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.people import new_browser, open_office
from tests.clients import Clients


async def post(panel: Panel, path: str, **fields: object) -> httpx.Response:
    return await panel.post(path, data=fields, follow_redirects=False)


async def test_a_draft_is_planned_when_somebody_has_checked_it(panel: Panel, clients: Clients) -> None:
    await clients.client("ООО «Кафе»")
    page = (await panel.get("/calendar")).text
    assert 'name="code" value="RU-OVED"' in page
    assert (await post(panel, "/calendar/confirm", code="RU-OVED")).headers["location"] == "/calendar?country=RU"
    assert 'name="code" value="RU-OVED"' not in (await panel.get("/calendar")).text
    assert (await post(panel, "/calendar/confirm", code="RU-NONE")).status_code == 422
    async with clients.look() as db:
        assert await db.fetchval("select person from office.confirmed_rule where code = 'RU-OVED'") == "без входа"
    polish = await words(panel, "/calendar?country=PL")
    assert "правил действует 0" in polish


async def test_a_day_of_an_authority_moves_what_was_planned_after_a_look(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»")
    event = await post(panel, f"/clients/{cafe}/events", what="hr_event hire", start="2026-01-16")
    assert event.status_code == 303
    assert "19.01.2026" in await words(panel, f"/clients/{cafe}")
    day = {"code": "RU-USN-ADV", "period": "2026-Q1", "due": "2026-04-30", "document": "Приказ № 7"}
    assert "Назовите документ" in (await post(panel, "/calendar/dates", **{**day, "document": " "})).text
    assert "нет в календаре" in (await post(panel, "/calendar/dates", **{**day, "period": "2026-Q9"})).text
    assert "Укажите дату" in (await post(panel, "/calendar/dates", **{**day, "due": "2099-04-30"})).text
    assert (await post(panel, "/calendar/dates", **day)).status_code == 303
    assert "уже записана" in (await post(panel, "/calendar/dates", **day)).text
    assert "RU-USN-ADV , 1 квартал 2026: 30.04.2026 Приказ № 7" in await words(panel, "/calendar")
    plan = await words(panel, "/deadlines/plan")
    assert "сдвинется: 1," in plan
    assert "1 квартал 2026: 28.04.2026 → 30.04.2026 ООО «Кафе» · Приказ № 7" in plan


async def test_a_preview_tells_each_move_once_for_all_whom_it_moves(panel: Panel, clients: Clients) -> None:
    for name in ("ООО «Кафе»", "ООО «Пекарня»", "ООО «Чайная»"):
        event = await post(
            panel, f"/clients/{await clients.client(name)}/events", what="hr_event hire", start="2026-01-16"
        )
        assert event.status_code == 303
    day = {"code": "RU-USN-ADV", "period": "2026-Q1", "due": "2026-04-30", "document": "Приказ № 7"}
    assert (await post(panel, "/calendar/dates", **day)).status_code == 303
    plan = (await words(panel, "/deadlines/plan")).replace("\u00a0", " ")
    assert "сдвинется: 3," in plan
    assert plan.count("28.04.2026 → 30.04.2026") == 1
    assert "30.04.2026 3 клиента · Приказ № 7" in plan


async def test_an_event_that_cannot_be_is_refused(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»")
    for wrong in (
        {"what": "hr_event", "start": "2026-01-16"},
        {"what": "hr_event dance", "start": "2026-01-16"},
        {"what": "vat_payer", "start": "2026-01-16"},
        {"what": "patent", "start": "2026-01-16", "end": "2026-01-01"},
        {"what": "hr_event hire", "start": "tomorrow"},
    ):
        assert (await post(panel, f"/clients/{cafe}/events", **wrong)).status_code == 422, wrong
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.occasion") == 0


async def test_an_absence_is_covered_and_the_clients_go_back_by_themselves(
    database: str, clock: VirtualClock, panel: Panel, clients: Clients
) -> None:
    async with open_office(database, clock) as office, new_browser(database, clock) as boris:
        anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
        number = await office.person("boris@example.ru", [Role.ACCOUNTANT], name="Борис")
        await clients.client("Кафе", lead=anna)
        form = {"person": anna, "substitute": number, "first_day": "2026-01-15", "last_day": "2026-01-16"}
        assert "другой человек" in (await post(panel, "/absences", **{**form, "substitute": anna})).text
        assert "раньше первого" in (await post(panel, "/absences", **{**form, "last_day": "2026-01-14"})).text
        assert (await post(panel, "/absences", **form)).status_code == 303
        assert "Анна Борис 15.01.2026 16.01.2026" in await words(panel, "/absences")
        seen = []
        for _ in range(3):
            await boris.sign_in("boris@example.ru")
            seen.append("Кафе" in (await boris.get("/clients")).text)
            await clock.advance(86_400)
        assert seen == [True, True, False]
        assert "Все на месте" in await words(panel, "/absences")


async def test_whoever_is_back_earlier_has_the_clients_alone(panel: Panel, clients: Clients) -> None:
    anna, boris = await clients.person("Анна"), await clients.person("Борис")
    await clients.client("Кафе", lead=anna)
    form = {"person": anna, "substitute": boris, "first_day": "2026-01-15", "last_day": "2026-01-30"}
    await post(panel, "/absences", **form)
    async with clients.look(boris) as db:
        number = await db.fetchval("select id from office.absence")
        assert await db.fetchval("select count(*) from office.organisation") == 1
    for _ in range(2):
        assert (await post(panel, f"/absences/{number}/withdraw")).status_code == 303
    async with clients.look(boris) as db:
        assert await db.fetchval("select count(*) from office.organisation") == 0
        assert await db.fetchval("select count(*) from office.audit where action = 'absence.withdrawn'") == 1


async def test_the_palette_finds_clients_in_sight(
    database: str, clock: VirtualClock, panel: Panel, clients: Clients
) -> None:
    async with open_office(database, clock) as office, new_browser(database, clock) as browser:
        anna = await office.person("anna@example.ru", [Role.ACCOUNTANT])
        own = await clients.client("ООО «Кафе на углу»", lead=anna, tax_number="7700000016")
        await clients.client("ООО «Кафе чужое»")
        await browser.sign_in("anna@example.ru")
        for text in ("кафе", "77000"):
            page = (await browser.get(f"/search?q={text}")).text
            assert f"/clients/{own}" in page, text
            assert "чужое" not in page
        assert "/clients/" not in text_of((await browser.get("/search?q=к")).text)
    assert "Кафе чужое" in await words(panel, "/search?q=кафе")
