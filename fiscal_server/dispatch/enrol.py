"""A KKT joins a cassette: its FN is registered if it is new, and the books take it over from its first document on."""

from datetime import datetime
from typing import Final

import msgspec
import structlog

from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.codes import DocumentForm
from fiscal_server.clock import Clock
from fiscal_server.dispatch.adopt_fn import FnAdopted, adopt_fn
from fiscal_server.dispatch.alone import KktBusy, leases_to_take
from fiscal_server.dispatch.journal import document_row
from fiscal_server.dispatch.replacement import Replacement, reasons_of, why_not
from fiscal_server.dispatch.session import SlotFault
from fiscal_server.errors import FiscalServerError, LeaseLost
from fiscal_server.storage import adoption, kkts, queue, restoration
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.pool import Database
from fiscal_server.storage.queue import Owner
from kkt_drivers.address import is_on_network, open_kkt
from kkt_drivers.change_reasons import ChangeReason
from kkt_drivers.errors import CodecError, KktError, KktOutcomeUnknown
from kkt_drivers.ffd.tlv import decode, find
from kkt_drivers.kkt import ArchivedDocument, FiscalDocument, FnPhase, Kkt, KktLocalTime, KktStatus, Registration

log = structlog.get_logger()

_INN: Final = 1018
_RNM: Final = 1037

TRIES: Final = 3
"""So often an FN is asked whether it has the report whose answer was lost."""


class CannotEnrol(FiscalServerError):
    """This KKT cannot join the cassette."""


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A new slot: where the device is, where its operator is, and what to register it with."""

    merchant_id: int
    cassette: str
    address: str
    ofd_address: str
    registration: Registration
    parallel: int = 1
    node: int = 0  # that a device which is not on the network is plugged into
    replaces: Replacement | None = None  # the FN that has ended in the same KKT; None: the KKT is new too
    slot_id: int | None = None  # of the slot that comes of it: whoever begins this again finds it


class Enrolled(msgspec.Struct, frozen=True):
    """A new slot. ``adopted``: what its FN had made before a restore; None: it was new, or could not be read to its end
    (``unread`` says why; ``verify --adopt`` goes on)."""

    fn_number: str
    adopted: FnAdopted | None = None
    unread: str = ""


async def enrol(database: Database, clock: Clock, enrolment: Enrolment) -> Enrolled:
    """Register the FN, add its slot. May be called again after a crash. Raises CannotEnrol.

    While the merchant is on hold, because the books may know less than the FNs, an FN may have worked for it before:
    then everything that it has made is taken over at once, as by ``verify --adopt``.
    """
    async with database.read() as db:
        on_hold = bool(await adoption.held_merchants(db, enrolment.merchant_id))
        restored = await restoration.open_restorations(db)
        slots = await kkts.list_kkts(db, enrolment.merchant_id)
    ended_before = [slot.fn_number for slot in slots if slot.id == enrolment.slot_id]
    if ended_before:
        return Enrolled(ended_before[0], unread="whoever added it has died before it told" if on_hold else "")
    refusal = why_not(slots, enrolment.registration, enrolment.replaces)
    if refusal is not None and not on_hold:
        raise CannotEnrol(refusal)
    reasons = ChangeReason(0)
    if enrolment.replaces is not None:
        reasons = reasons_of(slots, enrolment.registration, enrolment.replaces)
    status, report = await _reported(enrolment, clock, reasons, refusal, may_be_used=on_hold)
    used = status.last_fd_number > 1
    hold_ms = max((one.hold_ms for one in restored), default=0) if used else 0
    slot = await _add_slot(database, clock, enrolment, report, hold_ms or None, on_hold=on_hold)
    if not used:
        return Enrolled(slot.fn_number)
    try:
        takeable = await leases_to_take(database, clock, [slot])
        return Enrolled(slot.fn_number, await adopt_fn(database, clock, slot, takeable.get(slot.id)))
    except (KktBusy, KktError, SlotFault, LeaseLost) as error:
        return Enrolled(slot.fn_number, unread=str(error) or type(error).__name__)


async def _reported(
    enrolment: Enrolment, clock: Clock, reasons: ChangeReason, refusal: str | None, *, may_be_used: bool
) -> tuple[KktStatus, FiscalDocument]:
    """How the FN stood, and its report. A lost answer is asked of the FN: one that has the report is new no more."""
    kkt = open_kkt(enrolment.address)
    for is_last in (False,) * (TRIES - 1) + (True,):
        await kkt.open()
        try:
            status = await kkt.status()
            wanted = enrolment.registration
            if status.phase is FnPhase.READY and refusal is not None:
                raise CannotEnrol(refusal)  # on hold too: only an FN that worked here may come against the books
            report = await _registration_report(kkt, status, wanted, clock.now(), reasons, may_be_used=may_be_used)
            return status, report
        except KktOutcomeUnknown as error:
            if is_last:
                raise
            log.warning("registration_is_asked_for", address=enrolment.address, reason=str(error))
        finally:
            await kkt.close()
    raise AssertionError("the last try has returned or raised")


async def _add_slot(
    database: Database,
    clock: Clock,
    enrolment: Enrolment,
    report: FiscalDocument,
    hold_ms: int | None,
    *,
    on_hold: bool,
) -> SlotRow:
    registration, merchant_id = enrolment.registration, enrolment.merchant_id
    kkt_id, cassette_id = database.ids.take(2)
    kkt_id = enrolment.slot_id or kkt_id
    async with database.write() as db:
        now = clock.now()
        await kkts.lock_merchant(db, merchant_id)
        if (whose := await kkts.merchant_of_fn(db, report.fn_number)) is not None:
            raise CannotEnrol(f"FN {report.fn_number} is a slot of {whose!r} already")
        if not on_hold:  # another FN for the same KKT may have come meanwhile: one of them goes into service
            refusal = why_not(await kkts.list_kkts(db, merchant_id), registration, enrolment.replaces)
            if refusal is not None:
                raise CannotEnrol(refusal)
        known = await kkts.find_cassette(db, merchant_id, enrolment.cassette)
        if known is None:
            await kkts.add_cassette(db, merchant_id, cassette_id, enrolment.cassette, parallel=enrolment.parallel)
            await queue.route_receipts(db, merchant_id, cassette_id, now)
        new = kkts.NewKkt(
            merchant_id=merchant_id,
            id=kkt_id,
            cassette_id=known or cassette_id,
            address=enrolment.address,
            ofd_address=enrolment.ofd_address,
            fn_number=report.fn_number,
            registration_number=registration.kkt_registration_number,
            ffd=registration.ffd,
            emulated=report.fn_number.startswith("9999"),
            last_fd=0,
            home_node=None if is_on_network(enrolment.address) else enrolment.node,
            lease_hold_ms=hold_ms,
        )
        await kkts.add_kkt(db, new, now)
        owner = Owner(merchant_id, kkt_id, 0)
        await queue.record_documents(db, [owner], [document_row(owner, report, database.ids.next(), None)], now)
        await kkts.announce_kkts(db)
    async with database.read() as db:
        return next(slot for slot in await kkts.list_kkts(db, merchant_id) if slot.id == kkt_id)


async def _registration_report(
    kkt: Kkt, status: KktStatus, registration: Registration, now: datetime, reasons: ChangeReason, *, may_be_used: bool
) -> FiscalDocument:
    """The FN's first document: made now, or found when an earlier attempt got no further, or of an FN in use.

    ``reasons``: with those of a replaced FN it is form 11, without any form 1.
    """
    if status.phase is FnPhase.READY:
        if status.open_document:
            await kkt.cancel_document()
        if reasons:
            return await kkt.re_register(registration, now, reasons)
        return await kkt.register(registration, now)
    if not may_be_used and (status.phase is not FnPhase.FISCAL or status.last_fd_number != 1):
        raise CannotEnrol(
            f"FN {status.fn_number} has {status.last_fd_number} document(s) in phase {status.phase.name}: only a new"
            " FN, or one with nothing but its registration, can join a cassette; one that worked here before the"
            " database was restored can join again while its merchant is on hold"
        )
    found = await kkt.read_document(1)
    _check_owner(status.fn_number, found, registration, may_be_used=may_be_used)
    wanted = DocumentForm.RE_REGISTRATION if reasons else DocumentForm.REGISTRATION
    if not may_be_used and found.form is not wanted:
        was = "another one's replacement" if found.form is DocumentForm.RE_REGISTRATION else "that of a new KKT"
        raise CannotEnrol(f"FN {status.fn_number} has been registered already, as {was}: it can only join as that")
    return FiscalDocument(
        form=found.form,
        fn_number=status.fn_number,
        fd_number=1,
        fiscal_sign=found.fiscal_sign,
        issued_at=KktLocalTime(found.issued_at),
    )


def _check_owner(fn_number: str, found: ArchivedDocument, registration: Registration, *, may_be_used: bool) -> None:
    """Raises CannotEnrol when the FN's report names another owner or KKT, as far as it can still be read."""
    if found.tlv is None:
        return
    try:
        records = decode(found.tlv)
    except CodecError:
        return
    expected = {_INN: ("INN", registration.user_inn), _RNM: ("the KKT", registration.kkt_registration_number)}
    for tag, (name, wanted) in expected.items():
        record = find(records, tag)
        if record is None or (may_be_used and tag == _RNM):  # a later report may name another KKT
            continue
        if (given := record.text().strip()) != wanted:
            raise CannotEnrol(f"FN {fn_number} is registered for {name} {given}, not for {wanted}")


class Papers(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the papers of one KKT and in the contract with its operator."""

    serial: str
    registration_number: str  # 1037, 16 digits with check digits
    ofd_inn: str
    ofd_name: str
    taxation_systems: int | None = None  # 1062, bit set; None: the one in the merchant's rules


def registration_of(merchant: MerchantRow, papers: Papers) -> Registration:
    """Registration parameters of a merchant's KKT."""
    rules = stored_rules(merchant.rules)
    return Registration(
        user_inn=rules.inn or "",
        user_name=merchant.name,
        kkt_registration_number=papers.registration_number.strip(),
        kkt_serial_number=papers.serial,
        taxation_systems=papers.taxation_systems or int(rules.taxation),
        ffd=rules.ffd,
        address=merchant.address,
        place=merchant.place,
        cashier=merchant.cashier,
        ofd_inn=papers.ofd_inn,
        ofd_name=papers.ofd_name,
        sender_email=rules.email or "none",
    )
