"""Check digits of a taxpayer's number: one wrong digit is always seen, and blanks of a fixed field never matter."""

import pytest

from accounting.receipts.checks.rules import RULES, Severity
from accounting.receipts.inn import has_form, has_right_digits

ORGANISATION, PERSON = "7707083893", "500100732259"
"""A bank's number as it stands on its documents, and a sample of a person's number."""


@pytest.mark.parametrize("inn", [ORGANISATION, PERSON, f"{ORGANISATION}  "])
def test_right_numbers_pass(inn: str) -> None:
    assert has_form(inn)
    assert has_right_digits(inn)


@pytest.mark.parametrize("inn", [ORGANISATION, PERSON])
def test_any_wrong_last_digit_is_seen(inn: str) -> None:
    others = [inn[:-1] + digit for digit in "0123456789" if digit != inn[-1]]
    assert not any(has_right_digits(other) for other in others)


def test_the_first_check_digit_of_a_person_counts_too() -> None:
    assert not has_right_digits(PERSON[:10] + "4" + PERSON[11:])


@pytest.mark.parametrize("inn", ["", "770708389", "77070838933", "770708389X", "٧٧٠٧٠٨٣٨٩٣"])
def test_other_forms_are_no_numbers(inn: str) -> None:
    assert not has_form(inn)


@pytest.mark.parametrize("rule", ["inn_digits", "1016"])
def test_a_number_that_looks_wrong_stops_no_receipt(rule: str) -> None:
    """The published cases themselves have suppliers whose numbers fail: a person should look, no more."""
    assert RULES[rule].severity is Severity.WARNING
