"""What a contract promised for a month and what became of it: one row (office domain 3.21 [D]; rates: its section 9).

    planned         cases due in the month by law, by target where no law sets a day; without cancelled ones
    done in time    closed before 24:00 of that day; past the target alone is not late
    outside         work that the contract does not have: never planned, counted when it is done
    debt            what was invoiced and is not paid; below nought it was paid in advance

Kopecks, minutes, calendar days. Moments are turned into days by whoever asks, where the office is. What is not kept
(invoices, documents) is handed over as nothing and comes out as nothing, never as a guess.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import msgspec

from accounting.office.contracts import Contract, ContractLine, term_on
from accounting.office.periods import periods_of_year
from accounting.office.rounding import WHOLE_BP, half_up
from accounting.receipts.money import Kopecks

LEAST_FOR_RATE: Final = 5
"""Of fewer the count is shown and no percent (office domain 9)."""


class DueCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case of the contract. ``due``: the legal date, or the target where there is none."""

    state: str
    due: date
    target: date | None = None
    closed_on: date | None = None


class Extra(msgspec.Struct, frozen=True, kw_only=True):
    """Work outside of the contract that was done in the month."""

    minutes: int = 0
    price_kopecks: Kopecks = 0


class RequiredDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What the client sends by a day. ``answered_on``: it came, or the client said that there is nothing to send."""

    due: date
    answered_on: date | None = None


class ToldBill(msgspec.Struct, frozen=True, kw_only=True):
    """Taxes of a day that the client was to confirm, however many people were told."""

    due: date
    confirmed_on: date | None = None


class MonthMoney(msgspec.Struct, frozen=True, kw_only=True):
    """``beyond_fee_kopecks``: services of the contract itself that the fee does not hold."""

    fee_kopecks: Kopecks = 0
    beyond_fee_kopecks: Kopecks = 0
    invoiced_kopecks: Kopecks = 0
    paid_kopecks: Kopecks = 0
    cost_kopecks: Kopecks | None = None


class ContractMonth(msgspec.Struct, frozen=True, kw_only=True):
    """All that happened under a contract in a month. ``spent_minutes``: without the work outside of it."""

    cases: tuple[DueCase, ...] = ()
    extras: tuple[Extra, ...] = ()
    documents: tuple[RequiredDocument, ...] = ()
    bills: tuple[ToldBill, ...] = ()
    spent_minutes: int = 0
    norm_minutes: int = 0
    money: MonthMoney = MonthMoney()


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How days were kept. ``late``: done after them; ``missed``: they are past; ``ahead``: they are not over yet."""

    in_time: int = 0
    late: int = 0
    missed: int = 0
    ahead: int = 0

    @property
    def all(self) -> int:
        """However it went."""
        return self.in_time + self.late + self.missed + self.ahead

    @property
    def rate_bp(self) -> int | None:
        """In time of all, basis points; None of fewer than five."""
        return half_up(self.in_time * WHOLE_BP, self.all) if self.all >= LEAST_FOR_RATE else None


class Realisation(msgspec.Struct, frozen=True, kw_only=True):
    """A row. ``targets``: the same cases against the office's own days; ``documents_late_days``: of the last one."""

    cases: Kept
    targets: Kept
    not_required: int
    extras: int
    extra_minutes: int
    extras_kopecks: int
    documents: Kept
    documents_complete_on: date | None
    """None: one is missing, or none is required."""
    documents_late_days: int
    bills: Kept
    spent_minutes: int
    norm_minutes: int
    fee_kopecks: int
    beyond_fee_kopecks: int
    agreed_kopecks: int
    """Fee, services beside it and extras: what is to be invoiced."""
    invoiced_kopecks: int
    paid_kopecks: int
    debt_kopecks: int
    cost_kopecks: int | None
    margin_kopecks: int | None

    @property
    def planned(self) -> int:
        """Cases of the month, those that turned out not to be required too."""
        return self.cases.all + self.not_required


def realisation(month: ContractMonth, today: date) -> Realisation:
    """The row of a month as it looks on a day."""
    asked = [case for case in month.cases if case.state not in ("cancelled", "not_required")]
    complete_on, late_days = _documents(month.documents, today)
    money = month.money
    extras = sum(extra.price_kopecks for extra in month.extras)
    agreed = money.fee_kopecks + money.beyond_fee_kopecks + extras
    return Realisation(
        cases=_kept(((case.due, case.closed_on) for case in asked), today),
        targets=_kept(((case.target or case.due, case.closed_on) for case in asked), today),
        not_required=sum(case.state == "not_required" for case in month.cases),
        extras=len(month.extras),
        extra_minutes=sum(extra.minutes for extra in month.extras),
        extras_kopecks=extras,
        documents=_kept(((one.due, one.answered_on) for one in month.documents), today),
        documents_complete_on=complete_on,
        documents_late_days=late_days,
        bills=_kept(((bill.due, bill.confirmed_on) for bill in month.bills), today),
        spent_minutes=month.spent_minutes,
        norm_minutes=month.norm_minutes,
        fee_kopecks=money.fee_kopecks,
        beyond_fee_kopecks=money.beyond_fee_kopecks,
        agreed_kopecks=agreed,
        invoiced_kopecks=money.invoiced_kopecks,
        paid_kopecks=money.paid_kopecks,
        debt_kopecks=money.invoiced_kopecks - money.paid_kopecks,
        cost_kopecks=money.cost_kopecks,
        margin_kopecks=None if money.cost_kopecks is None else agreed - money.cost_kopecks,
    )


def _kept(days: Iterable[tuple[date, date | None]], today: date) -> Kept:
    """A day is kept until it ends (art. 6.1 item 8)."""
    counts = dict.fromkeys(("in_time", "late", "missed", "ahead"), 0)
    for due, done_on in days:
        if done_on is None:
            counts["missed" if due < today else "ahead"] += 1
        else:
            counts["in_time" if done_on <= due else "late"] += 1
    return Kept(**counts)


def _documents(documents: tuple[RequiredDocument, ...], today: date) -> tuple[date | None, int]:
    """When the last one came, and how many days the latest is late; one that is missing is late until today."""
    answers = [one.answered_on for one in documents if one.answered_on is not None]
    late = max((((one.answered_on or today) - one.due).days for one in documents), default=0)
    complete_on = max(answers) if answers and len(answers) == len(documents) else None
    return complete_on, max(late, 0)


def lines_of_month(contract: Contract, first: date, last: date) -> Iterable[ContractLine]:
    """Lines once for each of their periods that ends in the month, while line and contract hold; a one-off line in the
    month that it begins in.
    """
    for line in contract.lines:
        if line.is_one_off():
            ends = [line.starts_on]
        else:
            ends = [
                period.end
                for period in periods_of_year(line.period, first.year)
                if not line.months or period.end.month in line.months
            ]
        for end in ends:
            if first <= end <= last and line.holds_on(end) and term_on(contract, end):
                yield line


def norm_of_month(lines: Iterable[ContractLine], norms: Mapping[str, int]) -> int:
    """Minutes that the catalogue allows for lines. ``norms``: minutes a unit by service; one without has none."""
    return sum(norms.get(line.service, 0) * line.quantity for line in lines)


def beyond_fee_of_month(lines: Iterable[ContractLine]) -> int:
    """What lines cost that are not in the fee, kopecks."""
    return sum(line.price_kopecks * line.quantity for line in lines if not line.in_fee)
