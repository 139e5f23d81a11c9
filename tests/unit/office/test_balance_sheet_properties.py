"""Promises of the balance sheet whatever the balances are (office domain 8.2)."""

from hypothesis import given
from hypothesis import strategies as st

from accounting.office.balance_map import LineSide, shipped_map
from accounting.office.balance_sheet import BalanceSheet, balance_sheets
from accounting.office.trial_balance import Maturity, Side, TrialRow

TAKEN = sorted(
    {(part.account, part.side) for line in shipped_map().lines for part in line.accounts() if part.sign == 1}
    | {("02", Side.CREDIT), ("05", Side.CREDIT), ("14", Side.CREDIT), ("42", Side.CREDIT), ("59", Side.CREDIT)}
    | {("63", Side.CREDIT), ("81", Side.DEBIT), ("76.AV", Side.DEBIT), ("76.VA", Side.CREDIT)}
    | {("84", Side.DEBIT), ("90.02", Side.DEBIT), ("91.02", Side.DEBIT), ("99", Side.DEBIT), ("16", Side.CREDIT)}
    | {("60.01", Side.DEBIT), ("60.ADV_CAPEX", Side.DEBIT), ("04.RD", Side.DEBIT), ("76.05.1", Side.CREDIT)}
)
"""Accounts and sides that the map has a place for."""

rows = st.builds(
    lambda place, kopecks, maturity: TrialRow(
        account=place[0],
        debit_kopecks=kopecks if place[1] is Side.DEBIT else 0,
        credit_kopecks=kopecks if place[1] is Side.CREDIT else 0,
        maturity=maturity,
    ),
    st.sampled_from(TAKEN),
    st.integers(0, 10**12),
    st.sampled_from(Maturity),
)
years = st.sampled_from([2023, 2024, 2025, 2026])


def closed(some: list[TrialRow]) -> list[TrialRow]:
    """The rows with what makes debit equal to credit: money, or capital."""
    missing = sum(row.credit_kopecks - row.debit_kopecks for row in some)
    if missing >= 0:
        return [*some, TrialRow(account="51", debit_kopecks=missing)]
    return [*some, TrialRow(account="80", credit_kopecks=-missing)]


trials = st.lists(rows, max_size=40).map(closed)


def balance_by_account(some: list[TrialRow]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in some:
        sums[row.account] = sums.get(row.account, 0) + row.debit_kopecks - row.credit_kopecks
    return {account: kopecks for account, kopecks in sums.items() if kopecks}


def lines_by_account(sheet: BalanceSheet) -> dict[str, int]:
    """What lines that are no totals took, assets less liabilities."""
    sums: dict[str, int] = {}
    for line in sheet.lines:
        sign = {LineSide.ASSET: 1, LineSide.LIABILITY: -1, LineSide.TOTAL: 0}[line.side]
        for one in line.taken:
            sums[one.account] = sums.get(one.account, 0) + sign * one.kopecks
    return {account: kopecks for account, kopecks in sums.items() if kopecks}


def test_every_place_of_the_map_is_among_those_tried() -> None:
    for account, side in TAKEN:
        for maturity in Maturity:
            debit, credit = (700, 0) if side is Side.DEBIT else (0, 700)
            row = TrialRow(account=account, debit_kopecks=debit, credit_kopecks=credit, maturity=maturity)
            for year in (2024, 2025):
                assert lines_by_account(balance_sheets(closed([row]), year).full)[account] == debit - credit


@given(trials, years)
def test_totals_are_equal_to_the_kopeck(some: list[TrialRow], year: int) -> None:
    sheets = balance_sheets(some, year)
    for sheet in (sheets.full, sheets.simplified):
        assert sheet.line("1600").kopecks == sheet.line("1700").kopecks
    for code in ("1600", "1700"):
        assert sheets.full.line(code).thousands == sheets.simplified.line(code).thousands


@given(trials, years)
def test_every_balance_is_taken_exactly_once_by_either_form(some: list[TrialRow], year: int) -> None:
    sheets = balance_sheets(some, year)
    assert lines_by_account(sheets.full) == balance_by_account(some)
    assert lines_by_account(sheets.simplified) == balance_by_account(some)


@given(trials, years)
def test_rounding_never_differs_by_more_than_one_a_line(some: list[TrialRow], year: int) -> None:
    full = balance_sheets(some, year).full
    filled = [line for line in full.lines if line.side is not LineSide.TOTAL and line.kopecks]
    assert abs(full.rounding_difference) <= len(filled)
    for line in full.lines:
        assert abs(line.rounding_difference) <= (len(filled) if line.side is LineSide.TOTAL else 0)


@given(trials, years)
def test_each_line_is_the_sum_of_what_it_tells(some: list[TrialRow], year: int) -> None:
    sheets = balance_sheets(some, year)
    for sheet in (sheets.full, sheets.simplified):
        assert len({line.code for line in sheet.lines}) == len(sheet.lines)
        for line in sheet.lines:
            assert line.kopecks == sum(one.kopecks for one in line.taken)
            if line.joined:
                assert line.thousands == sum(one.thousands for one in line.joined)


@given(trials, years)
def test_order_and_grain_of_rows_mean_nothing(some: list[TrialRow], year: int) -> None:
    def values(of: list[TrialRow]) -> list[tuple[str, int]]:
        sheets = balance_sheets(of, year)
        return [(line.code, line.kopecks) for line in (*sheets.full.lines, *sheets.simplified.lines)]

    halves = [
        TrialRow(account=row.account, debit_kopecks=debit, credit_kopecks=credit, maturity=row.maturity)
        for row in reversed(some)
        for debit, credit in (
            (row.debit_kopecks // 2, row.credit_kopecks // 2),
            (row.debit_kopecks - row.debit_kopecks // 2, row.credit_kopecks - row.credit_kopecks // 2),
        )
    ]
    assert values(halves) == values(some)
