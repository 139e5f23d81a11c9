"""Lists of cases: pages, board, month, what is somebody's to do; projects, and lists of points to begin with."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec

from admin.storage.office.cases import SQL
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

LISTS: Final = load_queries("office_case_lists", "admin.storage")
_FIRST: Final = (date(1900, 1, 1), 0)
_LAST: Final = (date.max, (1 << 63) - 1)


class ListedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case of a list. ``day``: by which it is to be done; ``date.max``: there is none."""

    id: int
    organisation_id: int
    short_name: str
    title: str
    period: str | None
    code: str | None
    kind: str
    state: str
    legal_date: date | None
    target_date: date | None
    day: date
    is_closed: bool
    owner: str | None
    waiting_for: str | None
    owner_id: int | None
    reviewer_id: int | None
    is_submitted: bool
    blocked_by: str | None

    def place(self) -> tuple[date, int]:
        """Where it stands in the order of the list."""
        return self.day, self.id


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions of a list. ``owners``: any of them; ``before``: legal dates before that day."""

    is_closed: bool = False
    state: str | None = None
    owners: tuple[int, ...] | None = None
    client: str | None = None
    code: str | None = None
    before: date | None = None
    first: date | None = None
    last: date | None = None
    title: str | None = None
    project_id: int | None = None

    def arguments(self) -> tuple[Any, ...]:
        """As the queries take them, but for ``is_closed``."""
        return (
            self.state, self.owners, _pattern(self.client), self.code, self.before, self.first, self.last,
            _pattern(self.title), self.project_id,
        )  # fmt: skip


def _pattern(text: str | None) -> str | None:
    if text is None:
        return None
    return "%" + text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


class Mention(msgspec.Struct, frozen=True):
    """Where somebody was named in a comment."""

    case_id: int
    title: str
    period: str | None
    code: str | None
    short_name: str
    happened_at: datetime
    person: str
    note: str


class DayCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case of a day of the month, with how many the day has and how many are open."""

    id: int
    title: str
    period: str | None
    code: str | None
    state: str
    is_closed: bool
    legal_date: date
    many: int
    open: int
    short_name: str


class Column(msgspec.Struct, frozen=True):
    """A column of the board: the first cases of a state, and how many there are."""

    state: str
    many: int
    cases: list[ListedCase]


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project of a list; how many of its cases are closed."""

    id: int
    organisation_id: int
    short_name: str
    kind: str
    goal: str
    state: str
    coordinator: str | None
    starts_on: date
    due: date | None
    cases: int
    closed: int


class Template(msgspec.Struct, frozen=True):
    """A list of points that a case begins with."""

    id: int
    name: str
    role: str
    points: list[str]


async def list_cases(
    db: ReadConnection, wanted: CaseFilter, place: tuple[date, int] | None, *, backwards: bool = False, limit: int
) -> list[ListedCase]:
    """Those behind a place in the order of days; ``backwards``: those before it, nearest first."""
    query = SQL["list_cases_backwards"] if backwards else SQL["list_cases"]
    start = place or (_LAST if backwards else _FIRST)
    return _listed(await db.fetch(query, wanted.is_closed, *start, *wanted.arguments(), limit))


async def count_cases(db: ReadConnection, wanted: CaseFilter) -> int:
    """How many the list has."""
    return int(await db.fetchval(SQL["count_cases"], wanted.is_closed, *wanted.arguments()))


async def codes_of_cases(db: ReadConnection) -> list[tuple[str, str]]:
    """Obligations that cases are of: code and name."""
    return [(row[0], row[1]) for row in await db.fetch(SQL["codes_of_cases"])]


async def board(db: ReadConnection, owners: Sequence[int] | None, limit: int) -> dict[str, Column]:
    """Columns by state; states without a case are missing."""
    found: dict[str, Column] = {}
    for row in await db.fetch(SQL["board_of_cases"], owners, limit):
        values = dict(row)
        state, many = values.pop("stands"), values.pop("many")
        found.setdefault(state, Column(state, many, [])).cases.append(ListedCase(**values))
    return found


async def month(
    db: ReadConnection, first: date, last: date, owners: Sequence[int] | None, limit: int
) -> dict[date, list[DayCase]]:
    """The first cases of each day."""
    found: dict[date, list[DayCase]] = {}
    for row in await db.fetch(SQL["cases_of_month"], first, last, owners, limit):
        found.setdefault(row["legal_date"], []).append(DayCase(**dict(row)))
    return found


async def days_around(
    db: ReadConnection, first: date, last: date, owners: Sequence[int] | None
) -> tuple[date | None, date | None]:
    """The last day with cases before a month and the first one behind it; None: there is none."""
    row = await db.fetchrow(SQL["days_around_of_cases"], first, last, owners)
    return (None, None) if row is None else (row[0], row[1])


def _listed(rows: Sequence[Any]) -> list[ListedCase]:
    return [ListedCase(**dict(row)) for row in rows]


async def due_of(db: ReadConnection, people: Sequence[int], until: date, limit: int) -> list[ListedCase]:
    """Open cases of these people whose day has come."""
    return _listed(await db.fetch(SQL["cases_of_person"], people, until, limit))


async def to_review(db: ReadConnection, people: Sequence[int], limit: int) -> list[ListedCase]:
    """What waits for their eyes."""
    return _listed(await db.fetch(SQL["cases_to_review"], people, limit))


async def waiting(db: ReadConnection, people: Sequence[int], limit: int) -> list[ListedCase]:
    """What their cases wait for."""
    return _listed(await db.fetch(SQL["cases_that_wait"], people, limit))


async def watched(db: ReadConnection, person_id: int, limit: int) -> list[ListedCase]:
    """Open cases that somebody watches."""
    return _listed(await db.fetch(SQL["watched_cases"], person_id, limit))


async def mentions_of(db: ReadConnection, person_id: int, since: datetime, limit: int) -> list[Mention]:
    """Newest first."""
    return [Mention(*row) for row in await db.fetch(SQL["mentions_of_person"], person_id, since, limit)]


async def list_projects(db: ReadConnection, limit: int) -> list[Project]:
    """Those that go on first, newest first."""
    return [Project(**dict(row)) for row in await db.fetch(LISTS["list_projects"], limit)]


async def project_by_id(db: ReadConnection | WriteConnection, project_id: int) -> Project | None:
    """Without its cases; None for one that there is not."""
    row = await db.fetchrow(LISTS["project_by_id"], project_id)
    return None if row is None else Project(**dict(row))


async def add_project(
    db: WriteConnection, project_id: int, organisation_id: int, goal: str, coordinator_id: int | None,
    days: tuple[date, date | None], now: datetime, by: int | None,
) -> None:  # fmt: skip
    """A goal of a client; ``days``: when it begins, and by when it is to be reached."""
    await db.execute(
        LISTS["add_own_project"], project_id, organisation_id, goal, coordinator_id, days[0], days[1], now, by
    )


async def set_state_of_project(db: WriteConnection, project_id: int, before: str, state: str) -> str | None:
    """Its goal; None when it stands otherwise than ``before``."""
    goal: str | None = await db.fetchval(LISTS["set_state_of_project"], project_id, state, before)
    return goal


async def task_templates(db: ReadConnection | WriteConnection) -> list[Template]:
    """By name."""
    return [Template(*row) for row in await db.fetch(LISTS["task_templates"])]


async def add_task_template(
    db: WriteConnection, template_id: int, name: str, role: str, points: Sequence[str], now: datetime, by: int | None
) -> bool:
    """False when there is one of this name."""
    made = await db.fetchval(LISTS["add_task_template"], template_id, name, role, points, now, by)
    return made is not None


async def archive_task_template(db: WriteConnection, template_id: int, now: datetime) -> str | None:
    """Its name; None when it is offered no more."""
    name: str | None = await db.fetchval(LISTS["archive_task_template"], template_id, now)
    return name
