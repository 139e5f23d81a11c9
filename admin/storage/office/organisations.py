"""Clients of the office: who they are, who serves them, which merchants of the fiscal server they are."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from asyncpg import Record

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_organisations", "admin.storage")

FIRST_PLACE: Final = ("", 0)
_LAST_PLACE: Final = ("\U0010ffff", (1 << 63) - 1)


class NewOrganisation(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a client when it comes. ``tax_number``: INN, NIP, CNPJ or CPF, digits only."""

    short_name: str
    full_name: str = ""
    kind: str = "org"
    country: str = "RU"
    region: str | None = None
    tax_number: str | None = None
    identifiers: dict[str, str] = {}
    family: str | None = None
    """A holding or a family of clients."""
    status: str = "prospect"


class Organisation(NewOrganisation, frozen=True, kw_only=True):
    """A client as it stands."""

    id: int
    version: int
    created_at: datetime


class ListedOrganisation(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list, with the profile and the lead of the day that was asked for, and what is open."""

    id: int
    short_name: str
    kind: str
    country: str
    tax_number: str | None
    status: str
    systems: list[str] | None
    with_employees: bool | None
    lead: str | None
    next_due: date | None
    late: int

    def place(self) -> tuple[str, int]:
        """Where it stands in the order of the list."""
        return self.short_name.lower(), self.id


class NamedOrganisation(msgspec.Struct, frozen=True):
    """A client as it is listed where nothing but its name matters."""

    id: int
    short_name: str

    def place(self) -> tuple[str, int]:
        """Where it stands in the order of names."""
        return self.short_name.lower(), self.id


class OrganisationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions of the list; ``words``: in the name, or where the tax number begins."""

    words: str | None = None
    status: str | None = None
    system: str | None = None
    lead_id: int | None = None

    def arguments(self) -> tuple[Any, ...]:
        """As the queries take them."""
        begins = None if self.words is None else as_pattern(self.words.lower()) + "%"
        return begins, self.status, self.system, self.lead_id


class Served(msgspec.Struct, frozen=True):
    """Who serves a client, in which role, since when."""

    person_id: int
    name: str
    role: str
    valid_from: date
    id: int
    valid_to: date | None
    """The first day on which they do no longer; None: that is not known."""


class OfficePerson(msgspec.Struct, frozen=True):
    """Somebody who may sign in."""

    id: int
    name: str
    roles: tuple[str, ...]


class Absence(msgspec.Struct, frozen=True):
    """Somebody is away, somebody stands in; both days count."""

    id: int
    person: str
    substitute: str
    first_day: date
    last_day: date


def as_pattern(text: str) -> str:
    """As it stands in LIKE: what means something there means itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def add_organisation(
    db: WriteConnection, organisation_id: int, new: NewOrganisation, now: datetime, by: int | None
) -> bool:
    """False when another client that is served has this tax number."""
    await db.execute(
        SQL["add_organisation"], organisation_id, new.short_name, new.full_name or new.short_name, new.kind,
        new.country, new.region, new.tax_number, new.identifiers, new.status, now, by,
    )  # fmt: skip
    return bool(await db.fetchval(SQL["organisation_is_there"], organisation_id))


async def organisation_by_id(db: ReadConnection | WriteConnection, organisation_id: int) -> Organisation | None:
    """None for one that there is not, or that the viewer does not see."""
    row = await db.fetchrow(SQL["organisation_by_id"], organisation_id)
    return None if row is None else msgspec.convert(dict(row), Organisation)


async def change_organisation(
    db: WriteConnection, organisation_id: int, version: int, new: NewOrganisation, now: datetime, by: int | None
) -> bool:
    """False when it was changed since ``version`` was read. Raises UniqueViolationError for another's tax number."""
    changed = await db.fetchval(
        SQL["change_organisation"], organisation_id, version, new.short_name, new.full_name or new.short_name, new.kind,
        new.region, new.tax_number, new.identifiers, new.family, now, by,
    )  # fmt: skip
    return changed is not None


async def hold(db: WriteConnection, organisation_id: int) -> None:
    """Whatever is made once of a client is made by one transaction at a time."""
    await db.fetchval(SQL["hold_organisation"], organisation_id)


async def set_status(
    db: WriteConnection, organisation_id: int, version: int, status: str, now: datetime, by: int | None
) -> bool:
    """False when it was changed since ``version`` was read."""
    return await db.fetchval(SQL["set_organisation_status"], organisation_id, version, status, now, by) is not None


async def list_organisations(
    db: ReadConnection,
    wanted: OrganisationFilter,
    today: date,
    place: tuple[str, int] | None,
    *,
    backwards: bool = False,
    limit: int,
) -> list[ListedOrganisation]:
    """Those behind a place by name; ``backwards``: those before it, nearest first."""
    if backwards:
        query, start = SQL["list_organisations_backwards"], place or _LAST_PLACE
    else:
        query, start = SQL["list_organisations"], place or FIRST_PLACE
    rows = await db.fetch(query, today, *start, *wanted.arguments(), limit)
    return [msgspec.convert(dict(row), ListedOrganisation) for row in rows]


async def clients_by_name(db: ReadConnection, place: tuple[str, int] | None, limit: int) -> list[NamedOrganisation]:
    """Those behind a place who are not gone."""
    return [NamedOrganisation(*row) for row in await db.fetch(SQL["clients_by_name"], *(place or FIRST_PLACE), limit)]


async def count_organisations(db: ReadConnection, wanted: OrganisationFilter, today: date) -> int:
    """How many the list has."""
    return int(await db.fetchval(SQL["count_organisations"], today, *wanted.arguments()))


async def assign(
    db: WriteConnection,
    assignment_id: int,
    organisation_id: int,
    person_id: int,
    role: str,
    since: date,
    now: datetime,
    by: int | None,
) -> None:
    """From a day on. A client has one lead: whoever led it leads until then."""
    if role == "lead":
        await db.execute(SQL["close_assignments"], organisation_id, role, since)
    await db.execute(SQL["add_assignment"], assignment_id, organisation_id, person_id, role, since, now, by)


async def served_by(db: ReadConnection | WriteConnection, organisation_id: int, day: date) -> list[Served]:
    """Who serves a client on a day, its lead first."""
    return [Served(*row) for row in await db.fetch(SQL["assignments_on"], organisation_id, day)]


async def people_of_the_office(db: ReadConnection | WriteConnection) -> list[OfficePerson]:
    """By name."""
    return [_person(row) for row in await db.fetch(SQL["people_of_the_office"])]


def _person(row: Record) -> OfficePerson:
    return OfficePerson(row["id"], row["name"], tuple(row["roles"]))


async def people_who_work(
    db: ReadConnection | WriteConnection,
    working: Sequence[str],
    seeing_all: Sequence[str],
    organisation_id: int | None,
    day: date,
) -> list[OfficePerson]:
    """By name: those with a ``working`` role who have the client in sight on a day; None: any client."""
    rows = await db.fetch(SQL["people_who_work"], working, seeing_all, organisation_id, day)
    return [_person(row) for row in rows]


async def end_assignment(db: WriteConnection, organisation_id: int, assignment_id: int, since: date) -> int | None:
    """Who serves the client in that role no longer from a day on; None: nobody does by then."""
    person: int | None = await db.fetchval(SQL["end_assignment"], assignment_id, organisation_id, since)
    return person


async def let_go_of_cases(db: WriteConnection, organisation_id: int, person_id: int) -> None:
    """Open cases of somebody at a client wait for whoever has their roles."""
    await db.execute(SQL["let_go_of_cases"], organisation_id, person_id)


async def add_absence(
    db: WriteConnection, absence_id: int, person_id: int, substitute_id: int, days: Sequence[date], now: datetime
) -> None:
    """``days``: the first and the last one. Who stands in sees the clients of the other on those days only."""
    await db.execute(SQL["add_absence"], absence_id, person_id, substitute_id, days[0], days[1], now)


async def absences_since(db: ReadConnection, day: date) -> list[Absence]:
    """Those that are not over on that day, in their order."""
    return [Absence(*row) for row in await db.fetch(SQL["absences_since"], day)]


async def withdraw_absence(db: WriteConnection, absence_id: int, now: datetime) -> bool:
    """Back earlier; False when that was said before."""
    return await db.fetchval(SQL["withdraw_absence"], absence_id, now) is not None


async def link_merchant(
    db: WriteConnection, organisation_id: int, merchant_id: int, now: datetime, by: int | None
) -> None:
    """A merchant of the fiscal server is this client; one that is another's stays so."""
    await db.execute(SQL["link_merchant"], merchant_id, organisation_id, now, by)


async def unlink_merchant(db: WriteConnection, organisation_id: int, merchant_id: int) -> None:
    """It is not this client after all."""
    await db.execute(SQL["unlink_merchant"], merchant_id, organisation_id)


async def merchants_of_organisation(db: ReadConnection | WriteConnection, organisation_id: int) -> list[int]:
    """Ids, oldest first."""
    return [row[0] for row in await db.fetch(SQL["merchants_of_organisation"], organisation_id)]


async def names_of(db: ReadConnection, organisations: Sequence[int]) -> dict[int, str]:
    """Short names of those in sight."""
    return {row[0]: row[1] for row in await db.fetch(SQL["names_of_organisations"], organisations)}
