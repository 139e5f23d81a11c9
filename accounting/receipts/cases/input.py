"""The ``in`` of a case as it is written, and what it means for the computation (case format 1).

The structs repeat the format, nothing it does not name is allowed; ``rules`` and ``books`` translate.
"""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET

from accounting.receipts.books import Books, MerchantRules, PendingRefund, SuspenseLot
from accounting.receipts.calendar import Period, default_due_date, last_day
from accounting.receipts.cases.issued import IssuedRow
from accounting.receipts.cases.merchant import MerchantRow, Strict
from accounting.receipts.catalogue import Catalogue
from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.event_parts import AccountId, Contact, EventKey, ServiceId, Volume
from accounting.receipts.events import AnyEvent, PeriodClose, Restoration
from accounting.receipts.ledger import (
    AccountState,
    AdvanceLot,
    BillLine,
    Debt,
    ExemptMark,
    LastBill,
    PayerKind,
    Plan,
    Settlement,
    SettlementForm,
    debts_of_rows,
    lots_of_rows,
)
from accounting.receipts.money import Kopecks, PositiveKopecks, micro_from_text
from accounting.receipts.policy import PostpaidMode


class DebtRow(Strict, frozen=True):
    period: Period
    service: ServiceId
    amount: PositiveKopecks
    vat_code: VatCode | None = None
    due_date: date | None = None
    delivered: bool = True
    credited: bool | None = None
    volume: Volume | None = None


class LotRow(Strict, frozen=True):
    on: date = msgspec.field(name="date")
    amount: PositiveKopecks
    vat_code: VatCode
    method: SettlementMethod = SettlementMethod.ADVANCE
    service: ServiceId | None = None
    exempt: ExemptMark | None = None


class SourceLotRow(Strict, frozen=True):
    on: date = msgspec.field(name="date")
    vat_code: VatCode
    method: SettlementMethod = SettlementMethod.ADVANCE
    service: ServiceId | None = None
    exempt: ExemptMark | None = None


class SettlementRow(Strict, frozen=True):
    period: Period
    service: ServiceId
    amount: PositiveKopecks
    form: SettlementForm
    vat_code: VatCode | None = None
    settled_on: date | None = msgspec.field(default=None, name="date")
    exempt: ExemptMark | None = None
    lot: SourceLotRow | None = None


class PlanRow(Strict, frozen=True):
    service: ServiceId
    price: PositiveKopecks


class BillLineRow(Strict, frozen=True):
    service: ServiceId
    amount: PositiveKopecks


class LastBillRow(Strict, frozen=True):
    period: Period
    lines: Annotated[tuple[BillLineRow, ...], msgspec.Meta(min_length=1)]


class AccountRow(Strict, frozen=True):
    id: AccountId
    contact: Contact | None = None
    payer_kind: PayerKind = "individual"
    member: bool = False
    services: tuple[ServiceId, ...] | None = None
    plan: PlanRow | None = None
    debts: tuple[DebtRow, ...] = ()
    off_balance: tuple[DebtRow, ...] = ()
    advance_lots: tuple[LotRow, ...] = ()
    settlements: tuple[SettlementRow, ...] = ()
    penalty: Kopecks = 0
    costs: Kopecks = 0
    last_bill: LastBillRow | None = None


class SuspenseRow(Strict, frozen=True):
    payment: EventKey
    on: date = msgspec.field(name="date")
    amount: PositiveKopecks
    vat_code: VatCode
    exempt: ExemptMark | None = None


class PendingRefundRow(Strict, frozen=True):
    event: EventKey
    account: AccountId
    on: date = msgspec.field(name="date")
    amount: PositiveKopecks
    vat_code: VatCode
    lot_date: date
    method: SettlementMethod = SettlementMethod.ADVANCE
    service: ServiceId | None = None


class CaseInput(Strict, frozen=True):
    """The whole ``in``."""

    merchant: MerchantRow
    events: tuple[AnyEvent, ...]
    accounts: tuple[AccountRow, ...] = ()
    suspense: tuple[SuspenseRow, ...] = ()
    pending_refunds: tuple[PendingRefundRow, ...] = ()
    issued: tuple[IssuedRow, ...] = ()
    closed_periods: tuple[Period, ...] = ()
    processed_keys: tuple[EventKey, ...] = ()
    as_of: date | None = None


def _known_service(row: LotRow | SourceLotRow | PendingRefundRow) -> str | None:
    """The service of a prepayment; an advance (method 3) knows none, whatever is written beside it."""
    return None if row.method is SettlementMethod.ADVANCE else row.service


class _Reader:
    """Rows of the format with their defaults filled in."""

    def __init__(self, rules: MerchantRules) -> None:
        self._catalogue = Catalogue(rules.services)
        self._credit_pair = rules.policies.postpaid_mode is PostpaidMode.CREDIT_PAIR

    def debt(self, row: DebtRow) -> Debt:
        volume = row.volume
        return Debt(
            service=row.service,
            period=row.period,
            due_on=row.due_date or default_due_date(row.period),
            amount_kopecks=row.amount,
            vat_code=row.vat_code or self._catalogue.delivery_code(row.service, row.period),
            delivered=row.delivered,
            credited=(row.delivered and self._credit_pair) if row.credited is None else row.credited,
            volume_quantity_micro=micro_from_text(volume.quantity) if volume else None,
            volume_price_micro=micro_from_text(volume.price) if volume else None,
            volume_measure=volume.measure if volume else 0,
        )

    def settlement(self, row: SettlementRow) -> Settlement:
        lot = row.lot
        return Settlement(
            service=row.service,
            period=row.period,
            amount_kopecks=row.amount,
            vat_code=row.vat_code or self._catalogue.delivery_code(row.service, row.period),
            form=row.form,
            settled_on=row.settled_on or last_day(row.period),
            exempt=row.exempt or (lot.exempt if lot else None),
            lot_received_on=lot.on if lot else None,
            lot_vat_code=lot.vat_code if lot else None,
            lot_method=lot.method if lot else None,
            lot_service=_known_service(lot) if lot else None,
        )

    def account(self, row: AccountRow) -> AccountState:
        lots = [
            AdvanceLot(
                received_on=lot.on,
                amount_kopecks=lot.amount,
                vat_code=lot.vat_code,
                method=lot.method,
                service=_known_service(lot),
                exempt=lot.exempt,
            )
            for lot in row.advance_lots
        ]
        bill = row.last_bill
        return AccountState(
            id=row.id,
            contact=row.contact,
            payer_kind=row.payer_kind,
            member=row.member,
            services=row.services,
            plan=Plan(service=row.plan.service, price_kopecks=row.plan.price) if row.plan else None,
            debts=debts_of_rows(self.debt(debt) for debt in row.debts),
            off_balance=debts_of_rows(self.debt(debt) for debt in row.off_balance),
            lots=lots_of_rows(lots),
            settlements=tuple(self.settlement(settlement) for settlement in row.settlements),
            penalty_kopecks=row.penalty,
            costs_kopecks=row.costs,
            last_bill=LastBill(
                period=bill.period,
                lines=tuple(BillLine(service=line.service, amount_kopecks=line.amount) for line in bill.lines),
            )
            if bill
            else None,
        )


def books_of(case: CaseInput, rules: MerchantRules) -> Books:
    """The state before the events; its names were checked before."""
    reader = _Reader(rules)
    accounts = {row.id: reader.account(row) for row in case.accounts}
    return Books(
        accounts=accounts,
        suspense=tuple(
            SuspenseLot(
                payment=row.payment,
                received_on=row.on,
                amount_kopecks=row.amount,
                vat_code=row.vat_code,
                exempt=row.exempt,
            )
            for row in case.suspense
        ),
        pending_refunds=tuple(
            PendingRefund(
                event_key=row.event,
                account=row.account,
                sent_on=row.on,
                amount_kopecks=row.amount,
                vat_code=row.vat_code,
                lot_received_on=row.lot_date,
                method=row.method,
                service=_known_service(row),
            )
            for row in case.pending_refunds
        ),
        closed_periods=frozenset(case.closed_periods),
        processed_keys=frozenset(case.processed_keys),
    )


def with_only_account(event: AnyEvent, accounts: tuple[AccountRow, ...]) -> AnyEvent:
    """The event with the case's only account where it names none (case format 1.3)."""
    if len(accounts) != 1:
        return event
    only = accounts[0].id
    if isinstance(event, Restoration):
        replay = tuple(with_only_account(replayed, accounts) for replayed in event.replay)
        return msgspec.structs.replace(event, replay=replay)
    if isinstance(event, PeriodClose):
        charges = tuple(
            msgspec.structs.replace(charge, account=only) if charge.account is UNSET else charge
            for charge in event.charges
        )
        return msgspec.structs.replace(event, charges=charges)
    if getattr(event, "account", None) is UNSET:
        return msgspec.structs.replace(event, account=only)
    return event
