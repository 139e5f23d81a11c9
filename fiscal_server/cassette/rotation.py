"""When a slot gives way to the next one, and how the books show it.

A slot that can take no more receipts is drained: its backlog goes to the operator, its shift is closed, its archive
too if the cassette is set so. The next READY slot becomes ACTIVE in the same transaction; it was told to open its shift
when the end came near. A slot that only cannot work just now (its device is out of reach, a person paused it) stands
aside: it is READY, and takes over again when it can and is needed.
"""

from datetime import date, datetime, timedelta
from typing import Final

from fiscal_server.lifecycle import SlotEvent, SlotState
from fiscal_server.storage import kkts, queue, slots
from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.kkts import KktRow
from fiscal_server.storage.pool import Database, WriteConnection
from fiscal_server.storage.slots import Condition
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.kkt import FnWarning

_FAR_AWAY: Final = 36_500
"""Days: the term of an FN that has not begun."""

_CRITICAL: Final = int(FnWarning.CRITICAL)
_ARCHIVE_FULL: Final = int(FnWarning.ARCHIVE_FULL)
_URGENT_REPLACEMENT: Final = int(FnWarning.URGENT_REPLACEMENT)
"""As plain numbers: this is asked before every receipt, and a flag of an enum costs twenty times as much."""


def reason_to_rotate(condition: Condition, rules: CassetteRules, today: date) -> str | None:
    """Why this FN must take no more receipts (see ``fiscal_server.troubles``); None while it may."""
    if condition.warnings & _CRITICAL:
        return tell(Trouble.FN_CRITICAL, "the FN reports a critical error")
    if condition.documents_left is not None and condition.documents_left <= rules.documents_reserved:
        return tell(Trouble.MEMORY_FULL, f"documents that still fit: {condition.documents_left}")
    if condition.documents_left is None and condition.warnings & _ARCHIVE_FULL:
        return tell(Trouble.MEMORY_FULL, "90 % of the memory is used")
    if condition.warnings & _URGENT_REPLACEMENT:
        return tell(Trouble.TERM_ENDS, "3 days or less are left")
    if (days := _days_left(condition, today)) <= rules.days_reserved:
        return tell(Trouble.TERM_ENDS, f"days left: {days}")
    return None


def is_overdue(unconfirmed_since: datetime | None, rules: CassetteRules, now: datetime) -> bool:
    """Whether the operator has lacked a document for so long that the FN will soon refuse everything."""
    return unconfirmed_since is not None and now - unconfirmed_since >= timedelta(days=rules.backlog_days)


def end_is_near(condition: Condition, rules: CassetteRules, today: date) -> bool:
    """Whether the next slot should open its shift, so that it can take over at once."""
    if condition.documents_left is not None:
        near = rules.documents_reserved + rules.warm_documents
        if condition.documents_left <= near:
            return True
    return _days_left(condition, today) <= rules.days_reserved + rules.warm_days


def _days_left(condition: Condition, today: date) -> int:
    return _FAR_AWAY if condition.valid_until is None else (condition.valid_until - today).days


async def rotate(db: Database, kkt: KktRow, reason: str, now: datetime) -> int | None:
    """Drain this slot; the next one takes over if it was at work. Gives that one's id, None when none does.

    Raises LeaseLost.
    """
    async with db.write() as connection:
        await slots.hold_slot(connection, kkt)
        left = await slots.move_slot(connection, kkt, SlotEvent.GAVE_WAY, now)
        if left is SlotState.READY:  # a spare that filled up before its turn: nobody takes over from it
            await kkts.announce_kkts(connection)
        if left is not SlotState.ACTIVE:
            return None
        return await _hand_over(connection, db.ids.next(), kkt, reason, now)


async def stand_aside(db: Database, kkt: KktRow, reason: str, now: datetime) -> bool:
    """Let the next slot take over from one whose device is of no use now: out of reach until it is read again, with a
    receipt in its hands UNCERTAIN. False, and nothing changed, when there is no other slot. Raises LeaseLost."""
    async with db.write() as connection:
        await slots.hold_slot(connection, kkt)
        if await slots.find_next(connection, kkt) is None:
            return False
        if await slots.move_slot(connection, kkt, SlotEvent.STOOD_ASIDE, now) is None:
            return False
        await slots.note_reach(connection, kkt.owner, now)
        await queue.mark_intended_uncertain(connection, kkt.owner, now)
        await _hand_over(connection, db.ids.next(), kkt, reason, now)
        return True


async def pause(db: Database, kkt: KktRow, reason: str, now: datetime) -> None:
    """Take a KKT out of service until a person lets it go on. Raises LeaseLost."""
    async with db.write() as connection:
        await slots.hold_slot(connection, kkt)
        await slots.pause_slot(connection, kkt.owner, now)
        if await slots.move_slot(connection, kkt, SlotEvent.STOOD_ASIDE, now) is not None:
            await _hand_over(connection, db.ids.next(), kkt, reason, now)


async def take_back(db: Database, kkt: KktRow, now: datetime) -> None:
    """A device is in reach again, or no longer paused: where its cassette lacks a slot it is a candidate.

    Raises LeaseLost.
    """
    async with db.write() as connection:
        await slots.hold_slot(connection, kkt)
        await slots.fill_cassette(connection, kkt.merchant_id, kkt.cassette_id, now)
        await kkts.announce_kkts(connection)


async def stop_slot(db: Database, kkt: KktRow, fault: str, now: datetime) -> None:
    """A slot that a person must look at: FAULTY, with the reason; the next one takes over if this one was active.

    A receipt that it was making is UNCERTAIN from now on. Raises LeaseLost.
    """
    async with db.write() as connection:
        await slots.hold_slot(connection, kkt)
        await queue.mark_intended_uncertain(connection, kkt.owner, now)
        left = await slots.move_slot(connection, kkt, SlotEvent.STOPPED, now, fault=fault)
        if left is SlotState.ACTIVE:
            await _hand_over(connection, db.ids.next(), kkt, fault, now)


async def take_out(db: Database, kkt: KktRow, reason: str, now: datetime) -> int:
    """The end of a slot whose FN will never work again: FAULTY, or out of reach until now; the next one takes over.

    Gives how many receipts it has in hand: unless that is 0 they are UNCERTAIN and the slot stands where it stood.
    What else it was about to make stays in the books as intended: nobody knows. Raises LeaseLost.
    """
    async with db.write() as connection:
        await slots.hold_slot(connection, kkt)
        await queue.mark_intended_uncertain(connection, kkt.owner, now)
        if in_hand := await queue.count_in_hand(connection, kkt.owner):
            return in_hand
        left = await slots.move_slot(connection, kkt, SlotEvent.STOPPED, now, fault=reason)
        await slots.move_slot(connection, kkt, SlotEvent.TAKEN_OUT, now, fault=reason)
        if left is SlotState.ACTIVE:
            await _hand_over(connection, db.ids.next(), kkt, reason, now)
        return 0


async def _hand_over(
    connection: WriteConnection, rotation_id: int, kkt: KktRow, reason: str, now: datetime
) -> int | None:
    activated = await slots.fill_cassette(connection, kkt.merchant_id, kkt.cassette_id, now)
    successor = activated[0] if activated else None
    await slots.record_rotation(connection, rotation_id, kkt, successor, reason, now)
    await kkts.announce_kkts(connection)
    return successor
