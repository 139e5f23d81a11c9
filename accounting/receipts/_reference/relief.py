"""Debts that go without money, and advances nobody claims (rows 9, 12, 16; receipt rules 3.5 k [I], row 12 [M])."""

import msgspec
from msgspec import UNSET

from accounting.receipts._reference.lines import debt_payment, delivery
from accounting.receipts._reference.session import Session, returning
from accounting.receipts._reference.transfer import counter_settlement, debt_row
from accounting.receipts.allocate import Incoming, allocate_to_delivered
from accounting.receipts.codes import SettlementMethod
from accounting.receipts.draft import Line
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.events import AdvanceWriteOff, CounterOffset, DebtWriteOff
from accounting.receipts.ledger import Debt, add_debt, lots_total, take_lots, with_amount
from accounting.receipts.model import Tenders
from accounting.receipts.policy import WriteOff


def apply_counter_offset(session: Session, event: CounterOffset) -> None:
    """A counter-claim meets delivered debts, form 1217 (row 12); more than they are is refused whole."""
    account = session.account(event.account)
    if event.designation is not None and event.designation.service is not None:
        session.service(event.designation.service, "designation.service")
    if event.amount_kopecks <= 0:
        raise EventRefused(ErrorCode.AMOUNT_MUST_BE_POSITIVE, "amount")
    incoming = Incoming(event.amount_kopecks, event.offset_on, event.designation)
    parts = allocate_to_delivered(account, incoming, session.policies, session.catalogue)
    if sum(part.amount_kopecks for part in parts) < event.amount_kopecks:
        raise EventRefused(ErrorCode.COUNTER_OFFSET_EXCEEDS_DEBT, "amount")
    rests = list(account.debts)
    lines: list[Line] = []
    paid: list[Debt] = []
    for part in parts:
        debt = rests[part.row]
        rests[part.row] = with_amount(debt, debt.amount_kopecks - part.amount_kopecks)
        paid.append(with_amount(debt, part.amount_kopecks))
        lines.append(debt_payment(session, paid[-1], Tenders(provision=part.amount_kopecks)))
        session.allocation.append(debt_row(event.key, account.id, paid[-1]))
    settlements = [counter_settlement(debt, event.offset_on, event.key) for debt in paid]
    session.save(
        msgspec.structs.replace(
            account,
            debts=tuple(debt for debt in rests if debt.amount_kopecks),
            settlements=(*account.settlements, *settlements),
        )
    )
    session.issue(session.head_of_act(event.key, account, event.offset_on), lines)


def apply_debt_write_off(session: Session, event: DebtWriteOff) -> None:
    """Delivered debts go off balance whole; ``reverse_credit`` takes their credit receipts back (row 9)."""
    account = session.account(event.account)
    named = None
    if event.debts is not UNSET:
        for place, debt_name in enumerate(event.debts):
            session.service(debt_name.service, f"debts[{place}].service")
        named = {(debt_name.service, debt_name.period) for debt_name in event.debts}
    gone = [
        debt for debt in account.debts if debt.delivered and (named is None or (debt.service, debt.period) in named)
    ]
    if not gone:
        raise EventRefused(ErrorCode.NOTHING_TO_WRITE_OFF, "debts")
    gone.sort(key=session.catalogue.debt_order)
    off_balance = account.off_balance
    lines: list[Line] = []
    for debt in gone:
        written_off = debt
        if debt.credited and session.policies.write_off is WriteOff.REVERSE_CREDIT:
            forms = Tenders(credit=debt.amount_kopecks)
            lines.append(delivery(session, debt, SettlementMethod.CREDIT, forms, " (списание долга)"))
            written_off = msgspec.structs.replace(debt, credited=False)
        off_balance = add_debt(off_balance, written_off)
    kept = tuple(debt for debt in account.debts if debt not in gone)
    account = msgspec.structs.replace(account, debts=kept, off_balance=off_balance)
    session.save(account)
    if lines:
        session.issue(returning(session.head_of_act(event.key, account, event.written_off_on)), lines)


def apply_advance_write_off(session: Session, event: AdvanceWriteOff) -> None:
    """An unclaimed advance becomes income of ours: first in, first out, without a receipt (row 16)."""
    account = session.account(event.account)
    there = lots_total(account.lots)
    amount = there if event.amount_kopecks is UNSET else event.amount_kopecks
    if event.amount_kopecks is not UNSET and amount <= 0:
        raise EventRefused(ErrorCode.AMOUNT_MUST_BE_POSITIVE, "amount")
    if amount > there:
        raise EventRefused(ErrorCode.WRITE_OFF_EXCEEDS_ADVANCE, "amount")
    if not there:
        raise EventRefused(ErrorCode.NOTHING_TO_WRITE_OFF, "account")
    _, lots = take_lots(account.lots, amount)
    session.save(msgspec.structs.replace(account, lots=lots))
