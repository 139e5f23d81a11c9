"""What no form of the office offers and no link leads to is refused with its place: nothing changes or is lost."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from admin.storage.office import organisations
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of
from tests.browser.people import ORIGIN, new_browser
from tests.browser.test_contracts import ANSWERS, tariff
from tests.clients import Clients

CHOOSE = "Выберите один из вариантов."


@pytest.fixture
async def panel(clients: Clients, database: str, clock: VirtualClock) -> AsyncIterator[Panel]:
    async with new_browser(database, clock, admin_login=False) as browser:
        yield browser.panel


async def refused(panel: Panel, path: str, said: str, **fields: object) -> str:
    """The page that says no, with what was typed."""
    answer = await panel.post(path, data=fields, headers=ORIGIN, follow_redirects=False)
    assert answer.status_code == 422, (path, fields, answer.status_code)
    assert said in text_of(answer.text), (path, fields)
    return answer.text


async def posted(panel: Panel, path: str, **fields: object) -> str:
    answer = await panel.post(path, data=fields, headers=ORIGIN, follow_redirects=False)
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.headers["location"])


async def test_a_case_stays_with_its_people_when_the_form_names_nobody_of_the_office(
    panel: Panel, clients: Clients
) -> None:
    anna, olga = await clients.person("Анна"), await clients.person("Ольга")
    cafe = await clients.client("Кафе", lead=anna)
    async with clients.change() as db:
        now, number = clients.clock.now(), clients.db.ids.next()
        await organisations.assign(db, number, cafe, olga, "tax", date(2025, 1, 1), now, None)
    new = {"title": "Акт", "client": cafe, "kind": "one_off", "role": "lead", "mode": "one"}
    case = await posted(panel, "/tasks/new", **new, owner=anna, reviewer=olga)

    async def people() -> tuple[int, int, int]:
        async with clients.look() as db:
            query = "select owner_id, reviewer_id, (select count(*) from office.task_event) from office.task"
            return tuple(await db.fetchrow(query))

    before = await people()
    page = await refused(panel, f"{case}/people", f"Исполнитель: {CHOOSE}", owner="17", reviewer=anna)
    assert f'<option value="{anna}" selected>' in page.split('name="reviewer"')[1], "what was chosen is kept"
    await refused(panel, f"{case}/people", f"Проверяет: {CHOOSE}", owner=olga, reviewer="Ольга")
    await refused(panel, f"{case}/people", f"Исполнитель: {CHOOSE}")
    await refused(panel, f"{case}/people", CHOOSE, watch="maybe")
    assert await people() == before
    assert await posted(panel, f"{case}/people", owner=olga, reviewer="") == case
    assert (await people())[:2] == (olga, None)
    for wrong in ({"position": "99", "done": "1"}, {"position": "one", "done": "1"}):
        await refused(panel, f"{case}/points", "Такого пункта в деле нет.", **wrong)
    await refused(panel, f"{case}/points", "Напишите что-нибудь.")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("template", "17", "По шаблону"),
        ("owner", "17", "Исполнитель"),
        ("reviewer", "nobody", "Проверяет"),
        ("person", "17", "Исполнители общего дела"),
        ("client", "17", "Клиент"),
    ],
)
async def test_a_case_is_not_made_of_what_there_is_not(
    panel: Panel, clients: Clients, field: str, value: str, said: str
) -> None:
    cafe = await clients.client("Кафе", lead=await clients.person("Анна"))
    new = {"title": "Написать акт", "client": cafe, "kind": "one_off", "role": "lead", "mode": "one", field: value}
    page = await refused(panel, "/tasks/new", f"{said}: {CHOOSE}", **new)
    assert 'value="Написать акт"' in page
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.task") == 0


async def test_a_handbook_is_everybody_s_or_one_s_own(panel: Panel, clients: Clients) -> None:
    page = await refused(panel, "/handbooks", f"Чей: {CHOOSE}", name="Регламенты", whose="mine", outline="# Банк")
    assert ('value="Регламенты"' in page, "# Банк" in page) == (True, True)
    await refused(panel, "/handbooks", CHOOSE, name="Регламенты", whose="all", show_in_card="perhaps")
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.handbook") == 0
    book = await posted(panel, "/handbooks", name="Регламенты", whose="all", show_in_card="1")
    await refused(panel, book, CHOOSE, name="Регламенты", archived="yes")


async def test_a_profile_and_a_contact_say_only_what_there_is(panel: Panel, clients: Clients) -> None:
    card = f"/clients/{await clients.client('Кафе', lead=await clients.person('Анна'))}"
    profile = {"since": "2026-02-01", "system": "USN_D"}
    await refused(panel, f"{card}/profile", f"Система: {CHOOSE}", **profile | {"system": ["USN_D", "USN_X"]})
    await refused(panel, f"{card}/profile", f"Есть транспорт: {CHOOSE}", **profile, fact_has_vehicles="maybe")
    await refused(panel, f"{card}/profile", CHOOSE, **profile, with_employees="four")
    who = {"name": "Ольга", "role": "owner", "email": "olga@example.ru", "language": "ru"}
    page = await refused(panel, f"{card}/contacts", f"Что получает: {CHOOSE}", **who, receives=["slips", "gifts"])
    assert 'value="olga@example.ru"' in page
    await refused(panel, f"{card}/contacts", CHOOSE, **who, can_acknowledge="on")
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.contact") == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"obligations": "RU-NDFL*, RU-NONSENSE"}, "Обязательства «RU-NONSENSE» нет ни в одном календаре."),
        ({"obligations": "XX*"}, "Обязательства «XX*» нет"),
        ({"months": "1, soon"}, "Месяцы — числа от 1 до 12."),
        ({"quantity": "0"}, "Сколько: Нужно целое число от 1 до 10000."),
        ({"quantity": "20000"}, "Сколько: Нужно целое число"),
        ({"service": "magic"}, "Выберите услугу или впишите свою."),
        ({"in_fee": "often"}, CHOOSE),
    ],
)
async def test_a_line_of_a_contract_serves_what_calendars_have(
    panel: Panel, clients: Clients, fields: dict[str, str], said: str
) -> None:
    client = await clients.client("Кафе", lead=await clients.person("Анна"))
    contract = await posted(panel, f"/clients/{client}/contracts")
    line = {"own_service": "Акт", "period": "month", "due_rule": "M+1:WD03", "shift": "none"}
    page = await refused(panel, f"{contract}/lines", said, **line | fields)
    assert 'value="M+1:WD03"' in page
    assert await posted(panel, f"{contract}/lines", **line, obligations="ru-ndfl*, RU-RSV") == f"{contract}#lines"


async def test_a_price_is_of_the_tariff_and_the_lead_that_are_named(panel: Panel, clients: Clients) -> None:
    client, number = await clients.client("Кафе", lead=await clients.person("Анна")), await tariff(clients)
    page = await panel.get(f"/prices/new?client={client}&tariff=17")
    assert (page.status_code, "Этот тариф больше не действует" in page.text) == (422, True)
    assert (await panel.get(f"/prices/new?client={client}&lead=17&tariff={number}")).status_code == 404
    flag = next(name for name in ANSWERS if ANSWERS[name] == "1" and name.startswith("a_"))
    await refused(panel, "/prices/new", CHOOSE, client=client, tariff=number, valid_until="2026-03-01",
                  **ANSWERS | {flag: "yes"})  # fmt: skip


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/deadlines?month=soon", "Месяц — «soon»"),
        ("/deadlines?month=0001-01", "Месяц — «0001-01»"),
        ("/slips?month=2026-13", "Месяц — «2026-13»"),
        ("/slips?state=lost", "Состояние — «lost»"),
        ("/tasks/month?month=2026-1", "Месяц — «2026-1»"),
        ("/tasks/board?owner=17", "Исполнитель — «17»"),
        ("/tasks/month?owner=anna", "Исполнитель — «anna»"),
        ("/tasks/new?client=cafe", "Клиент — «cafe»"),
        ("/leads?state=open", "Состояние — «open»"),
        ("/calendar?country=DE", "Страна — «DE»"),
        ("/services?edit=all", "Услуга — «all»"),
    ],
)
async def test_an_address_that_asks_for_what_there_is_not_is_told_so(
    panel: Panel, clients: Clients, address: str, said: str
) -> None:
    answer = await panel.get(address)
    assert (answer.status_code, said in text_of(answer.text)) == (400, True)
    assert (await panel.get(f"{address.partition('=')[0]}=")).status_code == 200, "nothing asked is the page itself"


@pytest.mark.parametrize("address", ["/tasks/new?client=17", "/tasks/new?project=17", "/services?edit=17"])
async def test_a_row_that_there_is_not_is_not_found(panel: Panel, clients: Clients, address: str) -> None:
    assert (await panel.get(address)).status_code == 404
