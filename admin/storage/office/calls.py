"""Cases about what clients were told: to call one, the last rung of the ladder of letters; to decide about a sum."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

import msgspec

from admin.storage.office.notices import SQL
from fiscal_server.ids import IdMaker
from fiscal_server.storage.pool import ReadConnection, WriteConnection


class Call(msgspec.Struct, frozen=True):
    """How the case to call about a bill stands: who brought it there, when, and which words were said with it."""

    state: str
    happened_at: datetime | None
    person: str
    note: str


async def open_call_task(
    db: WriteConnection,
    ids: IdMaker,
    number: int,
    organisation_id: int,
    title: str,
    note: str,
    due: date,
    today: date,
    now: datetime,
) -> bool:
    """A case for the lead accountant. ``number``: of the bill that it is about, which has one however often it is said.

    One that was marked done or not required while the client had not confirmed goes back to work (office domain 3.16,
    rule 8: the next rung asks for a call too). One that was cancelled with a reason rests: 3.13 knows no way back from
    there, and only whoever leads may cancel. False when it is cancelled, or open already.
    """
    opened = await db.fetchval(SQL["open_call_task"], number, organisation_id, title, due, today, now)
    transition, state = "open", "open"
    if opened is None:
        opened = await db.fetchval(SQL["reopen_call_task"], number)
        transition, state = "reopen", "in_progress"
    if opened is None:
        return False
    await db.execute(SQL["tell_call_task"], ids.next(), number, organisation_id, now, "", transition, state, note)
    return True


class Asked(msgspec.Struct, frozen=True):
    """What whoever leads a client is to decide about a slip until a day. ``number``: of the slip, and of the case."""

    number: int
    organisation_id: int
    title: str
    note: str
    due: date
    person: str
    """Whose deed raised the question."""


async def ask_once(
    db: WriteConnection, take_ids: Callable[[int], list[int]], one: Asked, today: date, now: datetime
) -> None:
    """A case for the lead accountant. One that is done goes back to work for words that were not said in it yet."""
    if await db.fetchval(SQL["call_task_has_note"], one.number, one.note):
        return
    opened = await db.fetchval(SQL["open_call_task"], one.number, one.organisation_id, one.title, one.due, today, now)
    story: tuple[str | None, str | None, str] = ("open", "open", one.note)
    if opened is None:
        reopened = await db.fetchval(SQL["reopen_call_task"], one.number)
        story = (None, None, one.note) if reopened is None else ("reopen", "in_progress", one.note)
    await db.execute(SQL["tell_call_task"], take_ids(1)[0], one.number, one.organisation_id, now, one.person, *story)


async def close_call_task(
    db: WriteConnection, ids: IdMaker, number: int, note: str, person: str, now: datetime
) -> bool:
    """Nobody needs to call any more; False when nobody was to."""
    organisation_id = await db.fetchval(SQL["close_call_task"], number, now)
    if organisation_id is None:
        return False
    await db.execute(SQL["tell_call_task"], ids.next(), number, organisation_id, now, person, "complete", "done", note)
    return True


async def calls_about(db: ReadConnection, groups: Sequence[int]) -> dict[int, Call]:
    """By the bill that each is about; bills of which nobody was to call are missing."""
    rows = await db.fetch(SQL["calls_about_bills"], list(groups))
    return {row[0]: Call(row[1], row[2], row[3] or "", row[4] or "") for row in rows}
