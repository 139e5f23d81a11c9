"""What cases wait for, and the time that people spent on them; minutes are whole."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from admin.storage.office.cases import By, CaseRow
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_case_time", "admin.storage")


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """A case that another waits for, or that waits for another."""

    id: int
    title: str
    period: str | None
    code: str | None
    state: str
    is_closed: bool
    owner: str | None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A case that another may wait for."""

    id: int
    title: str
    period: str | None
    code: str | None
    legal_date: date | None
    target_date: date | None


class Freed(msgspec.Struct, frozen=True):
    """A case that waits no more, and how it stands."""

    id: int
    state: str


class TimeRow(msgspec.Struct, frozen=True, kw_only=True):
    """Time somebody spent on a case."""

    id: int
    person_id: int | None
    person: str
    day: date
    minutes: int
    note: str


class Spent(msgspec.Struct, frozen=True):
    """What somebody spent, all in all."""

    person: str
    minutes: int


class CaseTime(msgspec.Struct, frozen=True, kw_only=True):
    """All of a card: it waits for ``blockers``, ``behind`` waits for it, and it may yet wait for ``choices``."""

    blockers: list[Neighbour]
    behind: list[Neighbour]
    choices: list[Choice]
    entries: list[TimeRow]

    @property
    def spent(self) -> int:
        """Minutes in all."""
        return sum(one.minutes for one in self.entries)


async def read_time(db: ReadConnection, case_id: int, choices: int) -> CaseTime:
    """``choices``: how many are offered at most."""
    possible = await db.fetch(SQL["possible_blockers"], case_id, choices) if choices else []
    return CaseTime(
        blockers=_neighbours(await db.fetch(SQL["blockers_of_case"], case_id)),
        behind=_neighbours(await db.fetch(SQL["cases_behind_a_case"], case_id)),
        choices=[Choice(**dict(row)) for row in possible],
        entries=[TimeRow(**dict(row)) for row in await db.fetch(SQL["time_of_case"], case_id)],
    )


def _neighbours(rows: Sequence[Any]) -> list[Neighbour]:
    return [Neighbour(**dict(row)) for row in rows]


async def add_blocker(db: WriteConnection, one: CaseRow, blocker_id: int, by: By) -> str | None:
    """Its title; None when it waits for it already, or may not: another client's, closed, or waiting for this one."""
    await db.fetchval(SQL["lock_client_of_case"], one.organisation_id)
    title: str | None = await db.fetchval(SQL["add_blocker"], one.id, blocker_id, by.now, by.person_id)
    return title


async def remove_blocker(db: WriteConnection, case_id: int, blocker_id: int) -> str | None:
    """Its title; None when it does not wait for it."""
    title: str | None = await db.fetchval(SQL["remove_blocker"], case_id, blocker_id)
    return title


async def freed_by(db: WriteConnection, case_id: int) -> list[Freed]:
    """Those that waited for a closed case alone."""
    return [Freed(*row) for row in await db.fetch(SQL["cases_freed_by"], case_id)]


async def set_estimate(db: WriteConnection, case_id: int, minutes: int | None) -> None:
    """How long it is thought to take."""
    await db.execute(SQL["set_estimate_of_case"], case_id, minutes)


async def add_time(db: WriteConnection, entry_id: int, one: CaseRow, spent: tuple[date, int, str], by: By) -> None:
    """``spent``: day, minutes and note."""
    await db.execute(
        SQL["add_time"], entry_id, one.id, one.organisation_id, by.person_id, by.person, *spent, by.now
    )  # fmt: skip


async def remove_time(db: WriteConnection, case_id: int, entry_id: int, by: By, *, of_anybody: bool) -> int | None:
    """Its minutes; None when there is none, or it is somebody else's and ``of_anybody`` is not so."""
    whose = None if of_anybody else by.person_id or 0
    minutes: int | None = await db.fetchval(SQL["remove_time"], case_id, entry_id, by.now, whose)
    return minutes


async def time_of_client(db: ReadConnection, organisation_id: int, first: date, last: date) -> list[Spent]:
    """By person, the most first; both days included."""
    return [Spent(*row) for row in await db.fetch(SQL["time_of_client"], organisation_id, first, last)]
