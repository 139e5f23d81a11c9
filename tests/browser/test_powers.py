"""Powers of attorney: recorded on the client's card, asked when a report is handed in, told before they end."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from admin.office.digest import write_letter
from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.people import new_browser, open_office
from tests.browser.test_cases import case_of, plan, post
from tests.clients import ALONE, Clients

FNS = {"kind": "electronic", "body": "FNS", "number": "7f0c", "representative": "ООО «Учёт»"}


@pytest.fixture
async def panel(clients: Clients, database: str, clock: VirtualClock) -> AsyncIterator[Panel]:
    async with new_browser(database, clock, admin_login=False) as browser:
        yield browser.panel


async def ready_report(panel: Panel, clients: Clients) -> str:
    """A report to the tax service that only has to be handed in."""
    report = await case_of(clients, "RU-RSV", "2025-Y")
    for step in ("start", "make_ready"):
        assert "200 " in await post(panel, f"{report}/step", step=step)
    return report


async def test_a_report_is_handed_in_with_a_power_once_the_client_has_any(panel: Panel, clients: Clients) -> None:
    client = f"/clients/{await clients.client('ООО «Кафе»')}"
    await plan(clients)
    report = await ready_report(panel, clients)
    assert "никто не записал, поэтому перед отправкой они не проверяются" in await words(panel, report)
    saved = await post(panel, f"{client}/powers", **FNS, issued_on="2025-01-10", valid_to="2026-01-10")
    assert "налоговая (ФНС) кончилась по 10.01.2026" in saved
    card = await words(panel, report)
    assert "Отправить нельзя: нет действующей доверенности ( налоговая (ФНС) )" in card.replace(
        "(налоговая (ФНС))", "( налоговая (ФНС) )"
    )
    assert "Прежняя действовала по 10.01.2026." in card
    refused = await post(panel, f"{report}/step", step="submit")
    assert refused.startswith("409 ")
    assert "нет действующей доверенности: запишите её на карточке клиента" in refused
    await post(panel, f"{client}/powers", **FNS, issued_on="2026-01-11", valid_to="2027-01-10")
    assert "нет действующей доверенности" not in await words(panel, report)
    sent = await post(panel, f"{report}/step", step="submit")
    assert sent.startswith("200 "), sent
    assert "отправлено" in sent


async def test_a_client_that_signs_by_itself_needs_no_power_until_its_certificate_ends(
    panel: Panel, clients: Clients
) -> None:
    client = f"/clients/{await clients.client('ООО «Кафе»')}"
    await plan(clients)
    report = await ready_report(panel, clients)
    own = {"kind": "own_signature", "body": "ANY", "issued_on": "2025-12-01"}
    assert "Последний день" in await post(panel, f"{client}/powers", **own)
    await post(panel, f"{client}/powers", **own, valid_to="2027-02-28")
    assert (await post(panel, f"{report}/step", step="submit")).startswith("200 ")


async def test_what_a_power_must_say_is_asked(panel: Panel, clients: Clients) -> None:
    client = f"/clients/{await clients.client('ИП Сидоров', ALONE)}"
    async with clients.change() as db:
        await db.execute("update office.organisation set kind = 'ip'")
    for wrong, said in (
        ({"number": ""}, "У электронной доверенности есть номер"),
        ({"representative": ""}, "Укажите, кто действует"),
        ({"issued_on": ""}, "Дата выдачи: Укажите дату"),
        ({"valid_to": "2025-01-01"}, "Последний день раньше первого"),
        ({"body": "RFB"}, "Выберите один из вариантов"),
        ({"kind": "paper"}, "заверяет нотариус"),
    ):
        answer = await post(panel, f"{client}/powers", **{**FNS, "issued_on": "2026-01-10", **wrong})
        assert (answer[:4], said in answer) == ("422 ", True), said
    saved = await post(panel, f"{client}/powers", **FNS, issued_on="2026-01-10")
    assert "действует по 10.01.2027" in saved
    number = (await clients_rows(clients, "select id from office.power_of_attorney"))[0]
    revoke = f"{client}/powers/{number}/revoke"
    assert "Напишите, почему" in await post(panel, revoke, revoked_on="2026-01-15", revoke_note="")
    assert "и так действует только по" in await post(panel, revoke, revoked_on="2062-01-15", revoke_note="Описка")
    to_come = await post(panel, revoke, revoked_on="2026-02-15", revoke_note="Сменим офис")
    assert "Отозвать" in to_come, "a day that is still to come may be said anew"
    revoked = await post(panel, revoke, revoked_on="2026-01-15", revoke_note="Сменили офис, ФНС сообщено")
    assert "отозвана с 15.01.2026 : Сменили офис, ФНС сообщено" in revoked.replace("2026:", "2026 :")
    assert "только что изменили" in await post(panel, revoke, revoked_on="2026-01-15", revoke_note="Ещё раз")


async def clients_rows(clients: Clients, query: str) -> list[int]:
    async with clients.look() as db:
        return [row[0] for row in await db.fetch(query)]


async def test_a_power_that_ends_is_told_to_whoever_leads_until_another_replaces_it(
    panel: Panel, clients: Clients
) -> None:
    anna = await clients.person("Анна")
    client = f"/clients/{await clients.client('ООО «Кафе»', lead=anna)}"
    await post(panel, f"{client}/powers", **FNS, issued_on="2025-03-01", valid_to="2026-03-01")
    said = "доверенность кончается или кончилась: налоговая (ФНС)"
    day = clients.today

    async def letter() -> str:
        async with clients.look() as db:
            written = await write_letter(db, (anna,), day, "ru", "http://panel")
        return "" if written is None else written.text

    assert f"– 01.03.2026 ООО «Кафе»: {said}" in await letter()
    await post(panel, f"{client}/powers", **{**FNS, "body": "SFR"}, issued_on="2026-01-10", valid_to="2027-01-10")
    assert said in await letter(), "it is before another authority"
    await post(panel, f"{client}/powers", **{**FNS, "body": "ANY"}, issued_on="2026-01-10", valid_to="2027-01-10")
    assert said not in await letter()
    assert date(2026, 3, 1) > day


async def test_powers_of_other_clients_are_out_of_sight(database: str, clock: VirtualClock, clients: Clients) -> None:
    async with open_office(database, clock) as office, new_browser(database, clock) as browser:
        await office.person("lead@example.ru", [Role.LEAD_ACCOUNTANT], name="Юлия")
        other = await clients.client("ООО «Кафе»")
        await browser.sign_in("lead@example.ru")
        answer = await browser.post(f"/clients/{other}/powers", page="/me", **FNS, issued_on="2026-01-10")
        assert (answer.status_code, "Кафе" in text_of(answer.text)) == (404, False)
    async with clients.change() as db:
        number = clients.db.ids.next()
        await db.execute(
            "insert into office.power_of_attorney values"
            " ($1, $2, 'paper', 'FNS', '', 'мы', '', '2026-01-01', '2026-12-31', null, null, '2026-01-01', null)",
            number,
            other,
        )
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.power_of_attorney") == 1
    async with clients.look(await clients.person("Борис")) as db:
        assert await db.fetchval("select count(*) from office.power_of_attorney") == 0


async def test_a_power_is_found_by_its_number_and_by_who_acts(
    panel: Panel, clients: Clients, database: str, clock: VirtualClock
) -> None:
    client = await clients.client("ООО «Кафе»")
    saved = await post(panel, f"/clients/{client}/powers", **FNS, issued_on="2026-01-10", valid_to="2027-01-10")
    assert "200 " in saved
    for wanted in ("7F0C", "«учёт»"):
        found = (await panel.get("/search", params={"q": wanted})).text
        assert "Доверенности ООО «Кафе»: налоговая (ФНС)" in text_of(found)
        assert "№ 7f0c · ООО «Учёт» · действует" in text_of(found)
        assert f'href="/clients/{client}#powers"' in found
    async with open_office(database, clock) as office, new_browser(database, clock) as other:
        await office.person("olga@example.ru", [Role.ACCOUNTANT])
        await other.sign_in("olga@example.ru")
        assert "Доверенности" not in text_of((await other.get("/search", params={"q": "7f0c"})).text)
