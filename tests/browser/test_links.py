"""One-time links: invitations and forgotten passwords, by mail through a real server and by hand."""

import re
from collections.abc import AsyncIterator

import pytest

from fiscal_server.clock import VirtualClock
from tests.browser.people import Browser, Office, new_browser
from tests.mail_server import Box, open_box

NEW = "совсем другие слова осенью"


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_box() as box:
        yield box


@pytest.fixture
async def mail_url(box: Box) -> str:
    return box.url


async def mailed(browser: Browser) -> None:
    """Until mails that are under way have arrived."""
    await browser.app.state["mailer"].close()


def path_in(text: str) -> str:
    found = re.search(r"https?://[^/\s\"]+(/password/[\w-]+)", text)
    assert found is not None, text
    return found.group(1)


async def test_a_forgotten_password_comes_back_by_mail_and_its_link_works_once(
    database: str, clock: VirtualClock, office: Office, box: Box, mail_url: str
) -> None:
    await office.person("anna@example.ru")
    async with new_browser(database, clock, mail_url=mail_url, admin_url="http://panel.example.ru") as browser:
        unknown = await browser.post("/password/forgotten", email="nobody@example.ru")
        known = await browser.post("/password/forgotten", email="Anna@example.ru")
        assert unknown.text == known.text
        await mailed(browser)
        (mail,) = box.mails
        assert (mail["To"], mail["Subject"]) == ("anna@example.ru", "Новый пароль")
        assert "http://panel.example.ru/password/" in mail.get_content()
        path = path_in(mail.get_content())
        for _ in range(3):
            assert "anna@example.ru" in (await browser.get(path)).text
        assert (await browser.post(path, password="коротко")).status_code == 422
        assert (await browser.post(path, password=NEW)).status_code == 303
        assert (await browser.get("/me")).status_code == 200
        assert (await browser.post(path, password="и ещё раз другие слова")).status_code == 422
        assert (await browser.sign_in("anna@example.ru")).status_code == 422
        assert (await browser.sign_in("anna@example.ru", NEW)).status_code == 303


async def test_whoever_names_another_host_sends_nobody_there(
    database: str, clock: VirtualClock, office: Office, box: Box, mail_url: str
) -> None:
    await office.person("anna@example.ru")
    async with new_browser(database, clock, mail_url=mail_url) as browser:
        forged = {"Host": "evil.example", "Origin": "http://evil.example"}
        answer = await browser.panel.post("/password/forgotten", data={"email": "anna@example.ru"}, headers=forged)
        assert answer.status_code == 200
        await mailed(browser)
        (mail,) = box.mails
        assert "http://127.0.0.1:8090/password/" in mail.get_content()


async def test_a_link_ends_with_its_hour_and_with_a_newer_one(
    database: str, clock: VirtualClock, office: Office, box: Box, mail_url: str
) -> None:
    await office.person("anna@example.ru")
    async with new_browser(database, clock, mail_url=mail_url) as browser:
        for _ in range(2):
            await browser.post("/password/forgotten", email="anna@example.ru")
            await mailed(browser)
        older, newer = (path_in(mail.get_content()) for mail in box.mails)
        assert (await browser.get(older)).status_code == 422
        assert (await browser.get(newer)).status_code == 200
        await clock.advance(3601)
        assert (await browser.get(newer)).status_code == 422
        assert (await browser.post(newer, password=NEW)).status_code == 422


async def test_a_mail_server_that_is_away_is_no_error_of_the_page(
    database: str, clock: VirtualClock, office: Office
) -> None:
    await office.person("anna@example.ru")
    async with new_browser(database, clock, mail_url="smtp://127.0.0.1:1") as browser:
        assert (await browser.post("/password/forgotten", email="anna@example.ru")).status_code == 200
        await mailed(browser)


async def test_an_invitation_is_shown_to_the_administrator_and_chooses_the_password(
    database: str, clock: VirtualClock, office: Office
) -> None:
    await office.person("anna@example.ru")
    async with new_browser(database, clock) as browser, new_browser(database, clock) as invited:
        await browser.sign_in("anna@example.ru")
        form = {"name": "Борис", "email": "boris@example.ru", "role": "accountant", "language": "pl"}
        answer = await browser.post("/settings/people/new", page="/settings/people/new", **form)
        path = path_in(answer.text)
        assert (await invited.post(path, password="борис и другие слова")).status_code == 422
        assert (await invited.post(path, password=NEW)).status_code == 303
        assert (await invited.get("/me")).status_code == 200
        again = await browser.post("/settings/people/new", page="/settings/people/new", **form)
        assert (again.status_code, "уже есть" in again.text) == (422, True)


async def test_a_script_in_a_name_stays_a_text(database: str, clock: VirtualClock, office: Office) -> None:
    evil = '"><script>alert(1)</script>'
    await office.person("anna@example.ru", name=evil)
    async with new_browser(database, clock) as browser:
        await browser.sign_in("anna@example.ru")
        for path in ("/", "/me", "/settings/people", "/settings/journal"):
            page = (await browser.get(path)).text
            assert "<script>alert" not in page, path
