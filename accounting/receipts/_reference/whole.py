"""A whole computation by the rules (receipt rules 3.6 [I])."""

from collections.abc import Sequence
from datetime import date

from accounting.receipts._reference.assembly import assemble
from accounting.receipts._reference.order import in_order
from accounting.receipts._reference.payment import release_held
from accounting.receipts._reference.run import Run
from accounting.receipts._reference.session import Session
from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.computation import Outcome, new_settlements
from accounting.receipts.events import AnyEvent
from accounting.receipts.issued import IssuedReceipt


def compute_by_reference(
    rules: MerchantRules,
    books: Books,
    events: Sequence[AnyEvent],
    *,
    as_of: date | None = None,
    issued: Sequence[IssuedReceipt] = (),
    split_before: int = 0,
) -> Outcome:
    """What ``compute.compute`` says, event by event; ``split_before``: parts that the computation made before."""
    session = Session(rules, books, split_before)
    ordered = in_order(events, rules.policies.settlement_date_source, books.payments)
    run = Run(session, issued)
    run.apply_all(ordered)
    today = as_of if as_of is not None else max((day for day, _ in ordered), default=None)
    if session.held and today is not None:
        release_held(session, today, including=True)
    return outcome_of(session, run)


def outcome_of(session: Session, run: Run | None = None) -> Outcome:
    """What a session holds at its end; without a run the keys, duplicates and errors are the caller's."""
    books = session.books
    return Outcome(
        receipts=assemble(session.rules, session.receipts),
        accounts=session.changed,
        settlements=new_settlements(books.accounts, session.changed),
        allocation=session.allocation,
        unfiscalised=session.unfiscalised,
        expected_foreign_receipts=session.foreign,
        withdrawn=session.withdrawn,
        duplicates=run.duplicates if run else [],
        errors=run.errors if run else [],
        anomalies=session.anomalies,
        suspense=tuple(session.suspense),
        held=tuple(session.held),
        pending_refunds=tuple(session.pending_refunds),
        closed_periods=frozenset(session.closed_periods),
        payments={key: known.record for key, known in session.payments.items()} | session.reversed,
        processed_keys=frozenset(run.seen) | run.restored_keys() if run else frozenset(),
    )
