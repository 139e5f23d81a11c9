"""What a trial balance must be before a balance sheet is made of it (office domain 8.2)."""

import pytest

from accounting.office.mistakes import BadText
from accounting.office.trial_balance import Maturity, SheetRefused, Side, TrialRow, account_code, read_balances
from accounting.receipts.wording import in_language, languages
from tests.unit.office.trial_balances import WORKED, trial_rows


def refusals(rows: list[TrialRow]) -> list[tuple[str, str]]:
    with pytest.raises(SheetRefused) as refused:
        read_balances(rows)
    return [(one.account, one.reason) for one in refused.value.mistakes]


def test_worked_example_has_2700_on_both_sides() -> None:
    balances = read_balances(trial_rows(WORKED))
    for side in Side:
        assert sum(one.kopecks for one in balances if one.side is side) == 270_000_000


def test_rows_of_an_account_are_added_by_side_and_maturity() -> None:
    rows = [
        TrialRow(account="60", debit_kopecks=1),
        TrialRow(account="60", debit_kopecks=2, credit_kopecks=6),
        TrialRow(account="60", debit_kopecks=3, maturity=Maturity.LONG),
    ]
    assert [(one.side, one.maturity, one.kopecks) for one in read_balances(rows)] == [
        (Side.DEBIT, Maturity.SHORT, 3),
        (Side.CREDIT, Maturity.SHORT, 6),
        (Side.DEBIT, Maturity.LONG, 3),
    ]


def test_debit_that_differs_from_credit_is_refused_with_both_sums() -> None:
    assert refusals(
        [TrialRow(account="51", debit_kopecks=100_050), TrialRow(account="80", credit_kopecks=100_000)]
    ) == [("", "Дебет 1 000,50 ₽ не равен кредиту 1 000,00 ₽: разница 0,50 ₽.")]


def test_negative_balance_is_refused_with_its_account() -> None:
    assert refusals([TrialRow(account="62.01", debit_kopecks=-500), TrialRow(account="80", credit_kopecks=-500)]) == [
        ("62.01", "Счёт 62.01: сальдо -5,00 ₽ отрицательное; запишите его на другой стороне."),
        ("80", "Счёт 80: сальдо -5,00 ₽ отрицательное; запишите его на другой стороне."),
    ]


def test_all_that_is_wrong_is_named_at_once() -> None:
    rows = [TrialRow(account="001", debit_kopecks=5), TrialRow(account="80", credit_kopecks=-5)]
    assert [account for account, _ in refusals(rows)] == ["001", "80", ""]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("60", "60"), (" 60.01 ", "60.01"), ("50.3", "50.03"), ("90.01.1", "90.01.01"), ("76.ВА", "76.VA"),
        ("76.BA", "76.VA"), ("76.ав.01", "76.AV.01"), ("76.Н", "76.Н"), ("62.АВ", "62.АВ"),
    ],
)  # fmt: skip
def test_accounts_are_read_as_ledgers_write_them(written: str, code: str) -> None:
    assert account_code(written) == code


@pytest.mark.parametrize("written", ["", "6", "001", "НЕ.01", "60.", "60-01", "60 01", "60..01"])
def test_what_is_no_balance_account_is_refused(written: str) -> None:
    with pytest.raises(BadText) as refused:
        account_code(written)
    assert f"«{written}»" in refused.value.reason()


def test_refusals_are_said_in_the_language_of_the_call() -> None:
    said = set()
    for language in languages():
        with in_language(language):
            said.add(refusals([TrialRow(account="51", debit_kopecks=1)])[0][1])
    assert len(said) == len(languages())
