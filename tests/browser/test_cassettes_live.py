"""Cassettes in a real browser: an order to a real dispatcher with its answer, narrow screens, no scripts."""

import base64
import os
from datetime import timedelta
from pathlib import Path

import pytest

from fiscal_server.clock import VirtualClock
from tests.browser.chromium import PROGRAM, Page, chromium
from tests.browser.scene import EMULATED_FN, REAL_FN, Scene, payment
from tests.browser.serving import panel_over
from tests.world import world

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

TEXT = "document.body.innerText.replaceAll('\\u00a0', ' ')"
SHOTS = os.environ.get("PANEL_SCREENSHOTS")
"""A folder in which pictures of every page are kept to be looked at."""


async def keep_picture(page: Page, name: str) -> None:
    """When somebody wants to look."""
    if SHOTS:
        shot = await page.command("Page.captureScreenshot", captureBeyondViewport=True)
        Path(SHOTS, f"{name}.png").write_bytes(base64.b64decode(shot["data"]))  # noqa: ASYNC240 - for people alone


async def test_a_kkt_is_paused_and_its_answer_appears_by_itself(database: str, tmp_path: Path) -> None:
    async with (
        world(database, tmp_path, fns=2) as scene,
        panel_over(scene.dsn, tmp_path) as address,
        chromium() as page,
    ):
        await page.look_like(1366, 768)
        [first, _] = await scene.slots()
        card = f"/kkts/{first.merchant_id}/{first.id}"
        async with scene.dispatching():
            await scene.states_become("ACTIVE", "READY")
            await page.open(f"{address}{card}")
            await page.evaluate("document.querySelector('a[href$=\"/order/pause\"]').click()")
            await page.wait_until_at(f"{card}/order/pause")
            assert await page.evaluate("document.activeElement.name") == "reason"
            await page.command("Input.insertText", text="меняем кабель")
            for kind in ("keyDown", "keyUp"):
                await page.command(
                    "Input.dispatchKeyEvent", type=kind, key="Enter", text="\r", windowsVirtualKeyCode=13
                )
            await page.wait_until_at(card)
            await page.wait_for(f"{TEXT}.includes('сделано: приостановлена')")
            await page.wait_for(f"{TEXT}.includes('на паузе')")
            await keep_picture(page, "kkt-paused")
            await scene.states_become("READY", "ACTIVE")
        assert page.complaints == []


async def _scene(scene: Scene, clock: VirtualClock) -> tuple[int, int, int]:
    merchant, now = await scene.merchant("ТСЖ «Очень длинное название товарищества на Береговой улице»"), clock.now()
    active = await scene.slot(
        merchant, 1, REAL_FN, last_fd=231_050, acked_fd=231_020, documents_left=18_950, shift_number=412,
        valid_until=now.date() + timedelta(days=20), shift_opened_at=now - timedelta(hours=3), warnings=0x06,
    )  # fmt: skip
    await scene.slot(merchant, 2, EMULATED_FN, "READY", documents_left=249_000, valid_until=now.date())
    await scene.slot(merchant, 3, "7380440700123453", "FAULTY", fault="other_fn: FN 9999 answers at this address")
    await scene.slot(merchant, 4, "7380440700123454", "CLOSED", last_fd=250_000, acked_fd=250_000, documents_left=0)
    receipt = await scene.receipt(merchant, payment(12_345))
    await scene.refuse(receipt, "bad_request: the FN refuses tag 1008")
    await scene.rotation(merchant, active, None, "ordered: Анна: проверка")
    other = await scene.merchant("ООО «Провайдер»")
    await scene.slot(other, 1, "7380440700123999", documents_left=200_000, valid_until=now.date() + timedelta(days=400))
    return merchant, active, receipt


async def test_no_page_is_wider_than_a_narrow_screen(
    page: Page, address: str, scene: Scene, clock: VirtualClock
) -> None:
    merchant, active, receipt = await _scene(scene, clock)
    pages = {
        "cassettes": "/cassettes",
        "cassette": f"/cassettes/{merchant}/{merchant}",
        "cassette-rules": f"/cassettes/{merchant}/{merchant}/rules",
        "new-kkt": f"/cassettes/{merchant}/new",
        "registration": f"/kkts/{merchant}/{active}/registration",
        "kkt": f"/kkts/{merchant}/{active}",
        "kkt-rotate": f"/kkts/{merchant}/{active}/order/rotate",
        "receipt-cancel": f"/receipts/{merchant}/{receipt}/order/cancel",
        "receipt-settle": f"/receipts/{merchant}/{receipt}/order/settle",
    }
    for width, height, scheme in ((390, 844, "dark"), (1366, 768, "light")):
        await page.look_like(width, height, scheme)
        for name, path in pages.items():
            await page.open(address + path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
            await keep_picture(page, f"{name}-{width}-{scheme}")


async def test_an_order_is_given_without_scripts(page: Page, address: str, scene: Scene, clock: VirtualClock) -> None:
    merchant, active, _ = await _scene(scene, clock)
    await page.command("Emulation.setScriptExecutionDisabled", value=True)
    await page.open(f"{address}/kkts/{merchant}/{active}")
    assert "Сменить память сейчас" in await page.evaluate(TEXT)
    await page.open(f"{address}/kkts/{merchant}/{active}/orders")
    assert "Распоряжений ещё не было" in await page.evaluate(TEXT)
