"""Cases to call a client: the last rung of the ladder of letters."""

from datetime import date, datetime

from admin.storage.office.notices import SQL
from fiscal_server.ids import IdMaker
from fiscal_server.storage.pool import WriteConnection


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

    One that somebody closed while the client had not confirmed goes back to work (office-domain 3.16, rule 8: the next
    rung asks for a call too). False when it is open already.
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


async def close_call_task(
    db: WriteConnection, ids: IdMaker, number: int, note: str, person: str, now: datetime
) -> bool:
    """Nobody needs to call any more; False when nobody was to."""
    organisation_id = await db.fetchval(SQL["close_call_task"], number, now)
    if organisation_id is None:
        return False
    await db.execute(SQL["tell_call_task"], ids.next(), number, organisation_id, now, person, "complete", "done", note)
    return True
