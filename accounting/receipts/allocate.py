"""How money meets what an account owes (receipt rules 4.1 [M] [I]; ГК ст. 319, 319.1; Rules 354 п. 118).

Order: what the payer named, court costs, debts, penalty; the rest is an advance. The allocation only says where money
goes; nothing is posted here.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Literal

import msgspec

from accounting.receipts.calendar import years_later
from accounting.receipts.catalogue import Catalogue
from accounting.receipts.events import DebtDesignation, Designation
from accounting.receipts.ledger import AccountState, Debt
from accounting.receipts.money import split
from accounting.receipts.policy import AllocationOrder, Policies, PostpaidMode

LIMITATION_YEARS = 3  # ГК ст. 196, 200

Target = Literal["debt", "off_balance", "costs", "penalty", "advance"]


class Part(msgspec.Struct, frozen=True, gc=False):
    """Where a part of the money goes. ``row``: the place in ``debts`` or ``off_balance``, -1 for other targets."""

    target: Target
    amount_kopecks: int
    row: int = -1


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """Money to place: kopecks, its settlement day, and what the payer named."""

    amount_kopecks: int
    on: date
    designation: Designation | DebtDesignation | None = None


Row = tuple[int, Debt]


class DebtBook:
    """The debts of one account as money sees them, with the merchant's rules."""

    def __init__(self, account: AccountState, policies: Policies, catalogue: Catalogue, on: date) -> None:
        self._account = account
        self._policies = policies
        self._catalogue = catalogue
        self._on = on

    def payable(self, *, delivered_only: bool) -> list[Row]:
        """Open debts in canonical order. Under ``credit_pair`` money meets no undelivered one (rules 3.5 a [I])."""
        skip = delivered_only or self._policies.postpaid_mode is PostpaidMode.CREDIT_PAIR
        rows = [(place, debt) for place, debt in enumerate(self._account.debts) if debt.delivered or not skip]
        if len(rows) > 1:
            rows.sort(key=lambda row: self._catalogue.debt_order(row[1]))
        return rows

    def written_off(self) -> list[Row]:
        """Debts off balance in canonical order."""
        rows = list(enumerate(self._account.off_balance))
        rows.sort(key=lambda row: self._catalogue.debt_order(row[1]))
        return rows

    def is_time_barred(self, debt: Debt) -> bool:
        """The money came later than three years after the due date (receipt rules 4.1 item 3 [M])."""
        return self._policies.skip_time_barred and self._on > years_later(debt.due_on, LIMITATION_YEARS)

    def groups(self, rows: list[Row]) -> Iterator[list[Row]]:
        """Debts in the groups that are paid one after another (receipt rules 4.1 [I], values of ``allocation``)."""
        match self._policies.allocation:
            case AllocationOrder.DESIGNATION_THEN_BILL_THEN_OLDEST:
                yield from _bills(rows)
            case AllocationOrder.OLDEST_FIRST:
                yield from by_due_date(rows)
            case AllocationOrder.BILL_PROPORTIONAL:
                yield rows
            case AllocationOrder.CURRENT_FIRST:
                dates = list(by_due_date(rows))
                yield from dates[-1:]
                yield from dates[:-1]
            case AllocationOrder.PRIORITY_LIST:
                for service in self._policies.allocation_priority:
                    yield from by_due_date([row for row in rows if row[1].service == service])
                yield from by_due_date(
                    [row for row in rows if row[1].service not in self._policies.allocation_priority]
                )


def by_due_date(rows: list[Row]) -> Iterator[list[Row]]:
    """Groups of one due date, earliest first; rows are in canonical order already."""
    for _, group in groupby(rows, key=lambda row: row[1].due_on):
        yield list(group)


def _bills(rows: list[Row]) -> Iterator[list[Row]]:
    bills: dict[str, list[Row]] = {}
    for row in rows:
        bills.setdefault(row[1].period, []).append(row)
    # Rows are ordered by due date, so the first row of a bill has its earliest one.
    for _, bill in sorted(bills.items(), key=lambda item: (item[1][0][1].due_on, item[0])):
        yield bill


class _Placing:
    """The money that is not placed yet, and the parts it went to."""

    def __init__(self, amount_kopecks: int) -> None:
        self.left = amount_kopecks
        self.parts: list[Part] = []

    def put(self, target: Target, owed_kopecks: int, row: int = -1) -> None:
        amount = min(self.left, owed_kopecks)
        if amount > 0:
            self.parts.append(Part(target, amount, row))
            self.left -= amount

    def pay_group(self, target: Target, group: Sequence[Row]) -> None:
        """Pay a group whole, or split what is left by the unpaid rests (receipt rules 4.2 [I])."""
        if self.left <= 0:
            return
        rests = [debt.amount_kopecks for _, debt in group]
        shares = split(self.left, rests) if self.left < sum(rests) else rests
        for (place, _), share in zip(group, shares, strict=True):
            self.put(target, share, place)


def _matches(debt: Debt, named: Designation | DebtDesignation) -> bool:
    return (named.period is None or debt.period == named.period) and (
        named.service is None or debt.service == named.service
    )


def allocate(account: AccountState, incoming: Incoming, policies: Policies, catalogue: Catalogue) -> list[Part]:
    """Parts of a payment, in the order in which they were placed; they add up to its amount."""
    placing = _Placing(incoming.amount_kopecks)
    named = incoming.designation
    purpose = named.purpose if isinstance(named, Designation) else None
    if purpose == "advance":
        placing.put("advance", placing.left)
        return placing.parts
    book = DebtBook(account, policies, catalogue, incoming.on)
    open_rows = book.payable(delivered_only=False)
    if purpose == "penalty":
        placing.put("penalty", account.penalty_kopecks)
    elif purpose is None and named is not None:
        _pay_named(placing, book, open_rows, named)
        if named.period is not None:
            for group in by_due_date([row for row in book.written_off() if _matches(row[1], named)]):
                placing.pay_group("off_balance", group)
    placing.put("costs", account.costs_kopecks)
    _pay_debts(placing, book, open_rows)
    if purpose != "penalty":
        placing.put("penalty", account.penalty_kopecks)
    placing.put("advance", placing.left)
    return placing.parts


def allocate_to_delivered(
    account: AccountState, incoming: Incoming, policies: Policies, catalogue: Catalogue
) -> list[Part]:
    """Parts of a counter-claim or of a moved advance: delivered debts only (receipt rules 3.5 h, k [I]).

    They may add up to less than the amount; the caller decides what becomes of the rest.
    """
    placing = _Placing(incoming.amount_kopecks)
    book = DebtBook(account, policies, catalogue, incoming.on)
    rows = book.payable(delivered_only=True)
    if incoming.designation is not None:
        _pay_named(placing, book, rows, incoming.designation)
    _pay_debts(placing, book, rows)
    return placing.parts


def _pay_named(placing: _Placing, book: DebtBook, rows: list[Row], named: Designation | DebtDesignation) -> None:
    # Only a designation of the period reaches debts that are time-barred.
    reached = [
        row for row in rows if _matches(row[1], named) and (named.period is not None or not book.is_time_barred(row[1]))
    ]
    for group in by_due_date(reached):
        placing.pay_group("debt", group)


def _pay_debts(placing: _Placing, book: DebtBook, rows: list[Row]) -> None:
    if placing.left <= 0:
        return
    paid = {part.row for part in placing.parts if part.target == "debt"}
    # Money is left, so whatever was named is paid in full.
    rest = [row for row in rows if row[0] not in paid and not book.is_time_barred(row[1])]
    for group in book.groups(rest):
        placing.pay_group("debt", group)
