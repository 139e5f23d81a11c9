"""Many cases at once: steps that were checked one by one, written together."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from asyncpg import Connection

from accounting.office.cases import OBLIGATION_STATES
from admin.storage.office import case_time
from admin.storage.office.cases import SQL
from fiscal_server.storage.pool import ReadConnection, WriteConnection

_PIECE: Final = 5_000


class Steppable(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps of a case depend on."""

    id: int
    organisation_id: int
    state: str
    owner_id: int | None
    owner: str | None
    reviewer_id: int | None
    reviewer: str | None
    is_submitted: bool
    target_date: date | None
    legal_date: date | None
    has_open_points: bool


class Ended(msgspec.Struct, frozen=True):
    """Where the steps of a case led."""

    case_id: int
    state: str
    late_reason: str | None
    closed_at: datetime | None


class Told(msgspec.Struct, frozen=True):
    """A line of a story."""

    event_id: int
    case_id: int
    happened_at: datetime
    person_id: int | None
    person: str
    transition: str | None
    state: str
    note: str


class Spent(msgspec.Struct, frozen=True):
    """Time that somebody spent on a case."""

    entry_id: int
    case_id: int
    organisation_id: int
    person_id: int | None
    person: str
    day: date
    minutes: int
    note: str
    added_at: datetime


async def open_cases(db: ReadConnection | WriteConnection, until: date) -> list[Steppable]:
    """Those whose day comes by ``until``, in the order of numbers."""
    return [Steppable(**dict(row)) for row in await db.fetch(SQL["open_cases_for_steps"], until)]


async def move_many(db: WriteConnection, ended: Sequence[Ended], told: Sequence[Told]) -> None:
    """With their stories; the points of those that are closed are done."""
    for start in range(0, len(ended), _PIECE):
        columns = _columns(ended[start : start + _PIECE], Ended)
        await db.execute(SQL["move_many_cases"], *columns, [OBLIGATION_STATES[state] for state in columns[1]])
    await tell(db, told)
    await db.execute(SQL["tick_all_points"])


async def tell(db: WriteConnection, told: Sequence[Told]) -> None:
    """Lines of stories alone."""
    for start in range(0, len(told), _PIECE):
        await db.execute(SQL["add_many_case_events"], *_columns(told[start : start + _PIECE], Told))


async def spend(db: WriteConnection, spent: Sequence[Spent]) -> None:
    """On many cases."""
    await db.executemany(case_time.SQL["add_time"], [msgspec.structs.astuple(one) for one in spent])


def _columns(rows: Sequence[Any], kind: type[msgspec.Struct]) -> list[list[Any]]:
    return [[getattr(row, name) for row in rows] for name in kind.__struct_fields__]


async def learn_sizes(connection: Connection) -> None:
    """Before statements that join what was filled a moment ago; by the owner of the tables."""
    await connection.execute(SQL["learn_the_sizes"])


async def counts(db: ReadConnection) -> dict[str, int]:
    """How much there is: organisations, obligations, cases, closed ones, lines of stories."""
    row = await db.fetchrow(SQL["counts_of_office"])
    assert row is not None, "a query of counts has a row"
    return dict(row)
