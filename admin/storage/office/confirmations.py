"""Links of letters and what comes of them: the bill that they lead to, and the proof that it was confirmed."""

from datetime import date, datetime

import msgspec

from admin.storage.office.notices import SQL, OpenedNotice
from fiscal_server.storage.pool import ReadConnection, WriteConnection


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """Which notice a link was sent for."""

    id: int
    organisation_id: int
    contact_id: int
    group_id: int
    due: date
    superseded_by: int | None


async def notice_by_token(db: ReadConnection | WriteConnection, token_hash: bytes) -> Linked | None:
    """None for a link that was never sent."""
    row = await db.fetchrow(SQL["notice_by_token"], token_hash)
    return None if row is None else msgspec.convert(dict(row), Linked)


async def bill_behind(db: ReadConnection | WriteConnection, linked: Linked) -> OpenedNotice:
    """What its recipient is told of that day now: an old link leads to the sum in force."""
    row = await db.fetchrow(SQL["living_notice_of"], linked.organisation_id, linked.due, linked.contact_id)
    assert row is not None, "notices are never deleted"
    return msgspec.convert(dict(row), OpenedNotice)


async def acknowledge(db: WriteConnection, notice: OpenedNotice, now: datetime, address: str, agent: str) -> bool:
    """The proof, frozen; the bill stops for everybody of the client. False: it was confirmed before, or is no longer
    in force."""
    await db.execute(SQL["hold_bill"], notice.group_id)
    if await db.fetchval(SQL["acknowledge"], notice.id, now, address, agent) is None:
        return False
    await db.execute(SQL["stop_bill"], notice.group_id)
    return True
