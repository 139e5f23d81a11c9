"""How soon a page answers a hand: from a key or a click to the next picture, as browsers measure it (Event Timing)."""

import pytest

from tests.browser.chromium import PROGRAM, Page
from tests.browser.scene import REAL_FN, Scene, payment

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

P95_MAX_MS = 150
ROUNDS = 3
"""The best of them counts: what other processes of the machine take is not the page's."""

WATCH = (
    "window.took = new Map(); new PerformanceObserver((list) => { for (const one of list.getEntries())"
    " if (one.interactionId) took.set(one.interactionId, Math.max(took.get(one.interactionId) ?? 0, one.duration)); })"
    ".observe({ type: 'event', durationThreshold: 16, buffered: true }); undefined"
)
QUIET = "new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))"


async def _click(page: Page, selector: str) -> None:
    place = await page.evaluate(
        f"(() => {{ const one = document.querySelector({selector!r}); one.scrollIntoView({{block: 'nearest'}});"
        " const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
    )
    for kind in ("mousePressed", "mouseReleased"):
        await page.command("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)


async def _round(page: Page, address: str) -> list[int]:
    """Durations of all interactions of one walk, those under 16 ms as 16: the browser does not tell them apart."""
    took: list[int] = []
    hands = 0

    async def gather() -> None:
        await page.evaluate(QUIET)
        took.extend(await page.evaluate("[...took.values()]"))

    await page.open(f"{address}/receipts")
    await page.evaluate(WATCH)
    for key in "jjjjkkjjkk":
        await page.press(key)
    await page.press("Ctrl+k", *"770", "ArrowDown", "ArrowUp")
    await page.wait_for("document.querySelector('#palette-hits a[href^=\"/accounts/\"]') !== null")
    await page.press("ArrowDown", "Escape", "?", "Escape")
    await _click(page, ".tool summary")
    await _click(page, ".tool summary")
    hands += 10 + 6 + 4 + 2
    await gather()
    await page.open(f"{address}/")
    await page.evaluate(WATCH)
    await page.wait_for("document.querySelector('.money-table summary') !== null")
    for _ in range(4):
        await _click(page, ".money-table summary")
    hands += 4
    await gather()
    return sorted([16] * max(0, hands - len(took)) + took)


async def test_95_of_100_interactions_are_answered_within_150_ms(page: Page, address: str, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    for number in range(60):
        account = await scene.account(merchant, f"77{number:04}")
        receipt = await scene.receipt(merchant, payment(10_000 + number), account)
        await scene.register(merchant, receipt, kkt, number)
    best = P95_MAX_MS + 1
    for _ in range(ROUNDS):
        took = await _round(page, address)
        assert len(took) >= 26
        best = min(best, took[int(0.95 * (len(took) - 1))])
        if best <= P95_MAX_MS:
            break
    print(f"p95 of interactions: {best} ms")
    assert best <= P95_MAX_MS
