"""Ticks of rows in a real browser: by keyboard, with Shift, and without scripts."""

import pytest

from tests.browser.chromium import PROGRAM, Page
from tests.browser.scene import Scene, payment

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

TICKED = "[...document.querySelectorAll('input[name=row]')].map((one) => Number(one.checked)).join('')"
BAR = "document.getElementById('bulk').checkVisibility()"


def click(row: int, *, shift: str = "false") -> str:
    """A click on the tick of a row, as the browser tells it."""
    return (
        f"document.querySelectorAll('input[name=row]')[{row}]"
        f".dispatchEvent(new MouseEvent('click', {{bubbles: true, cancelable: true, shiftKey: {shift}}}))"
    )


async def test_rows_are_ticked_by_keyboard_and_between_two_and_without_scripts(
    page: Page, address: str, scene: Scene
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    for number in range(5):
        await scene.refuse(await scene.receipt(merchant, payment(10_000 + number)), "нет")
    await page.open(f"{address}/receipts")
    assert not await page.evaluate(BAR)
    await page.press("j", "j", "x")
    assert await page.evaluate(TICKED) == "01000"
    assert await page.evaluate(BAR)
    await page.press("j", "x")
    assert await page.evaluate(TICKED) == "01100"
    await page.evaluate(click(0))
    await page.evaluate(click(4, shift="true"))
    assert await page.evaluate(TICKED) == "11111"
    assert await page.evaluate("document.querySelector('[data-ticked]').textContent") == "5"
    await page.command("Emulation.setScriptExecutionDisabled", value=True)
    await page.open(f"{address}/receipts")
    await page.evaluate("document.querySelectorAll('input[name=row]')[1].click()")
    await page.evaluate("document.querySelector('#bulk [value=cancel]').click()")
    await page.wait_until_at("/bulk/receipts")
    text = "document.body.innerText.replaceAll('\\u00a0', ' ')"
    await page.wait_for(f"{text}.includes('Это нельзя отменить. 1 чек, вместе 100,03 ₽.')")
