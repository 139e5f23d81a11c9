"""Every page of the navigation, and cards: axe-core finds nothing, nothing sticks out, the keyboard reaches everything.

At the size of a laptop, the same enlarged twice, and on a telephone, in both themes. PANEL_SCREENSHOTS names a folder
in which a picture of each is kept to be looked at.
A full panel is in test_showroom.py.
"""

import base64
import os
from pathlib import Path

import pytest

from admin.navigation import DEEDS, OWN_PAGES, SECTIONS, SETTINGS_PAGES
from admin.storage import audit
from admin.storage.audit import Deed
from fiscal_server.clock import VirtualClock
from tests.browser import axe
from tests.browser.chromium import PROGRAM, Page
from tests.browser.client import Panel
from tests.browser.looking import LOOKS as FULL_LOOKS
from tests.browser.looking import OTHER_LOOKS, settled
from tests.browser.office_scene import furnish
from tests.browser.people import open_office
from tests.browser.routes import unseen
from tests.browser.scene import EMULATED_FN, REAL_FN, Scene, payment
from tests.clients import open_clients

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium"),
    pytest.mark.skipif(not axe.SCRIPT.exists(), reason="needs axe-core: npm ci"),
]

CODE = "0040017811"
SHOTS = os.environ.get("PANEL_SCREENSHOTS")
SIZES = [(1366, 768), (683, 384), (390, 844)]
LOOKS = [
    (683, 384, "light"),
    *(
        pytest.param(*one, marks=pytest.mark.proof)
        for one in (*OTHER_LOOKS, *FULL_LOOKS) if one != (683, 384, "light")
    ),
]  # fmt: skip
"""In test_showroom.py every run has two others."""

PATHS = tuple(dict.fromkeys(one.path.partition("#")[0] for one in (*SECTIONS, *SETTINGS_PAGES, *OWN_PAGES, *DEEDS)))
"""Of the navigation."""

TABBABLE = (
    "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, textarea')]"
    ".filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0 && !one.closest('dialog')"
    " && !(one.type === 'radio' && !one.checked && one.form?.elements[one.name]?.value))"
)


async def _scene(scene: Scene, database: str, clock: VirtualClock) -> list[str]:
    """Something on every page; addresses of cards."""
    async with open_office(database, clock) as office:
        person = await office.person("a.very.long.address@organisation.example.ru", name="Анна Константиновна")
        async with office.db.write() as db:
            deed = Deed(
                happened_at=clock.now(), person_id=person, person="Анна", address="10.0.0.5", action="people.invite",
                object="b@example.ru", after={"roles": ["accountant"]},
            )  # fmt: skip
            await audit.record(db, deed)
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.merchant(f"ООО «{'Долгоименноесообщество' * 9}»"[:200])
    kkt = await scene.slot(merchant, 1, EMULATED_FN, documents_left=40_000, shift_number=3)
    await scene.slot(merchant, 2, REAL_FN, "FAULTY", fault="нет связи")
    account = await scene.account(merchant, CODE, contact="+79990000001")
    await scene.debt(merchant, account, "heating", 45_000, scene.clock.now().date())
    receipt = await scene.paid(merchant, account, CODE, 123_450)
    await scene.register(merchant, receipt, kkt, 77)
    await scene.confirm(merchant, receipt, kkt)
    await scene.refuse(await scene.receipt(merchant, payment(45_000), account), "Неверная сумма")
    await scene.receipt(merchant, payment(4_500), account)
    await scene.rotation(merchant, kkt, None, "documents")
    for hours in range(30):
        await scene.money(merchant, scene.clock.now().replace(hour=0, minute=hours), 100_000 * hours + 1)
    return [
        f"/receipts/{merchant}/{receipt}",
        f"/accounts/{merchant}/{CODE}?pay=500&way=cash&on=2026-01-15",
        f"/receipts?merchant={merchant}&state=OFD_ACKED&sum_from=1&sum_to=x",
        f"/cassettes/{merchant}/{merchant}",
        f"/kkts/{merchant}/{kkt}",
        f"/closes/{merchant}/2025-12",
        f"/settings/people/{person}",
        "/search?q=004",
        "/today/money",
        "/sign-in",
        "/password/forgotten",
        "/password/no-such-link",
        "/no-such-page",
    ]


async def _open(page: Page, url: str) -> None:
    await page.open(url)
    await settled(page)


async def _shoot(page: Page, name: str) -> None:
    if SHOTS is not None:
        picture = await page.command("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        _keep(name, picture["data"])


def _keep(name: str, picture: str) -> None:
    assert SHOTS is not None
    Path(SHOTS, f"{name}.png").write_bytes(base64.b64decode(picture))


async def _walk(page: Page, address: str, paths: list[str], look: str, width: int) -> list[str]:
    """What is wrong about the pages as they look in this window."""
    found = []
    for number, path in enumerate(paths):
        await _open(page, address + path)
        found += [f"{path} {one}" for one in await axe.violations(page)]
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path} is wider than its window")
        await _shoot(page, f"{number:02}-{look}")
    return found


@pytest.mark.parametrize(("width", "height", "scheme"), LOOKS)
async def test_axe_finds_nothing_and_nothing_sticks_out(
    page: Page, address: str, scene: Scene, database: str, clock: VirtualClock, width: int, height: int, scheme: str
) -> None:
    cards = await _scene(scene, database, clock)
    await page.look_like(width, height, scheme)
    found = await _walk(page, address, [*PATHS, *cards], f"{width}-{scheme}", width)
    page.complaints.clear()  # of the page that does not exist
    assert not found, "\n".join(found)


@pytest.mark.proof
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_axe_finds_nothing_in_the_office(
    page: Page, address: str, panel: Panel, database: str, clock: VirtualClock, scheme: str, width: int, height: int
) -> None:
    async with open_clients(database, clock) as clients:
        paths = await furnish(panel, clients)
    await page.look_like(width, height, scheme)
    found = await _walk(page, address, paths, f"office-{width}-{scheme}", width)
    found += [f"{path} was not seen" for path in unseen(clock, paths, of_office=True)]
    page.complaints.clear()  # of the link that does not exist
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_palette_and_the_keys(
    page: Page, address: str, scene: Scene, database: str, clock: VirtualClock, scheme: str
) -> None:
    await _scene(scene, database, clock)
    await page.look_like(1366, 768, scheme)
    await page.open(f"{address}/receipts")
    await page.press("Ctrl+k")
    await page.type("004")
    await page.wait_for("document.querySelector('#palette-hits [aria-selected=true] .hint') !== null")
    found = await axe.violations(page)
    await _shoot(page, f"palette-{scheme}")
    await page.type("нет такого")
    await page.wait_for("document.querySelector('.hits-nothing') !== null")
    found += await axe.violations(page)
    await page.press("Escape", "?")  # at once: the field of the palette still has the focus
    await page.wait_for("document.getElementById('keys').open")
    found += await axe.violations(page)
    await _shoot(page, f"keys-{scheme}")
    assert not found, "\n".join(found)


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    page: Page, address: str, scene: Scene, database: str, clock: VirtualClock
) -> None:
    cards = await _scene(scene, database, clock)
    for path in (*PATHS, *cards):
        await _open(page, address + path)
        wanted = await page.evaluate(f"(window.wanted = {TABBABLE}).length")
        await page.evaluate("window.met = new Set(); window.unseen = []")
        inside = await page.evaluate("6 * document.querySelectorAll('input[type=date]').length")  # day, month, year
        for _ in range(wanted + inside + 5):
            await page.press("Tab")
            await page.evaluate(
                "(() => { const one = document.activeElement; met.add(one); const look = getComputedStyle(one);"
                " if (one !== document.body && one.type !== 'date' && look.outlineStyle === 'none'"
                " && look.boxShadow === 'none')"
                " unseen.push(one.outerHTML.slice(0, 120)); })()"
            )
        missed = await page.evaluate("wanted.filter((one) => !met.has(one)).map((one) => one.outerHTML.slice(0, 120))")
        assert (missed, await page.evaluate("unseen")) == ([], []), path
    page.complaints.clear()
