"""One FN whose documents go into the books: each that they lack is read back whole and taken over, in order."""

from datetime import UTC, datetime

import msgspec

from fiscal_server.clock import Clock
from fiscal_server.dispatch.alone import alone_with, keep
from fiscal_server.dispatch.archive import RECEIPT_FORMS
from fiscal_server.dispatch.recovery import check_identity
from fiscal_server.dispatch.session import KktSession
from fiscal_server.errors import LeaseLost
from fiscal_server.lifecycle import SlotEvent
from fiscal_server.storage import adoption, slots
from fiscal_server.storage.adoption import FoundDocument, KnownReceipt, UnlinkedReceipt
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.leases import LeaseMark
from fiscal_server.storage.pool import Database, WriteConnection
from fiscal_server.troubles import Trouble, read
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.kkt import ArchivedDocument, FnPhase


class FnAdopted(msgspec.Struct, frozen=True):
    """What one FN had that the books lacked."""

    fn_number: str
    documents: int
    receipts: int  # of the documents
    linked: int  # of the receipts, by the id inside


async def adopt_fn(database: Database, clock: Clock, slot: SlotRow, seen: LeaseMark | None = None) -> FnAdopted:
    """Read an FN from the last document of the books on; its slot is in service again afterwards, or at its end.

    ``seen`` as in ``alone_with``. Raises KktBusy, LeaseLost, SlotFault, ValueError, and what the driver raises.
    """
    documents = receipts = linked = 0
    async with alone_with(database, clock, slot, seen) as session:
        status = await session.kkt.status()
        check_identity(session, status)
        if status.open_document:
            await session.kkt.cancel_document()
            status = await session.kkt.status()
        for fd_number in range(session.last_fd + 1, status.last_fd_number + 1):
            await keep(session)
            found = await session.kkt.read_document(fd_number)
            ours = await _take_over(session, found)
            documents += 1
            receipts += found.form in RECEIPT_FORMS
            linked += ours
        await _back_in_service(session, status.phase)
    return FnAdopted(slot.fn_number, documents, receipts, linked)


async def _take_over(session: KktSession, found: ArchivedDocument) -> bool:
    """One document into the books, in one transaction; True when it is a receipt of ours."""
    owner, now = session.owner, session.now()
    inside = _id_inside(found)
    async with session.books() as db:
        settled = await adoption.has_document(db, owner, session.row.fn_number, found.fd_number)
        known = None if settled else await _known(db, owner.merchant_id, inside)
        ours = known is not None and _is_it(known, found)
        document = FoundDocument(
            id=known.id if known is not None and ours else session.rooms.db.ids.next(),
            fd_number=found.fd_number,
            form=found.form,
            fiscal_sign=found.fiscal_sign,
            issued_at=found.issued_at,
            opened_at=_moment(found.issued_at, now),
            shift_number=found.shift_number,
            total_kopecks=found.total_kopecks,
            receipt_id=known.id if known is not None and ours else None,
        )
        if not await adoption.adopt_document(db, owner, document, now):
            raise LeaseLost(f"FN {session.row.fn_number} went on while it was read")
        if found.form in RECEIPT_FORMS and not ours and not settled:
            row = session.row
            sign, total = int(found.sign or 0), found.total_kopecks or 0
            unlinked = UnlinkedReceipt(
                owner.merchant_id, row.fn_number, found.fd_number, inside, sign, total, found.tlv, row.ffd
            )
            await adoption.note_adopted(db, unlinked, now)
    return ours


def _id_inside(found: ArchivedDocument) -> str | None:
    if found.form not in RECEIPT_FORMS or found.tlv is None:
        return None
    try:
        return receipt_id_of(found.tlv)
    except CodecError:
        return None


async def _known(db: WriteConnection, merchant_id: int, inside: str | None) -> KnownReceipt | None:
    if inside is None or not inside.isascii() or not inside.isdigit() or len(inside) > 18:
        return None
    return await adoption.find_receipt(db, merchant_id, int(inside))


def _is_it(known: KnownReceipt, found: ArchivedDocument) -> bool:
    return (known.sign, known.total_kopecks) == (found.sign, found.total_kopecks)


def _moment(issued_at: datetime, now: datetime) -> datetime:
    """When a shift began at the latest: the KKT's clock has no zone, and is at most 14 hours ahead of UTC."""
    return min(now, issued_at.replace(tzinfo=UTC))


async def _back_in_service(session: KktSession, phase: FnPhase) -> None:
    """A slot that had stopped because its FN was ahead comes again; one whose FN was closed meanwhile ends.

    One that stands still for another reason goes on doing so: that was no question of what the FN has.
    """
    row, now = session.row, session.now()
    at_its_end = phase is not FnPhase.FISCAL
    async with session.rooms.db.write() as db:
        await slots.hold_slot(db, row)
        if read(row.fault or "")[0] is Trouble.FN_AHEAD:
            await slots.move_slot(db, row, SlotEvent.RETURNED_AT_ITS_END if at_its_end else SlotEvent.RETURNED, now)
        if at_its_end:
            await slots.move_slot(db, row, SlotEvent.GAVE_WAY, now)
        await slots.fill_cassette(db, row.merchant_id, row.cassette_id, now)
