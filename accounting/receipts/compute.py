"""The door of the computation core: events in, receipts and new state out.

Pure: no clock, no I/O, and nothing that is given is changed. The rules stand in ``_reference``, the arithmetic (split,
VAT) is the compiled kernel's when it was built.
"""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

import msgspec
from msgspec import UNSET

from accounting.receipts._reference.assembly import assemble
from accounting.receipts._reference.delivery import apply_charge, apply_close
from accounting.receipts._reference.order import in_order
from accounting.receipts._reference.payment import apply_payment, release_held
from accounting.receipts._reference.recalculation import apply_recalculation
from accounting.receipts._reference.refund import apply_advance_refund, apply_service_refund
from accounting.receipts._reference.relief import apply_advance_write_off, apply_counter_offset, apply_debt_write_off
from accounting.receipts._reference.reversal import apply_reversal
from accounting.receipts._reference.session import Session
from accounting.receipts._reference.transfer import apply_identification, apply_transfer
from accounting.receipts.books import (
    Books,
    HeldPayment,
    MerchantRules,
    PaymentRecord,
    PendingRefund,
    SuspenseLot,
)
from accounting.receipts.calendar import last_day
from accounting.receipts.errors import MESSAGES, ErrorCode, EventError, EventRefused
from accounting.receipts.events import (
    AdvanceRefund,
    AdvanceTransfer,
    AdvanceWriteOff,
    Charge,
    CounterOffset,
    DebtWriteOff,
    Event,
    Payment,
    PaymentIdentification,
    PaymentReversal,
    PeriodClose,
    Recalculation,
    ServiceRefund,
)
from accounting.receipts.ledger import AccountState, Settlement
from accounting.receipts.outcome import AllocationRow, Anomaly, ComputedReceipt, ForeignReceipt, UnfiscalisedRow

__all__ = [
    "AccountSettlement",
    "Books",
    "ComputedReceipt",
    "MerchantRules",
    "Outcome",
    "compute",
]


class AccountSettlement(msgspec.Struct, frozen=True, gc=False):
    """A settlement row with its account."""

    account: str
    settlement: Settlement


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a computation answers.

    ``accounts``: only those that changed, each whole. ``settlements``: rows that the new states have and the given ones
    had not. ``suspense``, ``held``, ``pending_refunds``, ``closed_periods``: new state, whole. ``payments``: what each
    payment of this computation did, and the given ones that were reversed, by event key; keep them while the bank may
    still take the money back. ``processed_keys``: keys of the events that were applied.
    """

    receipts: list[ComputedReceipt]
    accounts: dict[str, AccountState]
    settlements: list[AccountSettlement]
    allocation: list[AllocationRow]
    unfiscalised: list[UnfiscalisedRow]
    expected_foreign_receipts: list[ForeignReceipt]
    withdrawn: list[str]
    duplicates: list[str]
    errors: list[EventError]
    anomalies: list[Anomaly]
    suspense: tuple[SuspenseLot, ...]
    held: tuple[HeldPayment, ...]
    pending_refunds: tuple[PendingRefund, ...]
    closed_periods: frozenset[str]
    payments: dict[str, PaymentRecord]
    processed_keys: frozenset[str]


def compute(rules: MerchantRules, books: Books, events: Sequence[Event], *, as_of: date | None = None) -> Outcome:
    """Apply the events in the order of receipt rules 3.6 and work out the receipts they need.

    ``as_of`` is today, by default the latest day of the events; it only decides whether held money is still held. An
    event that cannot be applied becomes an ``EventError`` and has no effect at all. Raises nothing but programming
    errors: AssertionError when a receipt breaks its invariants, OverflowError beyond ``money.MAX_KOPECKS``.
    """
    session = Session(rules, books)
    ordered = in_order(events, rules.policies.settlement_date_source, books.payments)
    seen: dict[str, Event] = {}
    duplicates: list[str] = []
    errors: list[EventError] = []
    for day, event in ordered:
        if session.held:
            release_held(session, day)
        if event.key in books.processed_keys:
            duplicates.append(event.key)
            continue
        earlier = seen.get(event.key)
        if earlier is not None:
            if _content(earlier) == _content(event):
                duplicates.append(event.key)
            else:
                errors.append(_error(event.key, EventRefused(ErrorCode.KEY_CONFLICT, "key")))
            continue
        try:
            _apply(session, event, day)
        except EventRefused as refused:
            errors.append(_error(event.key, refused))
        else:
            seen[event.key] = event
    today = as_of if as_of is not None else max((day for day, _ in ordered), default=None)
    if session.held and today is not None:
        release_held(session, today, including=True)
    return Outcome(
        receipts=assemble(rules, session.receipts),
        accounts=session.changed,
        settlements=_new_settlements(books, session.changed),
        allocation=session.allocation,
        unfiscalised=session.unfiscalised,
        expected_foreign_receipts=session.foreign,
        withdrawn=session.withdrawn,
        duplicates=duplicates,
        errors=errors,
        anomalies=session.anomalies,
        suspense=tuple(session.suspense),
        held=tuple(session.held),
        pending_refunds=tuple(session.pending_refunds),
        closed_periods=frozenset(session.closed_periods),
        payments={key: known.record for key, known in session.payments.items()} | session.reversed,
        processed_keys=frozenset(seen),
    )


def _apply(session: Session, event: Event, day: date) -> None:
    match event:
        case Payment():
            apply_payment(session, event, day)
        case Charge():
            apply_charge(session, event, day)
        case PeriodClose():
            apply_close(session, event)
        case AdvanceRefund():
            apply_advance_refund(session, event)
        case ServiceRefund():
            apply_service_refund(session, event)
        case Recalculation():
            apply_recalculation(session, event)
        case CounterOffset():
            apply_counter_offset(session, event)
        case AdvanceTransfer():
            apply_transfer(session, event)
        case PaymentIdentification():
            apply_identification(session, event)
        case PaymentReversal():
            apply_reversal(session, event)
        case DebtWriteOff():
            apply_debt_write_off(session, event)
        case AdvanceWriteOff():
            apply_advance_write_off(session, event)
        case _:
            assert_never(event)


def _content(event: Event) -> Event:
    """The event as it is compared with an earlier one of the same key: a date left out is the date it stands for."""
    if isinstance(event, Charge) and event.charged_on is UNSET:
        return msgspec.structs.replace(event, charged_on=last_day(event.period))
    return event


def _error(event_key: str, refused: EventRefused) -> EventError:
    return EventError(event_key, refused.code, refused.field, MESSAGES[refused.code])


def _new_settlements(books: Books, changed: dict[str, AccountState]) -> list[AccountSettlement]:
    """Rows of the new states that the given ones had not; a lowered row counts as new."""
    found: list[AccountSettlement] = []
    for key, account in changed.items():
        before = books.accounts[key].settlements
        after = account.settlements
        if after[: len(before)] == before:
            found.extend(AccountSettlement(key, row) for row in after[len(before) :])
            continue
        old = {id(row) for row in before}
        found.extend(AccountSettlement(key, row) for row in after if id(row) not in old)
    return found
