"""Shifts as people look at them: opened by one report, closed by another, with the receipts between."""

from datetime import datetime

import msgspec

from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.slots import SQL as SLOTS
from fiscal_server.storage.slots import ShiftSum

SQL = load_queries("shifts")

_LAST_FD = 2**31 - 1


class ShiftView(msgspec.Struct, frozen=True):
    """A shift; ``closing_fd`` None: it is open. Times are the KKT's own, without a zone."""

    id: int
    kkt_id: int
    fn_number: str
    shift_number: int
    opening_fd: int
    opened_at: datetime
    closing_fd: int | None
    closed_at: datetime | None


async def list_shifts(
    db: ReadConnection, merchant_id: int, *, before: int, fn_number: str | None, limit: int
) -> list[ShiftView]:
    """Newest first, below the id ``before``."""
    rows = await db.fetch(SQL["newest_shifts"], merchant_id, before, fn_number, limit)
    return [ShiftView(*row) for row in rows]


async def totals_of_shift(db: ReadConnection, merchant_id: int, shift: ShiftView) -> list[ShiftSum]:
    """What the books have of a shift, by form and sign; of an open one what it has so far."""
    last = shift.closing_fd or _LAST_FD
    rows = await db.fetch(SLOTS["receipts_between"], merchant_id, shift.fn_number, shift.opening_fd, last)
    return sorted((ShiftSum(*row) for row in rows), key=lambda one: (one.form, one.sign))
