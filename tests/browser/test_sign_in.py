"""Signing in: password, second factor, links, limits, sessions."""

import asyncio
from collections import Counter
from datetime import timedelta

import pyotp
import pytest

from admin.permissions import Role
from admin.sign_in.door import FAILURES_OF_A_NAME, SignInRefused
from admin.storage.sessions import Browser as Asker
from fiscal_server.clock import VirtualClock
from tests.browser.client import text_of
from tests.browser.people import PASSWORD, Browser, Office, new_browser


async def test_nothing_is_seen_before_signing_in_and_the_way_back_is_kept(browser: Browser, office: Office) -> None:
    await office.person("anna@example.ru")
    answer = await browser.get("/settings/people?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?goal=%2Fsettings%2Fpeople%3Fx%3D1")
    answer = await browser.sign_in("Anna@Example.ru", goal="/settings/people?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/people?x=1")
    assert "Анна" in (await browser.get("/settings/people")).text


@pytest.mark.parametrize(
    "goal", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nX: 1", "", "evil"]
)
async def test_the_way_back_is_always_a_path_of_ours(browser: Browser, office: Office, goal: str) -> None:
    await office.person("anna@example.ru")
    assert (await browser.sign_in("anna@example.ru", goal=goal)).headers["location"] == "/"


async def test_a_wrong_password_and_an_unknown_name_get_the_same_words(browser: Browser, office: Office) -> None:
    await office.person("anna@example.ru")
    wrong = await browser.sign_in("anna@example.ru", "не тот пароль")
    unknown = await browser.sign_in("nobody@example.ru", "не тот пароль")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("anna@", "nobody@") == unknown.text
    assert "set-cookie" not in wrong.headers


async def test_after_ten_failures_even_the_right_password_waits(
    browser: Browser, office: Office, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    for _ in range(FAILURES_OF_A_NAME):
        assert (await browser.sign_in("anna@example.ru", "не тот пароль")).status_code == 422
    refused = await browser.sign_in("anna@example.ru")
    assert "Слишком много неудачных попыток" in refused.text
    await clock.advance(15 * 60 + 1)
    assert (await browser.sign_in("anna@example.ru")).status_code == 303


async def test_guesses_that_come_all_at_once_are_counted_like_any_others(browser: Browser, office: Office) -> None:
    await office.person("anna@example.ru")
    door, asker = browser.app.state["door"], Asker("127.0.0.1", "")
    crowd = [f"не тот пароль {number}" for number in range(FAILURES_OF_A_NAME + 2)] + [PASSWORD]
    guesses = (door.sign_in("anna@example.ru", one, asker) for one in crowd)
    ends = await asyncio.gather(*guesses, return_exceptions=True)
    told = Counter(str(one) for one in ends if isinstance(one, SignInRefused))
    assert sorted(told.values()) == [3, FAILURES_OF_A_NAME]
    assert "Слишком много неудачных попыток" in str(ends[-1])


async def test_the_cookie_is_out_of_reach_and_only_its_hash_is_kept(browser: Browser, office: Office) -> None:
    await office.person("anna@example.ru")
    answer = await browser.sign_in("anna@example.ru")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    token = answer.cookies["session"]
    (row,) = await office.rows("select token_hash from office.session")
    assert token.encode() not in row["token_hash"]


async def test_over_https_the_cookie_goes_over_https_alone(database: str, clock: VirtualClock, office: Office) -> None:
    await office.person("anna@example.ru")
    async with new_browser(database, clock, admin_url="https://panel.example.ru") as browser:
        cookie = (await browser.sign_in("anna@example.ru")).headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "domain" not in cookie.lower()


async def test_a_cookie_given_by_somebody_else_is_not_taken_over(browser: Browser, office: Office) -> None:
    await office.person("anna@example.ru")
    browser.panel.cookies.set("session", "chosen-by-an-attacker")
    answer = await browser.sign_in("anna@example.ru")
    assert answer.cookies["session"] != "chosen-by-an-attacker"


async def test_a_session_ends_when_nobody_uses_it_and_when_it_is_old(
    browser: Browser, office: Office, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    await browser.sign_in("anna@example.ru")
    for _ in range(13):
        await clock.advance(timedelta(hours=11).total_seconds())
        assert (await browser.get("/me")).status_code == 200
    await clock.advance(timedelta(hours=12, seconds=1).total_seconds())
    assert (await browser.get("/me")).status_code == 303
    await browser.sign_in("anna@example.ru")
    for _ in range(31):
        await clock.advance(timedelta(hours=11).total_seconds())
        await browser.get("/me")
    assert (await browser.get("/me")).status_code == 303


async def test_signing_out_ends_the_session_and_not_only_the_cookie(browser: Browser, office: Office) -> None:
    await office.person("anna@example.ru")
    token = (await browser.sign_in("anna@example.ru")).cookies["session"]
    assert (await browser.post("/sign-out", page="/me")).headers["location"] == "/sign-in"
    browser.panel.cookies.clear()
    browser.panel.cookies.set("session", token)
    assert (await browser.get("/me")).status_code == 303


async def test_another_browser_can_be_signed_out(
    browser: Browser, office: Office, database: str, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    await browser.sign_in("anna@example.ru")
    async with new_browser(database, clock) as other:
        await other.sign_in("anna@example.ru")
        newest = (await office.rows("select id from office.session order by id desc limit 1"))[0]["id"]
        await browser.post(f"/me/sessions/{newest}/close", page="/me")
        assert (await other.get("/me")).status_code == 303
    assert (await browser.get("/me")).status_code == 200


async def test_somebody_else_s_session_cannot_be_ended(
    browser: Browser, office: Office, database: str, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    await office.person("boris@example.ru")
    async with new_browser(database, clock) as other:
        await other.sign_in("boris@example.ru")
        (row,) = await office.rows("select id from office.session")
        await browser.sign_in("anna@example.ru")
        await browser.post(f"/me/sessions/{row['id']}/close", page="/me")
        assert (await other.get("/me")).status_code == 200


async def turn_on_second_factor(browser: Browser, clock: VirtualClock) -> tuple[pyotp.TOTP, list[str]]:
    page = (await browser.get("/me/second-factor")).text
    secret = page.split('name="secret" value="')[1].split('"')[0]
    totp = pyotp.TOTP(secret)
    answer = await browser.panel.post(
        "/me/second-factor",
        data={"secret": secret, "code": totp.at(clock.now()), "form_token": page.split('form_token" value="')[1][:64]},
    )
    words = text_of(answer.text).split()
    return totp, [word for word in words if len(word) == 11 and word[5] == "-"]


async def test_with_a_second_factor_the_password_alone_opens_nothing(
    browser: Browser, office: Office, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    await browser.sign_in("anna@example.ru")
    totp, codes = await turn_on_second_factor(browser, clock)
    assert len(codes) == 10
    await browser.post("/sign-out", page="/me")
    await clock.advance(30)
    answer = await browser.sign_in("anna@example.ru", goal="/me")
    assert answer.headers["location"] == "/sign-in/code?goal=%2Fme"
    assert (await browser.get("/me")).status_code == 303
    first = browser.panel.cookies["session"]
    assert (await browser.post("/sign-in/code", page="/sign-in/code", code="000000")).status_code == 422
    answer = await browser.post("/sign-in/code", page="/sign-in/code", code=totp.at(clock.now()), goal="/me")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert browser.panel.cookies["session"] != first
    assert (await browser.get("/me")).status_code == 200


async def test_codes_that_come_all_at_once_are_counted_like_any_others(
    browser: Browser, office: Office, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    await browser.sign_in("anna@example.ru")
    totp, codes = await turn_on_second_factor(browser, clock)
    await clock.advance(30)
    await browser.sign_in("anna@example.ru")
    page = (await browser.get("/sign-in/code")).text
    form = {"form_token": page.split('form_token" value="')[1][:64]}
    wrong = (browser.post("/sign-in/code", code="000000", **form) for _ in range(FAILURES_OF_A_NAME + 4))
    assert {one.status_code for one in await asyncio.gather(*wrong)} == {422}
    for right in (totp.at(clock.now()), codes[0]):
        assert (await browser.post("/sign-in/code", code=right, **form)).status_code == 422
    assert len(await office.rows("select 1 from office.failed_sign_in")) == FAILURES_OF_A_NAME


async def test_a_code_works_once_and_so_does_a_recovery_code(
    browser: Browser, office: Office, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    await browser.sign_in("anna@example.ru")
    totp, codes = await turn_on_second_factor(browser, clock)
    for code, status in ((totp.at(clock.now()), 422), (codes[0].upper(), 303), (codes[0], 422), (codes[1], 303)):
        browser.panel.cookies.clear()
        await browser.sign_in("anna@example.ru")
        assert (await browser.post("/sign-in/code", page="/sign-in/code", code=code)).status_code == status, code


async def test_the_second_factor_is_removed_with_the_password_only(
    browser: Browser, office: Office, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    await browser.sign_in("anna@example.ru")
    await turn_on_second_factor(browser, clock)
    assert (await browser.post("/me/second-factor/remove", page="/me", password="не тот")).status_code == 422
    assert (await browser.post("/me/second-factor/remove", page="/me", password=PASSWORD)).status_code == 303
    (row,) = await office.rows("select totp_secret from office.person")
    assert row["totp_secret"] is None


async def test_changing_the_password_signs_other_browsers_out(
    browser: Browser, office: Office, database: str, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    await browser.sign_in("anna@example.ru")
    new = "совсем другие слова осенью"
    async with new_browser(database, clock) as other:
        await other.sign_in("anna@example.ru")
        assert (await browser.post("/me/password", page="/me", old="не тот", new=new)).status_code == 422
        assert (await browser.post("/me/password", page="/me", old=PASSWORD, new="коротко")).status_code == 422
        assert (await browser.post("/me/password", page="/me", old=PASSWORD, new=new)).status_code == 200
        assert (await other.get("/me")).status_code == 303
        assert (await other.sign_in("anna@example.ru")).status_code == 422
        assert (await other.sign_in("anna@example.ru", new)).status_code == 303
    assert (await browser.get("/me")).status_code == 200


async def test_the_first_person_is_made_on_the_machine_itself_and_once(
    browser: Browser, office: Office, database: str, clock: VirtualClock
) -> None:
    assert (await browser.get("/")).headers["location"] == "/sign-in"
    assert (await browser.get("/sign-in")).headers["location"] == "/first-run"
    assert (await browser.get("/first-run")).status_code == 200
    form = {"name": "Анна", "email": "anna@example.ru", "password": PASSWORD}
    async with new_browser(database, clock, admin_url="https://panel.example.ru") as behind_a_proxy:
        assert "fiscal-server admin create" in (await behind_a_proxy.get("/first-run")).text
        await behind_a_proxy.post("/first-run", **form)
        assert await office.rows("select from office.person") == []
    assert (await browser.post("/first-run", **{**form, "password": "коротко"})).status_code == 422
    assert (await browser.post("/first-run", **form)).status_code == 303
    assert (await browser.get("/settings/people")).status_code == 200
    assert (await browser.post("/first-run", **{**form, "email": "eve@example.ru"})).status_code == 422
    assert len(await office.rows("select from office.person")) == 1


async def test_somebody_who_was_shut_out_is_out_at_once(
    browser: Browser, office: Office, database: str, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    person = await office.person("boris@example.ru", [Role.MANAGER], name="Борис")
    await browser.sign_in("anna@example.ru")
    async with new_browser(database, clock) as other:
        await other.sign_in("boris@example.ru")
        path = f"/settings/people/{person}"
        answer = await browser.post(
            path, page=path, name="Борис", email="boris@example.ru", role="manager", language="ru", disabled="1"
        )
        assert answer.status_code == 303
        assert (await other.get("/me")).status_code == 303
        assert (await other.sign_in("boris@example.ru")).status_code == 422
