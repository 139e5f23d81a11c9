"""Books that know less than the FNs, as after a restore from an older backup, catch up: ``verify --adopt``.

Each document that an FN has and the books lack is read back whole and taken over, in order (``adopt_fn``). A receipt is
known by the id inside its document. Was the receipt itself computed after the backup, the books do not know it: the
billing system sends its events again, the receipt is computed anew with another id, and the document is found to be its
by content (``placing``). A merchant makes no receipts, because it might make one a second time, until

- every FN that the books name was read, or a person has stated that it never will be,
- every receipt found has its place, or a person lets it stand,
- a person has stated that no FN joined after the backup besides those that the books have: books cannot name what they
  never knew, so no reading proves it.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fiscal_server.clock import Clock
from fiscal_server.dispatch.adopt_fn import FnAdopted, adopt_fn
from fiscal_server.dispatch.alone import KktBusy, leases_to_take
from fiscal_server.dispatch.placing import link_by_content
from fiscal_server.dispatch.said import NOTHING_SAID, CannotState, Said, write_off, write_off_slot
from fiscal_server.dispatch.session import SlotFault
from fiscal_server.errors import LeaseLost
from fiscal_server.storage import adoption, kkts, restoration
from fiscal_server.storage.adoption import Hold, UnlinkedReceipt
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.pool import Database, ReadConnection, WriteConnection
from fiscal_server.storage.restoration import NewerFn, Statement, StatementKind
from fiscal_server.troubles import Trouble, read
from kkt_drivers.errors import KktError


class AdoptReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken over, and what is lacking. ``unlinked`` and ``newer`` as sentences."""

    fns: list[FnAdopted]
    linked_by_content: int
    unlinked: list[str]  # receipts of FNs that belong to none of ours
    out_of_reach: dict[str, str]  # FN number -> why it was not read
    newer: list[str]  # FNs that joined after the backup and are not in the books again
    unstated: list[int]  # merchants of whom nobody has stated that all their FNs are known
    released: list[int]  # merchants that make receipts again
    held: list[int]  # merchants that still do not


class _Desk(msgspec.Struct, frozen=True):
    """What one adoption works with: merchants on hold, FNs to read, FNs that have to be added first."""

    database: Database
    clock: Clock
    said: Said
    holds: list[Hold]
    slots: list[SlotRow]
    lost: set[tuple[int, str]]  # (merchant, FN number) of those slots that nobody need be able to read
    newer: list[NewerFn]


async def adopt(
    database: Database, clock: Clock, said: Said = NOTHING_SAID, plugged_in: Sequence[NewerFn] = ()
) -> AdoptReport:
    """Read every FN of merchants on hold and take over what the books lack. Dispatchers may run: they make no receipts
    of these merchants, but a KKT that one holds is out of reach.

    ``plugged_in``: FNs in use that answer on this machine; one that no book knows is a newer one until a person says
    otherwise.

    May be called again at any time. Raises CannotState when what was said contradicts the books: nothing was done.
    """
    desk = await _lay_out(database, clock, said, plugged_in)
    _check(desk)
    fns, unread = await _read_fns(desk)
    await _write_off(desk, unread)
    lacking = {slot.merchant_id for slot in desk.slots if slot.fn_number in unread}
    held = [hold.merchant_id for hold in desk.holds]
    by_content = sum([await link_by_content(database, merchant_id) for merchant_id in held])
    released = [
        hold.merchant_id for hold in desk.holds if await _settle(desk, hold, read=hold.merchant_id not in lacking)
    ]
    async with database.write() as db:
        if said.no_newer_fns is not None:
            await restoration.close_restorations(db, clock.now())
        return AdoptReport(
            fns=fns,
            linked_by_content=by_content,
            unlinked=[_unplaced(one) for m in held for one in await adoption.unlinked_receipts(db, m)],
            out_of_reach={fn_number: str(error) or type(error).__name__ for fn_number, error in unread.items()},
            newer=[_newcomer(fn) for fn in await _newer(db, desk.holds, plugged_in)],
            unstated=await _unstated(db),
            released=released,
            held=[one for one in held if one not in released],
        )


async def _lay_out(database: Database, clock: Clock, said: Said, plugged_in: Sequence[NewerFn]) -> _Desk:
    async with database.read() as db:
        holds = await adoption.held_merchants(db)
        held = {hold.merchant_id for hold in holds}
        lost = await restoration.fns_written_off(db)
        listed = [slot for slot in await kkts.list_kkts(db) if slot.merchant_id in held and not _is_at_rest(slot)]
        return _Desk(database, clock, said, holds, listed, lost, await _newer(db, holds, plugged_in))


def _is_at_rest(slot: SlotRow) -> bool:
    """A slot that the books knew as CLOSED can have made nothing since; its FN lies in a safe. Not so one that was
    taken out without being asked: books put back since may lack what it had made."""
    return slot.state == "CLOSED" and read(slot.fault or "")[0] is not Trouble.TAKEN_OUT


async def _newer(
    db: ReadConnection | WriteConnection, holds: Sequence[Hold], plugged_in: Sequence[NewerFn]
) -> list[NewerFn]:
    """FNs that the replaced database names and this one does not, and those that are plugged in here."""
    known = await restoration.newer_fns(db)
    settled = {slot.fn_number for slot in await kkts.list_kkts(db)}
    settled |= {fn.fn_number for fn in known} | {number for _, number in await restoration.fns_written_off(db)}
    return known + [fn for fn in plugged_in if holds and fn.fn_number not in settled]


def _check(desk: _Desk) -> None:
    """Raises CannotState."""
    without = desk.said.without[0] if desk.said.without is not None else None
    waited_for = {slot.fn_number for slot in desk.slots if (slot.merchant_id, slot.fn_number) not in desk.lost}
    waited_for |= {fn.fn_number for fn in desk.newer}
    if without is not None and without not in waited_for:
        raise CannotState(f"nobody waits for an FN {without}: no merchant on hold has it, or it was written off before")
    lacking = [fn for fn in desk.newer if fn.fn_number != without]
    if desk.said.no_newer_fns is not None and lacking:
        raise CannotState(f"there are newer FNs: {'; '.join(map(_newcomer, lacking))}")


async def _read_fns(desk: _Desk) -> tuple[list[FnAdopted], dict[str, Exception]]:
    """What each FN had, and why others could not be read."""
    fns: list[FnAdopted] = []
    unread: dict[str, Exception] = {}
    takeable = await leases_to_take(desk.database, desk.clock, desk.slots)
    for slot in desk.slots:
        try:
            fns.append(await adopt_fn(desk.database, desk.clock, slot, takeable.get(slot.id)))
        except (KktBusy, KktError, SlotFault, LeaseLost, ValueError) as error:
            if (slot.merchant_id, slot.fn_number) not in desk.lost:
                unread[slot.fn_number] = error
    return fns, unread


async def _write_off(desk: _Desk, unread: dict[str, Exception]) -> None:
    """Do without the FN that a person has named, unless it was read just now or somebody works with it."""
    if desk.said.without is None:
        return
    fn_number, now = desk.said.without[0], desk.clock.now()
    since = {hold.merchant_id: hold.since for hold in desk.holds}
    for slot in desk.slots:
        error = unread.get(slot.fn_number)
        if slot.fn_number == fn_number and error is not None and not isinstance(error, KktBusy | LeaseLost):
            trouble = str(error) or type(error).__name__
            await write_off_slot(desk.database, desk.said, slot, trouble, since[slot.merchant_id], now)
            del unread[fn_number]
    for fn in desk.newer:
        if fn.fn_number == fn_number:
            trouble = "it is in no book, and was not added again"
            whose = fn.merchant_id or desk.holds[0].merchant_id
            unknown = msgspec.structs.replace(fn, merchant_id=whose, last_fd=0)  # to these books
            await write_off(desk.database, desk.said, unknown, trouble, since.get(whose, now), now)


# --- merchants --------------------------------------------------------------------------------------------------------


async def _settle(desk: _Desk, hold: Hold, *, read: bool) -> bool:
    """Keep what was said of a merchant; True when it makes receipts again. ``read``: its FNs were."""
    said, now = desk.said, desk.clock.now()
    async with desk.database.write() as db:
        stated = await restoration.has_stated_all_known(db, hold.merchant_id, hold.since)
        if said.no_newer_fns is not None and not stated:
            await _keep(desk, db, hold, StatementKind.NO_NEWER_FNS, said.no_newer_fns, now)
            stated = True
        if not read:
            return False
        if await adoption.unlinked_receipts(db, hold.merchant_id):
            if said.let_stand is None:
                return False
            await _keep(desk, db, hold, StatementKind.LET_STAND, said.let_stand, now)
            await adoption.accept_unlinked(db, hold.merchant_id, said.let_stand)
        released = stated and await adoption.release_merchant(db, hold)
        await kkts.announce_kkts(db)
    return released


async def _keep(desk: _Desk, db: WriteConnection, hold: Hold, kind: StatementKind, reason: str, now: datetime) -> None:
    statement = Statement(
        merchant_id=hold.merchant_id,
        id=desk.database.ids.next(),
        kind=kind,
        hold_since=hold.since,
        stated_by=desk.said.by,
        reason=reason,
    )
    await restoration.state(db, statement, now)


async def _unstated(db: WriteConnection) -> list[int]:
    return [
        hold.merchant_id
        for hold in await adoption.held_merchants(db)
        if not await restoration.has_stated_all_known(db, hold.merchant_id, hold.since)
    ]


# --- sentences --------------------------------------------------------------------------------------------------------


def _unplaced(found: UnlinkedReceipt) -> str:
    return (
        f"FN {found.fn_number}, FD {found.fd_number}: receipt {found.inside or 'without id'} of"
        f" {found.total_kopecks} kopecks is none that waits"
    )


def _newcomer(fn: NewerFn) -> str:
    found = (
        f"of merchant {fn.merchant_id} joined after the backup" if fn.merchant_id else "is plugged in, and in no book"
    )
    return (
        f"FN {fn.fn_number} at {fn.address} with {fn.last_fd} documents {found}:"
        f" add it again (fiscal-server kkt add), or state why it will never be read"
        f" (--without {fn.fn_number} REASON)"
    )
