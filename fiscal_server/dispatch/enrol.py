"""A KKT joins a cassette: its FN is registered if it is new, and the books take it over from its first document on."""

from datetime import datetime

import msgspec

from accounting.receipts import case_merchant
from accounting.receipts.codes import DocumentForm
from fiscal_server.clock import Clock
from fiscal_server.dispatch.session import document_row
from fiscal_server.errors import FiscalServerError
from fiscal_server.storage import kkts, queue
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.pool import Database
from fiscal_server.storage.queue import Owner
from kkt_drivers.address import is_on_network, open_kkt
from kkt_drivers.kkt import FiscalDocument, FnPhase, Kkt, KktLocalTime, Registration


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


async def enrol(database: Database, clock: Clock, enrolment: Enrolment) -> str:
    """Register the FN, add its slot; gives the FN's number. May be called again after a crash. Raises CannotEnrol."""
    kkt = open_kkt(enrolment.address)
    await kkt.open()
    try:
        report = await _registration_report(kkt, enrolment.registration, clock.now())
    finally:
        await kkt.close()
    registration = enrolment.registration
    kkt_id, cassette_id = database.ids.take(2)
    async with database.write() as db:
        now = clock.now()
        known = await kkts.find_cassette(db, enrolment.merchant_id, enrolment.cassette)
        if known is None:
            await kkts.add_cassette(
                db, enrolment.merchant_id, cassette_id, enrolment.cassette, parallel=enrolment.parallel
            )
            await queue.route_receipts(db, enrolment.merchant_id, cassette_id, now)
        await kkts.add_kkt(
            db,
            kkts.NewKkt(
                merchant_id=enrolment.merchant_id,
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
            ),
            now,
        )
        owner = Owner(enrolment.merchant_id, kkt_id, 0)
        await queue.record_documents(db, [document_row(owner, report, database.ids.next(), None)], now)
        await kkts.announce_kkts(db)
    return report.fn_number


async def _registration_report(kkt: Kkt, registration: Registration, now: datetime) -> FiscalDocument:
    """The FN's first document: made now, or found when an earlier attempt got no further."""
    status = await kkt.status()
    if status.phase is FnPhase.READY:
        if status.open_document:
            await kkt.cancel_document()
        return await kkt.register(registration, now)
    if status.phase is FnPhase.FISCAL and status.last_fd_number == 1:
        found = await kkt.read_document(1)
        return FiscalDocument(
            form=DocumentForm.REGISTRATION,
            fn_number=status.fn_number,
            fd_number=1,
            fiscal_sign=found.fiscal_sign,
            issued_at=KktLocalTime(found.issued_at),
        )
    raise CannotEnrol(
        f"FN {status.fn_number} has {status.last_fd_number} document(s) in phase {status.phase.name}: only a new FN,"
        " or one with nothing but its registration, can join a cassette"
    )


class Papers(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the papers of one KKT and in the contract with its operator."""

    serial: str
    registration_number: str  # 1037, 16 digits with check digits
    ofd_inn: str
    ofd_name: str
    taxation_systems: int | None = None  # 1062, bit set; None: the one in the merchant's rules


def registration_of(merchant: MerchantRow, papers: Papers) -> Registration:
    """Registration parameters of a merchant's KKT."""
    rules = msgspec.convert(merchant.rules, case_merchant.MerchantRow).rules()
    return Registration(
        user_inn=rules.inn or "",
        user_name=merchant.name,
        kkt_registration_number=papers.registration_number,
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
