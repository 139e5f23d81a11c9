"""Which events of a computation the kernel gets, and why not the others.

The kernel computes whole accounts: an account has either all of its events here or none. What concerns the books of
the merchant as a whole, or looks back at other events of the same computation, is the reference's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.bulk.kernel_events import is_for_kernel, names_known_services
from accounting.receipts.corrections.events import DayTotalRestoration, ReceiptCorrection
from accounting.receipts.events import (
    AdvanceTransfer,
    AnyEvent,
    Payment,
    PaymentIdentification,
    PaymentReversal,
    PeriodClose,
    Restoration,
)
from accounting.receipts.policy import UnknownPayer

MIN_EVENTS: Final = 50
"""Below this the plain way is as fast: laying out a merchant's rules costs about as much as so many payments."""

CORRECTION: Final = "a correction looks at all that the computation makes"
HELD: Final = "held money is released between other events"
ACROSS_CLOSES: Final = "beside a close, an event takes back or names another payment, or a key comes twice"
UNKNOWN_EVENT: Final = "not an event of the kernel"
UNKNOWN_NAME: Final = "no such account or service"
KEY_TWICE: Final = "a key that comes twice or was used before"
SHARES_ACCOUNT: Final = "its account has an event that is the reference's"


def reason_against_all(rules: MerchantRules, books: Books, events: Sequence[AnyEvent]) -> str | None:
    """Why nothing of the computation can be divided between kernel and reference; None when it can."""
    if any(isinstance(event, Restoration | DayTotalRestoration | ReceiptCorrection) for event in events):
        return CORRECTION
    may_hold = rules.policies.unknown_payer is UnknownPayer.HOLD_UNTIL_DEADLINE
    if books.held or (may_hold and any(isinstance(event, Payment) and event.account is None for event in events)):
        return HELD
    if any(isinstance(event, PeriodClose) for event in events):
        looks_back = any(isinstance(event, PaymentReversal | PaymentIdentification) for event in events)
        if looks_back or len({event.key for event in events}) < len(events):
            return ACROSS_CLOSES
    return None


def reasons(rules: MerchantRules, books: Books, events: Sequence[AnyEvent]) -> dict[int, str]:
    """The places of the events that are the reference's, each with its reason; the others are the kernel's."""
    services = frozenset(service.id for service in rules.services)
    times = Counter(event.key for event in events)
    found: dict[int, str] = {}
    for place, event in enumerate(events):
        if times[event.key] > 1 or event.key in books.processed_keys:
            found[place] = KEY_TWICE
        elif not is_for_kernel(event):
            found[place] = UNKNOWN_EVENT
        elif event.account not in books.accounts or not names_known_services(event, services):
            found[place] = UNKNOWN_NAME
    paid = {event.key: event.account for event in events if isinstance(event, Payment)}
    taken = {account for place in found for account in _accounts_of(events[place], books, paid)}
    for place, event in enumerate(events):
        if place not in found and taken.intersection(_accounts_of(event, books, paid)):
            found[place] = SHARES_ACCOUNT
    return found


def _accounts_of(event: AnyEvent, books: Books, paid: Mapping[str, object]) -> list[object]:
    """The accounts that an event may change; of a reversal by its payment."""
    if isinstance(event, AdvanceTransfer):
        return [event.source, event.target]
    if isinstance(event, PaymentReversal):
        earlier = books.payments.get(event.payment)
        return [paid.get(event.payment), earlier.account if earlier is not None else None]
    return [getattr(event, "account", None)]
