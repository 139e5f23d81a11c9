"""What an accountant reads about a receipt."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from accounting.receipts.cases.input import books_of, with_only_account
from accounting.receipts.cases.run import decode_case
from accounting.receipts.compute import compute
from accounting.receipts.explanation import rule_texts as explain_rules
from accounting.receipts.explanation.explain import Explanation, explain
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.wording import in_language, roubles
from tests.unit.accounting.histories import histories

Row = dict[str, Any]
CASES: dict[str, Row] = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[2] / "data" / "receipt-cases.json").read_text("utf-8"))
}
RUSSIAN = re.compile("[А-Яа-яЁё]")


def explained(case: Row) -> list[tuple[ComputedReceipt, Explanation]]:
    given = decode_case(case)
    rules = given.merchant.rules()
    books = books_of(given, rules)
    events = [with_only_account(event, given.accounts) for event in given.events]
    issued = [row.issued() for row in given.issued]
    outcome = compute(rules, books, events, as_of=given.as_of, issued=issued)
    # A payment that is split has up to a thousand receipts, all alike.
    return [(receipt, explain(rules, books, events, outcome, receipt, issued)) for receipt in outcome.receipts[:40]]


def explanations(case: Row) -> list[Explanation]:
    return [explanation for _, explanation in explained(case)]


def _told_whole(receipt: ComputedReceipt, told: Explanation) -> None:
    """Amount, event, reason, VAT, law with its mark, deadline: what no explanation may lack."""
    assert roubles(receipt.receipt.total_kopecks) in told.document[0]
    for part in (told.event, told.division, told.reasons, told.vat, told.laws, told.due):
        assert part
    assert all(re.search(r"\[[C1MIP]\]", sentence) for sentence in (*told.reasons, *told.laws, *told.due, *told.vat))
    text = told.text()
    assert not re.search(r"[{}]|None|UNSET|  \w.*  ", text)
    for mark in re.findall(r"\[([C1MIP])\]", text.rpartition("\n")[0]):
        assert f"[{mark}]" in text.rpartition("\n")[2]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_receipt_of_the_worked_cases_is_explained_whole(case: Row, language: str) -> None:
    with in_language(language):
        for receipt, told in explained(case):
            _told_whole(receipt, told)


@pytest.mark.parametrize(
    ("case", "hangs"), [("E02", True), ("E21", True), ("E38", True), ("E45", True), ("E19", False)]
)
def test_deadline_of_a_year_without_a_calendar_says_so(case: str, hangs: bool) -> None:
    """Ten calendar days after a month hang on no calendar."""
    later = json.loads(json.dumps(CASES[case]).replace('"2026-', '"2031-'))
    told = "Праздники и переносы 2031 года программе неизвестны"
    assert any(told in text for one in explanations(later) for text in one.due) is hangs
    assert not any("неизвестны" in text for one in explanations(CASES[case]) for text in one.due)


def _in_latin(value: Any) -> Any:
    """A case whose own names are Latin: what stays Russian then is ours."""
    if isinstance(value, dict):
        return {key: _in_latin(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_latin(inner) for inner in value]
    return RUSSIAN.sub("x", value) if isinstance(value, str) else value


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_explanation_in_english_is_english_but_for_the_lines_of_the_receipt(case: Row) -> None:
    with in_language("en"):
        for receipt, told in explained(_in_latin(case)):
            text = told.text()
            for line in receipt.receipt.lines:
                text = text.replace(line.name, "")
            assert not RUSSIAN.search(text)


@pytest.mark.parametrize("examples", [40, pytest.param(3_000, marks=pytest.mark.proof)])
def test_every_receipt_of_any_history_is_explained_whole(examples: int) -> None:
    def check(history: Row) -> None:
        for receipt, told in explained({"id": "h", "in": history}):
            _told_whole(receipt, told)

    suppressed = [HealthCheck.too_slow, HealthCheck.data_too_large]
    given(history=histories())(
        settings(max_examples=examples, deadline=None, suppress_health_check=suppressed, database=None)(check)
    )()


def test_payment_beyond_all_debts_is_explained_from_event_to_deadline() -> None:
    (told,) = explanations(CASES["E08"])
    assert told.document == ["Кассовый чек: приход на 1 000,00 ₽ (безналичными 1 000,00 ₽).", "Лицевой счет A."]
    assert told.event == ["Поступил платеж 1 000,00 ₽ от 17.11.2026: перевод через банк."]
    assert told.owed == ["Долг за октябрь 2026, Доступ в интернет: 450,00 ₽, срок оплаты 15.11.2026."]
    assert told.division == [
        "450,00 ₽ в долг за октябрь 2026, Доступ в интернет",
        "550,00 ₽ осталось переплатой",
    ]
    assert told.reasons == [
        "Денег хватило на все долги целиком: порядок погашения ничего не меняет (п. 4.1 [I]).",
        "На что долгов не хватило, то переплата (п. 4.1 [I]).",
    ]
    assert told.vat == [
        "22%: 81,15 ₽ с 450,00 ₽. Услуга за октябрь 2026: ставка последнего дня месяца (п. 7 [I]).",
        "22/122: 99,18 ₽ с 550,00 ₽. Аванс: расчетная ставка на день денег (ФНС АБ-4-20/11248@; п. 7 [C]).",
    ]
    assert told.due == ["До 18.11.2026: следующий рабочий день после дня расчета (ФНС ЗГ-2-20/18259@; п. 3.2 [1])."]


def test_designation_is_the_first_reason() -> None:
    (told,) = explanations(CASES["E07"])
    assert told.reasons[0].startswith("Плательщик назвал, за что платит (октябрь 2026)")


def test_order_of_debts_is_named_only_when_it_decided_something() -> None:
    assert "allocation" not in " ".join(explanations(CASES["E02"])[0].policies)
    assert "allocation = bill_proportional" in " ".join(explanations(CASES["E03"])[0].policies)


def test_replayed_payment_is_told_with_the_books_it_met() -> None:
    last = explanations(CASES["E71"])[-1]
    assert last.owed == ["Долг за июль 2026, Доступ в интернет: 400,00 ₽, срок оплаты 15.08.2026."]
    assert last.due == ["Сразу, как нашли, раньше налоговой; касса печатает сегодняшнюю дату (п. 3.2 [C])."]


def test_december_paid_in_january_is_told_with_the_rate_of_december() -> None:
    (told,) = explanations(CASES["E29"])
    assert told.vat == ["20%: 83,63 ₽ с 501,75 ₽. Услуга за декабрь 2025: ставка последнего дня месяца (п. 7 [I])."]


def test_rate_of_2018_is_told_as_18_per_cent() -> None:
    first, second = explanations(CASES["E63"])
    assert first.vat[0].startswith("18/118: 68,64 ₽ с 450,00 ₽.")
    assert second.vat[0].startswith("20%: 75,00 ₽ с 450,00 ₽.")


def test_reversing_and_right_document_are_told_apart() -> None:
    reversing, right = explanations(CASES["E66"])
    assert reversing.reasons[0].startswith("Обратный документ")
    assert right.reasons[0].startswith("Верный документ")
    wrong = "Выданный чек d1: приход на 5 000,00 ₽, подпись 1234567890."
    assert wrong in reversing.event
    assert wrong in right.event
    assert reversing.owed == ["Долги и переплаты исправление чека не меняет (п. 6.1 [I])."]


def test_superfluous_receipt_has_no_right_one() -> None:
    (told,) = explanations(CASES["E70"])
    assert told.reasons[0] == "Чек был лишним: только обратный документ, верного нет (п. 6.1 [I])."


def test_consolidated_receipt_is_told_by_accounts_and_its_lines_are_cut_short() -> None:
    told = explanations(CASES["E35"])
    assert told[0].document[1:] == [
        "Общий чек за октябрь 2026 по лицевым счетам, абонентам не выдается.",
        "Часть 1/3: чек разделен, весь он больше допустимого (п. 5 [I]).",
    ]
    assert told[0].owed == ["Переплата была у лицевых счетов: 250; списано с них за месяц: 112 500,00 ₽."]
    assert told[0].division[-1] == "и еще строк: 80, на 36 000,00 ₽"


def test_returned_service_is_told_with_what_was_paid_for_it() -> None:
    (told,) = explanations(CASES["E41"])
    assert told.owed == ["Оплачено безналично за октябрь 2026, Доступ в интернет: 450,00 ₽."]


@pytest.mark.parametrize(
    ("case", "key"),
    [
        ("E21", "partial_delivery = method5"),
        ("E25", "credit_payment_vat = none"),
        ("E32", "advance_vat = split_by_last_bill"),
        ("E38", "refund_lot_order = newest_first"),
        ("E42", "refund_of_offset = two_step"),
        ("E45", "reoffset = restore_advance"),
        ("E52", "write_off = reverse_credit"),
        ("E79", "transfer_between_accounts = ledger_only"),
        ("E72", "restoration_granularity = per_day_total"),
    ],
)
def test_policy_that_chose_is_named(case: str, key: str) -> None:
    assert key in " ".join(explanations(CASES[case])[0].policies)


def test_every_law_and_reason_has_its_mark_of_certainty() -> None:
    tables = (explain_rules.ALLOCATION, explain_rules.VAT, explain_rules.LAWS, explain_rules.DUE)
    told = [text for table in tables for text in table.values()]
    told += [text for name, text in vars(explain_rules).items() if name.isupper() and isinstance(text, str)]
    assert [text for text in told if not re.search(r"\[[C1MIP]\]", text)] == []


def test_a_common_receipt_of_prepayments_that_went_back_says_why() -> None:
    case = {
        "id": "back",
        "in": {
            "merchant": {
                "services": [{"id": "internet", "vat_code": 11}],
                "policies": {"prepaid_sign": "prepayment", "refund_timing": "period_consolidated"},
            },
            "accounts": [{"id": "A", "plan": {"service": "internet", "price": 100}}],
            "events": [
                {
                    "type": "payment",
                    "key": "p",
                    "account": "A",
                    "date": "2026-10-05",
                    "tenders": {"bank_transfer": 500},
                },
                {
                    "type": "advance_refund",
                    "key": "r",
                    "account": "A",
                    "date": "2026-10-08",
                    "tenders": {"bank_transfer": 50},
                },
                {"type": "period_close", "key": "c", "period": "2026-10"},
            ],
        },
    }
    told = explanations(case)[-1]
    assert "возврат прихода" in told.document[0]
    assert told.reasons == [explain_rules.ADVANCE_BACK]
