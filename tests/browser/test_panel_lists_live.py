"""Lists and cards in a real browser: by keyboard alone, without scripts, on narrow screens, in both themes."""

import base64
import os
from pathlib import Path

import pytest

from tests.browser.chromium import PROGRAM, Page
from tests.browser.scene import EMULATED_FN, Scene

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

CODE = "0040017811"
MARKUP = '"><img src=x onerror=document.title=1>'
TEXT = "document.body.innerText.replaceAll('\\u00a0', ' ')"
SHOTS = os.environ.get("PANEL_SCREENSHOTS")
"""A folder in which pictures of every page are kept to be looked at."""


async def _scene(scene: Scene) -> tuple[int, int]:
    """Two merchants; the receipt of CODE is the third from the top."""
    merchant, other = await scene.merchant("ООО «Тёплый дом»"), await scene.merchant("ООО «Провайдер»")
    kkt = await scene.slot(merchant, 1, EMULATED_FN)
    account = await scene.account(merchant, CODE, contact="+79990000001")
    await scene.debt(merchant, account, "heating", 45_000, scene.clock.now().date())
    receipt = await scene.paid(merchant, account, CODE, 123_450)
    await scene.register(merchant, receipt, kkt, 77)
    await scene.confirm(merchant, receipt, kkt)
    for number in range(60):
        neighbour = await scene.account(other, f"{number:04}")
        await scene.paid(other, neighbour, f"{number:04}", 100 + number)
    return merchant, receipt


async def test_a_receipt_is_found_and_opened_by_keyboard_alone(page: Page, address: str, scene: Scene) -> None:
    merchant, receipt = await _scene(scene)
    await page.open(f"{address}/receipts")
    await page.press("j", "j", "k", "ArrowDown")
    focused = "[...document.querySelectorAll('.row-link')].indexOf(document.activeElement)"
    assert await page.evaluate(focused) == 1
    await page.press("/")
    assert await page.evaluate("document.activeElement.name") == "merchant"
    await page.evaluate("document.getElementById('f-account').focus()")
    await page.command("Input.insertText", text=CODE)
    await page.wait_for("document.querySelectorAll('#s-account option').length === 1")
    await page.press("Enter")
    await page.wait_until_at(f"/receipts?account={CODE}")
    assert await page.evaluate("document.querySelectorAll('.row-link').length") == 1
    await page.wait_for(f"{TEXT}.includes('из 1 · сумма 1 234,50 ₽')")
    await page.press("j", "Enter")
    await page.wait_until_at(f"/receipts/{merchant}/{receipt}")
    await page.wait_for(f"{TEXT}.includes('Ни долгов, ни переплаты не было')")


async def test_lists_and_cards_do_their_job_without_scripts(page: Page, address: str, scene: Scene) -> None:
    merchant, receipt = await _scene(scene)
    await page.command("Emulation.setScriptExecutionDisabled", value=True)
    await page.open(f"{address}/receipts?account={CODE}")
    text = await page.evaluate(TEXT)
    assert "1 234,50 ₽" in text
    assert "сколько всего?" in text
    for path, words in (
        (f"/receipts/totals?account={CODE}", "из 1 · сумма 1 234,50 ₽"),
        (f"/receipts/{merchant}/{receipt}/why", "Поступил платеж 1 234,50 ₽"),
        (f"/accounts/{merchant}/{CODE}?pay=500&way=cash&on=2026-01-15", "50,00 ₽ в переплату"),
    ):
        await page.open(address + path)
        assert words in await page.evaluate(TEXT), path


async def test_markup_of_others_does_nothing_in_a_browser(page: Page, address: str, scene: Scene) -> None:
    merchant, _ = await _scene(scene)
    account = await scene.account(merchant, MARKUP, contact=MARKUP)
    await scene.debt(merchant, account, MARKUP, 100, scene.clock.now().date())
    receipt = await scene.paid(merchant, account, MARKUP, 500)
    for path in (
        "/receipts",
        "/accounts",
        f"/receipts/{merchant}/{receipt}",
        f"/accounts/{merchant}?code=%22%3E%3Cimg",
    ):
        await page.open(address + path)
        assert await page.evaluate("document.querySelectorAll('img').length") == 0
        assert await page.evaluate("document.title") != "1"
    page.complaints.clear()  # the last address has no account


def _keep(name: str, picture: str) -> None:
    if SHOTS is not None:
        Path(SHOTS, name).write_bytes(base64.b64decode(picture))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (683, 384), (390, 844)])
async def test_no_page_is_wider_than_its_window(
    page: Page, address: str, scene: Scene, scheme: str, width: int, height: int
) -> None:
    """1366 x 768, the same enlarged twice, and a telephone."""
    merchant, receipt = await _scene(scene)
    await page.look_like(width, height, scheme)
    for name, path in (
        ("receipts", f"/receipts?merchant={merchant}&state=OFD_ACKED&sum_from=1"),
        ("receipt", f"/receipts/{merchant}/{receipt}"),
        ("accounts", "/accounts"),
        ("account", f"/accounts/{merchant}/{CODE}?pay=500&way=cash&on=2026-01-15"),
    ):
        await page.open(address + path)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        if SHOTS is not None:
            picture = await page.command("Page.captureScreenshot", format="png")
            _keep(f"{name}-{width}-{scheme}.png", picture["data"])
