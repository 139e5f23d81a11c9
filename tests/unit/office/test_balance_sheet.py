"""The worked example of office domain 8.3, number by number, and each rule of 8.2."""

import pytest

from accounting.office.balance_map import Form, LineSide, Standard
from accounting.office.balance_sheet import BalanceSheet, balance_sheets
from accounting.office.obligation_templates import Certainty
from accounting.office.trial_balance import Maturity, SheetRefused, Side, TrialRow
from tests.unit.office.trial_balances import WORKED, changed_map, story, trial_rows


def values(sheet: BalanceSheet) -> dict[str, int]:
    return {line.code: line.thousands for line in sheet.lines if line.thousands}


def long_rows(thousands: dict[str, tuple[int, int]]) -> list[TrialRow]:
    return trial_rows(thousands, Maturity.LONG)


def test_worked_example_in_full() -> None:
    full = balance_sheets(trial_rows(WORKED), 2025).full
    assert (full.form, full.standard) == (Form.FULL, Standard.FSBU_4)
    assert values(full) == {
        "1110": 80, "1150": 600, "1100": 680,
        "1210": 570, "1220": 10, "1230": 560, "1250": 530, "1200": 1670, "1600": 2350,
        "1310": 10, "1370": 1420, "1300": 1430,
        "1510": 200, "1520": 660, "1540": 60, "1500": 920, "1700": 2350,
    }  # fmt: skip
    assert full.rounding_difference == 0


def test_worked_example_simplified() -> None:
    simplified = balance_sheets(trial_rows(WORKED), 2025).simplified
    assert values(simplified) == {
        "1150": 600, "1110": 80, "1210": 570, "1250": 530, "1230": 570, "1600": 2350,
        "1300": 1430, "1510": 200, "1520": 660, "1540": 60, "1700": 2350,
    }  # fmt: skip
    assert simplified.line("1110").map_code == "1170"
    assert simplified.line("1540").map_code == "1550"


def test_worked_example_is_the_same_by_order_66n() -> None:
    old, new = (balance_sheets(trial_rows(WORKED), year) for year in (2024, 2025))
    assert old.full.standard is Standard.ORDER_66N
    assert values(old.full) == values(new.full)
    assert values(old.simplified) == values(new.simplified)


def test_each_line_says_which_accounts_gave_it_what() -> None:
    sheets = balance_sheets(trial_rows(WORKED), 2025)
    assert story(sheets.full.line("1110")) == [("04", 120), ("05", -40)]
    assert story(sheets.full.line("1150")) == [("01", 900), ("02.01", -300)]
    assert story(sheets.full.line("1210")) == [("10", 150), ("41", 400), ("97", 20)]
    assert story(sheets.full.line("1230")) == [("60", 90), ("62", 420), ("68", 15), ("71", 5), ("76", 30)]
    assert story(sheets.full.line("1520")) == [
        ("60", 350), ("62", 60), ("68", 85), ("69", 45), ("70", 110), ("76", 20), ("76.АВ", -10)
    ]  # fmt: skip
    other = sheets.simplified.line("1230")
    assert [(one.code, one.thousands) for one in other.joined] == [("1220", 10), ("1230", 560)]
    assert story(other) == [("19", 10), ("60", 90), ("62", 420), ("68", 15), ("71", 5), ("76", 30)]
    assert {one.side for one in sheets.full.line("1520").taken} == {Side.CREDIT, Side.DEBIT}


def test_without_the_correction_for_vat_both_sides_are_2360() -> None:
    gross = changed_map("-D(76.AV)", "")
    sheets = balance_sheets(trial_rows(WORKED), 2025, gross)
    for sheet in (sheets.full, sheets.simplified):
        assert (sheet.line("1600").thousands, sheet.line("1700").thousands) == (2360, 2360)


def test_netting_account_62_would_balance_too_at_2290() -> None:
    sheets = balance_sheets(trial_rows({**WORKED, "62": (360, 0)}), 2025)
    for sheet in (sheets.full, sheets.simplified):
        assert (sheet.line("1600").thousands, sheet.line("1700").thousands) == (2290, 2290)


def test_debts_and_advances_of_one_account_are_never_netted() -> None:
    pairs = [
        *trial_rows({"62": (420, 0)}),
        *trial_rows({"62": (0, 60)}),
        *trial_rows({account: sums for account, sums in WORKED.items() if account != "62"}),
    ]
    assert values(balance_sheets(pairs, 2025).full) == values(balance_sheets(trial_rows(WORKED), 2025).full)


def test_vat_of_advances_given_is_taken_off_both_sides() -> None:
    full = balance_sheets(trial_rows({"60.02": (120, 0), "76.ВА": (0, 20), "51": (5, 0), "80": (0, 105)}), 2025).full
    assert values(full) == {"1230": 100, "1250": 5, "1200": 105, "1600": 105, "1310": 105, "1300": 105, "1700": 105}


@pytest.mark.parametrize("account", ["76.АВ", "76.ав", "76.AV", "76.AB", "76.АВ.1"])
def test_account_of_vat_on_advances_is_known_in_either_alphabet(account: str) -> None:
    rows = trial_rows({"62.02": (0, 60), account: (10, 0), "51": (50, 0)})
    assert balance_sheets(rows, 2025).full.line("1520").thousands == 50


@pytest.mark.parametrize(
    ("account", "code"), [("50", "1250"), ("50.3", "1260"), ("50.03.1", "1260"), ("50.031", "1250")]
)
def test_sub_accounts_go_with_their_account_and_no_other(account: str, code: str) -> None:
    assert balance_sheets(trial_rows({account: (7, 0), "80": (0, 7)}), 2025).full.line(code).thousands == 7


def test_largest_of_joined_lines_is_so_whatever_its_sign() -> None:
    rows = [*long_rows({"59": (0, 9)}), *trial_rows({"09": (3, 0), "51": (6, 0)})]
    assert balance_sheets(rows, 2025).simplified.line("1170").printed == "(6)"


def test_lines_are_rounded_at_the_end_and_totals_add_rounded_lines() -> None:
    rows = [
        TrialRow(account="10", debit_kopecks=140_000),
        TrialRow(account="19", debit_kopecks=140_000),
        TrialRow(account="51", debit_kopecks=140_000),
        TrialRow(account="80", credit_kopecks=420_000),
    ]
    full = balance_sheets(rows, 2025).full
    assert values(full) == {"1210": 1, "1220": 1, "1250": 1, "1200": 3, "1600": 3, "1310": 4, "1300": 4, "1700": 4}
    assert full.rounding_difference == -1
    assert full.line("1600").rounding_difference == -1
    assert full.line("1600").kopecks == full.line("1700").kopecks == 420_000
    assert full.line("1210").rounding_difference == 0


def test_accounts_of_a_line_are_added_before_rounding() -> None:
    rows = [
        TrialRow(account="10", debit_kopecks=40_000),
        TrialRow(account="41", debit_kopecks=40_000),
        TrialRow(account="80", credit_kopecks=80_000),
    ]
    assert balance_sheets(rows, 2025).full.line("1210").thousands == 1


def test_half_a_thousand_is_rounded_away_from_nought() -> None:
    rows = [TrialRow(account="51", debit_kopecks=250_000), TrialRow(account="84", credit_kopecks=250_000)]
    assert balance_sheets(rows, 2025).full.line("1250").thousands == 3
    loss = [TrialRow(account="84", debit_kopecks=250_000), TrialRow(account="60", credit_kopecks=250_000)]
    assert balance_sheets(loss, 2025).full.line("1370").thousands == -3


def test_negative_lines_are_printed_in_brackets() -> None:
    full = balance_sheets(trial_rows({"81": (30, 0), "84": (70, 0), "60": (0, 100)}), 2025).full
    assert [full.line(code).printed for code in ("1320", "1370", "1300", "1520", "1600")] == [
        "(30)", "(70)", "(100)", "100", "-"
    ]  # fmt: skip
    assert full.line("1700").thousands == 0


def test_account_that_no_line_takes_is_named_with_side_and_amount() -> None:
    with pytest.raises(SheetRefused) as refused:
        balance_sheets(trial_rows({"79": (40, 0), "80": (5, 0), "51": (0, 45)}), 2025)
    assert [(one.account, one.reason) for one in refused.value.mistakes] == [
        ("79", "Счёт 79: дебетовое сальдо 40 000,00 ₽ не попадает ни в одну строку."),
        ("80", "Счёт 80: дебетовое сальдо 5 000,00 ₽ не попадает ни в одну строку."),
        ("51", "Счёт 51: кредитовое сальдо 45 000,00 ₽ не попадает ни в одну строку."),
    ]


def test_account_without_a_balance_needs_no_line() -> None:
    sheets = balance_sheets(trial_rows({"79": (0, 0), **WORKED}), 2025)
    assert sheets.full.line("1600").thousands == 2350


def test_account_that_two_lines_take_is_named_with_both() -> None:
    with pytest.raises(
        SheetRefused, match=r"^Счёт 19: дебетовое сальдо 10 000,00 ₽ взято не один раз, строки 1220, 1260"
    ):
        balance_sheets(trial_rows(WORKED), 2025, changed_map("D(94)+", "D(94)+D(19)+"))


def test_totals_that_leave_a_line_out_are_refused() -> None:
    short = changed_map('"SUM(1210,1215,1220,', '"SUM(1210,1215,')
    with pytest.raises(SheetRefused) as refused:
        balance_sheets(trial_rows(WORKED), 2025, short)
    assert [one.reason for one in refused.value.mistakes] == [
        "Строка 1600 — 2 340 000,00 ₽, строка 1700 — 2 350 000,00 ₽: итоги не складывают все строки."
    ]


@pytest.mark.parametrize(
    ("account", "short", "long"),
    [
        ("58", "1240", "1170"), ("55.03", "1240", "1170"), ("73.01", "1240", "1170"), ("97", "1210", "1190"),
        ("60.ADV_CAPEX", "1230", "1190"),
    ],
)  # fmt: skip
def test_assets_go_by_maturity(account: str, short: str, long: str) -> None:
    for rows, code in ((trial_rows, short), (long_rows, long)):
        full = balance_sheets([*rows({account: (7, 0)}), *trial_rows({"80": (0, 7)})], 2025).full
        assert {line.code for line in full.lines if line.side is LineSide.ASSET and line.thousands} == {code}


@pytest.mark.parametrize(
    ("account", "short", "long"),
    [("67", "1510", "1410"), ("96", "1540", "1430"), ("86", "1530", "1450"), ("76", "1520", "1450")],
)
def test_liabilities_go_by_maturity(account: str, short: str, long: str) -> None:
    for rows, code in ((trial_rows, short), (long_rows, long)):
        full = balance_sheets([*rows({account: (0, 7)}), *trial_rows({"51": (7, 0)})], 2025).full
        assert {line.code for line in full.lines if line.side is LineSide.LIABILITY and line.thousands} == {code}


def test_years_until_2024_have_other_lines() -> None:
    rows = trial_rows({"04.RD": (5, 0), "04.GW": (9, 0), "04.01": (2, 0), "41.DAP": (3, 0), "80": (0, 19)})
    old, new = (balance_sheets(rows, year).full for year in (2024, 2025))
    assert {line.code: line.thousands for line in old.lines if line.side is LineSide.ASSET and line.taken} == {
        "1110": 11, "1120": 5, "1210": 3
    }  # fmt: skip
    assert {line.code: line.thousands for line in new.lines if line.side is LineSide.ASSET and line.taken} == {
        "1110": 7, "1105": 9, "1215": 3
    }  # fmt: skip
    assert (old.line("1160").name_en, new.line("1160").name_en) == (
        "Income-bearing investments in tangible assets",
        "Investment property",
    )


def test_interim_sheet_adds_results_that_are_not_closed() -> None:
    rows = trial_rows({"90.01": (0, 100), "90.02": (60, 0), "91.02": (5, 0), "99": (0, 8), "84": (3, 0), "51": (40, 0)})
    assert balance_sheets(rows, 2025).full.line("1370").thousands == 40


def test_joined_line_keeps_its_code_unless_another_is_larger() -> None:
    rows = trial_rows({"09": (5, 0), "04": (5, 0), "08.05": (1, 0), "80": (0, 11)})
    assert balance_sheets(rows, 2025).simplified.line("1110").thousands == 11
    equal = trial_rows({"19": (5, 0), "71": (5, 0), "80": (0, 10)})
    assert balance_sheets(equal, 2025).simplified.line("1230").thousands == 10


def test_lines_that_are_not_certain_are_named_once_they_have_a_value() -> None:
    sheets = balance_sheets(trial_rows({"04.GW": (9, 0), "10": (1, 0), "80": (0, 10)}), 2025)
    assert [(line.code, line.certainty) for line in sheets.full.unconfirmed()] == [("1105", Certainty.LOW)]
    assert [(line.code, line.certainty) for line in sheets.simplified.unconfirmed()] == [("1105", Certainty.LOW)]
    assert "ФСБУ 4/2023" in sheets.full.line("1105").source
