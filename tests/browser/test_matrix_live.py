"""The month of all clients by keyboard: a day opens beside it, its case is finished, Escape leads back."""

from collections.abc import AsyncIterator

import pytest

from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from tests.browser.chromium import PROGRAM, Page, chromium
from tests.browser.hands import press_on, sign_in, tab_to
from tests.browser.office_served import World, open_world
from tests.browser.pictures import TEXT
from tests.browser.test_cases import case_of, plan

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")
IS_OPEN = "document.querySelector('#side h2') !== null"
FOCUSED = "document.activeElement.getAttribute('href')"


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with chromium() as page:
        await page.look_like(1366, 768)
        yield page


@pytest.fixture
async def world(database: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(database, clock) as world:
        yield world


async def test_a_day_opens_beside_the_month_with_the_focus_in_it_and_escape_gives_it_back(
    page: Page, world: World
) -> None:
    anna = await world.office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    await world.clients.client("ООО «Кафе»", lead=anna)
    await plan(world.clients)
    case = await case_of(world.clients, "RU-SV-PAY", "2025-12")
    async with world.clients.look() as db:
        owed = await db.fetchval("select obligation_id from office.task where id = $1", int(case.rpartition("/")[2]))
    day = f"/deadlines/{owed}"
    await sign_in(page, world.address, "anna@example.ru", "/deadlines?month=2026-01")
    await page.press("Escape")  # nothing is open: nothing happens
    await tab_to(page, f".matrix a[href='{day}']")
    await page.press("Enter")
    await page.wait_for(IS_OPEN)
    assert await page.evaluate(f"document.activeElement.matches('#side h2 a') && {FOCUSED} === '{day}'")
    await page.press("Escape")
    assert not await page.evaluate(IS_OPEN)
    assert await page.evaluate(f"document.activeElement.matches('.matrix a') && {FOCUSED} === '{day}'")
    await page.press("Enter")
    await page.wait_for(IS_OPEN)
    await tab_to(page, "#side [data-close]")
    await page.press("Enter")
    assert not await page.evaluate(IS_OPEN)
    await page.press("Enter")
    await page.wait_for(IS_OPEN)
    await press_on(page, f"#side a[href='{case}']")
    await tab_to(page, "[name=text]")
    await page.type("Сверила с банком")
    await press_on(page, "#story button")
    await press_on(page, "form:has([name=step][value=start]) button")
    await press_on(page, "form:has([name=step][value=complete]) button")
    shown = str(await page.evaluate(TEXT))
    assert "Сверила с банком" in shown
    assert "сделано" in shown
    assert page.complaints == []


async def test_clients_are_seen_under_the_heads_when_the_page_is_enlarged_twice(page: Page, world: World) -> None:
    anna = await world.office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    await world.clients.client("ООО «Кафе»", lead=anna)
    await plan(world.clients)
    await page.look_like(683, 384)
    await sign_in(page, world.address, "anna@example.ru", "/deadlines?month=2026-01")
    assert await page.evaluate(
        "document.querySelector('.matrix tbody td').getBoundingClientRect().bottom"
        " <= document.querySelector('.matrix-window').getBoundingClientRect().bottom"
    )
