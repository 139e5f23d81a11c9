"""Whatever stands in a file of rules, it is read or refused with a place and a reason."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from accounting.office.attributes import BY_NAME
from accounting.office.conditions import parse_condition
from accounting.office.due_rules import parse_due_rule
from accounting.office.mistakes import BadText, Mistake, PackRefused
from accounting.office.pack_files import COLUMNS, read_pack
from tests.unit.office.test_pack_files import GOOD, HEAD, table_of

WORDS = [
    "and",
    "or",
    "not",
    "in",
    "(",
    ")",
    ",",
    "=",
    ">",
    ">=",
    "<",
    "vat_payer",
    "hr_event",
    "hire",
    "income_kopecks",
]
PIECES = [
    "M+1:",
    "Y+1:",
    "03-",
    "D25",
    "DL",
    "WD",
    "WDL",
    "04",
    "E:+",
    "5W",
    "5C",
    "P0:+",
    "INST(",
    ")",
    ",",
    "<=",
    " ",
    "٣",
]

conditions = st.one_of(st.text(), st.lists(st.sampled_from([*WORDS, "9" * 5000, "٣"])).map(" ".join))
due_rules = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join))


def _refusal(reading: Callable[[], object]) -> BadText | None:
    try:
        reading()
    except BadText as bad:
        return bad
    return None


def _mistakes(text: str) -> list[Mistake]:
    try:
        read_pack(HEAD, text)
    except PackRefused as refused:
        return refused.mistakes or [Mistake("", 0, "", 0, "")]
    return []


@given(conditions)
def test_condition_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    bad = _refusal(lambda: parse_condition(text, BY_NAME))
    assert bad is None or (0 <= bad.position <= len(text) and bad.reason())


@given(due_rules)
def test_due_rule_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    bad = _refusal(lambda: parse_due_rule(text))
    assert bad is None or (0 <= bad.position <= len(text) and bad.reason())


@given(st.sampled_from(COLUMNS), st.text(st.characters(exclude_characters='"')))
def test_row_with_any_cell_is_read_or_refused(column: str, cell: str) -> None:
    mistakes = _mistakes(table_of({**GOOD, column: cell}))
    assert all(mistake.line >= 3 and mistake.reason for mistake in mistakes)


@given(st.text())
def test_file_of_any_text_is_refused_with_a_reason(text: str) -> None:
    mistakes = _mistakes(text)
    assert mistakes
    assert all(mistake.line >= 1 and mistake.reason for mistake in mistakes)
