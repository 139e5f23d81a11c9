"""A client is told what it has to pay: by people of the office, by letters, and on the page that a letter leads to."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from admin.office.notices.work import NoticeWork
from admin.permissions import Role
from admin.storage.office import organisations
from fiscal_server.clock import VirtualClock
from tests.browser.client import text_of, words
from tests.browser.people import ORIGIN, Browser, new_browser, open_office
from tests.browser.slip_letters import cafe, confirm, draft, field, post, tell
from tests.clients import SINCE, Clients, open_clients
from tests.mail_server import Box, open_box

Panel = httpx.AsyncClient
APRIL = "/slips?month=2026-04"


@pytest.fixture
async def clients(database: str, clock: VirtualClock) -> AsyncIterator[Clients]:
    """On Monday, 20 April, at 16:05 in Moscow."""
    await clock.advance((datetime(2026, 4, 20, 13, 5, tzinfo=UTC) - clock.now()).total_seconds())
    async with open_clients(database, clock) as clients:
        yield clients


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_box() as box:
        yield box


@pytest.fixture
async def browser(database: str, clock: VirtualClock, clients: Clients, box: Box) -> AsyncIterator[Browser]:
    settings = {"mail_url": box.url, "admin_url": ORIGIN["Origin"]}
    async with new_browser(database, clock, admin_login=False, **settings) as browser:
        yield browser


@pytest.fixture
def panel(browser: Browser) -> Panel:
    return browser.panel


@pytest.fixture
def work(browser: Browser) -> NoticeWork:
    """What sends letters."""
    return browser.app.state["notice_work"]  # type: ignore[no-any-return]


async def test_a_tax_is_told_repeated_the_next_day_and_confirmed_from_the_letter(
    panel: Panel, clients: Clients, box: Box, clock: VirtualClock, work: NoticeWork
) -> None:
    client = await cafe(panel, clients)
    slip = await draft(panel, client)
    assert "ООО «Кафе»" in await words(panel, APRIL)
    assert "черновик" in await words(panel, APRIL)
    preview = await tell(panel, slip)
    assert "Ольга olga@example.ru · Русский · сразу" in preview
    assert "До 28.04.2026 нужно заплатить 36 400,00 ₽" in preview.replace("\u00a0", " ")
    assert "КБК: 18201061201010000510" in preview
    await work.look()
    assert "ждём подтверждения, писем: 1" in await words(panel, APRIL)
    await clock.advance(86_400)
    await work.look()
    assert [mail["Subject"][:10] for mail in box.mails] == ["ООО «Кафе»", "Напоминаем"]
    link = box.link(0)  # of the first letter: each of them works
    page = await panel.get(link)
    assert "28.04.2026 36 400,00 ₽" in text_of(page.text).replace("\u00a0", " ")
    assert (page.headers["cache-control"], "<script" in page.text) == ("no-store", False)
    assert "ждём подтверждения" in await words(panel, APRIL)  # opening it is not confirming it
    answer = await confirm(panel, link)
    assert "Подтверждено" in text_of(answer.text)
    assert "Писем об этом больше не будет" in text_of((await panel.get(box.link(1))).text)
    await clock.advance(86_400)
    await work.look()
    assert len(box.mails) == 2
    card = await words(panel, slip)
    for part in ("Подтверждено", "127.0.0.1", "250 2.0.0 queued", "olga@example.ru", "повтор 1", "notice."):
        assert part in card, part
    async with clients.look() as db:
        proof = await db.fetchrow("select address, agent, said from office.acknowledgement")
        assert proof["said"]["total_kopecks"] == 3_640_000
        deed = await db.fetchrow("select person, object from office.audit where action = 'notice.confirmed'")
        assert tuple(deed) == ("Ольга", "ООО «Кафе»: 2026-04-28")


async def test_a_call_that_was_cancelled_says_so_on_the_card_of_the_sum(
    panel: Panel, clients: Clients, clock: VirtualClock, work: NoticeWork
) -> None:
    slip = await draft(panel, await cafe(panel, clients))
    await tell(panel, slip)
    for _ in range(4):
        await work.look()
        await clock.advance(86_400)
    await work.look()
    assert "нужен звонок" in await words(panel, slip)
    (call,) = set(re.findall(r'href="(/tasks/\d+)"', (await panel.get(slip)).text))
    assert (await post(panel, f"{call}/step", step="cancel", text="Ольга в отпуске, заплатит сама")).status_code == 303
    card = await words(panel, slip)
    assert "Звонок клиенту : отменено" in card.replace("клиенту:", "клиенту :")
    assert "Ольга в отпуске, заплатит сама" in card
    assert "нужен звонок" not in card


async def test_an_old_letter_shows_the_new_sum_and_confirms_nothing_that_was_not_shown(
    panel: Panel, clients: Clients, box: Box, work: NoticeWork
) -> None:
    client = await cafe(panel, clients)
    slip = await draft(panel, client)
    await tell(panel, slip)
    await work.look()
    first = box.link()
    before = await panel.get(first)
    corrected = await post(panel, f"{slip}/correct", amount="35900,00")
    assert "другую сумму" in await tell(panel, corrected.headers["location"])
    stale = await panel.post(first, data={"notice": field(before.text, "notice")}, headers=ORIGIN)
    assert stale.status_code == 409
    assert "35 900,00" in text_of(stale.text).replace("\u00a0", " ")
    await work.look()
    assert "сумма изменилась: здесь новая" in text_of((await panel.get(first)).text)
    assert "Подтверждено" in text_of((await confirm(panel, first)).text)
    assert "подтверждено" in await words(panel, APRIL)
    assert "Версии" in await words(panel, slip)


async def test_the_advance_of_the_first_quarter_is_told_as_the_office_domain_tells_it(
    panel: Panel, clients: Clients, box: Box, clock: VirtualClock, work: NoticeWork
) -> None:
    """3.16: three repeats, a call, a confirmation that closes it, another sum with its own, money."""

    async def until(day: int, hour: int, minute: int = 0) -> None:
        goal = datetime(2026, 4, day, hour - 3, minute, tzinfo=UTC)  # hours of Moscow
        while clock.now() < goal:
            async with clients.look() as db:
                due = await db.fetchval("select min(next_attempt_at) from office.notice")
            await clock.advance((min(goal, due or goal) - clock.now()).total_seconds())
            await work.look()

    async def calls() -> list[tuple[str, datetime | None]]:
        async with clients.look() as db:
            rows = await db.fetch("select state, closed_at from office.task where obligation_id is null")
        return [tuple(row) for row in rows]

    slip = await draft(panel, await cafe(panel, clients))
    await tell(panel, slip)
    await until(20, 17)
    await until(22, 23)
    assert await calls() == []
    await until(23, 11)
    assert [mail["Date"].datetime.astimezone(UTC).strftime("%d %H:%M") for mail in box.mails] == [
        "20 13:05", "21 07:00", "22 07:00", "23 07:00"]  # fmt: skip
    assert await calls() == [("open", None)]
    await until(23, 12, 17)
    await confirm(panel, box.link(0))
    assert await calls() == [("done", datetime(2026, 4, 23, 9, 17, tzinfo=UTC))]
    await until(27, 12)
    assert len(box.mails) == 4
    corrected = (await post(panel, f"{slip}/correct", amount="35900,00")).headers["location"]
    await tell(panel, corrected)
    await work.look()
    assert (len(box.mails), [state for state, _ in await calls()]) == (5, ["done", "open"]), (
        "it is the last working day"
    )
    first = text_of((await panel.get(box.link(0))).text).replace("\u00a0", " ")
    assert ("35 900,00 ₽" in first, "36 400,00 ₽" in first) == (True, False)
    await confirm(panel, box.link(4))
    async with clients.look() as db:
        told = await db.fetch("select said from office.acknowledgement order by acknowledged_at")
        assert [row["said"]["total_kopecks"] for row in told] == [3_640_000, 3_590_000]
    await until(28, 15)
    assert (await post(panel, f"{corrected}/state", state="paid")).status_code == 303
    await until(29, 12)
    assert (len(box.mails), [state for state, _ in await calls()]) == (5, ["done", "done"])


async def test_a_link_ends_a_month_after_the_day_and_a_wrong_one_tells_nothing(
    panel: Panel, clients: Clients, box: Box, clock: VirtualClock, work: NoticeWork
) -> None:
    await tell(panel, await draft(panel, await cafe(panel, clients)))
    await work.look()
    link = box.link()
    for wrong in ("/confirm/x", f"{link}x", f"/confirm/{'ж' * 10}"):
        answer = await panel.get(wrong)
        assert (answer.status_code, "Кафе" in answer.text) == (404, False), wrong
    foreign = await panel.post(link, data={"notice": "1"}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    await clock.advance(38 * 86_400)
    assert (await panel.get(link)).status_code == 200
    await clock.advance(86_400)
    assert (await panel.get(link)).status_code == 404


async def test_the_page_of_a_letter_names_the_office_once_it_has_said_who_it_is(
    panel: Panel, clients: Clients, box: Box, work: NoticeWork
) -> None:
    await tell(panel, await draft(panel, await cafe(panel, clients, "pl")))
    await work.look()
    assert "Twoje biuro rachunkowe" not in text_of((await panel.get(box.link())).text)
    own = {"version": "0", "name": "ООО «Учёт»", "tax_number": "7700000016", "kpp": "770701001"}
    assert (await post(panel, "/settings/contract-templates/own", **own)).status_code == 303
    assert "Twoje biuro rachunkowe: ООО «Учёт»" in text_of((await panel.get(box.link())).text)
    assert "Twoje biuro rachunkowe: ООО «Учёт»" in text_of((await confirm(panel, box.link())).text)


async def test_a_letter_and_its_page_are_in_the_language_of_their_reader(
    panel: Panel, clients: Clients, box: Box, work: NoticeWork
) -> None:
    await tell(panel, await draft(panel, await cafe(panel, clients, "pl"), amount="0"))
    await work.look()
    (mail,) = box.mails
    assert "do 28.04.2026" in mail["Subject"]
    assert mail.get_content().startswith("Dzień dobry, Ольга!")


async def test_a_person_says_what_became_of_a_letter_and_what_is_paid_stops(
    panel: Panel, clients: Clients, box: Box, work: NoticeWork
) -> None:
    slip = await draft(panel, await cafe(panel, clients))
    await tell(panel, slip)
    box.answers = [None]
    await work.look()
    assert "неизвестно, ушло ли письмо" in await words(panel, APRIL)
    page = (await panel.get(slip)).text
    (asked,) = set(re.findall(rf'action="({slip}/notices/\d+/attempts/1)"', page))
    assert (await post(panel, asked, outcome="burnt")).status_code == 422
    assert (await post(panel, asked, outcome="arrived")).status_code == 303
    assert "дошло без входа" in await words(panel, slip)
    for _ in range(2):
        assert (await post(panel, f"{asked.partition('/attempts')[0]}/send", seen="1")).status_code == 303
        await work.idle()
    assert len(box.mails) == 1, "the button was pressed twice"
    assert (await post(panel, f"{asked.partition('/attempts')[0]}/send")).status_code == 422
    assert (await post(panel, f"{slip}/state", state="paid")).status_code == 303
    assert "больше не действует" in text_of((await panel.get(box.link())).text)
    assert "только что изменили" in (await post(panel, f"{slip}/state", state="paid")).text


async def test_what_cannot_be_is_refused_beside_the_form(panel: Panel, clients: Clients) -> None:
    client = await cafe(panel, clients)
    page = (await panel.get(f"/slips/new?client={client}")).text
    (obligation,) = re.findall(r'<option value="(\d+)">28\.04\.2026 · [^<]*УСН', page)
    good = {"client": client, "obligation": obligation, "amount": "1"}
    for wrong, said in (
        ({"amount": "много"}, "Сумма пишется так"),
        ({"obligation": "1"}, "Выберите, за что платить"),
        ({"budget_code": "123"}, "двадцать цифр"),
    ):
        answer = await post(panel, "/slips/new", **{**good, **wrong})
        assert (answer.status_code, said in text_of(answer.text)) == (422, True), said
    assert (await post(panel, "/slips/new", **good)).status_code == 303
    assert "Выберите, за что платить" in (await post(panel, "/slips/new", **good)).text
    assert (await panel.get("/slips/preview?slip=1")).status_code == 404
    assert (await panel.get("/slips/preview", follow_redirects=False)).headers["location"] == "/slips"
    assert (await panel.get("/slips/1")).status_code == 404


async def test_an_accountant_writes_sums_and_the_lead_tells_the_client(
    database: str, clock: VirtualClock, clients: Clients, panel: Panel
) -> None:
    client = await cafe(panel, clients)
    slip = await draft(panel, client)
    async with open_office(database, clock) as office, new_browser(database, clock) as browser:
        anna = await office.person("anna@example.ru", [Role.ACCOUNTANT])
        await browser.sign_in("anna@example.ru")
        assert (await browser.get(slip)).status_code == 404
        assert "Кафе" not in (await browser.get(APRIL)).text
        async with clients.change() as db:
            await organisations.assign(db, clients.db.ids.next(), client, anna, "tax", SINCE, clock.now(), None)
        page = (await browser.get(slip)).text
        assert "/correct" in page
        assert "/slips/preview" not in page
        assert (await browser.get(f"/slips/preview?slip={slip.rpartition('/')[2]}")).status_code == 403
