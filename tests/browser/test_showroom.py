"""Every page of a full panel, answers to wrong forms too: axe-core finds nothing, nothing sticks out of the window.

`make pictures` makes those pictures again that stand in docs/images. For whoever changes a page:

PANEL_SCREENSHOTS=FOLDER make test ARGS=tests/browser/test_showroom.py    every page, wide and light, narrow and dark

PANEL_ONLY="today receipt" takes only some, PANEL_LANGUAGE=pl another of the panel's languages.
"""

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import httpx
import pytest

from admin.app import create_admin_app
from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from fiscal_server.settings import Settings
from tests.browser import axe
from tests.browser.chromium import PROGRAM, Page, chromium
from tests.browser.looking import LOOKS, OTHER_LOOKS, Look, judge, send_anything, settled
from tests.browser.people import PASSWORD, open_office
from tests.browser.pictures import keep
from tests.browser.routes import unseen
from tests.browser.scene import Scene
from tests.browser.serving import served
from tests.browser.showroom import RULES, Showroom
from tests.browser.showroom_pages import PAGES, SENT, Sent
from tests.browser.showroom_work import Visitor, work
from tests.storage.scene import Shop, open_shop

PICTURES = os.environ.get("PANEL_PICTURES")
ONLY = os.environ.get("PANEL_ONLY", "").split()
LANGUAGE = os.environ.get("PANEL_LANGUAGE", "ru")

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium"),
    pytest.mark.skipif(not axe.SCRIPT.exists(), reason="needs axe-core: npm ci"),
]

SHOWN: Final = {"today": 768, "receipt": 560, "upload": 640, "cassettes": 640}
"""Pictures of the documents, and how high they are: none takes more than 150 KB."""

CLIENT: Final = "viewer@teply-dom.example"
OUTSIDE: Final = ("sign-in", "sign-in-refused", "forgotten", "dead-link")
"""Seen by somebody who has not signed in."""

AT_THE_DOOR: Final = ("/first-run", "/sign-in/code")
"""Seen by the other test here."""


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database, RULES, name="ООО «Тёплый дом»") as shop:
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


class Tour:
    """Goes through the pages that are wanted in a browser that has signed in; what is wrong about them gathers."""

    def __init__(self, page: Page, address: str, places: Mapping[str, str], looks: tuple[Look, ...]) -> None:
        self.page = page
        self.address = address
        self.places = places
        self.looks = looks
        self.wrong: list[str] = []

    async def see(self, name: str, way: str | Sent) -> None:
        """Open a page, or have a form answered, and judge what is there."""
        if ONLY and name not in ONLY:
            return
        await self.page.look_like(1366, 768)
        at = way.at if isinstance(way, Sent) else way
        await self.page.open(self.address + at.format_map(self.places))
        await settled(self.page)
        if isinstance(way, Sent):
            await send_anything(self.page, way.form.format_map(self.places), way.fields)
        elif PICTURES is not None and name in SHOWN:
            await keep(Path(PICTURES, f"{name}.png"), self.page, SHOWN[name])
        self.wrong += await judge(self.page, name, self.looks)


async def _tour(shop: Shop, api: str, clock: VirtualClock, look: Look) -> list[str]:
    room = Showroom(shop, await Scene.open(shop.dsn, shop.clock))
    await room.furnish()
    app = create_admin_app(Settings(data_dir=Path("/nowhere"), api_url=api), shop.dsn, shop.clock)
    async with served(app) as address, chromium() as page:
        async with httpx.AsyncClient(
            base_url=address, headers={"Origin": address}, follow_redirects=True, timeout=30
        ) as client:
            visitor = Visitor(client, app)
            cookie = await visitor.sign_in()
            await work(visitor, room)
            await room.scene.db.execute("update office.person set language = $1", LANGUAGE)
        ways: dict[str, str | Sent] = {**PAGES, **room.cards, **SENT}
        numbers = {"merchant": str(room.merchant), "kkt": str(room.kkt)}
        paths = {name: at.format_map(numbers) for name, at in ways.items() if isinstance(at, str)}
        tour = Tour(page, address, paths | numbers, (look,))
        await page.command("Network.enable")
        await page.command("Network.setExtraHTTPHeaders", headers={"Accept-Language": LANGUAGE.replace("_", "-")})
        for name in OUTSIDE:
            await tour.see(name, ways[name])
        name, _, value = cookie.partition("=")
        await page.command("Network.setCookie", name=name, value=value, url=address)
        for name in [one for one in ways if one not in OUTSIDE]:
            await tour.see(name, ways[name])
    await room.scene.close()
    everything = [*paths.values(), *AT_THE_DOOR]
    return [*tour.wrong, *(f"{path} was not seen" for path in unseen(clock, everything, of_office=False))]


@pytest.mark.parametrize("look", [*LOOKS, *(pytest.param(one, marks=pytest.mark.proof) for one in OTHER_LOOKS)])
async def test_axe_finds_nothing_on_any_page_of_a_full_panel(
    shop: Shop, api: str, clock: VirtualClock, look: Look
) -> None:
    wrong = await _tour(shop, api, clock, look)
    assert not wrong, "\n".join(wrong)


async def test_axe_finds_nothing_at_the_door_and_where_something_went_wrong(
    database: str, clock: VirtualClock, api: str
) -> None:
    app = create_admin_app(Settings(data_dir=Path("/nowhere"), api_url=api), database, clock)
    async with served(app) as address, chromium() as page, open_office(database, clock) as office:
        tour = Tour(page, address, {}, LOOKS)
        await tour.see("first-run", "/first-run")
        await office.person(CLIENT, [Role.CLIENT_VIEWER])
        async with office.db.write() as db:
            await db.execute("update office.person set totp_secret = 'UW5FGTKNKIEZGPARK6RS7DD3ATYNHTSW'")
        await tour.see("first-run-over", "/first-run")
        await tour.see("second-step", Sent("/sign-in", "/sign-in", {"email": CLIENT, "password": PASSWORD}))
        await tour.see("second-step-wrong", Sent("/sign-in/code", "/sign-in/code", {"code": "000000"}))
        async with office.db.write() as db:
            await db.execute("update office.person set totp_secret = null")
        await tour.see("no-merchants", Sent("/sign-in", "/sign-in", {"email": CLIENT, "password": PASSWORD}))
        await tour.see("forbidden", "/settings/people")
        async with office.db.write() as db:
            await db.execute("alter table office.saved_view rename to saved_elsewhere")
        await tour.see("mistake", "/receipts")
        async with office.db.write() as db:
            await db.execute("alter table office.session rename to session_elsewhere")
        await tour.see("mistake-outside", "/")
    assert not tour.wrong, "\n".join(tour.wrong)
