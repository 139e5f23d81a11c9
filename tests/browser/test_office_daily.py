"""What the panel does by itself once a day: obligations further ahead and letters of the morning, never twice."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from datetime import date

import pytest

from admin.permissions import Role
from admin.storage.office import organisations, profiles
from fiscal_server.clock import VirtualClock
from tests.browser.client import text_of
from tests.browser.daily_process import open_daily
from tests.browser.people import Office, new_browser
from tests.clients import ALONE, Clients
from tests.mail_server import KEEPS, Box, open_box


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_box() as box:
        yield box


async def test_the_day_begins_with_new_obligations_and_one_letter_to_whoever_has_something_to_do(
    database: str, clock: VirtualClock, office: Office, clients: Clients, box: Box
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    olga = await office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    await office.person("zoya@example.ru", [Role.AUDITOR], name="Зоя")
    await clients.client("ООО «Кафе»", lead=anna)
    async with open_daily(database, clock, box.url) as daily:
        await daily.look()
        assert (await office.rows("select count(*) from office.task"))[0][0] > 20
        assert [mail["To"] for mail in box.mails] == ["anna@example.ru"]
        text = box.mails[0].get_content()
        assert "ООО «Кафе»: " in text
        assert "http://panel.example.ru/tasks/mine" in text
        await asyncio.gather(daily.look(), daily.look())
        assert len(box.mails) == 1
        async with clients.change() as db:
            days = [date(2026, 1, 16), date(2026, 1, 16)]
            await organisations.add_absence(db, clients.db.ids.next(), anna, olga, days, clock.now())
        await clock.advance(86_400)
        await daily.look()
        assert sorted(mail["To"] for mail in box.mails[1:]) == ["anna@example.ru", "olga@example.ru"]
        await clock.advance(86_400)
        await daily.look()
        assert len(box.mails) == 3, "it is Saturday"


async def test_what_cannot_be_planned_or_written_keeps_no_other_letter_back(
    database: str, clock: VirtualClock, office: Office, clients: Clients, box: Box
) -> None:
    anna = await office.person("anna@[example.ru", [Role.ACCOUNTANT], name="Анна")
    olga = await office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    for name, lead in (("ООО «Кафе»", anna), ("ООО «Чайная»", olga)):
        await clients.client(name, lead=lead)
    async with open_daily(database, clock, box.url) as daily:
        await daily.look()
        assert [mail["To"] for mail in box.mails] == ["olga@example.ru"]
        assert [row[0] for row in await office.rows("select state from office.digest order by state")] == [
            "failed", "sent",
        ]  # fmt: skip
        async with office.db.write() as db:  # a client whose answers are not what the rules take
            await db.execute("update office.tax_profile set facts = '{\"advance_kopecks\": [1]}'")
        await clock.advance(86_400)
        await daily.look()
        assert [mail["To"] for mail in box.mails] == ["olga@example.ru", "olga@example.ru"]


async def test_a_letter_that_surely_did_not_go_goes_later_and_one_that_may_have_gone_never_again(
    database: str, clock: VirtualClock, office: Office, clients: Clients, box: Box
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    await clients.client("ООО «Кафе»", lead=anna)
    box.answers = ["451 later"]
    async with open_daily(database, clock, box.url) as daily:
        await daily.look()
        await daily.look()
        assert box.mails == [], "not at once"
        await clock.advance(16 * 60)
        await daily.look()
        assert len(box.mails) == 1
        await clock.advance(86_400)
        box.answers = [None]  # it hangs up when it has the text
        for _ in range(3):
            await daily.look()
            await clock.advance(16 * 60)
        assert len(box.mails) == 1
        assert [row[0] for row in await office.rows("select state from office.digest order by day")] == [
            "sent", "unknown",
        ]  # fmt: skip


async def test_a_process_killed_between_the_letter_and_its_mark_leaves_nothing_to_send_twice(
    database: str, clock: VirtualClock, office: Office, clients: Clients, box: Box
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    await clients.client("ООО «Кафе»", lead=anna)
    box.answers = [KEEPS]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.browser.daily_process", database, box.url, clock.now().isoformat()
    )
    await box.reached.wait()
    process.kill()
    assert await process.wait() == -signal.SIGKILL
    async with open_daily(database, clock, box.url) as daily:
        for _ in range(3):
            await daily.look()
            await clock.advance(16 * 60)
        assert (len(box.mails), await office.rows("select state from office.digest")) == (1, [("claimed",)])
        await clock.advance(86_400)
        await daily.look()
        assert len(box.mails) == 2, "the next day has a letter of its own"


async def test_everybody_gets_the_letter_when_they_said(
    database: str, clock: VirtualClock, office: Office, clients: Clients, box: Box
) -> None:
    await office.person("idle@example.ru", [Role.ACCOUNTANT], name="Ольга")
    quiet = await office.person("quiet@example.ru", [Role.ACCOUNTANT], name="Зоя")
    await clients.client("ООО «Кафе»", lead=quiet)
    async with new_browser(database, clock) as browser:
        await browser.sign_in("idle@example.ru")
        refused = await browser.post("/me/letters", page="/me", digest="always", hour="7")
        assert (refused.status_code, "час от 8 до 18" in text_of(refused.text)) == (422, True)
        saved = await browser.post("/me/letters", page="/me", digest="always", hour="13")
        assert re.search(r'<option value="13" selected>13:00', saved.text)
        browser.panel.cookies.clear()
        await browser.sign_in("quiet@example.ru")
        assert (await browser.post("/me/letters", page="/me", digest="never", hour="8")).status_code == 200
    async with open_daily(database, clock, box.url) as daily:
        await daily.look()  # at noon
        assert box.mails == []
        await clock.advance(3_600)
        await daily.look()
        await daily.look()
        (mail,) = box.mails
        assert (mail["To"], mail["Subject"]) == ("idle@example.ru", "Дел на 15.01.2026 нет")
        assert "http://panel.example.ru/tasks/mine" in mail.get_content()


async def test_whoever_has_nothing_to_do_is_asked_once_a_day(
    database: str, clock: VirtualClock, office: Office, clients: Clients, box: Box
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    async with open_daily(database, clock, box.url) as daily:
        await daily.look()
        await clients.client("ООО «Кафе»", lead=anna)
        await clock.advance(16 * 60)
        await daily.look()
        assert (box.mails, await office.rows("select state from office.digest")) == ([], [("nothing",)])


async def test_what_would_go_is_left_for_a_person_to_look_at(
    database: str, clock: VirtualClock, office: Office, clients: Clients, box: Box
) -> None:
    cafe = await clients.client("ООО «Кафе»")
    async with open_daily(database, clock, box.url) as daily:
        await daily.look()
        before = (await office.rows("select count(*) from office.task where not is_closed"))[0][0]
        async with clients.change() as db:
            number = clients.db.ids.next()
            await profiles.change_profile(db, number, cafe, ALONE, date(2026, 1, 1), clock.now(), None)
        await clock.advance(86_400)
        await daily.look()
        assert (await office.rows("select count(*) from office.task where not is_closed"))[0][0] >= before
