"""What is read from a file: its lines with their outcomes, and how its totals agree."""

from datetime import date
from enum import StrEnum
from typing import Literal

import msgspec

from accounting.receipts.ledger import PayerKind
from accounting.reconciliation.incoming.findings import FileRefusal, Finding, say
from accounting.reconciliation.incoming.limits import MAX_NAME_CHARS
from accounting.reconciliation.incoming.packed import Packed

FileKind = Literal["statement", "register"]
Way = Literal["bank_transfer", "card_online", "card_present", "cash"]


class Outcome(StrEnum):
    """What a line turned out to be."""

    PAYMENT = "payment"
    DUPLICATE = "duplicate"  # of a line of this file, or of one imported before
    REJECTED = "rejected"  # a person has to look
    SKIPPED = "skipped"  # money, but no payment of a subscriber


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One movement of money. Amounts in kopecks; what could not be read is None or empty.

    ``number``: its line in the file (of a statement the document's first), or its row in a spreadsheet. ``key``: the
    event key, the same for the same payment in whichever file it comes. ``accounts``: what may be the subscriber's
    account, most certain first. ``evidence``: the words of the purpose in which account and period were found.
    """

    number: int
    outcome: Outcome
    code: Finding | None = None
    field: str = ""
    value: str = ""
    key: str = ""
    paid_on: date | None = None
    time: str = ""
    amount_kopecks: int | None = None
    fee_kopecks: int | None = None
    net_kopecks: int | None = None
    way: Way = "bank_transfer"
    accounts: tuple[str, ...] = ()
    period: str | None = None
    document: str = ""
    payer: str = ""
    payer_kind: PayerKind = "individual"
    purpose: str = ""
    evidence: tuple[str, ...] = ()

    def reason(self) -> str:
        """Why it is no payment, in words; empty for a payment."""
        if self.code is None:
            return ""
        return say(self.code, field=self.field, value=self.value, most=MAX_NAME_CHARS)


class TotalCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One total that the file states, beside what its lines add up to. A count, or kopecks."""

    name: str
    stated: int
    counted: int
    account: str = ""

    @property
    def agrees(self) -> bool:
        """To the kopeck: there is no tolerance (reconciliation reference 3)."""
        return self.stated == self.counted


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """The payment order by which the bank hands over what a register lists: the link to the statement."""

    number: str
    ordered_on: date | None = None

    def text(self) -> str:
        """For people and for comparing: ``512 / 2026-11-17``."""
        return f"{self.number} / {self.ordered_on}" if self.ordered_on else self.number


class ReceivedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was read. With ``refusals`` nothing of it may be taken."""

    kind: FileKind
    adapter: str
    channel: str
    lines: Packed[Line] = msgspec.field(default_factory=lambda: Packed(Line))
    totals: tuple[TotalCheck, ...] = ()
    refusals: tuple[FileRefusal, ...] = ()
    accounts: tuple[str, ...] = ()
    """The settlement accounts that a statement is of."""
    payout: Payout | None = None
    encoding: str = ""
