"""Tables of the bulk computation: rows of int64, one after another in one ``array('q')``.

A row, and not a column, stands together: an account that works touches all fields of a few rows, which is one or two
cache lines and not a dozen. Amounts are kopecks, quantities and tariffs millionths, days ``date.toordinal()``, months
``12 * year + month - 1``, services places in the merchant's catalogue, accounts places in the table of accounts;
enumerations are their own values. -1 says that there is none. Rows are sorted by account. ``_rows.pxd`` repeats the
layout for the kernel; a test compares the two.
"""

from array import array
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, IntFlag
from typing import Final, Literal, TypeAlias

Rows: TypeAlias = "array[int]"
"""int64, type code q."""

ACCOUNT: Final = (
    "account", "marks", "penalty", "costs", "plan_service", "plan_price", "subscription", "bill_period", "contact",
)  # fmt: skip
"""``subscription``: a place among the subscriptions, -1 the whole catalogue; ``contact``: among the contacts."""

DEBT: Final = (
    "account", "service", "period", "due_on", "amount", "vat_code", "marks", "volume_quantity", "volume_price",
    "volume_measure",
)  # fmt: skip
"""Open debts of an account in their order, then those off balance."""

LOT: Final = ("account", "received_on", "amount", "vat_code", "method", "service", "exempt")

SETTLEMENT: Final = (
    "account", "service", "period", "amount", "vat_code", "form", "settled_on", "exempt", "lot_received_on",
    "lot_vat_code", "lot_method", "lot_service", "event",
)  # fmt: skip
"""``event``: the place of the event that made the row, -1 for rows that were given."""

BILL: Final = ("account", "service", "amount")
"""Lines of the last bill of an account, whose period stands with the account."""

EVENT: Final = (
    "account", "kind", "day", "time", "marks", "service", "period", "amount", "vat_code", "due_on", "cash",
    "card_present", "card_online", "bank_transfer", "contact", "volume", "agent_sign",
)  # fmt: skip
"""``service``, ``period`` of a payment: what the payer named. ``volume``: a place in the table of volumes."""

VOLUME: Final = ("quantity", "price", "measure")

RECEIPT: Final = (
    "account", "event", "sign", "total", "deadline", "at_settlement", "group", "shape", "body_start",
    "body_end",
)  # fmt: skip
"""``group``: a place in ``RuleTables.groups``. ``shape``: a hash of everything in the receipt but its amounts and its
contact; receipts of one shape pass the same control (shapes.py). The body is ``model.Receipt`` in MessagePack."""

PART: Final = (
    "account", "event", "target", "amount", "service", "period", "day", "vat_code", "marks", "method", "exempt",
    "volume_quantity", "volume_price", "volume_measure",
)  # fmt: skip
"""Where the money of a payment went: a part of a debt (``day``: due), or a new lot (``day``: received)."""

NOTE: Final = ("account", "event", "kind", "amount")
"""Money without a receipt of ours, receipts that an agent owes, anomalies."""

COMMON: Final = ("account", "service", "period", "amount", "vat_code")
"""Offsets of a close that the consolidated receipt shows, in the order of accounts and deliveries."""

CONSOLIDATED: Final = ("group", "part", "service", "period", "amount", "vat_code")
"""Lines of consolidated receipts, part by part; ``part`` counts inside its group from 0."""

LOWERED: Final = ("account", "settlement", "amount")
"""Given settlements, by their place in the table, and what is left of them; the last row of a place counts."""


class AccountMark(IntFlag):
    LEGAL_PAYER = 1
    MEMBER = 2


class DebtMark(IntFlag):
    DELIVERED = 1
    CREDITED = 2
    OFF_BALANCE = 4


class Kind(IntEnum):
    """Events that the kernel knows, in the order in which those of a day apply (receipt rules 3.6 [I])."""

    PAYMENT = 0
    CHARGE = 1
    RECALCULATION = 2
    ADVANCE_REFUND = 3


class EventMark(IntFlag):
    UNBLOCKS = 1
    AGENT_FISCALISES = 2
    PAYER_INDIVIDUAL = 4
    PAYER_LEGAL = 8
    FOR_ADVANCE = 16
    FOR_PENALTY = 32
    FOR_COSTS = 64
    NO_CONTACT = 128


EXEMPT: Final = (None, "legal_payer", "exempt_member")
FORMS: Final = ("cash", "noncash", "counter", "advance")
TARGETS: Final[tuple[Literal["debt", "off_balance", "costs", "penalty", "advance"], ...]] = (
    "debt",
    "off_balance",
    "costs",
    "penalty",
    "advance",
)


class NoteKind(IntEnum):
    PENALTY = 0
    COSTS = 1
    LEGAL_PAYER = 2
    EXEMPT_MEMBER = 3
    FOREIGN = 4
    MICRO_PAYMENT = 5
    WITHOUT_CONTACT = 6


@dataclass
class BookTables:
    """The ledgers of some accounts of one merchant. ``settlements`` may be left empty when no event looks at them."""

    accounts: Rows
    debts: Rows
    lots: Rows
    bills: Rows
    settlements: Rows


def rows() -> Rows:
    """A new empty table."""
    return array("q")


def day_of(number: int) -> date:
    """The day behind a number."""
    return date.fromordinal(number)


def number_of_period(period: str) -> int:
    """ "2026-10" -> 24321."""
    return int(period[:4]) * 12 + int(period[5:]) - 1


def period_of_number(number: int) -> str:
    """24321 -> "2026-10"."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
