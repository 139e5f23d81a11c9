"""A contract's month against what was promised: the worked example of office domain 3.21, and the edges of days."""

from datetime import date, timedelta

import pytest

from accounting.office.contracts import Contract, ContractLine
from accounting.office.periods import PeriodKind
from accounting.office.realisation import (
    ContractMonth,
    DueCase,
    Extra,
    Kept,
    MonthMoney,
    RequiredDocument,
    ToldBill,
    beyond_fee_of_month,
    lines_of_month,
    norm_of_month,
    realisation,
)

APRIL = date(2026, 4, 1)
END = date(2026, 4, 30)
AFTER = date(2026, 5, 6)
"""The third working day of May: when the month before is looked at."""
DUE = [3, 6, 15, 15, 27, 27, 27, 27, 27, 28, 28, 28]
"""Days of April that the golden company owes something on (office domain 5.4)."""


def april(day: int) -> date:
    return date(2026, 4, day)


def done(due: date, days_late: int = 0, target: date | None = None) -> DueCase:
    return DueCase(state="done", due=due, target=target, closed_on=due + timedelta(days=days_late))


EXAMPLE = ContractMonth(
    cases=(*(done(april(day)) for day in DUE[:-1]), done(april(DUE[-1]), 1)),
    extras=(Extra(minutes=40, price_kopecks=150_000), Extra(minutes=50, price_kopecks=150_000)),
    documents=(
        RequiredDocument(due=april(5), answered_on=april(4)),
        RequiredDocument(due=april(5), answered_on=april(7)),
    ),
    bills=tuple(ToldBill(due=april(day), confirmed_on=april(day - 1)) for day in (6, 15, 28)),
    spent_minutes=870,
    norm_minutes=960,
    money=MonthMoney(fee_kopecks=1_980_000, invoiced_kopecks=2_280_000, paid_kopecks=1_980_000),
)


def test_worked_example_of_april() -> None:
    row = realisation(EXAMPLE, AFTER)
    assert (row.planned, row.cases.in_time, row.cases.late, row.not_required) == (12, 11, 1, 0)
    assert row.cases.rate_bp == 9_167
    assert (row.extras, row.extra_minutes, row.extras_kopecks) == (2, 90, 300_000)
    assert (row.documents_complete_on, row.documents_late_days) == (april(7), 2)
    assert row.documents == Kept(in_time=1, late=1)
    assert row.bills == Kept(in_time=3)
    assert (row.spent_minutes, row.norm_minutes) == (14 * 60 + 30, 16 * 60)
    assert (row.fee_kopecks, row.agreed_kopecks, row.invoiced_kopecks) == (1_980_000, 2_280_000, 2_280_000)
    assert (row.paid_kopecks, row.debt_kopecks) == (1_980_000, 300_000)
    assert (row.cost_kopecks, row.margin_kopecks) == (None, None), "nobody said what it cost"


def test_margin_is_what_is_left_of_fee_and_extras() -> None:
    money = MonthMoney(fee_kopecks=1_980_000, beyond_fee_kopecks=50_000, cost_kopecks=1_726_234)
    row = realisation(ContractMonth(extras=(Extra(price_kopecks=150_000),), money=money), AFTER)
    assert (row.agreed_kopecks, row.margin_kopecks) == (2_180_000, 453_766)


def test_money_that_came_before_its_invoice_is_no_debt() -> None:
    assert realisation(ContractMonth(money=MonthMoney(paid_kopecks=500)), AFTER).debt_kopecks == -500


def test_month_in_which_nothing_is_due_has_no_rates_and_no_lateness() -> None:
    row = realisation(ContractMonth(), AFTER)
    assert row.planned == row.cases.all == row.bills.all == row.documents_late_days == 0
    assert (row.cases.rate_bp, row.targets.rate_bp, row.documents_complete_on) == (None, None, None)


def test_not_required_is_planned_but_in_no_rate_and_cancelled_is_neither() -> None:
    others = tuple(DueCase(state=state, due=april(15), closed_on=april(20)) for state in ("not_required", "cancelled"))
    row = realisation(ContractMonth(cases=(*(done(april(15)) for _ in range(5)), *others)), AFTER)
    assert (row.planned, row.not_required) == (6, 1)
    assert row.cases == Kept(in_time=5)
    assert row.cases.rate_bp == 10_000


def test_past_the_target_but_before_the_law_is_in_time_and_in_no_target_rate() -> None:
    row = realisation(ContractMonth(cases=(done(april(28), target=april(24)),)), AFTER)
    assert (row.cases, row.targets) == (Kept(in_time=1), Kept(late=1))


@pytest.mark.parametrize(
    ("today", "kept"), [(28, Kept(ahead=1)), (29, Kept(missed=1))], ids=["on its last day", "when that day is over"]
)
def test_open_case_is_missed_when_its_day_is_over_and_not_before(today: int, kept: Kept) -> None:
    month = ContractMonth(cases=(DueCase(state="review", due=april(28)),), bills=(ToldBill(due=april(28)),))
    row = realisation(month, april(today))
    assert (row.cases, row.targets, row.bills) == (kept, kept, kept)
    assert row.planned == 1


def test_case_of_a_later_day_that_is_done_already_is_in_time() -> None:
    assert realisation(ContractMonth(cases=(done(april(28), -10),)), april(20)).cases == Kept(in_time=1)


def test_rate_of_fewer_than_five_is_not_said() -> None:
    assert Kept(in_time=3, late=1).rate_bp is None
    assert Kept(in_time=3, late=1, ahead=1).rate_bp == 6_000


def test_documents_that_lack_one_are_not_complete_and_late_until_today() -> None:
    documents = (RequiredDocument(due=april(5), answered_on=april(4)), RequiredDocument(due=april(5)))
    row = realisation(ContractMonth(documents=documents), april(9))
    assert (row.documents_complete_on, row.documents_late_days) == (None, 4)
    assert row.documents == Kept(in_time=1, missed=1)
    assert realisation(ContractMonth(documents=documents), april(5)).documents_late_days == 0


def line(service: str, period: PeriodKind = PeriodKind.MONTH, **more: object) -> ContractLine:
    known: dict[str, object] = {"id": service, "service": service, "starts_on": date(2026, 1, 1), "period": period}
    return ContractLine(**known | more)  # type: ignore[arg-type]


def services(*lines: ContractLine, first: date = APRIL, last: date = END, ends_on: date | None = None) -> list[str]:
    contract = Contract(id="17", client="1", starts_on=date(2026, 1, 1), ends_on=ends_on, lines=lines)
    return [one.service for one in lines_of_month(contract, first, last)]


def test_line_counts_in_the_months_that_its_periods_end_in() -> None:
    lines = (line("books"), line("report", PeriodKind.QUARTER), line("act", months=frozenset({4})))
    assert services(*lines) == ["books", "act"]
    assert services(*lines, first=date(2026, 3, 1), last=date(2026, 3, 31)) == ["books", "report"]


def test_one_off_line_counts_in_the_month_that_it_begins_in() -> None:
    lines = (
        line("audit", PeriodKind.EVENT, starts_on=april(30)),
        line("set-up", PeriodKind.EVENT, starts_on=date(2026, 3, 31)),
    )
    assert services(*lines) == ["audit"]


def test_line_that_has_ended_or_whose_contract_has_counts_no_more() -> None:
    assert services(line("books", ends_on=april(29)), line("pay", ends_on=END)) == ["pay"]
    assert services(line("books"), ends_on=april(29)) == []


def test_line_of_another_price_from_a_day_on_counts_once() -> None:
    old, new = line("books", ends_on=april(14)), line("books", starts_on=april(15), price_kopecks=7)
    assert services(old, new) == ["books"]


def test_norm_and_sums_beyond_the_fee_go_by_quantity() -> None:
    lines = [line("books", price_kopecks=9), line("pay", quantity=4, price_kopecks=30_000, in_fee=False), line("own")]
    assert norm_of_month(lines, {"books": 600, "pay": 90}) == 960
    assert beyond_fee_of_month(lines) == 120_000
