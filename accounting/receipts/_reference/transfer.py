"""Advances that move: to another account, onto the account's own debts, out of suspense (rules 3.5 h, i [I])."""

from collections.abc import Iterable
from datetime import date

import msgspec

from accounting.receipts._reference.advances import new_lots
from accounting.receipts._reference.delivery import offset_settlement
from accounting.receipts._reference.lines import advance, debt_payment
from accounting.receipts._reference.payment import post_payment
from accounting.receipts._reference.session import Session, returning
from accounting.receipts.allocate import Incoming, allocate_to_delivered
from accounting.receipts.books import SuspenseLot
from accounting.receipts.draft import Line
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.events import AdvanceTransfer, PaymentIdentification
from accounting.receipts.ledger import (
    AccountState,
    AdvanceLot,
    Debt,
    Settlement,
    add_lot,
    lot_with_amount,
    lots_total,
    take_lots,
    with_amount,
)
from accounting.receipts.model import Tenders
from accounting.receipts.outcome import AllocationRow
from accounting.receipts.policy import Overpay, TransferBetweenAccounts


def apply_transfer(session: Session, event: AdvanceTransfer) -> None:
    """An advance moves; what it settles at the target is fiscalised, the move itself only as a pair (note h)."""
    source = session.account(event.source, "from")
    session.account(event.target, "to")
    if event.amount_kopecks <= 0:
        raise EventRefused(ErrorCode.AMOUNT_MUST_BE_POSITIVE, "amount")
    if event.amount_kopecks > lots_total(source.lots):
        raise EventRefused(ErrorCode.TRANSFER_EXCEEDS_ADVANCE, "amount")
    taken, lots = take_lots(source.lots, event.amount_kopecks)
    session.save(msgspec.structs.replace(source, lots=lots))
    paired = (
        session.policies.transfer_between_accounts is TransferBetweenAccounts.PAIR_COUNTER
        and event.source != event.target
    )
    arrival = Arrival(session, session.account(event.target), event.key, event.transferred_on)
    going: list[Line] = []
    for lot in taken:
        if paired and lot.exempt is None:
            going.append(advance(session, lot, Tenders(provision=lot.amount_kopecks), returned=True))
            arrival.take_as_new(lot.amount_kopecks)
        else:
            arrival.take(lot)
    if going:
        head = session.head_of_act(event.key, source, event.transferred_on)
        session.issue(returning(head), going)
    arrival.finish()


def apply_identification(session: Session, event: PaymentIdentification) -> None:
    """The payer is known now: held money is an ordinary payment of its own day, suspended money moves (note i)."""
    account = session.account(event.account)
    held = next((held for held in session.held if held.payment.key == event.payment), None)
    if held is not None:
        session.held = [one for one in session.held if one is not held]
        post_payment(session, msgspec.structs.replace(held.payment, account=account.id), account, held.paid_on)
        return
    lots = [lot for lot in session.suspense if lot.payment == event.payment]
    if not lots:
        raise EventRefused(ErrorCode.UNKNOWN_PAYMENT, "payment")
    session.suspense = [lot for lot in session.suspense if lot.payment != event.payment]
    arrival = Arrival(session, account, event.key, event.identified_on)
    for lot in lots:
        arrival.take(_lot_of_suspense(lot))
    arrival.finish()


def _lot_of_suspense(lot: SuspenseLot) -> AdvanceLot:
    return AdvanceLot(
        received_on=lot.received_on, amount_kopecks=lot.amount_kopecks, vat_code=lot.vat_code, exempt=lot.exempt
    )


class Arrival:
    """Moved money at its target: delivered debts in allocation order, then a lot (note h)."""

    def __init__(self, session: Session, account: AccountState, event_key: str, on: date) -> None:
        self._session = session
        self._account = account
        self._event_key = event_key
        self._on = on
        self._settlements: list[Settlement] = []
        self._lines: list[Line] = []
        self._advance_lines: list[Line] = []
        self._advance_kopecks = 0
        self._debt_rows: list[AllocationRow] = []
        self._lot_rows: list[AllocationRow] = []

    def take(self, lot: AdvanceLot) -> None:
        """A lot that keeps its date and code: debts are settled by offset (1215)."""
        left = lot.amount_kopecks
        for debt in self._settle(left):
            part = lot_with_amount(lot, debt.amount_kopecks)
            left -= debt.amount_kopecks
            self._settlements.append(offset_settlement(debt, part, self._on, self._event_key))
            if lot.exempt is None:
                self._lines.append(debt_payment(self._session, debt, Tenders(prepaid=debt.amount_kopecks)))
        if left:
            self._keep([lot_with_amount(lot, left)])

    def take_as_new(self, amount_kopecks: int) -> None:
        """Money of a pair: debts and a new advance of the day, all by counter-provision (1217)."""
        left = amount_kopecks
        for debt in self._settle(left):
            left -= debt.amount_kopecks
            self._settlements.append(counter_settlement(debt, self._on, self._event_key))
            self._lines.append(debt_payment(self._session, debt, Tenders(provision=debt.amount_kopecks)))
        self._advance_kopecks += left

    def _settle(self, amount_kopecks: int) -> list[Debt]:
        """Take the amount off the debts; returns the paid parts in order."""
        session, account = self._session, self._account
        incoming = Incoming(amount_kopecks, self._on)
        parts = allocate_to_delivered(account, incoming, session.policies, session.catalogue)
        rests = list(account.debts)
        paid: list[Debt] = []
        for part in parts:
            debt = rests[part.row]
            paid.append(with_amount(debt, part.amount_kopecks))
            rests[part.row] = with_amount(debt, debt.amount_kopecks - part.amount_kopecks)
            self._debt_rows.append(debt_row(self._event_key, account.id, paid[-1]))
        debts = tuple(debt for debt in rests if debt.amount_kopecks)
        self._account = msgspec.structs.replace(account, debts=debts)
        return paid

    def _keep(self, lots: Iterable[AdvanceLot]) -> None:
        for lot in lots:
            self._account = msgspec.structs.replace(self._account, lots=add_lot(self._account.lots, lot))
            self._lot_rows.append(
                AllocationRow(
                    event_key=self._event_key,
                    account=self._account.id,
                    target="advance",
                    amount_kopecks=lot.amount_kopecks,
                    vat_code=lot.vat_code,
                )
            )

    def finish(self) -> None:
        """Save the target and issue what it needs."""
        session = self._session
        if self._advance_kopecks:
            lots = new_lots(session, self._account, self._advance_kopecks, self._on)
            self._keep(lots)
            self._advance_lines = [advance(session, lot, Tenders(provision=lot.amount_kopecks)) for lot in lots]
        account = self._account
        settlements = (*account.settlements, *self._settlements)
        session.save(msgspec.structs.replace(account, settlements=settlements))
        session.allocation.extend(merged_rows(self._debt_rows + self._lot_rows))
        lines = [*self._lines, *self._advance_lines]
        if lines:
            apart = session.policies.overpay is Overpay.SEPARATE_RECEIPT
            session.issue(session.head_of_act(self._event_key, account, self._on), lines, advances_apart=apart)


def counter_settlement(debt: Debt, on: date, event_key: str) -> Settlement:
    """A debt settled by counter-provision; the debt's amount is the part."""
    return Settlement(
        service=debt.service,
        period=debt.period,
        amount_kopecks=debt.amount_kopecks,
        vat_code=debt.vat_code,
        form="counter",
        settled_on=on,
        event_key=event_key,
    )


def debt_row(event_key: str, account: str, paid: Debt) -> AllocationRow:
    """The allocation row of a paid part of a debt."""
    return AllocationRow(
        event_key=event_key,
        account=account,
        target="debt",
        amount_kopecks=paid.amount_kopecks,
        period=paid.period,
        service=paid.service,
    )


def merged_rows(rows: list[AllocationRow]) -> list[AllocationRow]:
    """Rows equal in all but the amount added up: several lots may meet one debt."""
    found: dict[tuple[object, ...], AllocationRow] = {}
    for row in rows:
        key = (row.target, row.period, row.service, row.vat_code)
        known = found.get(key)
        total = row.amount_kopecks + (known.amount_kopecks if known is not None else 0)
        found[key] = msgspec.structs.replace(row, amount_kopecks=total)
    return list(found.values())
