"""The door of the computation core: events in, receipts and new state out.

Pure: no clock, no I/O, and nothing that is given is changed. The rules stand in ``_reference``, the arithmetic (split,
VAT) is the compiled kernel's when it was built.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from accounting.receipts._reference.assembly import assemble
from accounting.receipts._reference.order import in_order
from accounting.receipts._reference.payment import release_held
from accounting.receipts._reference.run import Run
from accounting.receipts._reference.session import Session
from accounting.receipts.books import (
    Books,
    HeldPayment,
    MerchantRules,
    PaymentRecord,
    PendingRefund,
    SuspenseLot,
)
from accounting.receipts.errors import EventError
from accounting.receipts.events import AnyEvent
from accounting.receipts.issued import IssuedReceipt
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


def compute(
    rules: MerchantRules,
    books: Books,
    events: Sequence[AnyEvent],
    *,
    as_of: date | None = None,
    issued: Sequence[IssuedReceipt] = (),
) -> Outcome:
    """Apply the events in the order of receipt rules 3.6 and work out the receipts they need.

    ``issued`` are the registered receipts that corrections refer to (receipt rules 6), in the order of their issue.
    ``as_of`` is today, by default the latest day of the events; it only decides whether held money is still held. An
    event that cannot be applied becomes an ``EventError`` and has no effect at all. Raises nothing but programming
    errors: AssertionError when a receipt breaks its invariants, OverflowError beyond ``money.MAX_KOPECKS``.
    """
    session = Session(rules, books)
    ordered = in_order(events, rules.policies.settlement_date_source, books.payments)
    run = Run(session, issued)
    run.apply_all(ordered)
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
        duplicates=run.duplicates,
        errors=run.errors,
        anomalies=session.anomalies,
        suspense=tuple(session.suspense),
        held=tuple(session.held),
        pending_refunds=tuple(session.pending_refunds),
        closed_periods=frozenset(session.closed_periods),
        payments={key: known.record for key, known in session.payments.items()} | session.reversed,
        processed_keys=frozenset(run.seen) | run.restored_keys(),
    )


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
