"""What a client begins with: a contract nobody has agreed to yet, and the project of taking it in with its cases."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_leads", "admin.storage")


class ContractRow(msgspec.Struct, frozen=True):
    """A contract of a list; ``lead_id``: whose conversion made it. A draft has no number yet."""

    id: int
    number: str
    dated: date
    status: str
    fee_kopecks: int | None
    lead_id: int | None


class ProjectRow(msgspec.Struct, frozen=True):
    """A project of a list."""

    id: int
    kind: str
    goal: str
    state: str
    lead_id: int | None
    starts_on: date


class TaskRow(msgspec.Struct, frozen=True):
    """A case of a project."""

    id: int
    title: str
    role: str
    state: str

    @property
    def is_closed(self) -> bool:
        """Whether nothing is to be done about it any more."""
        return self.state in ("done", "not_required", "cancelled")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """Of which row, when and by whom what a client begins with is made."""

    organisation_id: int
    lead_id: int
    today: date
    now: datetime
    by: int | None


async def add_project(
    db: WriteConnection, project_id: int, made: Made, goal: str, tasks: Sequence[tuple[int, str, str]]
) -> None:
    """The intake, with number, title and role of each case."""
    await db.execute(
        SQL["add_project"], project_id, made.organisation_id, "intake", goal, made.by, made.lead_id, made.today,
        made.now, made.by,
    )  # fmt: skip
    numbers, titles, roles = (list(column) for column in zip(*tasks, strict=True))
    await db.execute(
        SQL["add_project_tasks"], numbers, made.organisation_id, project_id, titles, roles, made.now, made.by
    )


async def contracts_of(
    db: ReadConnection | WriteConnection, organisation_id: int, today: date, *, money: bool
) -> list[ContractRow]:
    """Newest first; ``money``: whether the fee of today may be told."""
    return [ContractRow(*row) for row in await db.fetch(SQL["contracts_of"], organisation_id, money, today)]


async def projects_of(db: ReadConnection | WriteConnection, organisation_id: int) -> list[ProjectRow]:
    """Newest first."""
    return [ProjectRow(*row) for row in await db.fetch(SQL["projects_of"], organisation_id)]


async def tasks_of_project(db: ReadConnection | WriteConnection, project_id: int) -> list[TaskRow]:
    """In their order."""
    return [TaskRow(*row) for row in await db.fetch(SQL["tasks_of_project"], project_id)]
