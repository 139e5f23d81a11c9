"""The frame in a real browser: the palette, the list of keys, what a first visit fetches."""

import json

import pytest

from admin.keys import KEYS
from tests.browser.chromium import PROGRAM, Page
from tests.browser.scene import REAL_FN, Scene, payment

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

CODE = "0040017811"
OPTIONS = "[...document.querySelectorAll('#palette-hits [role=option]')]"
CHOSEN = (
    "(() => { const field = document.querySelector('#palette [role=combobox]');"
    " return document.getElementById(field.getAttribute('aria-activedescendant'))?.textContent ?? null; })()"
)
FIRST_ROW = "document.querySelector('.row-link')?.href"
SHOWN = (
    "[...document.querySelectorAll('#keys [data-keys]')].filter((row) => row.offsetParent)"
    ".map((row) => row.dataset.keys)"
)
WIRE_MAX = 150 * 1024


async def test_the_palette_finds_and_opens_by_keyboard_alone(page: Page, address: str, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.account(merchant, CODE)
    await page.open(f"{address}/receipts")
    await page.press("Ctrl+k")
    await page.wait_for(f"{CHOSEN} === 'Сегодня'")
    assert await page.evaluate("document.activeElement.getAttribute('role')") == "combobox"
    await page.press("ArrowDown")
    assert await page.evaluate(CHOSEN) == "Чеки"
    await page.press("ArrowUp", "ArrowUp")
    last = f"{OPTIONS}.at(-1).textContent"
    assert await page.evaluate(CHOSEN) == await page.evaluate(last)
    await page.type(CODE[:6])
    await page.wait_for(f"{OPTIONS}.length === 1 && {OPTIONS}[0].getAttribute('aria-selected') === 'true'")
    await page.press("Enter")
    await page.wait_until_at(f"/accounts/{merchant}/{CODE}")


async def test_enter_before_the_answer_asks_the_page_of_the_search(page: Page, address: str) -> None:
    """Not what stood in the list for other words."""
    await page.open(f"{address}/receipts")
    await page.press("Ctrl+k")
    await page.wait_for(f"{CHOSEN} === 'Сегодня'")
    await page.type("00400")
    await page.press("Enter")
    await page.wait_until_at("/search?q=00400")


async def test_escape_closes_the_palette_and_the_focus_goes_back(page: Page, address: str) -> None:
    await page.open(f"{address}/keys")
    await page.evaluate("document.querySelector('.find').focus()")
    await page.press("Enter")
    await page.wait_for("document.getElementById('palette').open")
    await page.press("Escape")
    await page.wait_for("!document.getElementById('palette').open")
    assert await page.evaluate("document.activeElement.className") == "find"


async def test_a_page_is_chosen_by_its_name_and_a_mouse(page: Page, address: str) -> None:
    await page.open(f"{address}/")
    await page.evaluate("document.querySelector('.find').click()")
    await page.type("журн")
    await page.wait_for(f"{OPTIONS}.length === 1 && {OPTIONS}[0].textContent === 'Журнал действий'")
    await page.evaluate(f"{OPTIONS}[0].click()")
    await page.wait_until_at("/settings/journal")


async def test_the_search_works_without_scripts(page: Page, address: str, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.account(merchant, CODE)
    await page.command("Emulation.setScriptExecutionDisabled", value=True)
    await page.open(f"{address}/")
    await page.evaluate("document.querySelector('.find').click()")
    await page.wait_until_at("/search")
    await page.evaluate("document.getElementById('search-q').focus()")
    await page.type("00400")
    await page.press("Enter")
    await page.wait_until_at("/search?q=00400")
    assert CODE in await page.evaluate("document.querySelector('main').innerText")


async def test_question_mark_lists_the_keys_that_do_something_on_the_page(
    page: Page, address: str, scene: Scene
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    for number in range(130):
        await scene.receipt(merchant, payment(100 + number))
    await page.open(f"{address}/receipts")
    first = await page.evaluate(FIRST_ROW)
    await page.press("n")
    await page.wait_until(f"{FIRST_ROW} && {FIRST_ROW} !== {json.dumps(first)}")
    second = await page.evaluate(FIRST_ROW)
    await page.press("n")
    await page.wait_until(f"{FIRST_ROW} && {FIRST_ROW} !== {json.dumps(second)}")
    await page.press("p")
    await page.wait_until(f"{FIRST_ROW} === {json.dumps(second)}")
    await page.press("?")
    await page.wait_for("document.getElementById('keys').open")
    assert await page.evaluate(SHOWN) == [" ".join(key.names) for group in KEYS for key in group.keys]
    await page.press("Escape")
    await page.wait_for("!document.getElementById('keys').open")
    await page.open(f"{address}/keys")
    await page.press("?")
    await page.wait_for("document.getElementById('keys').open")
    assert await page.evaluate(SHOWN) == [" ".join(key.names) for key in KEYS[0].keys]


async def test_a_first_visit_fetches_less_than_150_kib(page: Page, address: str, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    account = await scene.account(merchant, CODE)
    for number in range(60):
        receipt = await scene.paid(merchant, account, CODE, 10_000 + number)
        await scene.register(merchant, receipt, kkt, number)
    fetched: dict[str, int] = {}
    for path in ("/", "/receipts", "/accounts", f"/accounts/{merchant}/{CODE}"):
        await page.command("Network.enable")
        await page.command("Network.clearBrowserCache")
        await page.open(address + path)
        fetched[path] = await page.evaluate(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            ".reduce((sum, one) => sum + one.transferSize, 0)"
        )
        assert await page.evaluate("performance.getEntriesByType('resource').length") >= 2
    assert {path: size for path, size in fetched.items() if not 10_000 < size <= WIRE_MAX} == {}
