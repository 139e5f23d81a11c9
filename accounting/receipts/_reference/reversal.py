"""A whole payment taken back by the bank (row 14; receipt rules 3.5 j [I])."""

import msgspec

from accounting.receipts._reference.session import PaymentOfThisRun, Session, other_sign
from accounting.receipts.books import PaymentRecord
from accounting.receipts.draft import Sheet
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.events import PaymentReversal
from accounting.receipts.ledger import (
    AccountState,
    AdvanceLot,
    Debt,
    Settlement,
    add_debt,
    is_same_lot,
    lot_with_amount,
)
from accounting.receipts.outcome import ComputedReceipt, ForeignReceipt, UnfiscalisedRow, split_parts


def apply_reversal(session: Session, event: PaymentReversal) -> None:
    """The ledger goes back; receipts are mirrored, or withdrawn when they were not formed yet."""
    held = next((held for held in session.held if held.payment.key == event.payment), None)
    if held is not None:
        session.held = [one for one in session.held if one is not held]
        session.withdrawn.append(event.payment)
        return
    known = session.payments.get(event.payment)
    record = known.record if known is not None else session.books.payments.get(event.payment)
    if record is None:
        raise EventRefused(ErrorCode.UNKNOWN_PAYMENT, "payment")
    if record.reversed or event.payment in session.reversed:
        raise EventRefused(ErrorCode.PAYMENT_NO_LONGER_REVERSIBLE, "payment")
    _restore_books(session, record)
    session.reversed[record.key] = msgspec.structs.replace(record, reversed=True)
    sheets = known.sheets if known is not None else []
    if event.before_receipt:
        session.withdrawn.append(event.payment)
        session.receipts = [draft for draft in session.receipts if not any(draft is sheet for sheet in sheets)]
    else:
        _mirror(session, event, known)
    for reason, amount in record.withheld:
        session.unfiscalised.append(
            UnfiscalisedRow(event_key=event.key, account=record.account, reason=reason, amount_kopecks=-amount)
        )
    if record.agent_sign is not None:
        session.foreign.append(
            ForeignReceipt(
                event_key=event.key,
                account=record.account,
                amount_kopecks=record.amount_kopecks,
                sign=2,
                agent_sign=record.agent_sign,
                supplier_inn=session.rules.inn,
            )
        )


def _mirror(session: Session, event: PaymentReversal, known: PaymentOfThisRun | None) -> None:
    """The mirror of each receipt: other sign, same lines, forms and contact; cash has until tomorrow, too."""
    deadline = session.calendar.next_business_day(event.reversed_on)
    if known is not None:
        session.count_parts(sum(sheet.part is not None for sheet in known.sheets))
        session.receipts.extend(_mirrored_sheet(sheet, event.key, deadline) for sheet in known.sheets)
        return
    mirrored_now = session.books.issued.get(event.payment, ())
    session.count_parts(split_parts(mirrored_now))
    for issued in mirrored_now:
        receipt = msgspec.structs.replace(issued.receipt, sign=other_sign(issued.receipt.sign))
        mirrored: ComputedReceipt = msgspec.structs.replace(
            issued, receipt=receipt, event_key=event.key, deadline=deadline, at_settlement=False
        )
        session.receipts.append(mirrored)


def _mirrored_sheet(sheet: Sheet, event_key: str, deadline: object) -> Sheet:
    head = msgspec.structs.replace(
        sheet.head,
        event_key=event_key,
        sign=other_sign(sheet.head.sign),
        deadline=deadline,
        at_settlement=False,
        mirrors=True,
    )
    return msgspec.structs.replace(sheet, head=head)


def _restore_books(session: Session, record: PaymentRecord) -> None:
    if record.suspended:
        left = [lot for lot in session.suspense if lot.payment != record.key]
        if len(left) == len(session.suspense):
            # The payer was identified since: the money is no longer where it was.
            raise EventRefused(ErrorCode.PAYMENT_NO_LONGER_REVERSIBLE, "payment")
        session.suspense = left
        return
    account = session.account(record.account)
    lots = _lots_without(account, record.lots)
    settlements = _settlements_without(account, record.settlements)
    debts, off_balance = account.debts, account.off_balance
    for debt in record.debts:
        debts = add_debt(debts, _reopened(session, debt))
    for debt in record.off_balance:
        off_balance = add_debt(off_balance, debt)
    session.save(
        msgspec.structs.replace(
            account,
            debts=debts,
            off_balance=off_balance,
            lots=lots,
            settlements=settlements,
            penalty_kopecks=account.penalty_kopecks + record.penalty_kopecks,
            costs_kopecks=account.costs_kopecks + record.costs_kopecks,
        )
    )


def _reopened(session: Session, debt: Debt) -> Debt:
    """A debt whose period has been closed since comes back delivered."""
    if debt.delivered or debt.period not in session.closed_periods:
        return debt
    return msgspec.structs.replace(debt, delivered=True)


def _lots_without(account: AccountState, made: tuple[AdvanceLot, ...]) -> tuple[AdvanceLot, ...]:
    lots = list(account.lots)
    for lot in made:
        place = next((place for place, there in enumerate(lots) if is_same_lot(there, lot)), None)
        if place is None or lots[place].amount_kopecks < lot.amount_kopecks:
            raise EventRefused(ErrorCode.PAYMENT_NO_LONGER_REVERSIBLE, "payment")
        lots[place] = lot_with_amount(lots[place], lots[place].amount_kopecks - lot.amount_kopecks)
    return tuple(lot for lot in lots if lot.amount_kopecks)


def _settlements_without(account: AccountState, made: tuple[Settlement, ...]) -> tuple[Settlement, ...]:
    """Settlements without those of the payment; a lowered one is not equal to its record any more."""
    rows = list(account.settlements)
    for row in made:
        if row not in rows:
            raise EventRefused(ErrorCode.PAYMENT_NO_LONGER_REVERSIBLE, "payment")
        rows.remove(row)
    return tuple(rows)
