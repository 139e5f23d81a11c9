"""Charges and the month close: services are delivered, advances cover them (rules 3.5 a, c; 3.7 on_close [I])."""

from collections.abc import Sequence
from datetime import date

import msgspec
from msgspec import UNSET

from accounting.receipts._reference.lines import advance, delivery, of_account
from accounting.receipts._reference.session import Session, returning
from accounting.receipts.books import PendingRefund
from accounting.receipts.calendar import consolidated_deadline, default_due_date, last_day
from accounting.receipts.codes import SettlementMethod, SubjectType
from accounting.receipts.draft import Head, Line
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.events import Charge, ClosingCharge, PeriodClose
from accounting.receipts.ledger import (
    AccountState,
    AdvanceLot,
    BillLine,
    Debt,
    LastBill,
    Settlement,
    add_debt,
    take_lots,
)
from accounting.receipts.model import Tenders
from accounting.receipts.money import micro_from_text
from accounting.receipts.policy import ConsolidatedLines, OffsetTiming, PartialDelivery, PostpaidMode


def apply_charge(session: Session, charge: Charge, on: date) -> None:
    """A bill line: a debt at once, delivered by the close, or now under ``per_charge`` (note a)."""
    account = session.account(charge.account)
    session.service(charge.service)
    if charge.amount_kopecks <= 0:
        raise EventRefused(ErrorCode.AMOUNT_MUST_BE_POSITIVE, "amount")
    if charge.period in session.closed_periods:
        raise EventRefused(ErrorCode.PERIOD_CLOSED, "period")
    debt = _new_debt(session, charge, charge.period, "vat_code")
    _charge(session, account, debt, charge.key, on)


def apply_close(session: Session, close: PeriodClose) -> None:
    """The month close: charges of the day, deliveries account by account, then the consolidated receipts (note c)."""
    open_close(session, close)
    on = last_day(close.period)
    by_account = session.policies.consolidated_lines is ConsolidatedLines.PER_ACCOUNT
    blocks: list[list[Line]] = []
    for account in session.books.accounts:
        common = close_account(session, account, close)
        if common:
            blocks.append([of_account(line, account) for line in common] if by_account else common)
    head = Head(
        event_key=close.key,
        account=None,
        deadline=consolidated_deadline(close.period),
        consolidated=close.period,
    )
    session.issue_consolidated(head, blocks, by_account=by_account)
    returns = pending_returns(session, on, by_account=by_account)
    session.issue_consolidated(returning(head), returns, by_account=by_account)


def open_close(session: Session, close: PeriodClose) -> None:
    """What comes before the deliveries: the checks and the charges of the day; then the period counts as closed."""
    if close.period in session.closed_periods:
        raise EventRefused(ErrorCode.PERIOD_ALREADY_CLOSED, "period")
    debts = [_checked(session, charge, place, close.period) for place, charge in enumerate(close.charges)]
    for account, debt in debts:
        _charge(session, session.account(account), debt, close.key, last_day(close.period))
    session.closed_periods = session.closed_periods | {close.period}


def _checked(session: Session, charge: ClosingCharge, place: int, period: str) -> tuple[str, Debt]:
    path = f"charges[{place}]"
    account = session.account(charge.account, f"{path}.account")
    session.service(charge.service, f"{path}.service")
    if charge.amount_kopecks <= 0:
        raise EventRefused(ErrorCode.AMOUNT_MUST_BE_POSITIVE, f"{path}.amount")
    return account.id, _new_debt(session, charge, period, f"{path}.vat_code")


def _new_debt(session: Session, charge: Charge | ClosingCharge, period: str, field: str) -> Debt:
    volume = charge.volume
    return Debt(
        service=charge.service,
        period=period,
        due_on=default_due_date(period) if charge.due_on is UNSET else charge.due_on,
        amount_kopecks=charge.amount_kopecks,
        vat_code=session.delivery_code(charge.vat_code, charge.service, period, field),
        delivered=False,
        volume_quantity_micro=None if volume is UNSET else micro_from_text(volume.quantity),
        volume_price_micro=None if volume is UNSET else micro_from_text(volume.price),
        volume_measure=0 if volume is UNSET else volume.measure,
    )


def _charge(session: Session, account: AccountState, debt: Debt, event_key: str, on: date) -> None:
    account = msgspec.structs.replace(account, last_bill=_billed(account.last_bill, debt))
    if session.policies.offset_timing is not OffsetTiming.PER_CHARGE:
        session.save(msgspec.structs.replace(account, debts=add_debt(account.debts, debt)))
        return
    act = Delivery(session, account, event_key, on)
    act.deliver(debt)
    act.finish(alone=True)


def _billed(bill: LastBill | None, debt: Debt) -> LastBill:
    """The last bill with one more charge: all charges of the latest charged period (receipt rules 4.5 [I])."""
    line = BillLine(service=debt.service, amount_kopecks=debt.amount_kopecks)
    if bill is None or bill.period < debt.period:
        return LastBill(period=debt.period, lines=(line,))
    if bill.period > debt.period:
        return bill
    return LastBill(period=bill.period, lines=(*bill.lines, line))


def close_account(session: Session, account_id: str, close: PeriodClose) -> list[Line]:
    """Deliver what the period still holds; returns the lines for the consolidated receipt."""
    account = session.account(account_id)
    due = [debt for debt in account.debts if debt.period == close.period and not debt.delivered]
    if not due:
        return []
    due.sort(key=session.catalogue.delivery_order)
    others = tuple(debt for debt in account.debts if debt.delivered or debt.period != close.period)
    account = msgspec.structs.replace(account, debts=others)
    act = Delivery(session, account, close.key, last_day(close.period))
    for debt in due:
        act.deliver(debt)
    act.finish(alone=False)
    return act.common


class Delivery:
    """Deliveries to one account in one act: lots are used first in first out, the rest is owed (rows 2a-2c').

    ``own`` gathers the lines of the account's own receipt, ``common`` those of the consolidated one.
    """

    def __init__(self, session: Session, account: AccountState, event_key: str, on: date) -> None:
        self._session = session
        self._account = account
        self._event_key = event_key
        self._on = on
        self._settlements: list[Settlement] = []
        self.own: list[Line] = []
        self.common: list[Line] = []

    def deliver(self, debt: Debt, remark: str = "") -> None:
        """One charge is handed over; it must not be among the account's debts any more."""
        account = self._account
        taken, lots = take_lots(account.lots, debt.amount_kopecks)
        covered = sum(lot.amount_kopecks for lot in taken)
        rest = debt.amount_kopecks - covered
        # Offsets of exempt money make no receipt (receipt rules 3.1 item 10 [I]).
        shown = sum(lot.amount_kopecks for lot in taken if lot.exempt is None)
        credited = self._draw_lines(debt, shown, covered, remark)
        debts = account.debts
        if rest:
            owed = msgspec.structs.replace(debt, amount_kopecks=rest, delivered=True, credited=credited)
            debts = add_debt(debts, owed)
        self._account = msgspec.structs.replace(account, lots=lots, debts=debts)
        self._settlements.extend(offset_settlement(debt, lot, self._on, self._event_key) for lot in taken)

    def _draw_lines(self, debt: Debt, shown: int, covered: int, remark: str) -> bool:
        """Lines of one delivery; returns whether the rest is on credit."""
        session = self._session
        rest = debt.amount_kopecks - covered
        offset = Tenders(prepaid=shown)
        on_credit = rest > 0 and self._goes_on_credit(covered)
        if on_credit and shown and session.policies.partial_delivery is PartialDelivery.METHOD5:
            both = Tenders(prepaid=shown, credit=rest)
            self.own.append(delivery(session, debt, SettlementMethod.PARTIAL_SETTLEMENT_AND_CREDIT, both, remark))
            return True
        if shown:
            line = delivery(session, debt, SettlementMethod.FULL_SETTLEMENT, offset, remark)
            beside_credit = on_credit and session.policies.partial_delivery is PartialDelivery.SPLIT_LINES
            (self.own if beside_credit or not self._may_consolidate(line) else self.common).append(line)
        if on_credit:
            credit = Tenders(credit=rest)
            self.own.append(delivery(session, debt, SettlementMethod.CREDIT, credit, remark))
        return on_credit

    def _goes_on_credit(self, covered: int) -> bool:
        """Under ``credit_pair`` every rest; else only that of a partly covered charge, if shown so (rules 3.4 [I])."""
        policies = self._session.policies
        if self._session.gets_no_credit(self._account):
            return False
        if policies.postpaid_mode is PostpaidMode.CREDIT_PAIR:
            return True
        return covered > 0 and policies.partial_delivery is not PartialDelivery.OFFSET_ONLY

    def _may_consolidate(self, line: Line) -> bool:
        return (
            self._session.policies.offset_timing is OffsetTiming.PERIOD_CONSOLIDATED
            and line.subject is SubjectType.SERVICE
            and self._account.payer_kind == "individual"
        )

    def finish(self, *, alone: bool) -> None:
        """Save the account and issue its own receipt; ``alone``: offsets too, nothing is consolidated."""
        account = self._account
        settlements = (*account.settlements, *self._settlements)
        self._session.save(msgspec.structs.replace(account, settlements=settlements))
        if alone:
            self.own, self.common = [*self.common, *self.own], []
        if self.own:
            self._session.issue(self._session.head_of_act(self._event_key, account, self._on), self.own)


def offset_settlement(debt: Debt, lot: AdvanceLot, on: date, event_key: str) -> Settlement:
    """A part of a delivery covered by a lot; the lot's amount is the part."""
    return Settlement(
        service=debt.service,
        period=debt.period,
        amount_kopecks=lot.amount_kopecks,
        vat_code=debt.vat_code,
        form="advance",
        settled_on=on,
        exempt=lot.exempt,
        lot_received_on=lot.received_on,
        lot_vat_code=lot.vat_code,
        lot_method=lot.method,
        lot_service=lot.service,
        event_key=event_key,
    )


def pending_returns(session: Session, on: date, *, by_account: bool) -> list[list[Line]]:
    """Returns of advances dated up to the close, account by account in their order (receipt rules 5 [I])."""
    due: dict[str, list[PendingRefund]] = {}
    for refund in session.pending_refunds:
        if refund.sent_on <= on:
            due.setdefault(refund.account, []).append(refund)
    session.pending_refunds = [refund for refund in session.pending_refunds if refund.sent_on > on]
    in_order = [account for account in session.books.accounts if account in due]
    in_order.extend(account for account in due if account not in session.books.accounts)
    return [_return_lines(session, due[account], by_account=by_account) for account in in_order]


def _return_lines(session: Session, refunds: Sequence[PendingRefund], *, by_account: bool) -> list[Line]:
    lines: list[Line] = []
    for refund in refunds:
        lot = AdvanceLot(
            received_on=refund.lot_received_on,
            amount_kopecks=refund.amount_kopecks,
            vat_code=refund.vat_code,
            method=refund.method,
            service=refund.service,
        )
        # Only transfers and payments on the site are consolidated: the money is non-cash.
        line = advance(session, lot, Tenders(electronic=refund.amount_kopecks), returned=True)
        lines.append(of_account(line, refund.account) if by_account else line)
    return lines
