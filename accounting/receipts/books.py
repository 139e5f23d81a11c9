"""What the computation is given: the merchant's rules and the state of its books.

Everything here is read only: a computation makes new rows and new accounts beside the old ones.
"""

from collections.abc import Mapping, Set
from datetime import date

import msgspec

from accounting.receipts.catalogue import Service
from accounting.receipts.codes import FfdVersion, SettlementMethod, TaxationSystem, VatCode
from accounting.receipts.events import Payment
from accounting.receipts.ledger import AccountState, AdvanceLot, Debt, ExemptMark, Settlement
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.policy import Policies
from accounting.working_days import CalendarRules


class MerchantRules(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about the merchant that decides what its receipts look like."""

    services: tuple[Service, ...]  # in canonical order
    inn: str | None = None
    email: str | None = None
    taxation: TaxationSystem = TaxationSystem.GENERAL
    ffd: FfdVersion = FfdVersion.FFD_1_2
    exempt_noncash_members: bool = False  # receipt rules 3.1 item 4
    policies: Policies = Policies()
    calendar: CalendarRules = CalendarRules()

    def __post_init__(self) -> None:
        ids = [service.id for service in self.services]
        if not ids or len(set(ids)) != len(ids):
            raise ValueError("services must be given, each id once")


class SuspenseLot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An advance of an unknown payer."""

    payment: str  # event key
    received_on: date
    amount_kopecks: int
    vat_code: VatCode  # calculated
    exempt: ExemptMark | None = None


class HeldPayment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A transfer of an unknown payer that waits for its deadline without a receipt (``hold_until_deadline``)."""

    payment: Payment
    paid_on: date
    deadline: date


class PendingRefund(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An advance already returned that waits for the consolidated return of its period."""

    event_key: str
    account: str
    sent_on: date
    amount_kopecks: int
    vat_code: VatCode  # calculated
    lot_received_on: date
    method: SettlementMethod = SettlementMethod.ADVANCE
    service: str | None = None


class PaymentRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a payment did to the books: enough to take it back whole (receipt rules 3.5 j [I]).

    Debts and lots hold the payment's own part as their amount. ``withheld`` is the money that got no receipt of ours,
    by reason.
    """

    key: str
    account: str | None
    paid_on: date
    amount_kopecks: int
    debts: tuple[Debt, ...] = ()
    off_balance: tuple[Debt, ...] = ()
    costs_kopecks: int = 0
    penalty_kopecks: int = 0
    lots: tuple[AdvanceLot, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    suspended: bool = False
    agent_sign: int | None = None  # the agent fiscalised it
    withheld: tuple[tuple[str, int], ...] = ()
    reversed: bool = False


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """State of the merchant for one computation. Only what the events touch has to be there.

    An account's settlements may be left out when no event refunds, recalculates or reverses anything of it: new rows
    come back in ``Outcome.settlements`` in any case.

    ``accounts``: in the order of work at a month close; a close needs all of them. ``processed_keys``: keys whose
    events are duplicates. ``payments`` and ``issued``: earlier payments, and the receipts made for them, that the
    events reverse; both by event key.
    """

    accounts: Mapping[str, AccountState] = {}
    suspense: tuple[SuspenseLot, ...] = ()
    held: tuple[HeldPayment, ...] = ()
    pending_refunds: tuple[PendingRefund, ...] = ()
    closed_periods: Set[str] = frozenset()
    processed_keys: Set[str] = frozenset()
    payments: Mapping[str, PaymentRecord] = {}
    issued: Mapping[str, tuple[ComputedReceipt, ...]] = {}
