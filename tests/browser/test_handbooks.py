"""What the office writes down about its clients: handbooks of everybody and of one person, texts, versions, files."""

import re

import asyncpg
import pytest

from admin.pages.office.handbook_entry import Change, difference
from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from tests.browser.client import text_of
from tests.browser.people import ORIGIN, Browser, Office, new_browser
from tests.clients import Clients


async def words(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return text_of(answer.text)


async def add(browser: Browser, name: str, whose: str = "all", **more: str) -> str:
    made = await browser.post("/handbooks", page="/handbooks", name=name, whose=whose, show_in_card="1", **more)
    assert made.status_code == 303, text_of(made.text)
    return made.headers["location"]


async def read(browser: Browser, path: str) -> str:
    """The version that the form was drawn with."""
    found = re.search(r'name="read" value="(\d+)"', (await browser.get(path)).text)
    assert found is not None
    return found[1]


async def test_a_client_has_texts_with_versions_and_files_that_are_found_again(
    browser: Browser, office: Office, clients: Clients, clock: VirtualClock
) -> None:
    anna = await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT])
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    await browser.sign_in("anna@example.ru")
    book = await add(browser, "Карта обслуживания", outline="# Банк\n# Ловушки")
    entry = f"/clients/{cafe}{book}"
    assert "# Банк" in (await browser.get(entry)).text  # what an entry begins with
    shown = await browser.post(entry, page=entry, text="**до пятницы**", do="look", read="0")
    assert "<strong>до пятницы</strong>" in shown.text
    assert "ещё ничего нет" in await words(browser, entry)
    evil = "Выписка **до пятницы** <script>alert(1)</script> [x](javascript:alert(1))"
    first = await browser.post(entry, page=entry, text=evil, review_by="2026-01-20", pinned="1", read="0")
    assert first.status_code == 303
    late = await browser.post(entry, page=entry, text="другое", read="0")
    assert (late.status_code, "изменил кто-то ещё" in late.text) == (422, True)
    card = (await browser.get(f"/clients/{cafe}")).text
    assert "<strong>до пятницы</strong>" in card
    assert "<script>alert" not in card
    assert 'href="javascript' not in card
    version = await read(browser, entry)
    assert (await browser.post(entry, page=entry, text="Выписка до среды", read=version)).status_code == 303
    page = await words(browser, entry)
    assert "+ Выписка до среды" in page
    assert "- Выписка **до пятницы**" in page
    token = re.search(r'name="form_token" value="(\w+)"', (await browser.get(entry)).text)
    assert token is not None
    sent = await browser.panel.post(
        f"{entry}/files",
        data={"form_token": token[1]},
        files={"file": ("Регламент <b>.html", b"<script>alert(1)</script>", "text/html")},
        headers=ORIGIN,
    )
    assert sent.status_code == 303
    link = re.search(rf'href="({entry}/files/\d+)"', (await browser.get(entry)).text)
    assert link is not None
    file = await browser.get(link[1])
    assert (file.content, file.headers["content-type"]) == (b"<script>alert(1)</script>", "application/octet-stream")
    assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert file.headers["x-content-type-options"] == "nosniff"
    for asked in ("СРЕДЫ", "регламент"):
        assert "ООО «Кафе»: Карта обслуживания" in await words(browser, f"/handbooks?q={asked}")
    assert "этого нет" in await words(browser, "/handbooks?q=100%25")
    assert (await browser.post(f"{link[1]}/remove", page=entry)).status_code == 303
    assert (await browser.get(link[1])).status_code == 404
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.audit where action like 'handbook.%'") == 5


async def test_an_entry_whose_day_has_come_is_listed_until_it_is_looked_at(
    browser: Browser, office: Office, clients: Clients, clock: VirtualClock
) -> None:
    anna = await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT])
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    await browser.sign_in("anna@example.ru")
    entry = f"/clients/{cafe}{await add(browser, 'Учётная политика')}"
    await browser.post(entry, page=entry, text="На 2026 год", review_by="2026-01-16", read="0")
    assert "Пора пересмотреть" not in await words(browser, "/handbooks")
    await clock.advance(86_400)
    await browser.sign_in("anna@example.ru")
    assert "Пора пересмотреть ООО «Кафе»: Учётная политика" in await words(browser, "/handbooks")
    version = await read(browser, entry)
    await browser.post(entry, page=entry, text="На 2026 год", review_by="2027-01-16", read=version)
    assert "Пора пересмотреть" not in await words(browser, "/handbooks")


async def test_a_personal_handbook_is_its_owner_s_and_everybody_s_is_of_those_who_see_the_client(
    database: str, clock: VirtualClock, browser: Browser, office: Office, clients: Clients
) -> None:
    anna = await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT])
    cafe = await clients.client("ООО «Кафе»", lead=anna)
    other = await clients.client("ООО «Чужая»")
    await browser.sign_in("anna@example.ru")
    own, common = await add(browser, "Мои заметки", "own"), await add(browser, "Регламенты")
    await browser.post("/handbooks", page="/handbooks", name="Ещё мои", whose="own", outline="Каждый раз: тайна")
    for book in (own, common):
        entry = f"/clients/{cafe}{book}"
        await browser.post(entry, page=entry, text="Тайна", read="0")
    await office.person("boss@example.ru", [Role.DIRECTOR])
    await office.person("boris@example.ru", [Role.ACCOUNTANT])
    async with new_browser(database, clock) as boss, new_browser(database, clock) as boris:
        await boss.sign_in("boss@example.ru")
        assert "Мои заметки" not in await words(boss, f"/clients/{cafe}")
        assert (await boss.get(f"/clients/{cafe}{own}")).status_code == 404
        assert (await boss.get(own)).status_code == 404
        assert "Каждый раз" not in await words(boss, "/settings/journal")
        assert "Тайна" in await words(boss, f"/clients/{cafe}{common}")
        await boris.sign_in("boris@example.ru")
        assert (await boris.get(f"/clients/{cafe}{common}")).status_code == 404
        assert "Тайна" not in await words(boris, "/handbooks?q=Тайна")
        refused = await boris.post("/handbooks", page="/handbooks", name="Общий", whose="all")
        assert refused.status_code == 422
        assert (await boris.post(common, page="/handbooks", name="Иначе")).status_code == 403
    assert (await browser.get(f"/clients/{other}{common}")).status_code == 404
    archived = await browser.post(common, page=common, name="Регламенты", archived="1")
    assert archived.status_code == 303
    assert "Регламенты" not in await words(browser, f"/clients/{cafe}")
    async with clients.change(anna) as db:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute("update office.handbook_entry set text = ''")


def test_a_difference_shows_what_was_added_and_taken() -> None:
    assert difference("а\nб", "а\nв") == [Change(" ", "а"), Change("-", "б"), Change("+", "в")]
    assert difference("а", "а") == []
