"""An office with clients, written through the storage of the panel as the panel's own role."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date

from accounting.office.clients import Payer, TaxProfile
from admin.database import ROLE
from admin.permissions import Role
from admin.storage import people
from admin.storage.office import organisations, profiles
from admin.storage.office.organisations import NewOrganisation
from admin.storage.office.sight import Sight, let_see
from fiscal_server.clock import VirtualClock
from fiscal_server.storage.pool import Database, ReadConnection, WriteConnection, connect

SINCE = date(2025, 1, 1)
CAFE = TaxProfile(
    payer=Payer.ORG,
    systems=("USN_D",),
    with_employees=True,
    facts={"pays_individuals": True, "advance_kopecks": 3_640_000},
)
"""The golden company of the office domain, 5.4: an LLC on the simplified system with four employees."""

ALONE = TaxProfile(payer=Payer.IP, systems=("USN_D",), facts={"income_kopecks": 50_000_000, "advance_kopecks": 100})
"""A sole trader without employees."""


class Clients:
    """``today`` is the day of the clock."""

    def __init__(self, db: Database, clock: VirtualClock) -> None:
        self.db = db
        self.clock = clock

    @property
    def today(self) -> date:
        return self.clock.now().date()

    @asynccontextmanager
    async def change(self, person_id: int | None = None) -> AsyncIterator[WriteConnection]:
        """A transaction that sees everybody, or the clients of a person."""
        async with self.db.write() as db:
            await let_see(db, Sight(person_id=person_id, today=self.today, all=person_id is None))
            yield db

    @asynccontextmanager
    async def look(self, person_id: int | None = None) -> AsyncIterator[ReadConnection]:
        """The same for reading."""
        async with self.db.read() as db, db.transaction(readonly=True):
            await let_see(db, Sight(person_id=person_id, today=self.today, all=person_id is None))
            yield db

    async def person(self, name: str, roles: Sequence[str] = (Role.ACCOUNTANT,)) -> int:
        """Somebody of the office, without a password."""
        async with self.change() as db:
            number = self.db.ids.next()
            assert await people.add_person(
                db, number, f"{number}@example.ru", name, list(roles), "ru", self.clock.now()
            )
        return number

    async def client(
        self, name: str, profile: TaxProfile | None = CAFE, *, lead: int | None = None, tax_number: str | None = None
    ) -> int:
        """A client that is served, with a profile since 2025."""
        number, profile_id, assignment = self.db.ids.take(3)
        new = NewOrganisation(short_name=name, tax_number=tax_number, status="active")
        async with self.change() as db:
            assert await organisations.add_organisation(db, number, new, self.clock.now(), None)
            if profile is not None:
                await profiles.change_profile(db, profile_id, number, profile, SINCE, self.clock.now(), None)
            if lead is not None:
                await organisations.assign(db, assignment, number, lead, "lead", SINCE, self.clock.now(), None)
        return number


@asynccontextmanager
async def open_clients(dsn: str, clock: VirtualClock) -> AsyncIterator[Clients]:
    """Connected as the panel is."""
    db = await connect(dsn, clock, size=2, role=ROLE)
    try:
        yield Clients(db, clock)
    finally:
        await db.close()
