"""Cases as they stand and as they are changed; lists of them are in ``case_lists``."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from accounting.office.cases import OBLIGATION_STATES, Case, Part
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_cases", "admin.storage")


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One case with the names on it. ``passports``: of the day of its obligation, by language."""

    id: int
    version: int
    organisation_id: int
    short_name: str
    project_id: int | None
    project: str | None
    obligation_id: int | None
    code: str | None
    period: str | None
    passports: dict[str, dict[str, Any]] | None
    kind: str
    title: str
    role: str
    owner_id: int | None
    owner: str | None
    reviewer_id: int | None
    reviewer: str | None
    assigner_id: int | None
    assigner: str | None
    watchers: list[int]
    mode: str
    state: str
    legal_date: date | None
    target_date: date | None
    waiting_for: str | None
    waiting_until: date | None
    is_outside_contract: bool
    is_submitted: bool
    late_reason: str | None
    created_at: datetime
    closed_at: datetime | None
    substitute: str | None
    substitute_id: int | None
    estimate_minutes: int | None
    blocked_by: str | None
    asks_about_slip: bool
    """Whether it asks what becomes of a slip, which has its number."""


class PartRow(msgspec.Struct, frozen=True):
    """Somebody's part of a group case."""

    person_id: int
    name: str
    closed_at: datetime | None


class Point(msgspec.Struct, frozen=True):
    """A point of the list; who has done it, and when."""

    position: int
    title: str
    done_at: datetime | None
    person: str | None


class CaseEvent(msgspec.Struct, frozen=True):
    """A line of the story; without a transition it is a comment."""

    happened_at: datetime
    person: str
    transition: str | None
    state: str
    note: str


class FileRow(msgspec.Struct, frozen=True):
    """A file without its bytes; ``size`` in bytes."""

    id: int
    name: str
    kind: str
    size: int
    created_at: datetime
    person: str


class NewCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case made by hand. ``people``: who has a part, in their order, where the mode is not ``one``."""

    organisation_id: int
    title: str
    kind: str = "one_off"
    role: str = "lead"
    mode: str = "one"
    project_id: int | None = None
    owner_id: int | None = None
    reviewer_id: int | None = None
    people: tuple[int, ...] = ()
    points: tuple[str, ...] = ()
    legal_date: date | None = None
    target_date: date | None = None


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody hands in."""

    name: str
    kind: str
    sha256: bytes
    content: bytes


class By(msgspec.Struct, frozen=True, kw_only=True):
    """Who does something to a case, and when."""

    person_id: int | None
    person: str
    now: datetime


class CaseCard(msgspec.Struct, frozen=True, kw_only=True):
    """A case with all that belongs to it."""

    one: CaseRow
    parts: list[PartRow]
    points: list[Point]
    watchers: list[str]

    def rules(self) -> Case:
        """What the rules of cases ask of it."""
        return Case(
            state=self.one.state,
            mode=self.one.mode,
            parts=tuple(Part(part.person_id, part.closed_at is not None) for part in self.parts),
            has_reviewer=self.one.reviewer_id is not None,
            is_submitted=self.one.is_submitted,
            is_obligation=self.one.obligation_id is not None,
            is_blocked=self.one.blocked_by is not None,
            unchecked=sum(point.done_at is None for point in self.points),
            legal_date=self.one.legal_date,
        )


async def read_case(
    db: ReadConnection | WriteConnection, case_id: int, today: date, *, lock: bool = False
) -> CaseCard | None:
    """None for one that there is not, or that the viewer does not see."""
    if lock:
        await db.fetchval(SQL["lock_obligation_of_case"], case_id)
        await db.fetchval(SQL["lock_case"], case_id)
    row = await db.fetchrow(SQL["case_by_id"], case_id, today)
    if row is None:
        return None
    one = CaseRow(**dict(row))
    names = await db.fetch(SQL["names_of_people"], one.watchers) if one.watchers else []
    return CaseCard(
        one=one,
        parts=[PartRow(*part) for part in await db.fetch(SQL["parts_of_case"], case_id)],
        points=[Point(*point) for point in await db.fetch(SQL["points_of_case"], case_id)],
        watchers=[name for _, name in names],
    )


async def story_of_case(db: ReadConnection, case_id: int) -> list[CaseEvent]:
    """Oldest first."""
    return [CaseEvent(*row) for row in await db.fetch(SQL["story_of_case"], case_id)]


async def files_of_case(db: ReadConnection, case_id: int) -> list[FileRow]:
    """Oldest first."""
    return [FileRow(*row) for row in await db.fetch(SQL["files_of_case"], case_id)]


async def case_of_obligation(db: ReadConnection | WriteConnection, obligation_id: int) -> int | None:
    """Its number; None: there is none."""
    found: int | None = await db.fetchval(SQL["case_of_obligation"], obligation_id)
    return found


async def acting_for(db: ReadConnection | WriteConnection, person_id: int | None, today: date) -> list[int]:
    """Whom somebody is on a day: themselves, and those they stand in for. Nobody, for whoever sits at the machine."""
    return [] if person_id is None else list(await db.fetchval(SQL["acting_for"], person_id, today))


async def add_case(db: WriteConnection, case_id: int, new: NewCase, by: By) -> None:
    """With its parts and points."""
    await db.execute(
        SQL["add_case"], case_id, new.organisation_id, new.project_id, new.kind, new.title, new.role, new.owner_id,
        by.person_id, new.reviewer_id, new.mode, new.legal_date, new.target_date, by.now, by.person_id,
    )  # fmt: skip
    if new.people:
        await db.execute(SQL["add_parts"], case_id, new.organisation_id, new.people)
    if new.points:
        await add_points(db, case_id, new.organisation_id, new.points)


async def add_points(db: WriteConnection, case_id: int, organisation_id: int, titles: Sequence[str]) -> None:
    """Behind those that are there."""
    await db.execute(SQL["add_points"], case_id, organisation_id, titles)


async def tick_point(db: WriteConnection, case_id: int, position: int, done_at: datetime | None, by: By) -> str | None:
    """Its title; None for a point that there is not."""
    person_id = None if done_at is None else by.person_id
    title: str | None = await db.fetchval(SQL["tick_point"], case_id, position, done_at, person_id)
    return title


async def close_part(db: WriteConnection, case_id: int, person_id: int, now: datetime) -> bool:
    """False when it is closed, or none of theirs."""
    return await db.fetchval(SQL["close_part"], case_id, person_id, now) is not None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Where a case goes, and what the step says of it."""

    state: str
    waiting_for: str | None = None
    waiting_until: date | None = None
    late_reason: str | None = None
    closed_at: datetime | None = None


async def move_case(db: WriteConnection, one: CaseRow, change: Change) -> bool:
    """With its obligation. False: it was changed since it was read."""
    moved = await db.fetchval(
        SQL["move_case"], one.id, one.version, change.state, change.waiting_for, change.waiting_until,
        change.late_reason, change.closed_at,
    )  # fmt: skip
    if moved is not None and one.obligation_id is not None:
        await db.execute(SQL["set_state_of_obligation"], one.obligation_id, OBLIGATION_STATES[change.state])
    return moved is not None


async def set_people(db: WriteConnection, case_id: int, owner_id: int | None, reviewer_id: int | None) -> None:
    """Said by hand: what is assigned changes them no more."""
    await db.execute(SQL["set_people_of_case"], case_id, owner_id, reviewer_id)


async def set_watchers(db: WriteConnection, case_id: int, watchers: Sequence[int]) -> None:
    """All of them."""
    await db.execute(SQL["set_watchers_of_case"], case_id, watchers)


async def add_event(
    db: WriteConnection,
    event_id: int,
    one: CaseRow,
    by: By,
    *,
    transition: str | None,
    state: str,
    note: str,
    mentions: Sequence[int] = (),
) -> None:
    """A line of its story."""
    await db.execute(
        SQL["add_case_event"], event_id, one.id, one.organisation_id, by.now, by.person_id, by.person, transition,
        state, note, mentions,
    )  # fmt: skip


async def add_file(db: WriteConnection, file_id: int, one: CaseRow, new: NewFile, by: By) -> bool:
    """False when the same bytes are there already."""
    found = await db.fetchval(
        SQL["add_file"], file_id, one.id, one.organisation_id, new.name, new.kind, len(new.content), new.sha256,
        new.content, by.now, by.person_id, by.person,
    )  # fmt: skip
    return found is not None


async def file_of_case(db: ReadConnection, case_id: int, file_id: int) -> tuple[str, bytes] | None:
    """Name and bytes; None for one that there is not."""
    row = await db.fetchrow(SQL["file_of_case"], case_id, file_id)
    return None if row is None else (row[0], row[1])


async def remove_file(db: WriteConnection, case_id: int, file_id: int, now: datetime) -> str | None:
    """Its name; None when it is not there any more."""
    name: str | None = await db.fetchval(SQL["remove_file"], case_id, file_id, now)
    return name


async def give_to_role(db: WriteConnection, case_id: int, today: date) -> None:
    """A case that nobody was chosen for goes to whoever has its role."""
    await db.execute(SQL["give_to_role"], case_id, today)
