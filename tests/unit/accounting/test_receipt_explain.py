"""What an accountant reads about a receipt."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from accounting.receipts import explain_texts
from accounting.receipts.case_input import books_of, with_only_account
from accounting.receipts.cases import decode_case
from accounting.receipts.compute import compute
from accounting.receipts.explain import Explanation, explain

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[2] / "data" / "receipt-cases.json").read_text("utf-8"))
}


def explanations(case: dict[str, Any]) -> list[Explanation]:
    given = decode_case(case)
    rules = given.merchant.rules()
    books = books_of(given, rules)
    events = [with_only_account(event, given.accounts) for event in given.events]
    issued = [row.issued() for row in given.issued]
    outcome = compute(rules, books, events, as_of=given.as_of, issued=issued)
    return [explain(rules, books, events, outcome, receipt) for receipt in outcome.receipts]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_receipt_of_the_worked_cases_can_be_explained(case: dict[str, Any]) -> None:
    for explanation in explanations(case):
        assert explanation.event
        assert explanation.laws
        assert explanation.due
        text = explanation.text()
        assert "{" not in text
        assert "None" not in text


def test_payment_beyond_all_debts_is_explained_from_event_to_deadline() -> None:
    (told,) = explanations(CASES["E08"])
    assert told.event == ["Поступил платеж 1 000,00 ₽ от 2026-11-17: перевод через банк."]
    assert told.owed == ["Долг за 2026-10, internet: 450,00 ₽, срок оплаты 2026-11-15."]
    assert told.division == ["450,00 ₽ в долг за 2026-10, internet", "550,00 ₽ осталось переплатой"]
    assert any("переплата" in reason for reason in told.reasons)
    assert told.due == ["До 2026-11-18: следующий рабочий день после дня расчета (ФНС ЗГ-2-20/18259@; п. 3.2 [1])."]


def test_designation_is_the_first_reason() -> None:
    (told,) = explanations(CASES["E07"])
    assert told.reasons[0].startswith("Плательщик назвал, за что платит (2026-10)")


def test_replayed_payment_is_told_with_the_books_it_met() -> None:
    last = explanations(CASES["E71"])[-1]
    assert last.owed == ["Долг за 2026-07, internet: 400,00 ₽, срок оплаты 2026-08-15."]
    assert last.due == ["Сразу, как нашли ошибку, раньше налоговой (п. 3.2 [C])."]


def test_every_law_and_reason_has_its_mark_of_certainty() -> None:
    told = [*explain_texts.LAWS.values(), *explain_texts.DUE.values(), *explain_texts.ALLOCATION.values()]
    assert [text for text in told if not re.search(r"\[[C1MIP]\]", text)] == []
