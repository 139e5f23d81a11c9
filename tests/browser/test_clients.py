"""Clients of the office in the panel: list, card, profile with its preview, contacts, the month of everybody."""

import html
import re
from datetime import date

import httpx
import pytest

from admin.office.addressed import AddressRefused
from admin.office.forms import clean_phone, number_text
from admin.office.months import month_asked
from admin.permissions import Role
from tests.browser.client import Panel, text_of, words
from tests.browser.people import Browser, Office
from tests.browser.scene import Scene
from tests.clients import ALONE, Clients


async def post(panel: Panel, path: str, **fields: object) -> httpx.Response:
    return await panel.post(path, data=fields, follow_redirects=False)


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


async def plan(panel: Panel) -> None:
    page = (await panel.get("/deadlines/plan")).text
    assert (await post(panel, "/deadlines/plan", shown=shown(page))).status_code == 303


async def test_the_list_shows_profile_lead_and_what_is_next(panel: Panel, clients: Clients) -> None:
    anna = await clients.person("Анна Бухгалтер")
    await clients.client("ООО «Кафе»", lead=anna, tax_number="7700000016")
    await clients.client("ИП Сидоров", ALONE)
    assert "Клиентов ещё нет" not in await words(panel, "/clients")
    await plan(panel)
    page = await words(panel, "/clients")
    assert "ООО «Кафе» 7700000016 УСН «доходы» обслуживаем Анна Бухгалтер" in page
    assert "Анна Бухгалтер 15.01.2026" in page
    assert "из 2" in await words(panel, "/clients/totals")
    only = await words(panel, f"/clients?lead={anna}&system=USN_D&words=7700")
    assert "ИП Сидоров" not in only
    assert "ООО «Кафе»" in only
    file = await panel.get("/clients/export?format=csv")
    assert "ООО «Кафе»;7700000016;" in file.text


async def test_a_client_comes_with_its_profile_after_a_look_at_what_it_will_owe(panel: Panel, clients: Clients) -> None:
    wrong = await post(panel, "/clients/new", short_name="ООО «Кафе»", kind="org", tax_number="7700000017")
    assert wrong.status_code == 422
    assert "проверьте цифры" in wrong.text
    made = await post(panel, "/clients/new", short_name="ООО «Кафе»", kind="org", tax_number="77 0000 0016")
    card = made.headers["location"]
    assert "Не указано: без этого нет сроков" in await words(panel, card)
    profile = {
        "since": "2025-01-01",
        "system": "USN_D",
        "with_employees": "1",
        "fact_pays_individuals": "yes",
        "fact_advance_kopecks": "36400,00",
    }
    preview = await post(panel, f"{card}/profile", **profile)
    silent = await post(panel, f"{card}/profile", since="2025-01-01", system="USN_D")
    asked = "Ещё не отвечено, от этого зависят сроки"
    assert asked in text_of(silent.text), "no days, for nobody has said what they depend on"
    assert re.search(r"Появится: \d\d, сдвинется: 0, исчезнет: 0", text_of(preview.text))
    assert "Не указано" in await words(panel, card)
    done = await post(panel, f"{card}/profile", **profile, shown=shown(preview.text))
    assert done.status_code == 303
    april = await words(panel, f"{card}?month=2026-04")
    assert "27.04.2026 вместо 25.04.2026" in april
    assert "36400,00" in (await panel.get(card)).text
    again = await post(panel, "/clients/new", short_name="Она же", kind="org", tax_number="7700000016")
    assert "Клиент с таким ИНН уже есть" in again.text


async def test_what_is_no_longer_as_shown_is_shown_anew(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»")
    profile = {"since": "2026-01-01", "system": "OSNO"}
    stale = await post(panel, f"/clients/{cafe}/profile", **profile, shown="0" * 64)
    assert stale.status_code == 409
    assert "что-то изменилось" in stale.text
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.tax_profile where organisation_id = $1", cafe) == 1
    assert (await post(panel, "/deadlines/plan", shown="0" * 64)).status_code == 409


async def test_the_month_of_everybody_leads_to_why_a_date_is_the_date(panel: Panel, clients: Clients) -> None:
    await clients.client("ООО «Кафе»")
    await clients.client("ИП Сидоров", ALONE)
    assert "Сроки всех клиентов сразу ещё не считали" in await words(panel, "/deadlines")
    await plan(panel)
    page = (await panel.get("/deadlines?month=2026-04")).text
    assert "<span>6-НДФЛ (1 квартал, полугодие, 9 месяцев)</span>" in page
    assert text_of(page).index("ИП Сидоров") < text_of(page).index("ООО «Кафе»")
    links = re.findall(r'href="(/deadlines/\d+)" title="([^"]+)">27<', page)
    ((address, _),) = [one for one in links if "6-НДФЛ" in html.unescape(one[1])]
    card = await words(panel, address)
    assert "Почему в этот день" in card
    assert "25.04.2026" in card
    assert "суббота" in card
    case = re.search(r'href="(/tasks/\d+)"', (await panel.get(address)).text)
    assert case is not None
    assert (await post(panel, f"{address}/mark", state="done")).headers["location"] == case[1]
    for step in ("start", "make_ready", "submit", "accept"):
        assert (await post(panel, f"{case[1]}/step", step=step)).status_code == 303
    assert 'class="is-closed"' in (await panel.get("/deadlines?month=2026-04")).text
    assert "Состояние сделано" in await words(panel, address)
    assert (await post(panel, f"{address}/mark", state="burnt")).status_code == 404
    assert "Сроки не изменятся" in await words(panel, "/deadlines/plan")


async def test_a_client_is_served_only_when_it_is_known_who_does_what(panel: Panel, clients: Clients) -> None:
    anna = await clients.person("Анна")
    made = await post(panel, "/clients/new", short_name="ООО «Чай»", kind="org")
    card = made.headers["location"]
    client = int(card.rpartition("/")[2])

    async def move(status: str) -> str:
        return text_of((await post(panel, f"{card}/status", status=status)).text)

    assert "систему налогообложения" in await move("active")
    preview = await post(panel, f"{card}/profile", since="2026-01-01", system="AUSN")
    await post(panel, f"{card}/profile", since="2026-01-01", system="AUSN", shown=shown(preview.text))
    assert "ведущего бухгалтера" in await move("active")
    await post(panel, f"{card}/people", person=anna, role="lead", since="2026-01-01")
    assert "кто получает платёжки" in await move("active")
    bad = await post(panel, f"{card}/contacts", name="Ольга", role="owner")
    assert "телефон или почту" in bad.text
    await post(
        panel, f"{card}/contacts", name="Ольга", role="owner", phone="8 (900) 000-00-01", receives="slips",
        can_acknowledge="1",
    )  # fmt: skip
    assert await move("active") == ""
    page = await words(panel, card)
    for part in ("обслуживаем", "Анна ведущий бухгалтер", "Ольга владелец · подтверждает платёжки", "+79000000001"):
        assert part in page, part
    async with clients.look() as db:
        link = await db.fetchval("select id from office.organisation_contact where organisation_id = $1", client)
    last = await post(panel, f"{card}/contacts/{link}/leave")
    assert "Это последний" in last.text
    assert "Выберите один из вариантов" in await move("former")


async def test_a_client_shows_the_merchant_that_it_is(panel: Panel, clients: Clients, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    cafe, other = await clients.client("ООО «Кафе»"), await clients.client("Другой")
    await post(panel, f"/clients/{cafe}/merchants", merchant=merchant)
    page = (await panel.get(f"/clients/{cafe}")).text
    assert f'href="/receipts?merchant={merchant}"' in page
    taken = await post(panel, f"/clients/{other}/merchants", merchant=merchant)
    assert "уже связана с другим клиентом" in taken.text
    await post(panel, f"/clients/{cafe}/merchants", merchant=merchant, unlink="1")
    assert f'href="/receipts?merchant={merchant}"' not in (await panel.get(f"/clients/{cafe}")).text


async def test_an_accountant_sees_the_clients_she_is_given_and_changes_none(
    browser: Browser, office: Office, clients: Clients
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT])
    own, other = await clients.client("Своя", lead=anna), await clients.client("Чужая")
    await browser.sign_in("anna@example.ru")
    page = (await browser.get("/clients")).text
    assert "Своя" in page
    assert "Чужая" not in page
    assert (await browser.get(f"/clients/{own}")).status_code == 200
    assert (await browser.get(f"/clients/{other}")).status_code == 404
    assert "Чужая" not in (await browser.get("/deadlines")).text
    assert (await browser.get("/clients/new")).status_code == 403
    card = (await browser.get(f"/clients/{own}")).text
    assert f"/clients/{own}/profile" not in card
    assert "Чужая" not in (await browser.get("/clients/export?format=csv")).text


def test_months_and_numbers_of_forms() -> None:
    today = date(2026, 1, 31)
    assert (month_asked("2024-02", today).last, month_asked("", today).key) == (date(2024, 2, 29), "2026-01")
    assert month_asked(None, today).before == "2025-12"
    for wrong in ("x", "0001-01", "2026-1"):
        with pytest.raises(AddressRefused, match=wrong):
            month_asked(wrong, today)
    assert (number_text("advance_kopecks", 123_405), number_text("insured", 4)) == ("1234,05", "4")
    assert (clean_phone("8 900 0000001"), clean_phone(" "), clean_phone("48 22 1234567")) == (
        "+79000000001",
        None,
        "+48221234567",
    )
