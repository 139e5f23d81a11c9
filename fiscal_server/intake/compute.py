"""From stored books to a computed outcome: loads what the events touch, asks accounting, and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from accounting.receipts import case_merchant
from accounting.receipts.books import Books, HeldPayment, MerchantRules, PendingRefund, SuspenseLot
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.errors import MESSAGES, ErrorCode
from accounting.receipts.events import AdvanceRefund, Charge, Event, Payment, PeriodClose
from accounting.receipts.ledger import AccountState, debts_total, lots_total
from accounting.receipts.money import MAX_KOPECKS
from fiscal_server.intake.batch import BatchRejected, DecodedEvent, Problem
from fiscal_server.storage import books, ledger
from fiscal_server.storage.ledger import AccountDeclaration
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.pool import WriteConnection


class Computation(msgspec.Struct, frozen=True):
    """What came out, and the row ids of the accounts that took part."""

    outcome: Outcome
    account_ids: dict[str, int]
    book_before: books.BookRow
    problems: list[Problem]


async def compute_events(
    db: WriteConnection,
    merchant: MerchantRow,
    events: Sequence[DecodedEvent],
    today: date,
    *,
    declared: Mapping[int, AccountDeclaration],
) -> Computation:
    """Lock and load the books that the events touch and compute; refused events come back as problems.

    ``declared``: what the batch says of accounts, by the id that a new one gets. Raises BatchRejected when they name
    services that the merchant has not, or when amounts add up to more than anything here can hold.
    """
    rules = msgspec.convert(merchant.rules, case_merchant.MerchantRow).rules()
    _check_services(rules, declared.values())
    codes = _accounts_of(event.event for event in events)
    book = await books.read_book(db, merchant.id)
    if book.held or any(_needs_book(event.event) for event in events):
        book = await books.lock_book(db, merchant.id)
    await ledger.declare_accounts(db, merchant.id, declared, codes)
    accounts = await ledger.lock_accounts(db, merchant.id, codes, with_settlements=False)
    given = Books(
        accounts={one.state.id: one.state for one in accounts},
        suspense=msgspec.convert(book.suspense, tuple[SuspenseLot, ...]),
        held=msgspec.convert(book.held, tuple[HeldPayment, ...]),
        pending_refunds=msgspec.convert(book.pending_refunds, tuple[PendingRefund, ...]),
        closed_periods=frozenset(book.closed_periods),
    )
    try:
        outcome = compute(rules, given, [event.event for event in events], as_of=today)
    except OverflowError as error:
        raise _too_large("these accounts") from error
    for state in outcome.accounts.values():
        _check_bounds(state)
    by_key = {event.event.key: event.index for event in events}
    problems = [
        Problem(error.code.value, error.message, error.field, by_key[error.event_key], error.event_key)
        for error in outcome.errors
    ]
    return Computation(outcome, {one.state.id: one.id for one in accounts}, book, problems)


def _check_bounds(state: AccountState) -> None:
    """An account that holds more than one amount may be could be stored, but never computed with again."""
    held = (debts_total(state.debts), debts_total(state.off_balance), lots_total(state.lots))
    if max(*held, state.penalty_kopecks, state.costs_kopecks) > MAX_KOPECKS:
        raise _too_large(f"account {state.id!r}")


def _too_large(whose: str) -> BatchRejected:
    reason = f"with this batch the amounts of {whose} are more than {MAX_KOPECKS} kopecks together"
    return BatchRejected([Problem("amount_too_large", reason, "events")])


def _check_services(rules: MerchantRules, declared: Iterable[AccountDeclaration]) -> None:
    known = {service.id for service in rules.services}
    problems: list[Problem] = []
    for place, account in enumerate(declared):
        named = [(f"services[{n}]", service) for n, service in enumerate(account.services or ())]
        if account.plan is not None:
            named.append(("plan.service", account.plan.service))
        problems += [
            Problem(ErrorCode.UNKNOWN_SERVICE, MESSAGES[ErrorCode.UNKNOWN_SERVICE], f"accounts[{place}].{field}")
            for field, service in named
            if service not in known
        ]
    if problems:
        raise BatchRejected(problems)


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
