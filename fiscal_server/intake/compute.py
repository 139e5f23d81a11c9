"""From stored books to a computed outcome: loads what the events touch, asks accounting, and nothing else."""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from accounting.receipts import case_merchant
from accounting.receipts.books import Books, HeldPayment, PendingRefund, SuspenseLot
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.events import AdvanceRefund, Charge, Event, Payment, PeriodClose
from fiscal_server.intake.batch import DecodedEvent, Problem
from fiscal_server.storage import books, ledger
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.pool import WriteConnection


class Computation(msgspec.Struct, frozen=True):
    """What came out, and the row ids of the accounts that took part."""

    outcome: Outcome
    account_ids: dict[str, int]
    book_before: books.BookRow
    problems: list[Problem]


async def compute_events(
    db: WriteConnection, merchant: MerchantRow, events: Sequence[DecodedEvent], today: date
) -> Computation:
    """Lock and load the books that the events touch and compute; refused events come back as problems."""
    codes = _accounts_of(event.event for event in events)
    book = await books.read_book(db, merchant.id)
    if book.held or any(_needs_book(event.event) for event in events):
        book = await books.lock_book(db, merchant.id)
    accounts = await ledger.lock_accounts(db, merchant.id, codes, with_settlements=False)
    given = Books(
        accounts={one.state.id: one.state for one in accounts},
        suspense=msgspec.convert(book.suspense, tuple[SuspenseLot, ...]),
        held=msgspec.convert(book.held, tuple[HeldPayment, ...]),
        pending_refunds=msgspec.convert(book.pending_refunds, tuple[PendingRefund, ...]),
        closed_periods=frozenset(book.closed_periods),
    )
    rules = msgspec.convert(merchant.rules, case_merchant.MerchantRow).rules()
    outcome = compute(rules, given, [event.event for event in events], as_of=today)
    by_key = {event.event.key: event.index for event in events}
    problems = [
        Problem(error.code.value, error.message, error.field, by_key[error.event_key], error.event_key)
        for error in outcome.errors
    ]
    return Computation(outcome, {one.state.id: one.id for one in accounts}, book, problems)


def _accounts_of(events: Iterable[Event]) -> list[str] | None:
    """The accounts that events name; None when a close takes all of them."""
    codes: set[str] = set()
    for event in events:
        if isinstance(event, PeriodClose):
            return None
        account = getattr(event, "account", None)
        if isinstance(account, str):
            codes.add(account)
    return sorted(codes)


def _needs_book(event: Event) -> bool:
    """Whether an event reads or changes what belongs to the merchant as a whole."""
    if isinstance(event, Payment):
        return not isinstance(event.account, str)
    return isinstance(event, PeriodClose | Charge | AdvanceRefund)
