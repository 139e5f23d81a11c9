"""What the events of a batch touch: which accounts are locked, whose settlements are read, and whether the book is.

Reversals name a payment and no account: the account comes from the payment's record.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from accounting.receipts.events import (
    AdvanceRefund,
    AdvanceTransfer,
    Charge,
    Event,
    Payment,
    PaymentIdentification,
    PaymentReversal,
    PeriodClose,
    Recalculation,
    ServiceRefund,
)
from fiscal_server.storage.payments import StoredPayment


class Touched(msgspec.Struct, frozen=True):
    """``accounts``: codes in order; None: a close takes all. ``book``: what belongs to the merchant as a whole."""

    accounts: list[str] | None
    settlements_of: frozenset[str]
    book: bool


def touched_by(events: Sequence[Event], payments: Mapping[str, StoredPayment]) -> Touched:
    """``payments``: records of those that reversals name."""
    accounts: set[str] = set()
    settlements_of: set[str] = set()
    whole = book = False
    for event in events:
        if type(event) is Payment and type(event.account) is str:  # most of all events: they touch nothing more
            accounts.add(event.account)
            continue
        named = accounts_of(event, payments)
        accounts.update(named)
        if isinstance(event, ServiceRefund | Recalculation | PaymentReversal):
            settlements_of.update(named)
        whole = whole or isinstance(event, PeriodClose)
        book = book or _needs_book(event)
    return Touched(None if whole else sorted(accounts), frozenset(settlements_of), book)


def reversed_payments(events: Iterable[Event]) -> list[str]:
    """Keys of the payments that reversals take back."""
    return sorted({event.payment for event in events if isinstance(event, PaymentReversal)})


def account_of(event: Event, payments: Mapping[str, StoredPayment]) -> str:
    """The account that an event is kept under; empty when there is none."""
    return next(iter(accounts_of(event, payments)), "")


def accounts_of(event: Event, payments: Mapping[str, StoredPayment]) -> list[str]:
    """Codes of the accounts that an event changes; of a reversal by the record of an earlier payment."""
    if isinstance(event, AdvanceTransfer):
        return [event.source, event.target]
    if isinstance(event, PaymentReversal):
        known = payments.get(event.payment)
        return [known.record.account] if known is not None and known.record.account is not None else []
    account = getattr(event, "account", None)
    return [account] if isinstance(account, str) else []


def _needs_book(event: Event) -> bool:
    """Whether an event reads or changes what belongs to the merchant as a whole.

    A reversal reopens debts, which come back delivered when their month was closed meanwhile.
    """
    if isinstance(event, Payment):
        return not isinstance(event.account, str)
    return isinstance(event, PeriodClose | Charge | AdvanceRefund | PaymentIdentification | PaymentReversal)
