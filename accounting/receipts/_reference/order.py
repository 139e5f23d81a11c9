"""In which order the events of a computation apply (receipt rules 3.6 [I])."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never

from msgspec import UNSET

from accounting.receipts.books import PaymentRecord
from accounting.receipts.calendar import last_day
from accounting.receipts.corrections.events import DayTotalRestoration, ReceiptCorrection
from accounting.receipts.events import (
    AdvanceRefund,
    AdvanceTransfer,
    AdvanceWriteOff,
    AnyEvent,
    Charge,
    CounterOffset,
    DebtWriteOff,
    Payment,
    PaymentIdentification,
    PaymentReversal,
    PeriodClose,
    Recalculation,
    Restoration,
    ServiceRefund,
)
from accounting.receipts.policy import SettlementDateSource

Place = tuple[date, int, str]
"""Date, rank within the day, time of the day."""


def settlement_day(payment: Payment, source: SettlementDateSource) -> date:
    """The day of a payment for every purpose: with ``register`` the earlier of both, for transfers (rules 3.2 [I])."""
    if (
        source is SettlementDateSource.REGISTER
        and payment.registered_on is not UNSET
        and payment.tenders.only_bank_transfer()
    ):
        return min(payment.paid_on, payment.registered_on)
    return payment.paid_on


def in_order(
    events: Sequence[AnyEvent], source: SettlementDateSource, earlier: Mapping[str, PaymentRecord]
) -> list[tuple[date, AnyEvent]]:
    """Events with their days, in the order in which they apply; equal ones as given."""
    has_reversals = any(isinstance(event, PaymentReversal) for event in events)
    paid = (
        {event.key: settlement_day(event, source) for event in events if isinstance(event, Payment)}
        if has_reversals
        else {}
    )
    placed = [(_place(event, source), number, event) for number, event in enumerate(events)]
    for number, (place, _, event) in enumerate(placed):
        if isinstance(event, PaymentReversal):
            known = earlier.get(event.payment)
            day = paid.get(event.payment, known.paid_on if known is not None else None)
            if day == place[0]:
                # A reversal on the day of its payment comes right after the payments of that day.
                placed[number] = ((place[0], 3, ""), number, event)
    placed.sort(key=lambda item: item[:2])
    return [(place[0], event) for place, _, event in placed]


def _place(event: AnyEvent, source: SettlementDateSource) -> Place:
    match event:
        case Payment():
            return (settlement_day(event, source), 2, "00:00:00" if event.time is UNSET else event.time)
        case Charge():
            return (last_day(event.period) if event.charged_on is UNSET else event.charged_on, 5, "")
        case CounterOffset():
            return (event.offset_on, 2, "00:00:00")
        case PaymentReversal():
            return (event.reversed_on, 1, "")
        case PaymentIdentification():
            return (event.identified_on, 4, "")
        case Recalculation():
            return (event.recalculated_on, 6, "")
        case PeriodClose():
            return (last_day(event.period), 7, "")
        case AdvanceTransfer():
            return (event.transferred_on, 8, "")
        case AdvanceRefund() | ServiceRefund():
            return (event.sent_on, 8, "")
        case DebtWriteOff() | AdvanceWriteOff():
            return (event.written_off_on, 8, "")
        case Restoration() | DayTotalRestoration():
            return (event.restored_on, 9, "")
        case ReceiptCorrection():
            return (event.corrected_on, 9, "")
        case _:
            assert_never(event)
