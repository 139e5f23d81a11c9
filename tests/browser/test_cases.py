"""Cases in the panel: found, commented, finished; made by hand, shared, handed over; an absence is covered."""

import re
from datetime import date

import pytest

from admin.office.casework import mentioned
from admin.office.files import kind_of
from admin.office.planning import Who, apply
from admin.pages.office.case_table import read_cursor
from admin.permissions import Role
from admin.storage.office import organisations
from admin.uploads.looks import NotTaken
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.people import Browser, Office
from tests.clients import Clients


async def plan(clients: Clients) -> None:
    async with clients.change() as db:
        who = Who(person_id=None, person="Анна", reason="проверка", now=clients.clock.now())
        await apply(db, clients.db.ids.take, clients.today, who)


async def case_of(clients: Clients, code: str, period: str) -> str:
    async with clients.look() as db:
        number = await db.fetchval(
            "select t.id from office.task t join office.obligation b on b.id = t.obligation_id "
            "where b.code = $1 and b.period = $2",
            code,
            period,
        )
    return f"/tasks/{number}"


async def post(panel: Panel, path: str, **fields: object) -> str:
    answer = await panel.post(path, data=fields, follow_redirects=True)
    return f"{answer.status_code} {text_of(answer.text)}"


async def test_a_case_is_found_commented_and_finished(panel: Panel, clients: Clients) -> None:
    await clients.client("ООО «Кафе»", lead=await clients.person("Анна Смирнова"))
    await plan(clients)
    listed = await words(panel, "/tasks?code=RU-SV-PAY")
    assert "ООО «Кафе»" in listed
    assert "Анна Смирнова" in listed
    card = await case_of(clients, "RU-SV-PAY", "2025-12")
    assert card in (await panel.get("/tasks?code=RU-SV-PAY")).text
    assert "Почему в этот день" in await words(panel, card)
    assert "Начать" in await post(panel, f"{card}/comments", text="@Анна, проверьте сумму")
    assert "пункт" in (await post(panel, f"{card}/points", title="Сверить сумму")).lower()
    await post(panel, f"{card}/step", step="start")
    assert "409 " in (refused := await post(panel, f"{card}/step", step="complete"))
    assert "Сначала закройте все пункты" in refused
    await post(panel, f"{card}/points", position=1, done=1)
    assert "сделано" in await post(panel, f"{card}/step", step="complete")
    assert await words(panel, f"{card}/../") != ""
    assert "422 " in await post(panel, f"{card}/comments", text=" ")
    assert card not in (await panel.get("/tasks")).text
    assert card in (await panel.get("/tasks?state=done")).text
    assert "из 1" in await words(panel, "/tasks/totals?state=closed")
    export = (await panel.get("/tasks/export?format=csv&state=done")).text
    assert "ООО «Кафе»;" in export


async def test_a_late_case_asks_why_and_a_report_goes_its_way(
    panel: Panel, clients: Clients, clock: VirtualClock
) -> None:
    await clients.client("ООО «Кафе»")
    await plan(clients)
    late, report = await case_of(clients, "RU-SV-PAY", "2025-12"), await case_of(clients, "RU-RSV", "2025-Y")
    await post(panel, f"{late}/step", step="start")
    await post(panel, f"{report}/step", step="start")
    await post(panel, f"{report}/step", step="wait", waiting_for="client", waiting_until="2026-01-20")
    assert "ждём клиента до 20.01.2026" in await words(panel, report)
    assert "404 " in await post(panel, f"{report}/step", step="burn")
    assert "422 " in await post(panel, f"{report}/step", step="wait", waiting_for="spring")
    assert "409 " in await post(panel, f"{report}/step", step="complete")
    await clock.advance(20 * 86_400)
    assert "Почему поздно" in await words(panel, late)
    assert "напишите, почему поздно" in await post(panel, f"{late}/step", step="complete")
    assert "документы пришли поздно" in await post(
        panel, f"{late}/step", step="complete", late_reason="документы пришли поздно"
    )
    assert "ООО «Кафе»" in await words(panel, "/tasks?late=yes")
    for step in ("resume", "make_ready", "submit"):
        await post(panel, f"{report}/step", step=step)
    assert "отправлено" in await words(panel, "/tasks/board")
    moved = await panel.post(
        f"{report}/step", data={"step": "accept", "late_reason": "ключ", "back": "/tasks/board?owner=all"},
        follow_redirects=False,
    )  # fmt: skip
    assert moved.headers["location"] == "/tasks/board?owner=all"


async def test_files_are_kept_given_back_and_only_what_a_case_may_hold(panel: Panel, clients: Clients) -> None:
    await clients.client("ООО «Кафе»")
    await plan(clients)
    card = await case_of(clients, "RU-SV-PAY", "2025-12")

    async def add(name: str, content: bytes) -> str:
        answer = await panel.post(f"{card}/files", files={"file": (name, content)}, follow_redirects=True)
        return f"{answer.status_code} {text_of(answer.text)}"

    for _ in range(2):
        assert "квитанция.pdf" in await add("C:\\квитанция.pdf", b"%PDF-1.7 x")
    page = (await panel.get(card)).text
    (file,) = re.findall(r'href="(/tasks/\d+/files/\d+)"', page)
    got = await panel.get(file)
    assert got.content == b"%PDF-1.7 x"
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%D0%BA")
    assert "422 " in (refused := await add("a.pdf", b"MZ\x90"))
    assert "EXE" in refused
    assert "Файлов нет" in await post(panel, f"{file}/remove")
    assert (await panel.get(file)).status_code == 404


@pytest.mark.parametrize("content", [b"<!DOCTYPE html><p>", b"  <SVG onload=1>", b"\x7fELF", b"ab\0c", b"#!/bin/sh"])
def test_pages_and_programs_are_no_files_of_a_case(content: bytes) -> None:
    with pytest.raises(NotTaken):
        kind_of(content)


def test_a_file_is_what_its_bytes_say() -> None:
    assert [kind_of(one) for one in (b"\xef\xbb\xbf<?xml version='1.0'?>", b"a;b\n", b"PK\x03\x04zip")] == [
        "XML", "TXT", "XLSX, DOCX, ZIP",
    ]  # fmt: skip


def test_who_is_named_is_the_longest_name_that_fits() -> None:
    people = {1: "Анна Смирнова", 2: "Анна Смирнова-Вольская", 3: "Олег Дым"}
    assert mentioned("@Анна Смирнова-Вольская и @олег, посмотрите", people) == [2, 3]
    assert mentioned("почта anna@олег.рф и @Анна", people) == [3]
    assert mentioned("@Олегу ничего", people) == []


def test_a_place_in_the_list_that_is_none_of_ours_is_none() -> None:
    assert read_cursor("2026-04-27_12") == (date(2026, 4, 27), 12)
    assert [read_cursor(one) for one in (None, "", "x_1", "2026-04-27", "2026-04-27_x")] == [None] * 5


async def test_a_group_case_from_a_template_in_a_project(browser: Browser, office: Office, clients: Clients) -> None:
    anna = await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT], name="Анна")
    olga = await office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    async with clients.change() as db:
        number = clients.db.ids.next()
        await organisations.assign(db, number, cafe, olga, "tax", date(2025, 1, 1), clients.clock.now(), None)
    await browser.sign_in("anna@example.ru")
    fields = {"name": "Закрытие месяца", "role": "primary", "points": "Банк\nКасса\n"}
    assert (await browser.post("/tasks/templates", page="/tasks/templates", **fields)).status_code == 303
    assert (await browser.post("/tasks/templates", page="/tasks/templates", **fields)).status_code == 422
    template = re.search(r"/tasks/templates/(\d+)/archive", (await browser.get("/tasks/templates")).text)
    assert template is not None
    made = await browser.post("/projects", page="/projects", goal="Навести порядок", client=cafe, due="2026-03-01")
    project = made.headers["location"].rpartition("/")[2]
    group = {"client": cafe, "template": template[1], "kind": "one_off", "role": "lead", "mode": "ordered",
             "project": project, "legal_date": "2026-02-10"}  # fmt: skip
    alone = await browser.post("/tasks/new", page="/tasks/new", **group, person=[olga])
    assert "хотя бы двоих" in alone.text
    made = await browser.post("/tasks/new", page="/tasks/new", **group, person=[olga, anna])
    card = made.headers["location"]
    shown = text_of((await browser.get(card)).text)
    assert "Закрытие месяца" in shown
    assert "0 / 2" in shown
    assert "Моя часть сделана" not in shown, "it is Olga's turn first"
    assert "Навести порядок" in text_of((await browser.get("/projects")).text)
    await browser.post(f"{card}/step", page=card, step="start")
    for position in (1, 2):
        await browser.post(f"{card}/points", page=card, position=position, done=1)
    assert "Не все исполнители" in (await browser.post(f"{card}/step", page=card, step="complete")).text
    await browser.post("/sign-out", page="/tasks/mine")
    await browser.sign_in("olga@example.ru")
    assert (await browser.post(f"{card}/part", page=card)).status_code == 303
    await browser.post("/sign-out", page="/tasks/mine")
    await browser.sign_in("anna@example.ru")
    await browser.post(f"{card}/part", page=card)
    assert (await browser.post(f"{card}/step", page=card, step="complete")).status_code == 409, "its mode closed it"
    assert "1 / 1" in text_of((await browser.get(f"/projects/{project}")).text)
    assert (await browser.post(f"/projects/{project}/state", page=card, state="done")).status_code == 303
    deeds = {one[0] for one in await office.rows("select action from office.audit")}
    assert {"task.added", "task.moved", "task.part_closed", "project.added", "project.moved"} <= deeds


async def test_an_absence_is_covered_and_ends_by_itself(
    browser: Browser, office: Office, clients: Clients, clock: VirtualClock
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    olga = await office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    await clients.client("ООО «Кафе»", lead=anna)
    await plan(clients)
    card = await case_of(clients, "RU-SV-PAY", "2025-12")
    async with clients.change() as db:
        days = [date(2026, 1, 19), date(2026, 1, 27)]
        await organisations.add_absence(db, clients.db.ids.next(), anna, olga, days, clock.now())
    await browser.sign_in("olga@example.ru")
    assert (await browser.get(card)).status_code == 404, "not yet"
    await clock.advance(9 * 86_400)
    await browser.sign_in("olga@example.ru")
    mine = (await browser.get("/tasks/mine")).text
    assert "вы замещаете: Анна" in text_of(mine)
    assert card in mine
    assert "сейчас замещает Ольга" in text_of((await browser.get(card)).text)
    assert (await browser.post(f"{card}/step", page=card, step="start")).status_code == 303
    assert (await browser.post(f"{card}/comments", page=card, text="@Анна, всё сделано")).status_code == 303
    await clock.advance(4 * 86_400)
    await browser.sign_in("olga@example.ru")
    assert (await browser.get(card)).status_code == 404, "she is back"
    assert card not in (await browser.get("/tasks/mine")).text
    await browser.post("/sign-out", page="/tasks/mine")
    await browser.sign_in("anna@example.ru")
    back = text_of((await browser.get("/tasks/mine")).text)
    assert "Вас упомянули 1" in back
    assert "вы замещаете" not in back


async def test_four_eyes_a_report_is_checked_by_the_lead_and_handed_over_by_who_may(
    browser: Browser, office: Office, clients: Clients
) -> None:
    anna = await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT], name="Анна")
    olga = await office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    async with clients.change() as db:
        number = clients.db.ids.next()
        await organisations.assign(db, number, cafe, olga, "payroll", date(2025, 1, 1), clients.clock.now(), None)
    await plan(clients)
    card = await case_of(clients, "RU-RSV", "2025-Y")
    await browser.sign_in("olga@example.ru")
    await browser.post(f"{card}/step", page=card, step="start")
    assert "проверить проверяющий" in (await browser.post(f"{card}/step", page=card, step="make_ready")).text
    assert (await browser.post(f"{card}/people", page=card, owner=anna)).status_code == 404
    assert (await browser.post(f"{card}/people", page=card, watch=1)).status_code == 303
    await browser.post(f"{card}/step", page=card, step="submit_for_review")
    assert "делает другой человек" in (await browser.post(f"{card}/step", page=card, step="approve")).text
    await browser.post("/sign-out", page="/tasks/mine")
    await browser.sign_in("anna@example.ru")
    assert "Проверить 1" in text_of((await browser.get("/tasks/mine")).text)
    assert (await browser.post(f"{card}/step", page=card, step="approve")).status_code == 303
    assert "готово к отправке" in text_of((await browser.get("/tasks/board?owner=all")).text)
    await browser.post(f"{card}/people", page=card, owner=anna, reviewer="")
    month = text_of((await browser.get("/tasks/month?month=2026-01&owner=all")).text)
    assert "ООО «Кафе»: Страховые взносы с выплат работникам: уплата" in month
