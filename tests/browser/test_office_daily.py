"""What the panel does by itself once a day: obligations further ahead and letters of the morning, never twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from admin.database import PanelDatabase
from admin.mail import Mailer
from admin.office.daily import Daily
from admin.permissions import Role
from admin.storage.office import case_plan, organisations, profiles
from fiscal_server.clock import VirtualClock
from fiscal_server.settings import Settings
from tests.browser.people import Office, open_office
from tests.clients import ALONE, Clients, open_clients


class Box:
    """A mail server that may refuse."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = False

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        if self.refuses:
            return "451 later"
        content: bytes = envelope.content  # type: ignore[attr-defined]
        self.mails.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
async def clients(database: str, clock: VirtualClock) -> AsyncIterator[Clients]:
    async with open_clients(database, clock) as clients:
        yield clients


@pytest.fixture
async def office(database: str, clock: VirtualClock) -> AsyncIterator[Office]:
    async with open_office(database, clock) as office:
        yield office


@asynccontextmanager
async def open_daily(dsn: str, clock: VirtualClock, box: Box) -> AsyncIterator[Daily]:
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    mail = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = Settings(data_dir=Path("/nowhere"), mail_url=mail, admin_url="http://panel.example.ru")
    panel = PanelDatabase(dsn, clock)
    try:
        yield Daily(panel, Mailer(settings), clock, settings)
    finally:
        await panel.close()
        server.close()
        await server.wait_closed()


async def test_the_day_begins_with_new_obligations_and_one_letter_to_whoever_has_something_to_do(
    database: str, clock: VirtualClock, office: Office, clients: Clients
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    olga = await office.person("olga@example.ru", [Role.ACCOUNTANT], name="Ольга")
    await office.person("zoya@example.ru", [Role.AUDITOR], name="Зоя")
    await clients.client("ООО «Кафе»", lead=anna)
    box = Box()
    async with open_daily(database, clock, box) as daily:
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


async def test_a_letter_that_was_refused_goes_later_and_one_of_a_process_that_died_does_not_go_twice(
    database: str, clock: VirtualClock, office: Office, clients: Clients
) -> None:
    anna = await office.person("anna@example.ru", [Role.ACCOUNTANT], name="Анна")
    await clients.client("ООО «Кафе»", lead=anna)
    box = Box()
    box.refuses = True
    async with open_daily(database, clock, box) as daily:
        await daily.look()
        box.refuses = False
        await daily.look()
        assert box.mails == [], "not at once"
        await clock.advance(16 * 60)
        await daily.look()
        assert len(box.mails) == 1
        await clock.advance(86_400)
        async with clients.change() as db:
            assert await case_plan.claim_digest(db, anna, clients.today, clock.now())
        await daily.look()
        assert len(box.mails) == 1
        async with clients.look() as db:
            assert not await case_plan.is_daily_work_done(db, clients.today, "digests"), "another may be at it"
        await clock.advance(16 * 60)
        await daily.look()
        async with clients.look() as db:
            assert await case_plan.is_daily_work_done(db, clients.today, "digests")
        assert len(box.mails) == 1


async def test_what_would_go_is_left_for_a_person_to_look_at(
    database: str, clock: VirtualClock, office: Office, clients: Clients
) -> None:
    cafe = await clients.client("ООО «Кафе»")
    async with open_daily(database, clock, Box()) as daily:
        await daily.look()
        before = (await office.rows("select count(*) from office.task where not is_closed"))[0][0]
        async with clients.change() as db:
            number = clients.db.ids.next()
            await profiles.change_profile(db, number, cafe, ALONE, date(2026, 1, 1), clock.now(), None)
        await clock.advance(86_400)
        await daily.look()
        assert (await office.rows("select count(*) from office.task where not is_closed"))[0][0] >= before
