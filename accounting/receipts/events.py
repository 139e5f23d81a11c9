"""What happens to accounts: one struct an event type, told apart by the field ``type`` (case format 1.3).

JSON and MessagePack decode straight into these; an error of msgspec then names the path of the bad field. Amounts may
be zero or negative here: the computation answers such an event with an error of its own. Names that end in ``_kopecks``
or ``_on`` are ours, the wire names stand beside them.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from accounting.receipts.calendar import Period
from accounting.receipts.codes import VatCode
from accounting.receipts.corrections.events import BasisDocument, DayTotalRestoration, Order, ReceiptCorrection
from accounting.receipts.event_parts import (
    AccountId,
    Contact,
    EventBase,
    EventKey,
    PaymentTenders,
    ServiceId,
    TimeText,
    Volume,
)
from accounting.receipts.ledger import PayerKind
from accounting.receipts.money import Kopecks, SignedKopecks


class Charge(EventBase, tag="charge", frozen=True):
    """A bill line. Without a date it stands on the last day of its period."""

    period: Period
    service: ServiceId
    amount_kopecks: SignedKopecks = msgspec.field(name="amount")
    account: AccountId | UnsetType = UNSET
    charged_on: date | UnsetType = msgspec.field(default=UNSET, name="date")
    vat_code: VatCode | UnsetType = UNSET
    due_on: date | UnsetType = msgspec.field(default=UNSET, name="due_date")
    volume: Volume | UnsetType = UNSET


class ClosingCharge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A charge of the day of a close, carried by the close itself."""

    service: ServiceId
    amount_kopecks: SignedKopecks = msgspec.field(name="amount")
    account: AccountId | UnsetType = UNSET
    vat_code: VatCode | UnsetType = UNSET
    due_on: date | UnsetType = msgspec.field(default=UNSET, name="due_date")
    volume: Volume | UnsetType = UNSET


class PeriodClose(EventBase, tag="period_close", frozen=True):
    """The month close of the merchant: all its services of the period are delivered. Its day is the period's last."""

    period: Period
    charges: tuple[ClosingCharge, ...] = ()


class Designation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the payer named: a period, a service, both, or one purpose alone (receipt rules 4.1 item 1 [I])."""

    period: Period | None = None
    service: ServiceId | None = None
    purpose: Literal["penalty", "costs", "advance"] | None = None

    def __post_init__(self) -> None:
        if self.purpose is None and self.period is None and self.service is None:
            raise ValueError("an empty designation")
        if self.purpose is not None and (self.period is not None or self.service is not None):
            raise ValueError("a purpose stands alone")


class DebtDesignation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which debts a counter-claim names."""

    period: Period | None = None
    service: ServiceId | None = None

    def __post_init__(self) -> None:
        if self.period is None and self.service is None:
            raise ValueError("an empty designation")


class Payment(EventBase, tag="payment", frozen=True):
    """Money in. ``paid_on`` is the settlement day (of a transfer: the day it was credited).

    ``account`` None: the payer is unknown. ``contact`` None: the payer gave none; left out: the account's counts.
    """

    paid_on: date = msgspec.field(name="date")
    tenders: PaymentTenders
    account: AccountId | UnsetType | None = UNSET
    time: TimeText | UnsetType = UNSET
    registered_on: date | UnsetType = msgspec.field(default=UNSET, name="register_date")
    contact: Contact | UnsetType | None = UNSET
    payer_kind: PayerKind | UnsetType = UNSET
    designation: Designation | None = None
    agent_fiscalises: bool = False
    agent_sign: Literal[1, 2, 4, 8, 16, 32, 64] = 4
    fee_kopecks: Kopecks | UnsetType = msgspec.field(default=UNSET, name="fee")
    unblocks: bool = False


class PaymentReversal(EventBase, tag="payment_reversal", frozen=True):
    """The bank took the whole payment back."""

    reversed_on: date = msgspec.field(name="date")
    payment: EventKey
    before_receipt: bool = False


class PaymentIdentification(EventBase, tag="payment_identification", frozen=True):
    """An unknown payer turned out to be the account."""

    identified_on: date = msgspec.field(name="date")
    payment: EventKey
    account: AccountId | UnsetType = UNSET


class CounterOffset(EventBase, tag="counter_offset", frozen=True):
    """A counter-claim of the subscriber set off against debts."""

    offset_on: date = msgspec.field(name="date")
    amount_kopecks: SignedKopecks = msgspec.field(name="amount")
    account: AccountId | UnsetType = UNSET
    designation: DebtDesignation | None = None


class Recalculation(EventBase, tag="recalculation", frozen=True):
    """A past charge changes, up or down. Code and due date are only for upward ones."""

    recalculated_on: date = msgspec.field(name="date")
    period: Period
    service: ServiceId
    amount_kopecks: SignedKopecks = msgspec.field(name="amount")
    account: AccountId | UnsetType = UNSET
    vat_code: VatCode | UnsetType = UNSET
    due_on: date | UnsetType = msgspec.field(default=UNSET, name="due_date")


class AdvanceRefund(EventBase, tag="advance_refund", frozen=True):
    """An unused advance returned; the date is the day the money was sent."""

    sent_on: date = msgspec.field(name="date")
    tenders: PaymentTenders
    account: AccountId | UnsetType = UNSET


class ServiceRefund(EventBase, tag="service_refund", frozen=True):
    """Money for a delivered service returned; the charge falls with it."""

    sent_on: date = msgspec.field(name="date")
    period: Period
    service: ServiceId
    tenders: PaymentTenders
    account: AccountId | UnsetType = UNSET


class AdvanceTransfer(EventBase, tag="advance_transfer", frozen=True):
    """An advance moved to another account, or set off against the account's own debts when both are the same."""

    transferred_on: date = msgspec.field(name="date")
    source: AccountId = msgspec.field(name="from")
    target: AccountId = msgspec.field(name="to")
    amount_kopecks: SignedKopecks = msgspec.field(name="amount")


class DebtName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A debt by what it is for."""

    period: Period
    service: ServiceId


class DebtWriteOff(EventBase, tag="debt_write_off", frozen=True):
    """Bad debt moved off balance; without ``debts`` all that is delivered."""

    written_off_on: date = msgspec.field(name="date")
    account: AccountId | UnsetType = UNSET
    debts: Annotated[tuple[DebtName, ...], msgspec.Meta(min_length=1)] | UnsetType = UNSET


class AdvanceWriteOff(EventBase, tag="advance_write_off", frozen=True):
    """An unclaimed advance taken into income; without an amount all of it."""

    written_off_on: date = msgspec.field(name="date")
    account: AccountId | UnsetType = UNSET
    amount_kopecks: SignedKopecks | UnsetType = msgspec.field(default=UNSET, name="amount")


Event = (
    Charge
    | PeriodClose
    | Payment
    | PaymentReversal
    | PaymentIdentification
    | CounterOffset
    | Recalculation
    | AdvanceRefund
    | ServiceRefund
    | AdvanceTransfer
    | DebtWriteOff
    | AdvanceWriteOff
)
"""What ``compute`` takes."""


class Restoration(EventBase, tag="restoration", frozen=True):
    """Documents that past events should have had are worked out by replaying them (receipt rules 6.3 [I])."""

    restored_on: date = msgspec.field(name="date")
    replay: Annotated[tuple[Event, ...], msgspec.Meta(min_length=1)]
    basis_document: BasisDocument | UnsetType = UNSET
    order: Order | UnsetType = UNSET


AnyEvent = Event | Restoration | DayTotalRestoration | ReceiptCorrection
"""Everything the case format knows; corrections are not computed by ``compute``."""
