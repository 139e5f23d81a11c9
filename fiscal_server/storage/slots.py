"""Slots of cassettes on their way through the table of lifecycle.py, and what is known of their devices.

Everything here happens inside a transaction of the caller, who holds the KKT (``queue.hold_kkt``) if it has an owner.
Where slots of a cassette move together, the cassette is locked before any of its KKTs (``hold_slot``).
"""

from datetime import date, datetime
from typing import Final

import msgspec

from fiscal_server.lifecycle import SlotEvent, SlotState, slot_moves
from fiscal_server.storage import queue
from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.kkts import KktRow
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.queue import Owner

SQL = load_queries("slots")

MOST_PARALLEL: Final = 128
"""Slots of a cassette that may work at once (its constraint says the same)."""


class Condition(msgspec.Struct, frozen=True):
    """What an FN says of its own resources."""

    documents_left: int | None
    valid_until: date | None
    warnings: int


class NextSlot(msgspec.Struct, frozen=True):
    """The slot that takes over when one is needed."""

    kkt_id: int
    shift_open: bool


class ShiftBounds(msgspec.Struct, frozen=True):
    """FD numbers of a shift's two reports."""

    closing_fd: int
    opening_fd: int


class ShiftSum(msgspec.Struct, frozen=True):
    """Receipts of a shift by form and settlement sign."""

    form: int
    sign: int
    receipts: int
    total_kopecks: int


async def move_slot(
    db: WriteConnection, kkt: KktRow, event: SlotEvent, now: datetime, *, fault: str | None = None
) -> SlotState | None:
    """Move a slot as the table says; gives the state it left, None when ``event`` may not come where it stands."""
    moves = slot_moves(event)
    left = await db.fetchval(
        SQL["move_slot"], kkt.merchant_id, kkt.id, list(moves.keys()), list(moves.values()), fault, now
    )
    return None if left is None else SlotState(left)


async def read_rules(db: ReadConnection | WriteConnection, merchant_id: int, cassette_id: int) -> CassetteRules:
    """By which a cassette works."""
    return msgspec.convert(await db.fetchval(SQL["read_rules"], merchant_id, cassette_id), CassetteRules)


async def set_rules(db: WriteConnection, merchant_id: int, cassette_id: int, rules: CassetteRules) -> None:
    """Only what differs from the defaults is kept."""
    usual = CassetteRules()
    kept = {name: value for name, value in msgspec.structs.asdict(rules).items() if value != getattr(usual, name)}
    await db.execute(SQL["set_rules"], merchant_id, cassette_id, kept)


async def set_work(
    db: WriteConnection, merchant_id: int, cassette_id: int, parallel: int | None, close_archive: bool | None
) -> tuple[int, bool]:
    """How many slots work at once, and whether an FN that gave way is closed; None: as before. Gives both."""
    row = await db.fetchrow(SQL["set_work"], merchant_id, cassette_id, parallel, close_archive)
    assert row is not None, "the caller has found the cassette"
    return int(row["parallel"]), bool(row["close_archive"])


async def hold_slot(db: WriteConnection, kkt: KktRow) -> None:
    """Lock a cassette and then one of its KKTs: another slot may have to move with it. Raises LeaseLost.

    In this order alone: who holds a KKT and waits for the cassette keeps whoever has that from making the KKT ACTIVE.
    """
    await db.fetchval(SQL["lock_cassette"], kkt.merchant_id, kkt.cassette_id)
    await queue.hold_kkt(db, kkt.owner)


async def fill_cassette(db: WriteConnection, merchant_id: int, cassette_id: int, now: datetime) -> list[int]:
    """Make READY slots ACTIVE until the cassette has as many as it works with at once; gives their ids."""
    parallel = await db.fetchval(SQL["lock_cassette"], merchant_id, cassette_id)
    rows = await db.fetch(SQL["activate_slots"], merchant_id, cassette_id, parallel, now)
    return [row["id"] for row in rows]


async def find_next(db: ReadConnection | WriteConnection, kkt: KktRow) -> NextSlot | None:
    """Who would take over from a slot; None when nobody can."""
    row = await db.fetchrow(SQL["next_slot"], kkt.merchant_id, kkt.cassette_id)
    return None if row is None else NextSlot(*row)


async def cassette_works(db: ReadConnection, kkt: KktRow) -> bool:
    """Whether any slot of this one's cassette is in use, in reach and not paused."""
    return bool(await db.fetchval(SQL["cassette_works"], kkt.merchant_id, kkt.cassette_id))


async def has_successor(db: ReadConnection | WriteConnection, kkt: KktRow) -> bool:
    """Whether a spare gets ready, or is, for this slot at work alone."""
    return bool(await db.fetchval(SQL["has_successor"], kkt.merchant_id, kkt.cassette_id, kkt.id))


async def warm_slot(db: WriteConnection, kkt: KktRow, now: datetime) -> int | None:
    """Tell a READY slot that this one needs it soon; its id, None when there is none that nobody else needs."""
    await db.fetchval(SQL["lock_cassette"], kkt.merchant_id, kkt.cassette_id)
    if await has_successor(db, kkt):
        return None
    found: int | None = await db.fetchval(SQL["warm_slot"], kkt.merchant_id, kkt.cassette_id, kkt.id, now)
    return found


async def note_reach(db: WriteConnection, owner: Owner, unreachable_since: datetime | None) -> None:
    """Keep since when a device does not answer; None: it answers."""
    await db.execute(SQL["note_reach"], owner.merchant_id, owner.kkt_id, unreachable_since)


async def pause_slot(db: WriteConnection, owner: Owner, since: datetime | None) -> None:
    """Pause a KKT, or let it go on (None)."""
    await db.execute(SQL["pause_slot"], owner.merchant_id, owner.kkt_id, since)


async def note_checked(db: WriteConnection, owner: Owner, shift_number: int) -> None:
    """The totals of the shifts up to this one need no further look."""
    await db.execute(SQL["note_checked"], owner.merchant_id, owner.kkt_id, shift_number)


async def record_rotation(
    db: WriteConnection, rotation_id: int, kkt: KktRow, to_kkt_id: int | None, reason: str, now: datetime
) -> None:
    """Why one slot gave way to another (None: there was no other)."""
    await db.execute(
        SQL["record_rotation"], kkt.merchant_id, rotation_id, kkt.cassette_id, kkt.id, to_kkt_id, reason, now
    )


async def record_condition(db: WriteConnection, owner: Owner, condition: Condition, now: datetime) -> None:
    """Keep what the FN said of itself; a stale owner's word is dropped."""
    await db.execute(
        SQL["record_condition"],
        owner.merchant_id,
        owner.kkt_id,
        condition.documents_left,
        condition.valid_until,
        condition.warnings,
        now,
        owner.generation,
    )


async def find_shift(db: ReadConnection, kkt: KktRow, shift_number: int) -> ShiftBounds | None:
    """The reports of a closed shift; None when the books do not have both."""
    row = await db.fetchrow(SQL["closing_of_shift"], kkt.merchant_id, kkt.fn_number, shift_number)
    return None if row is None or row["opening_fd"] is None else ShiftBounds(*row)


async def sum_receipts(db: ReadConnection, kkt: KktRow, bounds: ShiftBounds) -> list[ShiftSum]:
    """What the books have of a shift."""
    rows = await db.fetch(SQL["receipts_between"], kkt.merchant_id, kkt.fn_number, bounds.opening_fd, bounds.closing_fd)
    return [ShiftSum(*row) for row in rows]
