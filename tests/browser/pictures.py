"""Pages looked at: kept as pictures when a folder is named, and held against the narrow screen."""

import base64
import os
from pathlib import Path

from tests.browser.chromium import Page

TEXT = "document.body.innerText.replaceAll('\\u00a0', ' ')"
SHOTS = os.environ.get("PANEL_SCREENSHOTS")
"""A folder in which pictures of every page are kept to be looked at."""


async def picture(page: Page, *, whole: bool = True) -> bytes:
    """PNG of what the window shows, or of the whole page."""
    shot = await page.command("Page.captureScreenshot", captureBeyondViewport=whole)
    return base64.b64decode(shot["data"])


async def keep(path: Path, page: Page, height: int) -> None:
    """A picture of the top of the page on a laptop."""
    await page.look_like(1366, height)
    path.write_bytes(await picture(page, whole=False))  # noqa: ASYNC240 - for people alone


async def shoot(page: Page, name: str) -> None:
    """In both themes, wide and narrow."""
    if not SHOTS:
        return
    for scheme in ("light", "dark"):
        for width, height in ((1366, 768), (390, 844)):
            await page.look_like(width, height, scheme)
            (Path(SHOTS) / f"{name}-{scheme}-{width}.png").write_bytes(await picture(page, whole=width < 500))
    await page.look_like(1366, 768)


async def fits(page: Page, where: str) -> None:
    """Nothing sticks out of a narrow screen."""
    await page.look_like(390, 844)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390, where
    await page.look_like(1366, 768)
