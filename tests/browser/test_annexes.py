"""Annexes of contracts in the panel: what they change is done when both sides have signed, and not before."""

from datetime import date

import asyncpg
import pytest

from accounting.office.contract_offer import OfferedLine
from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.people import new_browser, open_office
from tests.browser.test_contracts import done, post
from tests.clients import Clients
from tests.storage.test_office_contracts import BOOKS, contract, plan

PAYROLL = OfferedLine(service="Зарплата", due_rule="M+1:D05", price_kopecks=500_000)
OPENING = OfferedLine(service="Постановка учёта", period="event", due_rule="E:+5W")
ADDED = {"kind": "add", "own_service": "Кадры", "on_day": "2026-03-01", "period": "month", "due_rule": "M+1:D10",
         "shift": "none", "price": "3000", "in_fee": "1"}  # fmt: skip


async def begun(panel: Panel, clients: Clients) -> tuple[str, dict[str, int]]:
    """A contract in force with its plan: its card, and the numbers of its lines by service."""
    client = await clients.client("ООО «Кафе»", lead=await clients.person("Анна"))
    number = await contract(clients, client, lines=(BOOKS, PAYROLL, OPENING))
    await plan(clients)
    async with clients.look() as db:
        rows = await db.fetch("select service, id from office.contract_line where contract_id = $1", number)
    return f"/contracts/{number}", dict(rows)


async def lines(clients: Clients) -> list[tuple[str, date, date | None, int]]:
    async with clients.look() as db:
        rows = await db.fetch(
            "select service, starts_on, ends_on, price_kopecks from office.contract_line order by service, starts_on"
        )
    return [tuple(row) for row in rows]


async def works(clients: Clients, service: str) -> list[str]:
    """Periods of the work of a service that stands in the plan."""
    query = "select period from office.obligation where code = $1 and state = 'planned' order by due"
    async with clients.look() as db:
        return [row[0] for row in await db.fetch(query, f"W:{service}")]


async def sign(panel: Panel, annex: str, side: str) -> None:
    await done(panel, f"{annex}/sign", side=side, signed_on="2026-01-15", method="paper")


async def test_an_annex_changes_lines_fee_and_plan_with_the_second_signature(panel: Panel, clients: Clients) -> None:
    card, numbers = await begun(panel, clients)
    before, planned = await lines(clients), await works(clients, "Зарплата")
    assert planned == ["2026-01", "2026-02", "2026-03"]
    annex = await done(panel, f"{card}/annexes", dated="2026-01-15", subject="Оплата до 10-го")
    for form in (
        ADDED,
        {"kind": "end", "line": numbers["Зарплата"], "on_day": "2026-01-31"},
        {"kind": "price", "line": numbers["books"], "on_day": "2026-02-01", "price": "22000"},
        {"kind": "fee", "on_day": "2026-02-01", "price": "25000,50"},
    ):
        await done(panel, f"{annex}/changes", **form)
    again = await post(panel, f"{annex}/changes", kind="price", line=numbers["books"], on_day="2026-03-01", price="1")
    assert "уже меняет" in text_of(again.text)
    assert "уже меняет" in text_of((await post(panel, f"{annex}/changes", **ADDED)).text), "a click that came twice"
    await sign(panel, annex, "client")
    assert await lines(clients) == before
    assert await works(clients, "Зарплата") == planned
    assert "не подписали мы" in await words(panel, card)
    frozen = await post(panel, f"{annex}/changes", **ADDED)
    assert "в нём ничего не меняют" in text_of(frozen.text)
    await sign(panel, annex, "office")
    since = date(2025, 1, 1)
    assert await lines(clients) == [
        ("books", since, date(2026, 1, 31), 1_980_000),
        ("books", date(2026, 2, 1), None, 2_200_000),
        ("Зарплата", since, date(2026, 1, 31), 500_000),
        ("Кадры", date(2026, 3, 1), None, 300_000),
        ("Постановка учёта", since, None, 0),
    ]
    assert await works(clients, "Зарплата") == ["2026-01"]
    assert await works(clients, "Кадры") == ["2026-03"]
    assert await works(clients, "books") == planned, "another price makes no other work"
    page = (await words(panel, card)).replace("\u00a0", " ")
    for part in (
        "Соглашение 1 от 15.01.2026 в силе",
        "с 01.02.2026: 25 000,50 ₽, соглашение 1",
        "новая цена услуги: books, с 01.02.2026 — 22 000,00 ₽",
        "Вступило в силу соглашение — 1 изменён",
        "Подписано соглашение — 1: клиент",
        "Оплата до 10-го",
        "Состояние действует",
    ):
        assert part in page, part
    assert "19 800,00" in (await words(panel, "/contracts")).replace("\u00a0", " ")  # until the first of February
    await clients.clock.advance(20 * 86_400)
    assert "25 000,50" in (await words(panel, "/contracts")).replace("\u00a0", " ")
    assert "19 800,00 ₽ сегодня 25 000,50 ₽" in (await words(panel, card)).replace("\u00a0", " ")


async def test_an_annex_says_what_the_fee_becomes_or_that_it_stays(panel: Panel, clients: Clients) -> None:
    card, numbers = await begun(panel, clients)
    annex = await done(panel, f"{card}/annexes", dated="2026-01-15")

    async def said() -> str:
        return (await words(panel, annex)).replace("\u00a0", " ")

    assert "Плата за месяц" not in (await said()).split("Что меняется")[1].split("Договор изменится")[0]
    await done(panel, f"{annex}/changes", **{key: one for key, one in ADDED.items() if key != "in_fee"})
    assert "Плата за месяц остаётся 19 800,00 ₽: меняются только услуги сверх неё." in await said()
    await done(panel, f"{annex}/changes", kind="price", line=numbers["books"], on_day="2026-02-01", price="22000")
    stays = "Плата за месяц остаётся 19 800,00 ₽, хотя меняются услуги, которые в неё входят."
    assert f"{stays} Если меняется и она, запишите новую плату" in await said()
    await done(panel, f"{annex}/changes", kind="fee", on_day="2026-02-01", price="22000")
    becomes = "Плата за месяц с 01.02.2026: 22 000,00 ₽, до этого 19 800,00 ₽."
    assert becomes in await said()
    assert "Плата за месяц остаётся" not in await said()
    for side in ("client", "office"):
        await sign(panel, annex, side)
    assert becomes in await said(), "the same when it is in force"


async def test_an_annex_is_judged_again_when_it_comes_into_force(panel: Panel, clients: Clients) -> None:
    card, numbers = await begun(panel, clients)
    end = {"kind": "end", "line": numbers["Зарплата"]}
    first = await done(panel, f"{card}/annexes", dated="2026-01-15")
    second = await done(panel, f"{card}/annexes", dated="2026-01-15")
    assert "Не хватает: хотя бы одно изменение" in text_of(
        (await post(panel, f"{first}/sign", side="client", signed_on="2026-01-15", method="paper")).text
    )
    await done(panel, f"{first}/changes", **end, on_day="2026-06-30")
    await done(panel, f"{second}/changes", **end, on_day="2026-01-31")
    for side in ("client", "office"):
        await sign(panel, second, side)
    await sign(panel, first, "client")
    refused = await post(panel, f"{first}/sign", side="office", signed_on="2026-01-15", method="paper")
    assert "услуга в этот день не действует" in text_of(refused.text)
    assert (await lines(clients))[1][2] == date(2026, 1, 31)
    assert "Отменить соглашение" in await words(panel, first)  # the other side's mark was not written either
    assert "Напишите причину" in text_of((await post(panel, f"{first}/cancel")).text)
    await done(panel, f"{first}/cancel", note="Услуга уже закончена")
    assert "Отменено соглашение — 1: Услуга уже закончена" in await words(panel, card)
    assert "уже подписано или отменено" in text_of((await post(panel, f"{second}/cancel", note="Так")).text)


async def test_annexes_are_numbered_within_their_contract_and_made_to_a_signed_one(
    panel: Panel, clients: Clients
) -> None:
    client = await clients.client("ООО «Кафе»")
    draft = await contract(clients, client, signed=False)
    assert "к подписанному договору" in text_of(
        (await post(panel, f"/contracts/{draft}/annexes", dated="2026-01-15")).text
    )
    first, other = await contract(clients, client), await contract(clients, client)
    card = f"/contracts/{first}"
    names = []
    for typed in ("", "3", "", "", "А-1"):
        made = await done(panel, f"{card}/annexes", dated="2026-01-15", number=typed)
        names.append((await words(panel, made)).split("Соглашение ")[1].split()[0])
    assert names == ["1", "3", "2", "4", "А-1"]
    assert "с номером 2 у договора уже есть" in text_of(
        (await post(panel, f"{card}/annexes", dated="2026-01-15", number="2")).text
    )
    edited = {"version": "1", "dated": "2026-01-15", "number": "2"}
    assert "уже есть" in text_of((await post(panel, made, **edited)).text)
    await done(panel, made, **edited | {"number": "А-2"})
    assert "только что изменили" in text_of((await post(panel, made, **edited | {"number": "А-3"})).text)
    assert "Соглашение 1 " in await words(panel, await done(panel, f"/contracts/{other}/annexes", dated="2026-01-15"))
    assert (await panel.get(made.replace(card, f"/contracts/{other}"))).status_code == 404


async def test_changes_that_one_side_has_signed_stay_in_the_database_too(panel: Panel, clients: Clients) -> None:
    card, _ = await begun(panel, clients)
    annex = await done(panel, f"{card}/annexes", dated="2026-01-15")
    for form in (ADDED, {"kind": "fee", "on_day": "2026-02-01", "price": "1"}):
        await done(panel, f"{annex}/changes", **form)
    async with clients.look() as db:
        changes = [row[0] for row in await db.fetch("select id from office.contract_annex_change order by id")]
    await done(panel, f"{annex}/changes/{changes[1]}/drop")
    await sign(panel, annex, "office")
    assert "в нём ничего не меняют" in text_of((await post(panel, f"{annex}/changes/{changes[0]}/drop")).text)
    async with clients.change() as db:
        await db.execute("delete from office.contract_annex_change")
        assert await db.fetchval("select count(*) from office.contract_annex_change") == 1
        row = await db.fetchrow("select annex_id, organisation_id from office.contract_annex_change")
        assert row is not None
        another = (
            "insert into office.contract_annex_change (id, annex_id, organisation_id, kind, on_day, price_kopecks)"
            " values (1, $1, $2, 'fee', '2026-02-01', 1)"
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction():
                await db.execute(another, *row)


async def test_an_annex_is_seen_with_its_client_and_its_sums_by_those_who_may(
    database: str, clock: VirtualClock, clients: Clients
) -> None:
    async with open_office(database, clock) as office, new_browser(database, clock) as browser:
        anna = await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT])
        await office.person("boris@example.ru", [Role.LEAD_ACCOUNTANT])
        client = await clients.client("ООО «Кафе»", lead=anna)
        card = f"/contracts/{await contract(clients, client)}"
        async with new_browser(database, clock, admin_login=False) as director:
            annex = await done(director.panel, f"{card}/annexes", dated="2026-01-15")
            await done(director.panel, f"{annex}/changes", **ADDED)
            await done(director.panel, f"{annex}/changes", kind="fee", on_day="2026-02-01", price="7777")
            for side in ("office", "client"):
                await sign(director.panel, annex, side)
        await browser.sign_in("anna@example.ru")
        for path in (annex, card):
            page = (await browser.get(path)).text
            assert "Кадры" in page
            assert "777,00" not in page, path
            assert "000,00" not in page, path
        await browser.sign_in("boris@example.ru")
        for path in (annex, card):
            assert (await browser.get(path)).status_code == 404
