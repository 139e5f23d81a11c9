"""A client that owes taxes of a day, the office that tells it so, and a mail server that answers as it is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from admin.database import PanelDatabase
from admin.office import planning
from admin.office.notices.telling import Teller, compose, fingerprint, tell
from admin.office.notices.work import NoticeWork
from admin.office.planning import Who
from admin.storage.office import contacts, slips
from admin.storage.office.contacts import ContactLink, NewContact
from admin.storage.office.slips import NewSlip
from fiscal_server.clock import VirtualClock
from fiscal_server.settings import Settings
from tests.clients import Clients, open_clients
from tests.mail_server import Box, open_box

DUE = date(2026, 4, 28)
PUBLISHED = datetime(2026, 4, 20, 13, 5, tzinfo=UTC)
"""Monday, 16:05 in Moscow: the worked example of the office domain, 3.16."""


class Story:
    """A client that owes the advance of the first quarter, an office that tells it, and its mail server."""

    def __init__(self, office: Clients, panel: PanelDatabase, box: Box) -> None:
        self.office, self.panel, self.box = office, panel, box
        self.settings = Settings(data_dir=Path("/nowhere"), mail_url=box.url)
        self.work = NoticeWork(panel, self.settings, office.clock)
        self.cafe = self.anna = 0

    async def begin(self) -> None:
        self.anna = await self.office.person("Анна")
        self.cafe = await self.office.client("ООО «Кафе»", lead=self.anna)
        await self.contact("Ольга", "olga@example.ru")
        who = Who(person_id=None, person="Анна", reason="проверка", now=self.office.clock.now())
        async with self.office.change() as db:
            await planning.apply(db, self.office.db.ids.take, self.office.today, who)

    async def contact(self, name: str, email: str, language: str = "ru") -> None:
        link = ContactLink(role="owner", receives=("slips",), can_acknowledge=True)
        number, link_id = self.office.db.ids.take(2)
        contact = NewContact(name=name, emails=(email,) if email else (), phones=("+79000000001",), language=language)
        now = self.office.clock.now()
        async with self.office.change() as db:
            await contacts.add_contact(db, number, contact, now, None)
            await contacts.link_contact(db, link_id, self.cafe, number, link, date(2026, 1, 1), now, None)

    @property
    def teller(self) -> Teller:
        return Teller(self.office.db.ids, self.office.clock.now(), self.settings.zone)

    async def draft(self, kopecks: int, code: str = "RU-USN-ADV") -> int:
        number = self.office.db.ids.next()
        async with self.office.change() as db:
            owed = await db.fetchval("select id from office.obligation where code = $1 and due = $2", code, DUE)
            new = NewSlip(obligation_id=owed, amount_kopecks=kopecks)
            assert await slips.add_slip(db, number, new, self.office.clock.now(), None) is not None
        return number

    async def tell(self, *drafts: int) -> None:
        async with self.office.change() as db:
            shown = fingerprint(await compose(db, self.teller, drafts))
        async with self.office.change() as db:
            await tell(db, self.teller, drafts, shown)

    async def until(self, moment: datetime) -> None:
        """The loop of the panel looks whenever something is due; the rest of the time nothing is there to be done."""
        clock = self.office.clock
        while clock.now() < moment:
            ((due,),) = await self.rows("select min(next_attempt_at) from office.notice")
            goal = moment if due is None else min(max(due, clock.now()), moment)
            await clock.advance((goal - clock.now()).total_seconds())
            await self.work.look()

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        async with self.office.look() as db:
            return [tuple(row) for row in await db.fetch(query, *arguments)]

    async def outcomes(self) -> list[str | None]:
        rows = await self.rows("select outcome from office.notice_attempt order by begun_at, attempt")
        return [row[0] for row in rows]

    async def states(self) -> list[tuple[str, str]]:
        return await self.rows("select state, escalation from office.notice order by id")


def in_moscow(day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, 4, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


@asynccontextmanager
async def open_story(database: str, clock: VirtualClock) -> AsyncIterator[Story]:
    await clock.advance((PUBLISHED - clock.now()).total_seconds())
    panel = PanelDatabase(database, clock)
    async with open_clients(database, clock) as office, open_box() as box:
        story = Story(office, panel, box)
        await story.begin()
        yield story
        await story.work.close()
    await panel.close()
