"""What a computation answers, whichever engine made it."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from accounting.receipts.books import HeldPayment, PaymentRecord, PendingRefund, SuspenseLot
from accounting.receipts.errors import EventError
from accounting.receipts.ledger import AccountState, Settlement
from accounting.receipts.outcome import AllocationRow, Anomaly, ComputedReceipt, ForeignReceipt, UnfiscalisedRow


class Engine(StrEnum):
    """Who computes. Both answer the same to the kopeck; they differ in speed and in how they can be read.

    ``kernel`` is the compiled bulk computation (decision 7), and the reference for what that declines; ``reference``
    the plain rules alone; ``auto`` the kernel when it was built and there are enough events for it.
    """

    AUTO = "auto"
    KERNEL = "kernel"
    REFERENCE = "reference"


class EngineUse(msgspec.Struct, frozen=True):
    """Who computed which event: keys of those that the kernel did, and of the others the reason why it did not."""

    kernel: tuple[str, ...] = ()
    reference: Mapping[str, str] = {}


class AccountSettlement(msgspec.Struct, frozen=True, gc=False):
    """A settlement row with its account."""

    account: str
    settlement: Settlement


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a computation answers.

    ``accounts``: only those that changed, each whole. ``settlements``: rows that the new states have and the given ones
    had not. ``suspense``, ``held``, ``pending_refunds``, ``closed_periods``: new state, whole. ``payments``: what each
    payment of this computation did, and the given ones that were reversed, by event key; keep them while the bank may
    still take the money back. ``processed_keys``: keys of the events that were applied. ``engines``: empty when the
    reference alone was asked.
    """

    receipts: list[ComputedReceipt]
    accounts: dict[str, AccountState]
    settlements: list[AccountSettlement]
    allocation: list[AllocationRow]
    unfiscalised: list[UnfiscalisedRow]
    expected_foreign_receipts: list[ForeignReceipt]
    withdrawn: list[str]
    duplicates: list[str]
    errors: list[EventError]
    anomalies: list[Anomaly]
    suspense: tuple[SuspenseLot, ...]
    held: tuple[HeldPayment, ...]
    pending_refunds: tuple[PendingRefund, ...]
    closed_periods: frozenset[str]
    payments: dict[str, PaymentRecord]
    processed_keys: frozenset[str]
    engines: EngineUse = EngineUse()


def new_settlements(before: Mapping[str, AccountState], changed: Mapping[str, AccountState]) -> list[AccountSettlement]:
    """Rows of the new states that the given ones had not; a lowered row counts as new."""
    found: list[AccountSettlement] = []
    for key, account in changed.items():
        known, after = before[key].settlements, account.settlements
        if after[: len(known)] == known:
            found.extend(AccountSettlement(key, row) for row in after[len(known) :])
            continue
        old = {id(row) for row in known}
        found.extend(AccountSettlement(key, row) for row in after if id(row) not in old)
    return found
