"""Books that know less than the FNs, as after a restore from an older backup, catch up: ``verify --adopt``.

Each document that an FN has and the books lack is read back whole and taken over, in order. A receipt is known by the
id inside its document. Was the receipt itself computed after the backup, the books do not know it: the billing system
sends its events again, the receipt is computed anew with another id, and the document is found to be its by content.
Until every FN was read and every receipt found, the merchant makes no receipts: it might make one a second time.
"""

from datetime import UTC, datetime

import msgspec

from accounting.receipts.codes import FfdVersion
from fiscal_server.clock import Clock
from fiscal_server.dispatch.alone import KktBusy, alone_with, keep
from fiscal_server.dispatch.archive import RECEIPT_FORMS
from fiscal_server.dispatch.recovery import check_identity
from fiscal_server.dispatch.session import RECEIPT_DECODER, KktSession, SlotFault
from fiscal_server.errors import LeaseLost
from fiscal_server.lifecycle import SlotEvent
from fiscal_server.storage import adoption, kkts, slots
from fiscal_server.storage.adoption import FoundDocument, Hold, KnownReceipt, UnlinkedReceipt
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.pool import Database, WriteConnection
from kkt_drivers.errors import CodecError, KktError
from kkt_drivers.ffd.receipt_content import same_content
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.kkt import ArchivedDocument, FnPhase


class FnAdopted(msgspec.Struct, frozen=True):
    """What one FN had that the books lacked."""

    fn_number: str
    documents: int
    receipts: int  # of the documents
    linked: int  # of the receipts, by the id inside


class AdoptReport(msgspec.Struct, frozen=True):
    """What was taken over. ``unlinked``: receipts of FNs that belong to none of ours, as sentences."""

    fns: list[FnAdopted]
    linked_by_content: int
    unlinked: list[str]
    out_of_reach: dict[str, str]  # FN number -> why it was not read
    released: list[int]  # merchants that make receipts again
    held: list[int]  # merchants that still do not


async def adopt(database: Database, clock: Clock, *, accept: str | None = None) -> AdoptReport:
    """Read every FN of merchants on hold and take over what the books lack. Dispatchers may run: they make no receipts
    of these merchants, but a KKT that one holds is out of reach.

    ``accept``: why receipts that nobody can place are let stand. May be called again at any time.
    """
    async with database.read() as db:
        holds = await adoption.held_merchants(db)
        held = [hold.merchant_id for hold in holds]
        # A slot that the books knew as CLOSED can have made nothing since; its FN lies in a safe.
        listed = [slot for slot in await kkts.list_kkts(db) if slot.merchant_id in held and slot.state != "CLOSED"]
    fns: list[FnAdopted] = []
    out_of_reach: dict[str, str] = {}
    unread: set[int] = set()
    for slot in listed:
        try:
            fns.append(await _adopt_fn(database, clock, slot))
        except (KktBusy, KktError, SlotFault, LeaseLost, ValueError) as error:
            out_of_reach[slot.fn_number] = str(error) or type(error).__name__
            unread.add(slot.merchant_id)
    by_content = sum([await _link_by_content(database, merchant_id) for merchant_id in held])
    released = [
        hold.merchant_id for hold in holds if hold.merchant_id not in unread and await _release(database, hold, accept)
    ]
    async with database.read() as db:
        unlinked = [_sentence(one) for merchant_id in held for one in await adoption.unlinked_receipts(db, merchant_id)]
    return AdoptReport(fns, by_content, unlinked, out_of_reach, released, [one for one in held if one not in released])


def _sentence(found: UnlinkedReceipt) -> str:
    return (
        f"FN {found.fn_number}, FD {found.fd_number}: receipt {found.inside or 'without id'} of"
        f" {found.total_kopecks} kopecks is none that waits"
    )


async def _release(database: Database, hold: Hold, accept: str | None) -> bool:
    merchant_id = hold.merchant_id
    async with database.write() as db:
        if await adoption.unlinked_receipts(db, merchant_id):
            if accept is None:
                return False
            await adoption.accept_unlinked(db, merchant_id, accept)
        released = await adoption.release_merchant(db, hold)
        await kkts.announce_kkts(db)
    return released


# --- one FN -----------------------------------------------------------------------------------------------------------


async def _adopt_fn(database: Database, clock: Clock, slot: SlotRow) -> FnAdopted:
    documents = receipts = linked = 0
    async with alone_with(database, clock, slot) as session:
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
        known = await _known(db, owner.merchant_id, inside)
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
        if found.form in RECEIPT_FORMS and not ours:
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
    """A slot that had stopped because its FN was ahead comes again; one whose FN was closed meanwhile ends."""
    row, now = session.row, session.now()
    at_its_end = phase is not FnPhase.FISCAL
    async with session.books() as db:
        await slots.move_slot(db, row, SlotEvent.RETURNED_AT_ITS_END if at_its_end else SlotEvent.RETURNED, now)
        if at_its_end:
            await slots.move_slot(db, row, SlotEvent.GAVE_WAY, now)
        await slots.fill_cassette(db, row.merchant_id, row.cassette_id, now)


# --- receipts that were computed anew ---------------------------------------------------------------------------------


async def _link_by_content(database: Database, merchant_id: int) -> int:
    linked = 0
    async with database.read() as reading:
        unlinked = await adoption.unlinked_receipts(reading, merchant_id)
    for found in unlinked:
        if found.tlv is None:
            continue
        async with database.write() as db:
            for receipt_id, body in await adoption.alike_waiting(db, merchant_id, found.sign, found.total_kopecks):
                receipt = RECEIPT_DECODER.decode(body)
                if same_content(found.tlv, receipt, FfdVersion(found.ffd)):
                    linked += await adoption.link_receipt(db, found, receipt_id)
                    break
    return linked
