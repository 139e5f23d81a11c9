"""The first page in a real browser: it refreshes itself, obeys its own policy, and works without scripts."""

import re

import asyncpg
import pytest

from tests.browser.chromium import PROGRAM, Page
from tests.browser.scene import EMULATED_FN, REAL_FN, Scene, payment

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

SENTENCES = "document.getElementById('live').innerText.replaceAll('\\u00a0', ' ')"
STATE = "document.getElementById('fresh-words').textContent"


async def test_a_new_receipt_appears_and_nothing_else_is_touched(page: Page, address: str, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    first = await scene.receipt(merchant, payment(45_000))
    await page.open(address)
    await page.evaluate("for (const node of document.querySelectorAll('[data-key]')) node.seenBefore = true")
    second = await scene.receipt(merchant, payment(123_450))
    await scene.register(merchant, first, kkt, 77)
    await page.wait_for(f"{SENTENCES}.includes('1 234,50 ₽') && {SENTENCES}.includes('0000000077')")
    kept = (
        "[...document.querySelectorAll('[data-key]')].filter((node) => node.seenBefore).map((node) => node.dataset.key)"
    )
    assert await page.evaluate(kept) == [f"m{merchant}", f"c{merchant}", f"k{kkt}", f"r{first}"]
    order = "[...document.querySelectorAll('tr[data-key]')].map((row) => row.dataset.key + row.className)"
    assert await page.evaluate(order) == [f"r{second}is-new", f"r{first}"]
    assert await page.evaluate(STATE) == "обновлено 12:00:00"


async def test_a_first_merchant_takes_the_place_of_the_welcome(page: Page, address: str, scene: Scene) -> None:
    await page.open(address)
    assert "Начнём с организации" in await page.evaluate(SENTENCES)
    await scene.merchant("ООО «Тёплый дом»")
    await page.wait_for(f"{SENTENCES}.includes('Тёплый дом')")
    assert "Начнём с организации" not in await page.evaluate(SENTENCES)


async def test_a_database_that_goes_away_leaves_the_last_state_and_says_of_when(
    page: Page, address: str, scene: Scene, database: str
) -> None:
    await scene.merchant("ООО «Тёплый дом»")
    await page.open(address)
    name = re.search(r"/(test_\w+)", database)
    assert name is not None
    server = await asyncpg.connect(database.replace(f"/{name[1]}?", "/postgres?"))
    try:
        await scene.close()
        await server.execute(f"alter database {name[1]} with allow_connections false")
        await server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name[1])
        await page.wait_for(f"{STATE} === 'база данных не отвечает, показано на 12:00:00'")
        assert "Тёплый дом" in await page.evaluate(SENTENCES)
        await server.execute(f"alter database {name[1]} with allow_connections true")
        await page.wait_for(f"{STATE} === 'обновлено 12:00:00'")
    finally:
        await server.close()


async def test_the_page_is_whole_without_scripts(page: Page, address: str, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.slot(merchant, 1, EMULATED_FN)
    await page.command("Emulation.setScriptExecutionDisabled", value=True)
    await page.open(address)
    found = await page.command("DOM.getDocument", depth=-1)
    text = str(found)
    assert "эмулятор" in text
    assert "'http-equiv', 'refresh', 'content', '5'" in text


@pytest.mark.parametrize("width", [1366, 1024, 390])
async def test_nothing_sticks_out_at_the_side(page: Page, address: str, scene: Scene, width: int) -> None:
    merchant = await scene.merchant("Общество с ограниченной ответственностью «Управляющая компания „Тёплый дом“»")
    kkt = await scene.slot(merchant, 1, EMULATED_FN, documents_left=12, fault="слово" * 40)
    account = await scene.account(merchant, "00400178110040017811")
    for number in range(3):
        receipt = await scene.receipt(merchant, payment(99_999_999_99), account)
        await scene.register(merchant, receipt, kkt, number)
    await scene.refuse(await scene.receipt(merchant, payment(1), account), "ошибка" * 40)
    await page.look_like(width, 800)
    await page.open(address)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
