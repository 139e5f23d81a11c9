"""The search: what one line finds, and that it finds nothing outside of the viewer's sight."""

import re

import pytest

from admin.keys import KEYS
from admin.navigation import CLIENT_PAGES, DEEDS, OWN_PAGES, SECTIONS, SETTINGS_PAGES, TASK_PAGES
from admin.permissions import Role
from tests.browser.client import Panel, text_of
from tests.browser.people import Browser, Office
from tests.browser.scene import REAL_FN, Scene

AS_PART = {"HX-Request": "true"}


async def _books(scene: Scene) -> tuple[int, int]:
    """A merchant with one account and one registered receipt of 1 234,50 (FD 2)."""
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    account = await scene.account(merchant, "0040017811", contact="anna@example.ru")
    receipt = await scene.paid(merchant, account, "0040017811", 123_450)
    await scene.register(merchant, receipt, kkt, 77)
    return merchant, receipt


async def _paths(panel: Panel, text: str) -> list[str]:
    answer = await panel.get("/search", params={"q": text}, headers=AS_PART)
    assert answer.status_code == 200
    return re.findall(r'role="option"[^>]* href="([^"]+)"', answer.text)


async def test_one_line_finds_accounts_receipts_organisations_and_fns(panel: Panel, scene: Scene) -> None:
    merchant, receipt = await _books(scene)
    account, card = f"/accounts/{merchant}/0040017811", f"/receipts/{merchant}/{receipt}"
    kkt = f"/kkts/{merchant}/{await scene.db.fetchval('select id from fiscal.kkt')}"
    for text, path in (
        ("00400", account),
        ("anna@", account),
        ("2", card),
        (str(receipt), card),
        ("1 234,50", card),
        ("1234.5 ₽", card),
        ("тёплый", f"/?merchant={merchant}"),
        ("7700000016", f"/?merchant={merchant}"),
        (REAL_FN, kkt),
        ("7380 4407", kkt),
        ("0000000001000000", kkt),
        ("1000000", kkt),
        ("касс добав", f"/cassettes/{merchant}/new"),
        ("закрыть", f"/closes/{merchant}"),
        ("pfrhsnm", f"/closes/{merchant}"),
        ("реестр", f"/money/new?merchant={merchant}"),
    ):
        assert path in await _paths(panel, text), text


async def test_pages_are_found_by_their_names_in_either_layout_of_the_keyboard(panel: Panel) -> None:
    assert await _paths(panel, "чеки") == ["/receipts", "/receipts?state=REFUSED", "/corrections/new"]
    assert await _paths(panel, "Xtrb") == await _paths(panel, "чеки")


async def test_nothing_asked_shows_where_one_can_go(panel: Panel) -> None:
    pages = (*SECTIONS, *CLIENT_PAGES, *TASK_PAGES[1:], *SETTINGS_PAGES, *OWN_PAGES, *DEEDS)
    everything = [one.path for one in pages]
    assert await _paths(panel, "  ") == everything


@pytest.mark.parametrize("text", ["\0", "'", "%", "9" * 70, "-1", "0", "1e400", "<b>", "9" * 19, "٣", "99999999999"])
async def test_whatever_is_typed_is_looked_for_and_breaks_nothing(panel: Panel, scene: Scene, text: str) -> None:
    await _books(scene)
    answer = await panel.get("/search", params={"q": text})
    assert answer.status_code == 200
    assert "<b>" not in answer.text.replace("<b>{", "")


async def test_what_there_are_too_many_of_is_a_list_one_step_away(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    for number in range(7):
        await scene.account(merchant, f"77{number}")
    paths = await _paths(panel, "77")
    assert sum(path.startswith(f"/accounts/{merchant}/") for path in paths) == 5
    assert "/accounts?code=77" in paths


async def test_the_page_of_the_search_does_the_same_without_scripts(panel: Panel, scene: Scene) -> None:
    merchant, _ = await _books(scene)
    page = (await panel.get("/search?q=00400")).text
    assert f'href="/accounts/{merchant}/0040017811"' in page
    assert "Лицевые счета" in text_of(page)
    assert "Ничего не нашлось." in text_of((await panel.get("/search?q=qqqq")).text)


async def test_nothing_of_merchants_out_of_sight_is_found(browser: Browser, office: Office, scene: Scene) -> None:
    merchant, receipt = await _books(scene)
    own = await scene.merchant("ООО «Своя»")
    await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT], [own])
    await browser.sign_in("anna@example.ru")
    for text in ("00400", "anna@", "2", str(receipt), "1234,50", "тёплый", REAL_FN):
        page = (await browser.get("/search", params={"q": text}, headers=AS_PART)).text
        assert str(merchant) not in page, text
        assert "0040017811" not in page, text
    found = (await browser.get("/search", params={"q": "7700000016"}, headers=AS_PART)).text
    assert re.findall(r"/\?merchant=(\d+)", found) == [str(own)]


async def test_a_role_finds_only_what_it_may_open(browser: Browser, office: Office, scene: Scene) -> None:
    merchant, _ = await _books(scene)
    await office.person("kkt@example.ru", [Role.CASH_DESK_OPERATOR], [merchant])
    await browser.sign_in("kkt@example.ru")
    empty = (await browser.get("/search", headers=AS_PART)).text
    assert "/settings" not in empty
    assert "/accounts" not in empty
    assert "/accounts" not in (await browser.get("/search?q=00400", headers=AS_PART)).text
    await office.person("it@example.ru", [Role.SYSTEM_ADMINISTRATOR], [merchant])
    await browser.sign_in("it@example.ru")
    for text in ("00400", "1234,50", "2", "тёплый", REAL_FN):
        assert str(merchant) not in (await browser.get("/search", params={"q": text}, headers=AS_PART)).text


async def test_every_page_that_is_found_opens(panel: Panel) -> None:
    for one in (*SECTIONS, *CLIENT_PAGES, *SETTINGS_PAGES, *OWN_PAGES, *DEEDS):
        status = (await panel.get(one.path.partition("#")[0])).status_code
        assert status in ((200, 303) if one.path in ("/settings", "/me/second-factor") else (200,)), one.path


async def test_the_page_of_keys_has_every_key(panel: Panel) -> None:
    page = text_of((await panel.get("/keys")).text)
    for group in KEYS:
        for key in group.keys:
            assert key.does in page


@pytest.mark.proof
async def test_a_busy_database_leaves_pages_and_deeds_to_be_found(panel: Panel, scene: Scene) -> None:
    await _books(scene)
    async with scene.db.transaction():
        await scene.db.execute("lock table fiscal.account")
        answer = await panel.get("/search", params={"q": "чек"})
    assert answer.status_code == 200
    assert "База занята" in answer.text
    assert 'href="/receipts"' in answer.text
