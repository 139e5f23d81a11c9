"""Registration data changed in a real browser by keyboard: the KKT's card, the form, the question, the emulated FN."""

import base64
import os
from pathlib import Path

import pytest

from tests.browser import axe
from tests.browser.chromium import PROGRAM, Page, chromium
from tests.browser.hands import press_on, tab_to
from tests.browser.serving import panel_over
from tests.world import World, world

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

TEXT = "document.body.innerText.replaceAll('\\u00a0', ' ')"
SHOTS = os.environ.get("PANEL_SCREENSHOTS")
"""A folder in which pictures of every page are kept to be looked at."""


async def keep_picture(page: Page, name: str) -> None:
    """When somebody wants to look: as it is on a laptop, and narrow in the dark."""
    if not SHOTS:
        return
    for width, height, scheme in ((390, 844, "dark"), (1366, 768, "light")):
        await page.look_like(width, height, scheme)
        shot = await page.command("Page.captureScreenshot", captureBeyondViewport=True)
        Path(SHOTS, f"{name}-{width}.png").write_bytes(base64.b64decode(shot["data"]))  # noqa: ASYNC240 - for people


async def _write(page: Page, field: str, text: str) -> None:
    """Tab to a field, which marks what stands in it, and write over that."""
    await tab_to(page, f"[name={field}]")
    await page.type(text)


async def _form(page: Page, scene: World, address: str) -> str:
    """From the card of the KKT to the form with what it says it is registered with; the card's path."""
    [slot] = await scene.slots()
    card = f"/kkts/{scene.merchant.id}/{slot.id}"
    await page.open(f"{address}{card}")
    await press_on(page, f'a[href="{card}/registration"]')
    assert "Изменить данные регистрации" in await page.evaluate("document.title")
    await press_on(page, "main form button.primary")
    await page.wait_for("document.querySelector('main [name=place]')")
    return card


async def test_an_address_is_changed_by_keyboard_and_the_card_shows_it_with_its_report(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene, panel_over(scene.dsn, tmp_path) as address, chromium() as page:
        await page.look_like(1366, 768)
        async with scene.dispatching():
            await scene.states_become("ACTIVE")
            card = await _form(page, scene, address)
            await keep_picture(page, "registration-form")
            assert await axe.violations(page) == []
            await _write(page, "address", "Москва, Тверская, 1")
            await tab_to(page, "[name=reason_place]")
            await page.press(" ")
            await _write(page, "why", "переезд")
            await press_on(page, "main form button.primary")
            told = await page.evaluate("document.querySelector('.changes').innerText.replaceAll('\\u00a0', ' ')")
            assert told.split("\n")[-1].split("\t") == ["Адрес расчётов", "Москва", "Москва, Тверская, 1"]
            assert "изменение адреса или места расчётов" in await page.evaluate(TEXT)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 1366
            assert 11 not in [entry.form for entry in scene.boxes[0].archive()]
            await keep_picture(page, "registration-question")
            assert await axe.violations(page) == []
            await press_on(page, "main form button.danger")
            await page.wait_for(f"{TEXT}.includes('данные регистрации изменены')")
            await keep_picture(page, "registration-done")
            await press_on(page, f'main a[href="{card}"]')
            [made] = [entry for entry in scene.boxes[0].archive() if entry.form == 11]
            text = await page.evaluate(TEXT)
            assert "Москва, Тверская, 1" in text
            assert f"документ № {made.fd_number}, ФП {made.fiscal_sign}" in text
            await keep_picture(page, "registration-card")
            assert await axe.violations(page) == []
        assert page.complaints == []


async def test_what_lacks_its_reason_is_said_on_the_page_and_nothing_is_lost(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, panel_over(scene.dsn, tmp_path) as address, chromium() as page:
        await page.look_like(390, 844, "dark")
        async with scene.dispatching():
            await scene.states_become("ACTIVE")
            await _form(page, scene, address)
            await _write(page, "place", "https://pay.example")
            await tab_to(page, "[name=internet_only]")
            await page.press(" ")
            await tab_to(page, "[name=reason_no_longer_internet]")
            await page.press(" ")
            await _write(page, "why", "новый сайт")
            await press_on(page, "main form button.primary")
            assert "названы не все причины" in await page.evaluate(TEXT)
            kept = "[...document.querySelectorAll('main :checked')].map((one) => one.name).join()"
            assert await page.evaluate(kept) == "tax1,reason_no_longer_internet"
            assert await page.evaluate("document.querySelector('[name=place]').value") == "https://pay.example"
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390
            await tab_to(page, "[name=reason_place]")
            await page.press(" ")
            await press_on(page, "main form button.primary")
            told = await page.evaluate(TEXT)
            assert "переход от расчётов только в Интернете к печати чеков" in told
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390
            await press_on(page, "main form button.danger")
            await page.wait_for(f"{TEXT}.includes('данные регистрации изменены')")
        assert await scene.db_values(
            "select details -> 'internet_only' from fiscal.kkt_request where details is not null"
        ) == [False]
