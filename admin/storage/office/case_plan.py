"""Cases follow obligations: made, moved, cancelled, brought back, opened in time, given to people by role."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

import msgspec

from accounting.office.case_roles import SUBMITTED, role_of
from admin.storage.office import schedule
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_case_plan", "admin.storage")

OPENS_BEFORE: Final = timedelta(days=14)
"""How long before the office's own date a case stands open."""
_PIECE: Final = 5_000


class Reader(msgspec.Struct, frozen=True):
    """Somebody a letter of the morning may be for."""

    id: int
    name: str
    email: str
    language: str
    roles: list[str]
    wish: str
    """``always``, or ``due``: only with something to do."""


class Followed(msgspec.Struct, frozen=True):
    """How many cases were made, changed with their obligations, opened, given to other people."""

    made: int
    changed: int
    opened: int
    resolved: int


async def follow(
    db: WriteConnection,
    take_ids: Callable[[int], list[int]],
    today: date,
    now: datetime,
    by: tuple[int | None, str],
) -> Followed:
    """Brings the cases in sight up to their obligations and to who serves whom; twice in a row changes nothing."""
    made = await _make(db, take_ids, now, by[0])
    behind = [row[0] for row in await db.fetch(SQL["cases_behind_the_plan"])]
    if behind:
        await db.execute(SQL["follow_the_plan"], behind, take_ids(len(behind)), now, *by)
    await db.execute(SQL["give_work_its_role"])
    opened = await db.fetch(SQL["open_cases_until"], today + OPENS_BEFORE)
    return Followed(made, len(behind), len(opened), await give_to_people(db, today))


async def give_to_people(db: WriteConnection, today: date, organisation_id: int | None = None) -> int:
    """Open cases of one client, or of all in sight, go to whoever serves it in their roles; how many changed hands.

    Waits for plans that are being made: they give cases to people too.
    """
    await schedule.plan_alone(db)
    return len(await db.fetch(SQL["resolve_people"], today, organisation_id))


async def _make(db: WriteConnection, take_ids: Callable[[int], list[int]], now: datetime, by: int | None) -> int:
    made = 0
    while rows := await db.fetch(SQL["obligations_without_case"], _PIECE):
        columns: Sequence[list[Any]] = (
            take_ids(len(rows)),
            [row["id"] for row in rows],
            [role_of(row["code"], row["of_service"]) for row in rows],
            [row["kind"] in SUBMITTED for row in rows],
        )
        await db.execute(SQL["add_cases"], *columns, now, by)
        made += len(rows)
    return made


async def claim_daily_work(db: WriteConnection, day: date, name: str, now: datetime) -> bool:
    """Whether the work of a day is this transaction's to do; undone with it."""
    return await db.fetchval(SQL["claim_daily_work"], day, name, now) is not None


async def is_daily_work_done(db: ReadConnection, day: date, name: str) -> bool:
    """Whether somebody has done it."""
    return bool(await db.fetchval(SQL["daily_work_is_done"], day, name))


async def readers_of_digests(db: ReadConnection, day: date, hour: int, now: datetime) -> list[Reader]:
    """Whoever wants one by that hour of the day and has none yet."""
    return [Reader(*row) for row in await db.fetch(SQL["readers_of_digests"], day, hour, now)]


async def claim_digest(db: WriteConnection, person_id: int, day: date, now: datetime) -> bool:
    """Whether the letter is the caller's to send. Once claimed it goes again only if it is said to have failed."""
    return await db.fetchval(SQL["claim_digest"], person_id, day, now) is not None


async def end_digest(
    db: WriteConnection, person_id: int, day: date, became: Literal["sent", "unknown", "nothing", "failed"]
) -> None:
    """What became of it; only of what failed there is another attempt."""
    await db.execute(SQL["end_digest"], person_id, day, became)
