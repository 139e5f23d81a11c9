"""What an explanation looks at: the event behind a receipt, the books it met, and what the receipt corrects."""

from collections.abc import Sequence
from datetime import date
from enum import Enum

import msgspec

from accounting.receipts._reference.order import in_order
from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.corrections.corrector import KEY_PREFIX
from accounting.receipts.corrections.events import DayTotalRestoration, ReceiptCorrection
from accounting.receipts.events import AnyEvent, Restoration
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.ledger import AccountState, debts_total
from accounting.receipts.outcome import AllocationRow, ComputedReceipt


class Role(Enum):
    """What a document is: a receipt of today, or one of those that correct (receipt rules 6.1 [I])."""

    ORDINARY = "ordinary"
    MISSING = "missing"
    NOT_ACCEPTED = "not_accepted"
    REVERSING = "reversing"
    RIGHT = "right"

    def corrects(self) -> bool:
        return self is not Role.ORDINARY


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """``event`` None: it is not among the given ones. ``before``: the account as the event met it.

    ``accounts_before`` and ``accounts_after`` are all accounts around the event; ``restored_on`` is the day of the
    restoration that replayed it; ``wrong`` the registered receipt that is corrected.
    """

    rules: MerchantRules
    computed: ComputedReceipt
    rows: tuple[AllocationRow, ...]
    role: Role
    event: AnyEvent | None = None
    restored_on: date | None = None
    wrong: IssuedReceipt | None = None
    before: AccountState | None = None
    accounts_before: dict[str, AccountState] = {}
    accounts_after: dict[str, AccountState] = {}

    def paid_debts(self) -> int:
        """What of the event's money went to open debts, kopecks."""
        return sum(row.amount_kopecks for row in self.rows if row.target == "debt")

    def open_debts(self) -> int:
        """What the account owed before the event, kopecks."""
        return debts_total(self.before.debts) if self.before is not None else 0

    def service(self, service: str | None) -> str:
        """A service as its receipts name it."""
        found = next((one for one in self.rules.services if one.id == service), None)
        return (found.name or found.id) if found is not None else (service or "")


def scene_of(
    rules: MerchantRules,
    books: Books,
    events: Sequence[AnyEvent],
    outcome: Outcome,
    computed: ComputedReceipt,
    issued: Sequence[IssuedReceipt],
) -> Scene:
    """Everything that the explanation of one receipt needs; the books around the event are computed anew."""
    key = computed.event_key.removeprefix(KEY_PREFIX)
    restoring = next((one for one in events if isinstance(one, Restoration) and _named(one.replay, key)), None)
    event = _named(restoring.replay if restoring is not None else events, key) or _day_total(events, key)
    wrong = _wrong(event, computed, issued)
    before, after = _books_around(rules, books, events, event)
    return Scene(
        rules=rules,
        computed=computed,
        rows=tuple(row for row in outcome.allocation if row.event_key == key),
        role=_role(event, computed, outcome, wrong),
        event=event,
        restored_on=restoring.restored_on if restoring is not None else None,
        wrong=wrong,
        before=None if computed.account is None else before.get(computed.account),
        accounts_before=before,
        accounts_after=after,
    )


def _named(events: Sequence[AnyEvent], key: str) -> AnyEvent | None:
    return next((event for event in events if event.key == key), None)


def _day_total(events: Sequence[AnyEvent], key: str) -> AnyEvent | None:
    """A day's total has the day for its key, whether it was given or added up by a restoration."""
    found = (event for event in events if isinstance(event, DayTotalRestoration) and str(event.day) == key)
    restorations = (event for event in events if isinstance(event, Restoration))
    is_day = len(key) == len("2026-01-01") and key[4:5] == "-"
    return next(found, next(restorations, None) if is_day else None)


def _books_around(
    rules: MerchantRules, books: Books, events: Sequence[AnyEvent], event: AnyEvent | None
) -> tuple[dict[str, AccountState], dict[str, AccountState]]:
    """The accounts before and after the event: it and all that comes before it are computed again."""
    flat: list[AnyEvent] = []
    for one in events:
        flat.extend(one.replay if isinstance(one, Restoration) else [one])
    ordered = [one for _, one in in_order(flat, rules.policies.settlement_date_source, books.payments)]
    place = next((number for number, one in enumerate(ordered) if one is event), None)
    if place is None:
        return dict(books.accounts), dict(books.accounts)
    before = {**books.accounts, **compute(rules, books, ordered[:place]).accounts}
    return before, {**books.accounts, **compute(rules, books, ordered[: place + 1]).accounts}


def _wrong(event: AnyEvent | None, computed: ComputedReceipt, issued: Sequence[IssuedReceipt]) -> IssuedReceipt | None:
    if isinstance(event, ReceiptCorrection):
        return next((one for one in issued if one.id == event.receipt), None)
    signed = computed.receipt.additional
    return next((one for one in issued if signed is not None and one.fiscal_sign == signed), None)


def _role(event: AnyEvent | None, computed: ComputedReceipt, outcome: Outcome, wrong: IssuedReceipt | None) -> Role:
    if not (isinstance(event, ReceiptCorrection) or computed.event_key.startswith(KEY_PREFIX)):
        return Role.ORDINARY
    signed = computed.receipt.additional
    if signed is None:
        return Role.NOT_ACCEPTED if wrong is not None else Role.MISSING
    # The reversing document of a wrong receipt comes before the right ones that name it as well.
    of_the_wrong = (
        one for one in outcome.receipts if one.event_key == computed.event_key and one.receipt.additional == signed
    )
    first = next(of_the_wrong, computed)
    return Role.REVERSING if first is computed or first == computed else Role.RIGHT
