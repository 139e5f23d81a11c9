"""The office in a real browser: a lead becomes a client, a case is done, an absence is covered, a tax is told."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
import pytest_asyncio

from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from tests.browser.chromium import PROGRAM, Page, chromium
from tests.browser.hands import arrive, follow, press_on, send, sign_in, tab_to
from tests.browser.office_served import World, open_world
from tests.browser.pictures import TEXT, shoot
from tests.browser.test_cases import case_of, plan
from tests.browser.test_contracts import ANSWERS, tariff
from tests.browser.test_leads import CAFE, QUALIFIED
from tests.clients import ALONE

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("office_live"),  # one Chromium for all
]
DAY_S = 86_400.0
CHOSEN = "document.querySelector('#palette-hits [aria-selected=true]')"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Page]:
    async with chromium() as page:
        await page.look_like(1366, 768)
        yield page


@pytest.fixture
def page(browser: Page) -> Page:
    browser.complaints.clear()
    return browser


@pytest_asyncio.fixture(loop_scope="module")
async def world(database: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(database, clock) as world:
        yield world


async def text(page: Page) -> str:
    return " ".join(str(await page.evaluate(TEXT)).split())


@pytest.mark.proof
async def test_a_lead_becomes_a_client_with_a_signed_contract_and_a_planned_year(
    page: Page, world: World, clock: VirtualClock
) -> None:
    await world.office.person("d@example.ru", name="Дарья")
    await tariff(world.clients)
    await sign_in(page, world.address, "d@example.ru", "/leads/new")
    lead = await send(page, "form[action='/leads/new']", **CAFE)
    for step in ({"step": "log_contact", "note": "Звонила, нужен учёт"}, QUALIFIED):
        fields = {name: value for name, value in step.items() if name != "step"}
        assert await send(page, f"form:has([name=step][value={step['step']}])", **fields) == lead
    await follow(page, f"a[href='/prices/new?lead={lead.rpartition('/')[2]}']")
    await send(page, "main form[method=get]", **ANSWERS)
    assert "19 800,00" in await text(page)
    await shoot(page, "price")
    await send(page, "main form[method=post]")
    await page.open(world.address + lead)
    client = await send(page, "form[action$='/convert']")
    assert client.startswith("/clients/")
    facts = {"fact_pays_individuals": "yes", "fact_advance_kopecks": "36400,00"}
    profile = {"since": "2026-01-01", "system": "USN_D", "with_employees": "1", **facts}
    await send(page, "form[action$='/profile']", **profile)
    assert "появится" in await text(page)
    assert await send(page, "main form") == client
    await send(page, "form[action$='/people']", role="lead")
    await shoot(page, "client")
    contract = await follow(page, "#contracts a[href^='/contracts/']")
    assert "Договор 1/2026" in await text(page)
    await send(page, f"form[action='{contract}']", number="17/2026", starts_on="2026-01-12")
    await _sign(page, contract)
    assert "действует" in await text(page)
    await _annexed(page, contract)
    await page.open(f"{world.address}/deadlines/plan")
    await send(page, "main form")
    await page.open(f"{world.address}/deadlines?month=2026-04")
    assert "27" in await page.evaluate("[...document.querySelectorAll('.matrix td a')].map((one) => one.textContent)")
    await shoot(page, "matrix")
    for _ in range(3):  # days are made three months ahead, as the year goes on
        await clock.advance(91 * DAY_S)
        await plan(world.clients)
    await sign_in(page, world.address, "d@example.ru", "/deadlines?month=2026-12")
    assert "28" in await page.evaluate("[...document.querySelectorAll('.matrix td a')].map((one) => one.textContent)")
    async with world.clients.look() as db:
        months = await db.fetch("select distinct to_char(due, 'YYYY-MM') from office.obligation order by 1")
    assert [row[0] for row in months][:12] == [f"2026-{month:02}" for month in range(1, 13)]
    assert page.complaints == []


async def _annexed(page: Page, contract: str) -> None:
    """An annex with a service and another fee, signed by both: by Tab and Enter, days as this browser has them."""
    await tab_to(page, "#annexes summary")
    await page.press("Enter")
    await tab_to(page, "#annexes [name=subject]")
    await page.type("Кадры с февраля")
    await press_on(page, "#annexes button")
    annex = str(await page.evaluate("location.pathname"))
    assert annex.startswith(f"{contract}/annexes/")
    await _change(page, "add", own_service="Кадровый учёт", on_day="02012026", price="3000", due_rule="M+1:D10")
    await _change(page, "fee", on_day="02012026", price="22800")
    await shoot(page, "annex_draft")
    for mark in ("клиент", "не подписал клиент"):
        await press_on(page, f"form[action='{annex}/sign'] button")
        assert not await page.evaluate("document.querySelector('[role=alert]')?.textContent ?? ''"), mark
    assert "в силе" in await text(page)
    await shoot(page, "annex")
    await press_on(page, f"main a[href='{contract}']")
    shown = (await text(page)).replace("\u00a0", " ")
    for part in ("Соглашение 1", "Кадровый учёт", "с 01.02.2026: 22 800,00 ₽, соглашение 1", "действует"):
        assert part in shown, part
    await shoot(page, "contract")


async def _change(page: Page, kind: str, **fields: str) -> None:
    """A change of an annex, field by field."""
    form = f"form:has([name=kind][value={kind}])"
    await tab_to(page, f"details:has([name=kind][value={kind}]) summary")
    await page.press("Enter")
    for field, typed in fields.items():
        await tab_to(page, f"{form} [name={field}]")
        await (page.press(*typed) if field == "on_day" else page.type(typed))
    await press_on(page, f"{form} button")


async def _sign(page: Page, contract: str) -> None:
    """A draft by both sides, and into force."""
    for step, fields in (
        ("agree", {}), ("send", {}), ("sign", {"side": "office"}), ("sign", {"side": "client"}), ("activate", {}),
    ):  # fmt: skip
        assert await send(page, f"form:has([name=step][value={step}])", **fields) == contract
        assert not await page.evaluate("document.querySelector('[role=alert]')?.textContent ?? ''"), step


async def test_a_case_is_found_commented_and_finished_by_keyboard_alone(page: Page, world: World) -> None:
    anna = await world.office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    await world.clients.client("ООО «Кафе»", lead=anna)
    await plan(world.clients)
    card = await case_of(world.clients, "RU-SV-PAY", "2025-12")
    await sign_in(page, world.address, "anna@example.ru")
    await page.press("Ctrl+k")
    await page.wait_for("document.getElementById('palette').open")
    await page.type("взносы с выплат")
    found = f"[...document.querySelectorAll('#palette-hits a[href=\"{card}\"]')].length"
    await page.wait_for(f"{CHOSEN} && {found}")
    for _ in range(20):
        if await page.evaluate(f"{CHOSEN}.getAttribute('href')") == card:
            break
        await page.press("ArrowDown")
    await page.evaluate("document.documentElement.dataset.left = '1'")
    await page.press("Enter")
    await arrive(page)
    assert await page.evaluate("location.pathname") == card
    await tab_to(page, "[name=text]")
    await page.type("Сверила с банком")
    await press_on(page, "#story button")
    assert "Сверила с банком" in await text(page)
    await tab_to(page, "#time summary")
    await page.press("Enter")
    for field, typed in (("hours", "1"), ("minutes", "20")):
        await tab_to(page, f"#time [name={field}]")
        await page.type(typed)
    await press_on(page, "form[action$='/time'] button")
    assert "1 ч 20 мин" in await text(page)
    await press_on(page, "form:has([name=step][value=start]) button")
    await press_on(page, "form:has([name=step][value=complete]) button")
    assert "сделано" in await text(page)
    await shoot(page, "case")
    async with world.clients.look() as db:
        assert await db.fetchval("select state from office.task where id = $1", int(card.rpartition("/")[2])) == "done"
    assert page.complaints == []


async def test_cases_of_somebody_absent_stand_in_the_inbox_of_the_substitute_and_return(
    page: Page, world: World, clock: VirtualClock
) -> None:
    anna = await world.office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    olga = await world.office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    await world.office.person("d@example.ru", name="Дарья")
    await world.clients.client("ООО «Кафе»", lead=anna)
    await plan(world.clients)
    card = await case_of(world.clients, "RU-SV-PAY", "2025-12")
    is_there = f"document.querySelector('main a[href=\"{card}\"]') !== null"
    await sign_in(page, world.address, "d@example.ru", "/absences")
    for field, keys in (  # people by name; days as this browser has them: month, day, year
        ("person", []), ("substitute", ["ArrowDown", "ArrowDown"]), ("first_day", "01192026"), ("last_day", "01272026"),
    ):  # fmt: skip
        await tab_to(page, f"[name={field}]")
        await page.press(*keys)
    await press_on(page, "form[action='/absences'] button")
    async with world.clients.look() as db:
        told = await db.fetchrow("select person_id, substitute_id, first_day, last_day from office.absence")
    assert told is not None
    assert tuple(told) == (anna, olga, date(2026, 1, 19), date(2026, 1, 27))
    await shoot(page, "absences")
    await sign_in(page, world.address, "olga@example.ru")
    assert not await page.evaluate(is_there), "Anna is still there"
    await clock.advance(9 * DAY_S)
    await sign_in(page, world.address, "olga@example.ru")
    assert "Сегодня вы замещаете: Анна" in await text(page)
    assert await page.evaluate(is_there)
    await shoot(page, "substitute")
    await press_on(page, f"main a[href='{card}']")
    await press_on(page, "form:has([name=step][value=start]) button")
    assert "в работе" in await text(page)
    await clock.advance(4 * DAY_S)
    await sign_in(page, world.address, "olga@example.ru")
    assert "вы замещаете" not in await text(page)
    assert not await page.evaluate(is_there)
    await sign_in(page, world.address, "anna@example.ru")
    assert await page.evaluate(is_there)
    assert page.complaints == []


async def _owes(page: Page, world: World, client: int, name: str) -> str:
    """Somebody of the client who gets letters, and the draft of a sum, by keyboard; its address."""
    await page.open(f"{world.address}/clients/{client}")
    await tab_to(page, "#contacts summary")
    await page.press("Enter")
    for field, typed in (("name", name), ("email", f"{name}@example.ru")):
        await tab_to(page, f"#contacts [name={field}]")
        await page.type(typed)
    for box in ("[name=receives][value=slips]", "[name=can_acknowledge]"):
        await tab_to(page, f"#contacts {box}")
        await page.press(" ")
    await press_on(page, "#contacts form[action$='/contacts'] button")
    await press_on(page, "a[href^='/slips/new']")
    await tab_to(page, "[name=obligation]")
    for _ in range(60):
        if "28.04.2026 · УСН" in str(await page.evaluate("document.activeElement.selectedOptions[0].textContent")):
            break
        await page.press("ArrowDown")
    await tab_to(page, "[name=amount]")
    await page.type("36400,00")
    await press_on(page, "main form[method=post] button")
    return str(await page.evaluate("location.pathname"))


async def test_by_keyboard_a_tax_is_told_confirmed_from_the_letter_and_the_other_letter_repeats_the_next_day(
    page: Page, database: str, clock: VirtualClock
) -> None:
    await clock.advance((datetime(2026, 4, 20, 13, 5, tzinfo=UTC) - clock.now()).total_seconds())
    async with open_world(database, clock) as world:
        await world.office.person("d@example.ru", name="Дарья")
        first = await world.clients.client("ООО «Кафе»")
        second = await world.clients.client("ИП Сидоров", ALONE)
        await plan(world.clients)
        assert world.clients.today == date(2026, 4, 20)
        await sign_in(page, world.address, "d@example.ru")
        slip = await _owes(page, world, first, "olga")
        await shoot(page, "draft")
        await _owes(page, world, second, "ivan")
        await page.open(f"{world.address}/slips?month=2026-04")
        assert await page.evaluate("document.querySelectorAll('[name=slip]:checked').length") == 2
        await press_on(page, "main form[method=get] button")
        await shoot(page, "preview")
        await press_on(page, "form[action='/slips/publish'] button")
        await world.work.look()
        letters = {str(mail["To"]): place for place, mail in enumerate(world.box.mails)}
        assert sorted(letters) == ["ivan@example.ru", "olga@example.ru"]
        await page.command("Network.clearBrowserCookies")  # a client is nobody of the office
        await page.open(world.address + world.box.link(letters["olga@example.ru"]))
        assert "36 400,00" in await text(page)
        await shoot(page, "letter")
        await press_on(page, "button")
        assert "Писем об этом больше не будет" in await text(page)
        await shoot(page, "confirmed")
        await clock.advance(DAY_S)
        await world.work.look()
        assert [str(mail["To"]) for mail in world.box.mails[2:]] == ["ivan@example.ru"]
        assert str(world.box.mails[-1]["Subject"]).startswith("Напоминаем")
        await sign_in(page, world.address, "d@example.ru", slip)
        assert "Подтверждено" in await text(page)
        await shoot(page, "slip")
        await page.open(f"{world.address}/slips?month=2026-04")
        listed = await text(page)
        assert "подтверждено" in listed
        assert "ждём подтверждения, писем: 2" in listed
        assert page.complaints == []
