"""When a slot gives way to the next one, and how the books show it.

A slot that can take no more receipts is drained: its backlog goes to the operator, its shift is closed, its archive too
if the cassette is set so. The next READY slot becomes ACTIVE in the same transaction.
"""

from datetime import datetime
from typing import Final

from fiscal_server.storage import kkts, queue
from fiscal_server.storage.kkts import Condition, KktRow
from fiscal_server.storage.pool import Database
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.kkt import FnWarning

DOCUMENTS_RESERVED: Final = 4
"""Kept free in every FN: closing the shift, the settlements report, closing the FN, and one to spare."""


def reason_to_rotate(condition: Condition) -> str | None:
    """Why this FN must take no more receipts (see ``fiscal_server.troubles``); None while it may."""
    if condition.warnings & FnWarning.CRITICAL:
        return tell(Trouble.FN_CRITICAL, "the FN reports a critical error")
    if condition.documents_left is not None and condition.documents_left <= DOCUMENTS_RESERVED:
        return tell(Trouble.MEMORY_FULL, f"documents that still fit: {condition.documents_left}")
    if condition.documents_left is None and condition.warnings & FnWarning.ARCHIVE_FULL:
        return tell(Trouble.MEMORY_FULL, "90 % of the memory is used")
    if condition.warnings & FnWarning.URGENT_REPLACEMENT:
        return tell(Trouble.TERM_ENDS, "3 days or less are left")
    return None


async def rotate(db: Database, kkt: KktRow, reason: str, now: datetime) -> int | None:
    """Drain this slot and let the next one take over; gives its id, None when no slot was ready. Raises LeaseLost."""
    async with db.write() as connection:
        await queue.hold_kkt(connection, kkt.owner)
        if not await kkts.set_slot_state(connection, kkt, "ACTIVE", "DRAINING", now):
            return None
        activated = await kkts.fill_cassette(connection, kkt.merchant_id, kkt.cassette_id, now)
        successor = activated[0] if activated else None
        await kkts.record_rotation(connection, db.ids.next(), kkt, successor, reason, now)
        await kkts.announce_kkts(connection)
    return successor


async def stop_slot(db: Database, kkt: KktRow, fault: str, now: datetime) -> None:
    """A slot that a person must look at: FAULTY, with the reason; the next one takes over if this one was active.

    A receipt that it was making is UNCERTAIN from now on. Raises LeaseLost.
    """
    async with db.write() as connection:
        await queue.hold_kkt(connection, kkt.owner)
        await queue.mark_intended_uncertain(connection, kkt.owner, now)
        moved = False
        for state in ("ACTIVE", "READY", "DRAINING"):
            if await kkts.set_slot_state(connection, kkt, state, "FAULTY", now, fault=fault):
                moved = state == "ACTIVE"
                break
        if moved:
            activated = await kkts.fill_cassette(connection, kkt.merchant_id, kkt.cassette_id, now)
            successor = activated[0] if activated else None
            await kkts.record_rotation(connection, db.ids.next(), kkt, successor, fault, now)
            await kkts.announce_kkts(connection)
