"""A month of contracts in the panel: what was planned and done under each, what was beside it, and who sees which."""

import re
from datetime import date, datetime, timedelta

import pytest

from accounting.office.contract_offer import OfferedLine
from admin.pages.office import contract_month
from admin.permissions import Role
from admin.storage.office import case_time, cases
from admin.storage.office.cases import By
from tests.browser.client import Panel, text_of, words
from tests.browser.people import Browser, Office
from tests.browser.test_annexes import sign
from tests.browser.test_contracts import done
from tests.clients import Clients
from tests.storage.test_office_contracts import contract, plan

MONTH = "/contracts/month?month=2026-01"
ALL = OfferedLine(service="books", due_rule="", obligations=("*",), price_kopecks=1_980_000)
DUE = date(2026, 1, 28)


async def case(
    clients: Clients, client: int, *, due: date = DUE, state: str = "open", closed: datetime | None = None,
    outside: bool = False, minutes: int = 0,
) -> int:  # fmt: skip
    """A case as it ended; time spent on it on its day."""
    number, entry = clients.db.ids.take(2)
    by = By(person_id=None, person="Анна", now=clients.clock.now())
    async with clients.change() as db:
        await cases.add_case(db, number, cases.NewCase(organisation_id=client, title="Отчёт", legal_date=due), by)
        await db.execute(
            "update office.task set state = $2, closed_at = $3, is_outside_contract = $4 where id = $1",
            number, state, closed, outside,
        )  # fmt: skip
        if minutes:
            card = await cases.read_case(db, number, clients.today)
            assert card is not None
            await case_time.add_time(db, entry, card.one, (date(2026, 1, 12), minutes, ""), by)
    return number


def at(clients: Clients, day: int, hour: int = 12, month: int = 1) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=clients.clock.now().tzinfo)


async def row_of(panel: Panel, client: str, path: str = MONTH) -> str:
    """The words of a client's row."""
    page = (await panel.get(path)).text
    rows = [text_of(one).replace("\u00a0", " ") for one in re.findall(r"<tr>.*?</tr>", page, re.S)]
    (found,) = [one for one in rows if client in one]
    return found.strip()


async def test_row_of_a_month_counts_what_was_done_in_time_late_and_not_at_all(panel: Panel, clients: Clients) -> None:
    await done(panel, "/services", code="books", name="Бухгалтерия", area="tax", unit="month", role="lead",
               period="month", shift="none", obligations="*", norm_minutes="120", is_active="1")  # fmt: skip
    cafe = await clients.client("ООО «Кафе»", None)
    beside = OfferedLine(service="Кадры", due_rule="", price_kopecks=50_000, quantity=2, in_fee=False)
    number = await contract(clients, cafe, lines=(ALL, beside))
    for closed in (at(clients, 27), at(clients, 28, 20), at(clients, 10), at(clients, 11), at(clients, 12)):
        await case(clients, cafe, state="done", closed=closed, minutes=20)
    await case(clients, cafe, state="done", closed=at(clients, 29))
    await case(clients, cafe, due=date(2026, 1, 11))
    await case(clients, cafe)
    await case(clients, cafe, state="not_required", closed=at(clients, 5))
    await case(clients, cafe, state="cancelled", closed=at(clients, 5))
    await case(clients, cafe, due=date(2026, 2, 2), state="done", closed=at(clients, 13))
    await case(clients, cafe, outside=True, state="done", closed=at(clients, 15), minutes=45)
    await case(clients, cafe, outside=True)
    row = await row_of(panel, "ООО «Кафе»")
    assert row == (
        f"ООО «Кафе» {number} 9 впереди: 1 5 62 % 2 не закрыто: 1 1 1 45 мин 1 ч 40 мин норма 2 ч "
        "19 800,00 ₽ 1 000,00 ₽ 20 800,00 ₽"
    )
    assert (await row_of(panel, "ООО «Кафе»", "/contracts/month?month=2026-02")).startswith(
        f"ООО «Кафе» {number} 1 1 0 0"
    )
    assert 'href="/contracts/month"' in (await panel.get("/contracts")).text


async def test_last_day_of_a_case_and_of_a_month_end_where_the_office_is(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»", None)
    await contract(clients, cafe, lines=(ALL,))
    midnight = datetime.fromisoformat("2026-02-01T00:00:00+03:00")
    await case(clients, cafe, due=date(2026, 1, 31), state="done", closed=midnight - timedelta(seconds=1))
    await case(clients, cafe, outside=True, state="done", closed=midnight - timedelta(seconds=1))
    assert "1 1 0 0 1" in await row_of(panel, "ООО «Кафе»")
    await case(clients, cafe, due=date(2026, 1, 31), state="done", closed=midnight)
    await case(clients, cafe, outside=True, state="done", closed=midnight)
    assert "2 1 1 0 1" in await row_of(panel, "ООО «Кафе»")


async def test_months_without_contracts_are_empty_and_no_month_is_refused(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»")
    await contract(clients, cafe, signed=False)
    await contract(clients, cafe, ends_on=date(2025, 12, 31))
    assert "ни один договор не действовал" in await words(panel, MONTH)
    assert "ООО «Кафе»" in await words(panel, "/contracts/month?month=2025-12")
    assert "ни один договор не действовал" in await words(panel, "/contracts/month?month=2024-12")
    assert (await panel.get("/contracts/month?month=2026-13")).status_code == 400


async def test_case_of_two_contracts_counts_once_with_the_one_that_serves_it(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»")
    first = await contract(clients, cafe, lines=(OfferedLine(service="a", due_rule="", obligations=("RU-NDFL*",)),))
    second = await contract(clients, cafe, lines=(OfferedLine(service="b", due_rule="", obligations=("RU-SV-PAY",)),))
    await plan(clients)
    page = text_of((await panel.get(MONTH)).text)
    async with clients.look() as db:
        counts = await db.fetch(
            "select count(*) filter (where b.code like 'RU-NDFL%'), count(*) filter (where b.code = 'RU-SV-PAY') "
            "from office.task t join office.obligation b on b.id = t.obligation_id "
            "where b.due between '2026-01-01' and '2026-01-31' and not t.is_outside_contract"
        )
    of_first, of_second = counts[0]
    assert of_first > 1
    assert of_second == 1
    assert f"{first} {of_first} впереди" in page
    assert f"{second} {of_second} впереди" in page


async def test_a_changed_fee_and_an_indexed_one_are_those_of_the_month(panel: Panel, clients: Clients) -> None:
    number = await contract(clients, await clients.client("ООО «Кафе»", None), lines=(ALL,))
    async with clients.change() as db:
        await db.execute("update office.contract set indexation_bp = 1000, indexation_month = 2 where id = $1", number)
    assert (await row_of(panel, "ООО «Кафе»")).endswith("19 800,00 ₽ 19 800,00 ₽")
    assert (await row_of(panel, "ООО «Кафе»", "/contracts/month?month=2026-02")).endswith("21 780,00 ₽ 21 780,00 ₽")
    annex = await done(panel, f"/contracts/{number}/annexes", dated="2026-01-15", subject="Плата")
    await done(panel, f"{annex}/changes", kind="fee", on_day="2026-03-01", price="25000")
    for side in ("office", "client"):
        await sign(panel, annex, side)
    assert (await row_of(panel, "ООО «Кафе»", "/contracts/month?month=2026-02")).endswith("21 780,00 ₽ 21 780,00 ₽")
    assert (await row_of(panel, "ООО «Кафе»", "/contracts/month?month=2026-03")).endswith("25 000,00 ₽ 25 000,00 ₽")


async def test_people_see_the_contracts_of_their_clients_and_fees_where_they_may(
    browser: Browser, office: Office, clients: Clients
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    await office.person("boss@example.ru", [Role.DIRECTOR], name="Босс")
    cafe, other = await clients.client("ООО «Кафе»", lead=anna), await clients.client("ООО «Чай»")
    for client in (cafe, other):
        await contract(clients, client, lines=(ALL,))
        await case(clients, client, state="done", closed=at(clients, 12), minutes=75)
    await browser.sign_in("anna@example.ru")
    page = text_of((await browser.get(MONTH)).text)
    assert "ООО «Кафе»" in page
    assert "1 ч 15 мин" in page
    assert "Чай" not in page
    assert "₽" not in page
    assert "Плата" not in page
    await browser.post("/sign-out", page="/me")
    await browser.sign_in("boss@example.ru")
    page = text_of((await browser.get(MONTH)).text)
    assert "ООО «Чай»" in page
    assert page.replace("\u00a0", " ").count("19 800,00 ₽") == 4


async def test_long_registers_come_in_pages_by_name(
    panel: Panel, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract_month, "CONTRACTS_A_PAGE", 2)
    for name in ("Ёлка", "Арбуз", "Берёза", "ягода", "Цапля"):
        await contract(clients, await clients.client(name, None), lines=(ALL,))
    seen, path = [], MONTH
    for _ in range(3):
        page = (await panel.get(path)).text
        seen.append(len(re.findall(r'<th scope="row">', page)))
        path = re.sub("&amp;", "&", (re.findall(r'rel="next" href="([^"]*behind[^"]*)"', page) or [""])[0])
    assert (seen, path) == ([2, 2, 1], "")


async def test_confirmations_count_by_bill_until_the_day_is_over(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("ООО «Кафе»", None)
    await contract(clients, cafe, lines=(ALL,))
    contact, *groups = clients.db.ids.take(4)
    async with clients.change() as db:
        await db.execute(
            "insert into office.contact (id, version, name, phones, emails, language, preferred_channel, notes,"
            " created_at) values ($1, 1, 'Ольга', '{}', '{}', 'ru', 'email', '', $2)", contact, clients.clock.now(),
        )  # fmt: skip
        for group, due, confirmed in zip(groups, (8, 9, 28), (at(clients, 8), at(clients, 10), None), strict=True):
            await db.execute(
                "insert into office.notice (id, group_id, organisation_id, contact_id, kind, language, said, state,"
                " attempts, created_at, due, needs_answer, sent_count, failures, escalation)"
                " values ($1, $1, $2, $3, 'tax_due', 'ru', '{}', 'sent', 0, $4, $5, true, 1, 0, 'none')",
                group, cafe, contact, clients.clock.now(), date(2026, 1, due),
            )  # fmt: skip
            if confirmed is not None:
                await db.execute(
                    "insert into office.acknowledgement (notice_id, organisation_id, acknowledged_at, address, agent,"
                    " said) values ($1, $2, $3, '', '', '{}')", group, cafe, confirmed,
                )  # fmt: skip
    assert "1 из 3" in await row_of(panel, "ООО «Кафе»")
