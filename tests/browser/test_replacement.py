"""A new FN for a KKT whose old one has ended: from its card through the wizard, over the real API and dispatcher."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser import axe
from tests.browser.chromium import PROGRAM, Page, chromium
from tests.browser.client import text_of
from tests.browser.hands import press_on, send, tab_to
from tests.browser.serving import panel_over
from tests.browser.test_registration_live import TEXT, keep_picture
from tests.world import FnBox, World, world

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")


@pytest.fixture
async def scene(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """The first FN has said what it was registered with, given way and ended; the second one works."""
    async with world(database, tmp_path, fns=2) as scene, scene.dispatching():
        await scene.states_become("ACTIVE", "READY")
        await scene.order(1, "read_registration")
        await scene.order(1, "rotate")
        await scene.states_become("CLOSED", "ACTIVE")
        yield scene


@pytest.fixture
async def page(scene: World, tmp_path: Path) -> AsyncIterator[tuple[Page, str]]:
    async with panel_over(scene.dsn, tmp_path) as address, chromium() as page:
        await page.look_like(1366, 768)
        yield page, address
        assert [one for one in page.complaints if "422" not in one] == []


async def _new(scene: World) -> FnBox:
    [box] = await scene.more_boxes()
    return box


async def test_an_fn_that_has_ended_is_replaced_by_keyboard(scene: World, page: tuple[Page, str]) -> None:
    tab, address = page
    old, box = (await scene.slots())[0], await _new(scene)
    card = f"/kkts/{scene.merchant.id}/{old.id}"
    await tab.open(f"{address}{card}")
    await keep_picture(tab, "replacement-card")
    await press_on(tab, f'a[href="/cassettes/{scene.merchant.id}/new?replaces={old.fn_number}"]')
    assert await tab.evaluate("document.querySelector('[name=serial]').value") == "00000001"
    assert await tab.evaluate("document.querySelector('[name=registration_number]').value") == old.registration_number
    await keep_picture(tab, "replacement-form")
    assert await axe.violations(tab) == []
    await tab_to(tab, "[name=address]")
    await tab.type(box.address)
    for box_name in ("reason_place", "sure"):
        await tab_to(tab, f"[name={box_name}]")
        await tab.press(" ")
    await press_on(tab, "main form button.danger")
    await tab.wait_for(f"{TEXT}.includes('зарегистрирована и встала в кассету')")
    await keep_picture(tab, "replacement-done")
    text = await tab.evaluate(TEXT)
    assert "Она встала вместо памяти 9999 0789 0000 0001" in text
    assert "не позднее следующего рабочего дня" in text
    assert [entry.form for entry in box.archive()] == [11]
    await tab.open(f"{address}{card}")
    assert "Заменить память" not in await tab.evaluate(TEXT)


async def test_a_new_fn_for_a_known_kkt_is_led_to_the_replacement(scene: World, page: tuple[Page, str]) -> None:
    tab, address = page
    old, box = (await scene.slots())[0], await _new(scene)
    new = f"/cassettes/{scene.merchant.id}/new"
    await tab.open(f"{address}{new}")
    await send(
        tab, f'form[action="{new}"]', address=box.address, registration_number=old.registration_number,
        serial="00000001", ofd_inn="7700000000", ofd_name="Эмулятор ОФД", sure="1",
    )  # fmt: skip
    await tab.wait_for(f"{TEXT}.includes('кончилась: новую ставят на её место')")
    await keep_picture(tab, "replacement-refused")
    await press_on(tab, f'main a[href*="replaces={old.fn_number}"]')
    assert await tab.evaluate("document.querySelector('[name=address]').value") == box.address
    await send(tab, f'form[action="{new}"]', sure="1", registration_number="0000000001000000")
    assert "номер в налоговой остаётся прежним" in await tab.evaluate(TEXT)
    assert await tab.evaluate("document.querySelector('form.form + form [name=replaces]').value") == old.fn_number
    assert box.archive() == []


async def test_what_has_not_ended_is_not_replaced_and_looking_keeps_what_is_replaced(
    scene: World, page: tuple[Page, str]
) -> None:
    tab, address = page
    old, second = await scene.slots()
    new = f"/cassettes/{scene.merchant.id}/new"
    await tab.open(f"{address}{new}?replaces={second.fn_number}")
    assert "эта память ещё не кончилась" in await tab.evaluate(TEXT)
    await tab.open(f"{address}{new}?replaces={old.fn_number}")
    await send(tab, f'form[action="{new}/find"]')
    assert await tab.evaluate("location.search") == f"?replaces={old.fn_number}"
    await tab.wait_for("document.querySelector('main a.button')")
    back = await tab.evaluate("document.querySelector('main a.button').getAttribute('href')")
    assert back == f"{new}?replaces={old.fn_number}"
    assert re.search(r"Ввести адрес|Взять", text_of(await tab.evaluate("document.body.innerHTML")))
