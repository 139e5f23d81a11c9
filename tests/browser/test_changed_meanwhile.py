"""Two people at one form of the office: the slower one is told what the other changed, and loses nothing typed."""

import pytest

from admin.permissions import Role
from tests.browser.client import Panel, text_of, words
from tests.browser.test_cases import case_of, plan
from tests.browser.test_contracts import done, fields_of, tariff
from tests.browser.test_leads import CAFE
from tests.browser.test_sent_twice import SERVICE, filled, sent
from tests.clients import Clients

MEANWHILE = "Пока вы писали, запись изменил кто-то ещё. Сравните и сохраните ещё раз. Теперь там: "
EDITED = {
    "details": ("lead", "/details", {"phone": "89000000077"}, {"needs": "Кадры"}, "Телефон: +79000000077"),
    "next": ("lead", "/next", {"what_next": "Позвонить", "what_next_on": "2026-01-20"},
             {"what_next": "Написать", "what_next_on": "2026-01-21"}, "Что дальше: Позвонить; Когда: 20.01.2026"),
    "no day": ("lead", "/next", {"what_next": "2026-13-45", "what_next_on": "2026-01-20"},
               {"what_next": "Написать", "what_next_on": "2026-01-20"}, "Что дальше: 2026-13-45"),
    "owner": ("lead", "/owner", {"owner": "{olga}"}, {"owner": "{oleg}"}, "Кто ведёт: Ольга"),
    "handbook": ("handbook", "", {"outline": "# Пропуск", "show_in_card": "1"}, {"name": "Пропуска"},
                 "С чего начинается запись: # Пропуск; Показывать в карточке клиента: да"),
    "line": ("contract", "/lines/{line}", {"price": "2"}, {"price": "3"}, "Цена: 2"),
    "people": ("case", "/people", {"owner": "{anna}"}, {"owner": "{olga}"}, "Исполнитель: Анна"),
    "estimate": ("case", "/estimate", {"hours": "4"}, {"hours": "5"}, "Часы: 4"),
    "client": ("client", "/edit", {"region": "Тверь"}, {"family": "Орловы"}, "Регион: Тверь"),
    "signatory": ("client", "/contract-details", {"signer": "А. П. Иванова"}, {"bank": "р/с 1"},
                  "Подписант: А. П. Иванова"),
    "draft": ("contract", "", {"fee": "19800", "starts_on": "2026-02-01"}, {"payment_terms": "до 5-го"},
              "С какого дня: 01.02.2026; В месяц: 19800"),
    "office": ("/settings/contract-templates", "/own", {"place": "Тверь"}, {"name": "ООО «Учёт»"},
               "Место заключения договоров: Тверь"),
    "numbers": ("/contracts/numbers", "", {"contract": "{{n}}/{{yy}}"}, {"annex": "{{contract}}-{{n}}"},
                "Договоры: {n}/{yy}"),
    "tariff": ("tariff", "", {"name": "УСН новый"}, {"name": "УСН старый"}, "Версия: 2"),
}  # fmt: skip
"""A form: its page, where it goes, what the faster one changes, what the slower one types and is told."""


async def place(panel: Panel, clients: Clients, name: str) -> tuple[str, dict[str, object]]:
    """The address of a page, and who and what is there."""
    people = {}
    for key, called in (("anna", "Анна"), ("oleg", "Олег"), ("olga", "Ольга")):
        people[key] = await clients.person(called, [Role.MANAGER])  # who sees every client
    made: dict[str, object] = dict(people)
    client = f"/clients/{await clients.client('Кафе', lead=people['oleg'])}"
    match name:
        case "lead":
            async with clients.change() as db:
                await db.execute("update office.person set roles = array['manager']")
            page = await done(panel, "/leads/new", **CAFE)
        case "handbook":
            page = await done(panel, "/handbooks", name="Регламенты", whose="all")
        case "contract":
            page = await done(panel, f"{client}/contracts")
            await done(panel, f"{page}/lines", **SERVICE)
            async with clients.look() as db:
                made["line"] = await db.fetchval("select id from office.contract_line")
        case "case":
            await plan(clients)
            page = await case_of(clients, "RU-SV-PAY", "2025-12")
        case "client":
            page = client
        case "tariff":
            page = f"/tariffs/{await tariff(clients)}/edit"
        case _:
            page = name
    return page, made


def said(typed: dict[str, str], made: dict[str, object]) -> dict[str, object]:
    return {name: value.format(**made) for name, value in typed.items()}


@pytest.mark.parametrize("what", EDITED)
async def test_the_slower_one_is_told_what_changed_and_keeps_what_was_typed(
    panel: Panel, clients: Clients, what: str
) -> None:
    name, end, faster, slower, told = EDITED[what]
    page, made = await place(panel, clients, name)
    action, mine, theirs = page + end.format(**made), said(slower, made), said(faster, made)
    page = action if name == "client" else page  # a page of its own
    drawn = (await panel.get(page)).text
    fill = _tariff if what == "tariff" else filled
    first = await sent(panel, action, fill(drawn, action, theirs))
    assert first.status_code == 303, text_of(first.text)
    refused = await sent(panel, action, fill(drawn, action, mine))
    assert (refused.status_code, MEANWHILE + told in text_of(refused.text)) == (422, True), text_of(refused.text)
    again = fill(refused.text, action, {})
    assert {field: again[field] for field in mine} == mine  # what was typed stands there
    looked = fill((await panel.get(page)).text, action, {})
    second = await sent(panel, action, again)
    assert second.status_code == 303, text_of(second.text)  # after a look it is as they wish
    if what != "tariff":
        after = fill((await panel.get(page)).text, action, {})
        assert {field: after[field] for field in mine} != {field: looked[field] for field in mine}
        same = await sent(
            panel, action, {**fill(drawn, action, {}), **after, "drawn": fill(drawn, action, {})["drawn"]}
        )
        assert same.status_code == 303  # wishes what stands there by now


def _tariff(page: str, action: str, typed: dict[str, object]) -> dict[str, object]:
    """Its form has many fields whose values a browser would not send as they stand for a reader."""
    return {**filled(page, action, {}), **fields_of(page), **typed}


async def test_steps_that_change_nothing_of_a_form_stop_nobody(panel: Panel) -> None:
    card = await done(panel, "/leads/new", **CAFE)
    form = filled((await panel.get(card)).text, f"{card}/details", {"needs": "Кадры"})
    await done(panel, f"{card}/move", step="log_contact", note="Звонила")
    await done(panel, f"{card}/next", what_next="Позвонить", what_next_on="2026-01-20")
    await done(panel, f"{card}/details", **form)
    assert "Кадры" in await words(panel, card)
