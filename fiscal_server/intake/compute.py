"""From stored books to a computed outcome: loads what the events touch, asks accounting, and controls the answer."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date

import msgspec
import structlog

from accounting.receipts.books import Books, HeldPayment, MerchantRules, PendingRefund, SuspenseLot
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.checks.control import Control
from accounting.receipts.checks.findings import Finding
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.corrections.corrector import KEY_PREFIX
from accounting.receipts.errors import MESSAGES, ErrorCode
from accounting.receipts.events import AnyEvent, PaymentIdentification, Restoration
from accounting.receipts.ledger import AccountState, debts_total, lots_total
from accounting.receipts.money import MAX_KOPECKS
from accounting.receipts.wording import translated
from fiscal_server.errors import FiscalServerError
from fiscal_server.intake.batch import BatchRejected, DecodedEvent, Problem
from fiscal_server.intake.bulk import BulkPart, compute_in_bulk
from fiscal_server.intake.close_limits import refused_by_closes
from fiscal_server.intake.reversals import Reversible, look_at_receipts
from fiscal_server.intake.touched import Touched, reversed_payments, touched_by
from fiscal_server.storage import books, ledger
from fiscal_server.storage.books import BookRow
from fiscal_server.storage.ledger import AccountDeclaration, StoredAccount
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.payments import StoredPayment, find_payments
from fiscal_server.storage.pool import WriteConnection

log = structlog.get_logger(room="intake")


class PaymentMoved(FiscalServerError):
    """A payment went to another account while the batch waited for its locks: the batch begins anew."""


class Computation(msgspec.Struct, frozen=True):
    """What came out, and the rows that took part. ``book_before`` None: the book was not locked and stays as it is."""

    outcome: Outcome
    accounts: dict[str, StoredAccount]
    book_before: BookRow | None
    payments: dict[str, StoredPayment]  # earlier ones that events reverse
    withdrawable: dict[str, list[int]]  # ids of their receipts, held in the queue
    problems: list[Problem]
    bulk: BulkPart | None  # what the kernel computed; the rest of the batch stands above
    given: Books  # what was known before, of all that the kernel did not compute
    rules: MerchantRules

    def account_id(self, code: str | None) -> int | None:
        """The row id of an account that took part."""
        found = self.accounts.get(code or "")
        return None if found is None else found.id


async def compute_events(
    db: WriteConnection,
    merchant: MerchantRow,
    events: Sequence[DecodedEvent],
    today: date,
    *,
    declared: Mapping[int, AccountDeclaration],
    in_bulk: bool = True,
    restoring: Restoration | None = None,
) -> Computation:
    """Lock and load the books that the events touch and compute; refused events come back as problems.

    ``declared``: what the batch says of accounts, by the id that a new one gets. ``restoring``: the events are past
    ones that never came; it replays them (its own ``replay`` is not looked at), and the kernel has no part in that.
    Raises BatchRejected when they name services that the merchant has not, or when amounts add up to more than anything
    here can hold; PaymentMoved when all of it has to be done again.
    """
    rules = stored_rules(merchant.rules)
    _check_services(rules, declared.values())
    touched = await _touched(db, merchant.id, events)
    book = await books.read_book(db, merchant.id)
    locked = touched.book or _is_due(book, today)
    if locked:
        book = await books.lock_book(db, merchant.id)
    waiting = await refused_by_closes(db, merchant.id, rules, events)
    if waiting:
        refused = {problem.index for problem in waiting}
        events = [event for event in events if event.index not in refused]
        touched = await _touched(db, merchant.id, events)
    taken_back = reversed_payments(event.event for event in events)
    await ledger.declare_accounts(db, merchant.id, declared, touched.accounts)
    rows = await ledger.lock_account_rows(db, merchant.id, touched.accounts)
    payments = await find_payments(db, merchant.id, taken_back)
    if any(one.record.account not in (None, *touched.settlements_of) for one in payments.values()):
        raise PaymentMoved("a payment that the batch takes back was identified meanwhile")
    bulk = None
    if in_bulk and restoring is None:
        bulk = await compute_in_bulk(db, merchant, rules, rows, events, book.closed_periods, payments)
    if bulk is not None:
        codes = bulk.codes
        rows = [row for row in rows if row["code"] not in codes]
        done = {one.id for one in bulk.events}
        events = [one for one in events if one.id not in done]
    stored = await ledger.load_ledgers(db, merchant.id, rows, settlements_of=touched.settlements_of)
    accounts = {one.state.id: one for one in stored}
    reversible = await look_at_receipts(db, merchant.id, events, payments)
    given = _books(accounts, book, payments, reversible, locked=locked)
    soundly = _Soundly(rules, events, today, restoring)
    outcome, problems = soundly.compute(given, [*waiting, *reversible.refused])
    for state in outcome.accounts.values():
        _check_bounds(state)
    return Computation(
        outcome, accounts, book if locked else None, payments, reversible.withdrawable, problems, bulk, given, rules
    )


async def _touched(db: WriteConnection, merchant_id: int, events: Sequence[DecodedEvent]) -> Touched:
    plain = [event.event for event in events]
    return touched_by(plain, await find_payments(db, merchant_id, reversed_payments(plain)))


def _is_due(book: BookRow, today: date) -> bool:
    return any(held["deadline"] <= today.isoformat() for held in book.held)


def _books(
    accounts: Mapping[str, StoredAccount],
    book: BookRow,
    payments: Mapping[str, StoredPayment],
    reversible: Reversible,
    *,
    locked: bool,
) -> Books:
    """What of the book may be changed is there only when it is locked."""
    given = Books(
        accounts={code: one.state for code, one in accounts.items()},
        closed_periods=frozenset(book.closed_periods),
        payments={key: one.record for key, one in payments.items()},
        issued=reversible.issued,
    )
    if not locked:
        return given
    return msgspec.structs.replace(
        given,
        suspense=msgspec.convert(book.suspense, tuple[SuspenseLot, ...]),
        held=msgspec.convert(book.held, tuple[HeldPayment, ...]),
        pending_refunds=msgspec.convert(book.pending_refunds, tuple[PendingRefund, ...]),
    )


class _Soundly(msgspec.Struct, frozen=True):
    """Events to be computed until no receipt is left that may not go to a device."""

    rules: MerchantRules
    events: Sequence[DecodedEvent]
    today: date
    restoring: Restoration | None

    def compute(self, given: Books, refused: Sequence[Problem]) -> tuple[Outcome, list[Problem]]:
        """An event that led to an unsound receipt is refused whole.

        Held money whose receipt would be unsound stays held; nobody's event is to blame, so the log says it.
        """
        problems = list(refused)
        kept: list[HeldPayment] = []
        while True:
            left_out = {problem.key for problem in problems}
            taken = self._taken(left_out)
            try:
                outcome = compute(self.rules, given, taken, as_of=self.today)
            except OverflowError as error:
                raise _too_large("these accounts") from error
            unsound = Control(self.rules, taken, given.held).unsound(outcome.receipts)
            if not unsound:
                break
            for key, findings in unsound.items():
                culprit = _led_to(key if self.restoring is None else key.removeprefix(KEY_PREFIX), self.events)
                if culprit is not None:
                    problems.append(_unsound(culprit, findings))
                    continue
                log.error("held_payment_unsound", payment=key, reason=findings[0].message)
                staying = [held for held in given.held if held.payment.key == key]
                assert staying, f"nothing can be left out so that the unsound receipt {key!r} goes away"
                kept += staying
                given = msgspec.structs.replace(
                    given, held=tuple(held for held in given.held if held.payment.key != key)
                )
        places = {event.event.key: event.index for event in self.events}
        problems += [
            Problem(
                error.code.value, translated(error.message), error.field, places.get(error.event_key), error.event_key
            )
            for error in outcome.errors
        ]
        return msgspec.structs.replace(outcome, held=(*outcome.held, *kept)), problems

    def _taken(self, left_out: Set[str | None]) -> list[AnyEvent]:
        taken: list[AnyEvent] = [one.event for one in self.events if one.event.key not in left_out]
        if self.restoring is None or not taken:
            return taken
        replay = tuple(one.event for one in self.events if one.event.key not in left_out)
        return [msgspec.structs.replace(self.restoring, replay=replay)]


def _led_to(key: str, events: Sequence[DecodedEvent]) -> DecodedEvent | None:
    """The event behind a receipt's key: its own, or the identification that turned held money into a payment."""
    own = next((one for one in events if one.event.key == key), None)
    if own is not None:
        return own
    return next(
        (one for one in events if isinstance(one.event, PaymentIdentification) and one.event.payment == key), None
    )


def _unsound(event: DecodedEvent, findings: Sequence[Finding]) -> Problem:
    place = "receipt" if findings[0].line is None else f"receipt.lines[{findings[0].line}]"
    reason = " ".join(f"{finding.message} {finding.action}" for finding in findings)
    return Problem("unsound_receipt", reason, place, event.index, event.event.key)


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
    reason = translated(MESSAGES[ErrorCode.UNKNOWN_SERVICE])
    for place, account in enumerate(declared):
        named = [(f"services[{n}]", service) for n, service in enumerate(account.services or ())]
        if account.plan is not None:
            named.append(("plan.service", account.plan.service))
        problems += [
            Problem(ErrorCode.UNKNOWN_SERVICE, reason, f"accounts[{place}].{field}")
            for field, service in named
            if service not in known
        ]
    if problems:
        raise BatchRejected(problems)
