"""Rows of what a computation answers, beside the new state itself."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

from accounting.receipts.codes import VatCode
from accounting.receipts.model import Receipt


class ComputedReceipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A receipt with what the server needs to register it in time and on the right register."""

    receipt: Receipt
    event_key: str
    account: str | None = None  # None: consolidated, or the payer is unknown
    consolidated: str | None = None  # the period
    part: str | None = None  # "2/3" when limits split one receipt
    deadline: date | None = None  # None: at the settlement itself
    at_settlement: bool = False
    register_group: str = ""


class AllocationRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where incoming money went."""

    event_key: str
    account: str | None
    target: Literal["debt", "off_balance", "costs", "penalty", "advance", "suspense"]
    amount_kopecks: int
    period: str | None = None
    service: str | None = None
    vat_code: VatCode | None = None


class UnfiscalisedRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Money without a receipt of ours; negative when it went back."""

    event_key: str
    account: str | None
    reason: str  # penalty, costs, legal_payer, exempt_member
    amount_kopecks: int


def split_parts(receipts: Iterable[ComputedReceipt]) -> int:
    """How many of them are parts of one that was split."""
    return sum(one.part is not None for one in receipts)


class ForeignReceipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A receipt that a payment agent must have made; for the agent we are the supplier."""

    event_key: str
    account: str | None
    amount_kopecks: int
    sign: int  # 1054
    agent_sign: int  # 1222
    supplier_inn: str | None  # 1226


class Anomaly(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something a person should look at; the receipt is made all the same."""

    rule: Literal["micro_payment_unlock", "internet_sale_without_contact"]
    event_key: str
    account: str | None
