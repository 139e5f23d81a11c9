"""Who can be given work of a client, how somebody stops serving it, and who is there while others are away."""

from datetime import date
from typing import Any

import httpx

from admin.permissions import Role
from admin.storage.office import organisations
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.test_cases import case_of, plan
from tests.clients import Clients

JANUARY = date(2026, 1, 1)


async def post(panel: Panel, path: str, **fields: Any) -> httpx.Response:
    return await panel.post(path, data=fields, follow_redirects=False)


async def assign(clients: Clients, client: int, person: int, role: str = "tax", since: date = JANUARY) -> int:
    number = clients.db.ids.next()
    async with clients.change() as db:
        await organisations.assign(db, number, client, person, role, since, clients.clock.now(), None)
    return number


async def away(clients: Clients, person: int, substitute: int) -> None:
    async with clients.change() as db:
        days = [JANUARY, date(2026, 1, 31)]
        await organisations.add_absence(db, clients.db.ids.next(), person, substitute, days, clients.clock.now())


async def people_of(clients: Clients, card: str) -> tuple[str | None, str | None]:
    async with clients.look() as db:
        row = await db.fetchrow(
            "select o.name, r.name from office.task t left join office.person o on o.id = t.owner_id "
            "left join office.person r on r.id = t.reviewer_id where t.id = $1",
            int(card.rpartition("/")[2]),
        )
    assert row is not None
    return row[0], row[1]


async def test_a_case_is_given_only_to_people_who_may_work_on_cases_of_its_client(
    panel: Panel, clients: Clients
) -> None:
    anna, boris, vera = [await clients.person(name) for name in ("Анна", "Борис", "Вера")]
    others = {
        "Гость": await clients.person("Гость", [Role.CLIENT_ADMINISTRATOR]),
        "Касса": await clients.person("Касса", [Role.CASH_DESK_OPERATOR]),
        "Ревизор": await clients.person("Ревизор", [Role.AUDITOR]),
        "Борис": boris,
    }
    manager = await clients.person("Менеджер", [Role.MANAGER])
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    await assign(clients, cafe, others["Гость"])
    await away(clients, anna, vera)
    form = (await panel.get(f"/tasks/new?client={cafe}")).text
    assert all(f'<option value="{one}">' in form for one in (anna, vera, manager))
    assert not any(f'value="{one}"' in form for one in others.values())
    new = {"client": cafe, "title": "Позвонить", "kind": "one_off", "role": "lead"}
    for name, one in others.items():
        for given in ({"owner": one}, {"reviewer": one}):
            refused = await post(panel, "/tasks/new", **new, mode="one", **given)
            assert (refused.status_code, f"{name}: не видит" in text_of(refused.text)) == (422, True), name
        shared = await post(panel, "/tasks/new", **new, mode="all", person=[anna, one])
        assert (shared.status_code, f"{name}: не видит" in text_of(shared.text)) == (422, True), name
    assert (await post(panel, "/tasks/new", **new, mode="all", person=[anna, vera, manager])).status_code == 303
    made = await post(panel, "/tasks/new", **new, mode="one", owner=vera, reviewer=manager)
    card = made.headers["location"]
    drawn = {"was_owner": vera, "was_reviewer": manager}
    handed = await post(panel, f"{card}/people", **drawn, owner=boris, reviewer=manager)
    assert "Борис: не видит" in text_of(handed.text)
    assert await people_of(clients, card) == ("Вера", "Менеджер")


async def test_whoever_has_a_case_keeps_it_while_another_field_changes(panel: Panel, clients: Clients) -> None:
    anna, boris = await clients.person("Анна"), await clients.person("Борис")
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    new = {"client": cafe, "title": "Позвонить", "kind": "one_off", "role": "lead", "mode": "one", "owner": anna}
    card = (await post(panel, "/tasks/new", **new)).headers["location"]
    async with clients.change() as db:
        await db.execute("update office.task set owner_id = $1", boris)
    assert f'<option value="{boris}" selected>' in (await panel.get(card)).text
    assert (await post(panel, f"{card}/people", owner=boris, reviewer=anna)).status_code == 303
    assert await people_of(clients, card) == ("Борис", "Анна")


async def test_neither_clients_nor_cash_desks_serve_or_stand_in(panel: Panel, clients: Clients) -> None:
    anna, guest = await clients.person("Анна"), await clients.person("Гость", [Role.CLIENT_MEMBER])
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    assert f'value="{guest}"' not in (await panel.get("/absences")).text
    days = {"first_day": "2026-01-15", "last_day": "2026-01-16"}
    refused = await post(panel, "/absences", person=anna, substitute=guest, **days)
    assert (refused.status_code, "Гость: роль не даёт" in text_of(refused.text)) == (422, True)
    served = await post(panel, f"/clients/{cafe}/people", person=guest, role="tax", since="2026-01-15")
    assert (served.status_code, "Гость: роль не даёт" in text_of(served.text)) == (422, True)


async def test_somebody_serves_a_client_no_longer_and_their_cases_go_to_whoever_does(
    panel: Panel, clients: Clients
) -> None:
    anna, boris = await clients.person("Анна"), await clients.person("Борис")
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    tax = await assign(clients, cafe, boris)
    await plan(clients)
    card = await case_of(clients, "RU-USN-NOTICE", "2026-Q1")
    new = {"client": cafe, "title": "Позвонить", "kind": "one_off", "role": "tax", "mode": "one", "owner": boris}
    by_hand = (await post(panel, "/tasks/new", **new)).headers["location"]
    assert ((await people_of(clients, card))[0], (await people_of(clients, by_hand))[0]) == ("Борис", "Борис")
    path = f"/clients/{cafe}/people"
    assert "с сегодняшнего дня" in text_of((await post(panel, f"{path}/{tax}/end", since="2025-12-01")).text)
    assert (await post(panel, f"{path}/{tax}/end")).status_code == 303
    assert ((await people_of(clients, card))[0], (await people_of(clients, by_hand))[0]) == ("Анна", "Анна")
    assert "Борис" not in (await words(panel, f"/clients/{cafe}")).partition("Контакты")[0].partition("Назначить")[0]
    assert (await post(panel, f"{path}/{tax}/end")).status_code == 404
    async with clients.look(boris) as db:
        assert await organisations.organisation_by_id(db, cafe) is None
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.audit where action = 'client.unassigned'") == 1


async def test_the_last_lead_of_a_client_that_is_served_stays_until_another_is_named(
    panel: Panel, clients: Clients
) -> None:
    anna, boris = await clients.person("Анна"), await clients.person("Борис")
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    async with clients.look() as db:
        lead = await db.fetchval("select id from office.assignment where organisation_id = $1", cafe)
    path = f"/clients/{cafe}/people"
    refused = await post(panel, f"{path}/{lead}/end", since="2026-02-01")
    assert (refused.status_code, "Назначьте нового" in text_of(refused.text)) == (422, True)
    assert (await post(panel, path, person=boris, role="lead", since="2026-02-01")).status_code == 303
    assert (await post(panel, f"{path}/{lead}/end", since="2026-02-01")).status_code == 303
    assert "до 01.02.2026" in await words(panel, f"/clients/{cafe}")
    # Before the other begins nobody would lead.
    assert (await post(panel, f"{path}/{lead}/end", since="2026-01-20")).status_code == 422
    async with clients.change() as db:
        await db.execute("update office.organisation set status = 'offboarding' where id = $1", cafe)
    assert (await post(panel, f"{path}/{lead}/end", since="2026-01-20")).status_code == 303


async def test_a_case_names_the_substitute_who_is_there(panel: Panel, clients: Clients) -> None:
    anna, boris, vera = [await clients.person(name) for name in ("Анна", "Борис", "Вера")]
    await clients.client("ООО «Кафе»", lead=anna)
    await plan(clients)
    card = await case_of(clients, "RU-SV-PAY", "2025-12")
    assert "сейчас замещает" not in await words(panel, card)
    await away(clients, anna, boris)
    assert "сейчас замещает Борис" in await words(panel, card)
    await away(clients, boris, vera)
    assert "сейчас замещает Вера" in await words(panel, card)
    await away(clients, vera, anna)
    assert "сейчас замещает" not in await words(panel, card), "nobody is there"


async def test_a_project_goes_only_where_it_may(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»")
    card = (await post(panel, "/projects", goal="Порядок", client=cafe)).headers["location"]
    refused = await post(panel, f"{card}/state", state="draft")
    assert (refused.status_code, "«идёт» перевести в «черновик» нельзя" in text_of(refused.text)) == (422, True)
    assert (await post(panel, f"{card}/state", state="nothing")).status_code == 422
    for state in ("on_hold", "active", "active", "done", "active", "cancelled"):
        assert (await post(panel, f"{card}/state", state=state)).status_code == 303
    for state in ("draft", "active", "on_hold", "done"):
        assert (await post(panel, f"{card}/state", state=state)).status_code == 422, state
    assert "→" not in (await words(panel, card)).partition("Закрыто дел")[2]


async def test_the_matrix_says_when_all_clients_were_planned_not_one(
    panel: Panel, clients: Clients, clock: VirtualClock
) -> None:
    cafe = await clients.client("ООО «Кафе»")
    await clients.client("ООО «Чай»")
    shown = (await panel.get("/deadlines/plan")).text.partition('name="shown" value="')[2].partition('"')[0]
    assert (await post(panel, "/deadlines/plan", shown=shown)).status_code == 303
    before = (await words(panel, "/deadlines")).partition("Пересчитано")[2].partition("сроки есть")[0]
    assert "клиентов 2" in before
    await clock.advance(3600)
    event = {"what": "hr_event hire", "start": "2026-01-16"}
    assert (await post(panel, f"/clients/{cafe}/events", **event)).status_code == 303
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.schedule_run") == 2
    assert (await words(panel, "/deadlines")).partition("Пересчитано")[2].partition("сроки есть")[0] == before
