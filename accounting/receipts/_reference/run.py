"""Events applied one after another, and past ones replayed (receipt rules 3.6, 6.3 [I])."""

from collections.abc import Sequence
from datetime import date
from typing import Final, assert_never

import msgspec
from msgspec import UNSET

from accounting.receipts._reference.delivery import apply_charge, apply_close
from accounting.receipts._reference.order import in_order
from accounting.receipts._reference.payment import apply_payment, release_held
from accounting.receipts._reference.recalculation import apply_recalculation
from accounting.receipts._reference.refund import apply_advance_refund, apply_service_refund
from accounting.receipts._reference.relief import apply_advance_write_off, apply_counter_offset, apply_debt_write_off
from accounting.receipts._reference.reversal import apply_reversal
from accounting.receipts._reference.savepoint import Savepoint
from accounting.receipts._reference.session import Session
from accounting.receipts._reference.transfer import apply_identification, apply_transfer
from accounting.receipts.calendar import last_day
from accounting.receipts.corrections.corrector import KEY_PREFIX, Corrector, plan_day_total
from accounting.receipts.corrections.events import DayTotalRestoration, ReceiptCorrection
from accounting.receipts.corrections.receipt import plan_receipt_correction
from accounting.receipts.corrections.restoration import differences, plan_restoration
from accounting.receipts.draft import Sheet
from accounting.receipts.errors import MESSAGES, ErrorCode, EventError, EventRefused
from accounting.receipts.events import (
    AdvanceRefund,
    AdvanceTransfer,
    AdvanceWriteOff,
    AnyEvent,
    Charge,
    CounterOffset,
    DebtWriteOff,
    Event,
    Payment,
    PaymentIdentification,
    PaymentReversal,
    PeriodClose,
    Recalculation,
    Restoration,
    ServiceRefund,
)
from accounting.receipts.issued import IssuedReceipt


class Run:
    """Events applied one after another, each key once; a restoration applies its replay in the same way."""

    def __init__(self, session: Session, issued: Sequence[IssuedReceipt]) -> None:
        self._session = session
        self._issued = issued
        self.seen: dict[str, AnyEvent] = {}
        self.duplicates: list[str] = []
        self.errors: list[EventError] = []
        self._used_before = frozenset(
            [key for key in session.books.processed_keys if key.startswith(KEY_PREFIX)]
            + [one.document.event_key for one in issued if not one.quarantined]
        )
        self._used_keys = set(self._used_before)

    def restored_keys(self) -> frozenset[str]:
        """Keys of the documents that restorations of this run have made."""
        return frozenset(self._used_keys) - self._used_before

    def apply_all(self, ordered: Sequence[tuple[date, AnyEvent]]) -> list[tuple[date, AnyEvent]]:
        """Apply events that are in order; gives those that took effect."""
        session = self._session
        applied: list[tuple[date, AnyEvent]] = []
        for day, event in ordered:
            if session.held:
                release_held(session, day)
            if event.key in session.books.processed_keys:
                self.duplicates.append(event.key)
                continue
            earlier = self.seen.get(event.key)
            if earlier is not None:
                if _content(earlier) == _content(event):
                    self.duplicates.append(event.key)
                else:
                    self.errors.append(_error(event, EventRefused(ErrorCode.KEY_CONFLICT, "key")))
                continue
            savepoint, known = Savepoint(session), (len(self.seen), len(self.duplicates), len(self.errors))
            try:
                self._apply(event, day)
            except EventRefused as refused:
                savepoint.roll_back()
                self._forget_after(*known)
                self.errors.append(_error(event, refused))
            else:
                savepoint.release()
                self.seen[event.key] = event
                applied.append((day, event))
        return applied

    def _forget_after(self, seen: int, duplicates: int, errors: int) -> None:
        """Events of a replay whose restoration is refused."""
        while len(self.seen) > seen:
            self.seen.popitem()
        del self.duplicates[duplicates:], self.errors[errors:]

    def _apply(self, event: AnyEvent, day: date) -> None:
        session = self._session
        match event:
            case Restoration():
                self._restore(event)
            case DayTotalRestoration():
                session.receipts.extend(plan_day_total(session.rules, event, self._used_keys))
            case ReceiptCorrection():
                session.receipts.extend(plan_receipt_correction(session.rules, event, self._issued))
            case _:
                _apply(session, event, day)

    def _restore(self, event: Restoration) -> None:
        """Replay past events on the books as they stand, then plan what the issued receipts lack (rules 6.3 [I])."""
        session = self._session
        corrector = Corrector(session.rules, event)
        corrector.require_basis()
        ordered = in_order(event.replay, session.policies.settlement_date_source, session.books.payments)
        if any(day > event.restored_on for day, _ in ordered):
            raise EventRefused(ErrorCode.CORRECTION_BEFORE_SETTLEMENT, "date")
        own, session.receipts = session.receipts, []
        applied = self.apply_all(ordered)
        if session.held:
            release_held(session, event.restored_on, including=True)
        settled_on = {replay.key: day for day, replay in applied}
        replayed: list[Sheet] = []
        for draft in session.receipts:
            # Mirrors of receipts that the books hold are finished, held money from before the replay is none of it.
            if isinstance(draft, Sheet) and draft.head.event_key in settled_on:
                replayed.append(draft)
            else:
                own.append(draft)
        session.receipts = own
        found = differences(replayed, self._issued, list(settled_on), session.rules)
        session.receipts.extend(plan_restoration(session.rules, corrector, found, settled_on, self._used_keys))


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


def _content(event: AnyEvent) -> AnyEvent:
    """The event as it is compared with an earlier one of the same key: a date left out is the date it stands for."""
    if isinstance(event, Charge) and event.charged_on is UNSET:
        return msgspec.structs.replace(event, charged_on=last_day(event.period))
    return event


_PLACES_OF_SUMS: Final[dict[type[AnyEvent], str]] = {
    Payment: "tenders",
    AdvanceRefund: "tenders",
    ServiceRefund: "tenders",
    PeriodClose: "period",
    PaymentIdentification: "payment",
    PaymentReversal: "payment",
    DebtWriteOff: "account",
    Restoration: "replay",
}
"""Where an event says what became too many receipts; others have an ``amount``."""


def _error(event: AnyEvent, refused: EventRefused) -> EventError:
    field = refused.field
    if refused.code is ErrorCode.TOO_MANY_RECEIPTS:
        field = _PLACES_OF_SUMS.get(type(event), field)
    return EventError(event.key, refused.code, field, MESSAGES[refused.code])
