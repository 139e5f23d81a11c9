"""A past charge changes (rows 8a-8e; receipt rules 3.5 f, g; 3.7 on_recalc [I])."""

from datetime import date
from typing import assert_never

import msgspec
from msgspec import UNSET

from accounting.receipts._reference.delivery import Delivery
from accounting.receipts._reference.lines import advance, delivery, settled_return
from accounting.receipts._reference.refund import lot_of, settled_total, take_settlements
from accounting.receipts._reference.session import Session, returning
from accounting.receipts.calendar import default_due_date
from accounting.receipts.codes import SettlementMethod
from accounting.receipts.draft import Head, Line
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.events import Recalculation
from accounting.receipts.ledger import (
    AccountState,
    AdvanceLot,
    Debt,
    Settlement,
    add_debt,
    add_lot,
    debts_total,
    with_amount,
    without_volume,
)
from accounting.receipts.model import Tenders
from accounting.receipts.policy import Reoffset
from accounting.receipts.vat import calculated_code

DOWN = " (перерасчет)"
UP = " (доначисление)"


def apply_recalculation(session: Session, event: Recalculation) -> None:
    """Down: debts first, then settlements. Up: into an open charge, or delivered at once."""
    account = session.account(event.account)
    session.service(event.service)
    if event.amount_kopecks == 0:
        raise EventRefused(ErrorCode.AMOUNT_MUST_NOT_BE_ZERO, "amount")
    if event.amount_kopecks < 0:
        _lower(session, event, account)
    else:
        _raise(session, event, account)


def _own_debts(session: Session, account: AccountState, event: Recalculation) -> list[Debt]:
    rows = [debt for debt in account.debts if debt.service == event.service and debt.period == event.period]
    rows.sort(key=session.catalogue.debt_order)
    return rows


# Down


def _lower(session: Session, event: Recalculation, account: AccountState) -> None:
    debts = _own_debts(session, account, event)
    amount = -event.amount_kopecks
    if amount > debts_total(debts) + settled_total(account, event.service, event.period):
        raise EventRefused(ErrorCode.RECALCULATION_EXCEEDS_CHARGE, "amount")
    others = tuple(debt for debt in account.debts if debt not in debts)
    credit_lines: list[Line] = []
    for debt in debts:
        part = min(amount, debt.amount_kopecks)
        amount -= part
        if part and debt.credited:
            forms = Tenders(credit=part)
            credit_lines.append(delivery(session, debt, SettlementMethod.CREDIT, forms, DOWN))
        if part < debt.amount_kopecks:
            rest = with_amount(debt, debt.amount_kopecks - part)
            others = add_debt(others, without_volume(rest) if part else rest)
    taken, settlements = take_settlements(account, event.service, event.period, amount)
    account = msgspec.structs.replace(account, debts=others, settlements=settlements)
    back = _GivenBack(session, event.recalculated_on)
    for row in taken:
        account = msgspec.structs.replace(account, lots=add_lot(account.lots, back.give(row)))
    session.save(account)
    head = session.head_of_act(event.key, account, event.recalculated_on)
    if credit_lines:
        session.issue(returning(head), credit_lines)
    _issue_pair(session, account, head, back)


def _issue_pair(session: Session, account: AccountState, head: Head, back: "_GivenBack") -> None:
    """The return of the service, and after it the new advance that the policy wants to see."""
    if back.cash_kopecks:
        # A receipt with cash has no contact of last resort (receipt rules 3.3 [I]).
        head = msgspec.structs.replace(head, contact=session.contact(account, desk=True))
    if back.returns:
        session.issue(returning(head), back.returns)
    if back.advances:
        session.issue(head, back.advances)


class _GivenBack:
    """What was settled and is owed no more becomes an advance again, as ``reoffset`` says (note f)."""

    def __init__(self, session: Session, on: date) -> None:
        self._session = session
        self._on = on
        self.returns: list[Line] = []
        self.advances: list[Line] = []
        self.cash_kopecks = 0

    def give(self, row: Settlement) -> AdvanceLot:
        """The lot that the settled amount becomes; its lines are drawn on the way."""
        own = lot_of(row)
        if row.exempt is not None:
            return own or self._new_lot(row)
        session = self._session
        match session.policies.reoffset:
            case Reoffset.RESTORE_ADVANCE:
                forms = Tenders(prepaid=row.amount_kopecks)
                self.returns.append(settled_return(session, row, forms, DOWN))
                return own or self._new_lot(row)
            case Reoffset.PAIR_COUNTER:
                return self._pair(row, Tenders(provision=row.amount_kopecks))
            case Reoffset.PAIR_MONEY:
                cash = row.amount_kopecks if row.form == "cash" else 0
                self.cash_kopecks += cash
                return self._pair(row, Tenders(cash, row.amount_kopecks - cash))
            case Reoffset.NONE:
                return self._new_lot(row)
            case other:
                assert_never(other)

    def _pair(self, row: Settlement, forms: Tenders) -> AdvanceLot:
        lot = self._new_lot(row)
        self.returns.append(settled_return(self._session, row, forms, DOWN))
        self.advances.append(advance(self._session, lot, forms))
        return lot

    def _new_lot(self, row: Settlement) -> AdvanceLot:
        """A lot of the day of the act, always 3 / 10, with the calculated code of that day.

        The service may be taxed otherwise by now (5 % since 2025, no tax before); a charge with a code of its own keeps
        to that.
        """
        catalogue, code = self._session.catalogue, calculated_code(row.vat_code, self._on)
        if row.vat_code == catalogue.delivery_code(row.service, row.period):
            code = catalogue.advance_code(row.service, self._on)
        return AdvanceLot(received_on=self._on, amount_kopecks=row.amount_kopecks, vat_code=code, exempt=row.exempt)


# Up


def _raise(session: Session, event: Recalculation, account: AccountState) -> None:
    debts = _own_debts(session, account, event)
    code = session.delivery_code(event.vat_code, event.service, event.period)
    open_debts = [debt for debt in debts if not debt.delivered]
    if event.vat_code is UNSET:
        known = [debt.vat_code for debt in (*open_debts, *debts)]
        known.extend(
            row.vat_code for row in account.settlements if row.service == event.service and row.period == event.period
        )
        code = known[0] if known else code
    due_on = event.due_on
    if due_on is UNSET:
        due_on = open_debts[0].due_on if open_debts else default_due_date(event.period)
    added = Debt(
        service=event.service,
        period=event.period,
        due_on=due_on,
        amount_kopecks=event.amount_kopecks,
        vat_code=code,
        delivered=False,
    )
    if open_debts:
        # Not delivered yet: the charge simply is another one, without a volume from now on.
        session.save(msgspec.structs.replace(account, debts=add_debt(account.debts, added)))
        return
    act = Delivery(session, account, event.key, event.recalculated_on)
    act.deliver(added, UP)
    act.finish(alone=True)
