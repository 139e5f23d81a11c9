"""Whose hands a case is in: several people's, until its mode closes it; whoever takes the client over."""

from datetime import date

import pytest

from admin.permissions import Role
from admin.storage.office import organisations
from tests.browser.client import text_of
from tests.browser.people import Browser, Office
from tests.browser.test_cases import case_of, plan
from tests.clients import Clients


@pytest.mark.parametrize(("mode", "closing"), [("any", "anna"), ("all", "olga")])
async def test_a_group_case_closes_by_its_mode_and_is_lost_to_nobody_while_a_point_is_open(
    browser: Browser, office: Office, clients: Clients, mode: str, closing: str
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    olga = await office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    async with clients.change() as db:
        number = clients.db.ids.next()
        await organisations.assign(db, number, cafe, olga, "tax", date(2025, 1, 1), clients.clock.now(), None)
    await browser.sign_in("anna@example.ru")
    group = {"client": cafe, "title": "Инвентаризация", "kind": "one_off", "role": "lead", "mode": mode,
             "person": [anna, olga], "target_date": "2026-01-15"}  # fmt: skip
    cards = []
    for points in ("", "Склад"):
        made = await browser.post("/tasks/new", page="/tasks/new", **group, points=points)
        cards.append(made.headers["location"])
    waits = await browser.post(f"{cards[1]}/step", page=cards[1], step="wait", waiting_for="client")
    assert (waits.status_code, cards[1] in (await browser.get("/tasks/mine")).text) == (303, True)
    await browser.post(f"{cards[1]}/step", page=cards[1], step="resume")

    async def states() -> list[str]:
        return [row[0] for row in await office.rows("select state from office.task order by id")]

    for person in ("anna", "olga"):
        await browser.sign_in(f"{person}@example.ru")
        for card in cards:
            await browser.post(f"{card}/part", page=card)
        assert await states() == ["done" if person >= closing else "open", "in_progress"]
    for person in ("anna", "olga"):
        await browser.sign_in(f"{person}@example.ru")
        mine = (await browser.get("/tasks/mine")).text
        assert (cards[0] in mine, cards[1] in mine) == (False, True), "all parts are closed, the case is not"
    await browser.post(f"{cards[1]}/points", page=cards[1], position=1, done=1)
    assert (await browser.post(f"{cards[1]}/step", page=cards[1], step="complete")).status_code == 303


async def test_a_group_case_is_in_the_lists_the_board_and_the_month_of_each_of_the_group(
    browser: Browser, office: Office, clients: Clients
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    olga = await office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    zoya = await office.person("zoya@example.ru", [Role.ACCOUNTANT], name="Зоя")
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    async with clients.change() as db:
        for person in (olga, zoya):
            number = clients.db.ids.next()
            await organisations.assign(db, number, cafe, person, "tax", date(2025, 1, 1), clients.clock.now(), None)
    await browser.sign_in("anna@example.ru")
    made = await browser.post(
        "/tasks/new", page="/tasks/new", client=cafe, title="Инвентаризация", kind="one_off", role="lead", mode="all",
        person=[anna, olga], target_date="2026-01-15", points="",
    )  # fmt: skip
    for page in ("/tasks?owner={}", "/tasks/board?owner={}", "/tasks/month?month=2026-01&owner={}"):
        seen = [made.headers["location"] in (await browser.get(page.format(one))).text for one in (anna, olga, zoya)]
        assert seen == [True, True, False], page


async def test_open_cases_go_at_once_to_whoever_takes_the_client_over(
    browser: Browser, office: Office, clients: Clients
) -> None:
    await office.person("director@example.ru", [Role.DIRECTOR], name="Директор")
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    olga = await office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    await plan(clients)
    card = await case_of(clients, "RU-SV-PAY", "2025-12")
    await browser.sign_in("director@example.ru")
    fields = {"person": olga, "role": "lead", "since": f"{clients.today}"}
    assert (await browser.post(f"/clients/{cafe}/people", page=f"/clients/{cafe}", **fields)).status_code == 303
    await browser.sign_in("olga@example.ru")
    assert "Ольга" in text_of((await browser.get(card)).text)
    assert card in (await browser.get("/tasks?state=open")).text
    owners = await office.rows("select distinct owner_id from office.task where not is_closed")
    assert [row[0] for row in owners] == [olga]
