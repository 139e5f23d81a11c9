"""The map of the balance sheet and its expressions: what is broken is named with its place (office domain 8.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.office.balance_expressions import OfAccount, OfLine, parse_expression
from accounting.office.balance_map import COLUMNS, Form, Standard, read_map, shipped_map, standard_of
from accounting.office.mistakes import BadText, PackRefused
from accounting.office.trial_balance import Maturity, Side
from tests.unit.office.trial_balances import MAP_FILE, map_text


def refusals(old: str, new: str) -> list[str]:
    text = map_text()
    assert old in text
    with pytest.raises(PackRefused) as refused:
        read_map(MAP_FILE, text.replace(old, new, 1))
    return [f"{one.column}:{one.character} {one.reason}" for one in refused.value.mistakes]


def test_every_function_of_the_language_is_read() -> None:
    assert parse_expression("D(60)-C(62.01)+DL(58) + DS(58)-CL(67)+CS(67)") == (
        OfAccount(1, "60", Side.DEBIT),
        OfAccount(-1, "62.01", Side.CREDIT),
        OfAccount(1, "58", Side.DEBIT, Maturity.LONG),
        OfAccount(1, "58", Side.DEBIT, Maturity.SHORT),
        OfAccount(-1, "67", Side.CREDIT, Maturity.LONG),
        OfAccount(1, "67", Side.CREDIT, Maturity.SHORT),
    )
    assert parse_expression("-N(16)") == (OfAccount(-1, "16", Side.DEBIT), OfAccount(1, "16", Side.CREDIT))
    assert parse_expression("L(1150)-L(1160)") == (OfLine(1, "1150", True), OfLine(-1, "1160", True))
    assert parse_expression("SUM(1100, 1200)") == (OfLine(1, "1100", False), OfLine(1, "1200", False))
    assert parse_expression("0") == ()


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0), ("D(60", 0), ("D(60)C(60)", 5), ("D(60)+", 5), ("D(60)+X(60)", 5), ("D(60)+D(6)", 8), ("D()", 2),
        ("L(115)", 2), ("SUM(1100,)", 4), ("SUM()", 4), ("NL(16)", 0), ("D(60)*2", 5), ("00", 1),
    ],
)  # fmt: skip
def test_broken_expression_is_refused_at_its_place(text: str, position: int) -> None:
    with pytest.raises(BadText) as refused:
        parse_expression(text)
    assert refused.value.position == position
    assert refused.value.reason()


@given(
    st.lists(st.sampled_from([*"+-() ,0", "D", "C", "N", "DL", "CS", "L", "SUM", "60", "76.AV", "1100"]), max_size=12)
)
def test_any_text_is_read_or_refused_with_a_place_in_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        parse_expression(text)
    except BadText as bad:
        refused = bad
    else:
        return
    assert 0 <= refused.position <= len(text)
    assert refused.reason()


def test_shipped_map_has_both_forms_of_both_standards_and_says_where_each_line_is_from() -> None:
    rules = shipped_map()
    counts = {(form, standard): len(rules.of(form, standard)) for form in Form for standard in Standard}
    assert counts == {
        (Form.FULL, Standard.ORDER_66N): 35, (Form.FULL, Standard.FSBU_4): 36,
        (Form.SIMPLIFIED, Standard.ORDER_66N): 13, (Form.SIMPLIFIED, Standard.FSBU_4): 13,
    }  # fmt: skip
    assert all(line.source and line.name and line.name_en for line in rules.lines)


def test_standard_changes_with_the_reporting_year_2025() -> None:
    assert [standard_of(year) for year in (2019, 2024, 2025, 2030)] == [
        Standard.ORDER_66N, Standard.ORDER_66N, Standard.FSBU_4, Standard.FSBU_4
    ]  # fmt: skip


def test_mistake_of_a_map_is_named_with_line_column_and_character() -> None:
    text = map_text().replace("D(09)", "D(09)+Q(1)")
    with pytest.raises(PackRefused) as refused:
        read_map(MAP_FILE, text)
    (mistake,) = [one for one in refused.value.mistakes if "Непонятно" in one.reason]
    line = text.splitlines()[mistake.line - 1]
    assert "Q(1)" in line
    assert (mistake.file, mistake.column, mistake.character) == (MAP_FILE, "expression", 6)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("D(94)+", "L(1220)+", "expression:1 Полная форма берёт счета, упрощённая — строки L(), итог — только SUM()"),
        ("L(1150)+L(1160)", "D(01)", "expression:1 Полная форма берёт счета, упрощённая — строки L(), итог"),
        ('"SUM(1100,1200)"', "D(01)", "expression:1 Полная форма берёт счета, упрощённая — строки L(), итог"),
        ("L(1150)+L(1160)", "L(1150)+L(1999)", "expression:1 Выше нет строки 1999."),
        ('"SUM(1100,1200)"', '"SUM(1100,1500)"', "expression:1 Выше нет строки 1500."),
        ("full,66n;FSBU4,1180,", "full,66n;FSBU4,1190,", "code:1 Строка 1190 этой формы уже есть."),
        ("full,66n;FSBU4,1180,", "full,66n;IFRS,1180,", "standards:1 Нет значения «IFRS»; есть 66n, FSBU4."),
        ("simplified,66n;FSBU4,1700,", "simplified,66n,1700,", "code:1 В форме simplified по FSBU4 нет строки 1700."),
    ],
)
def test_what_does_not_fit_together_is_refused(old: str, new: str, reason: str) -> None:
    assert any(found.startswith(reason) for found in refusals(old, new))


def test_other_columns_are_refused() -> None:
    with pytest.raises(PackRefused, match="Столбцы не те"):
        read_map("own.csv", "a,b\n")
    assert "expression" in COLUMNS
