"""Which receipt for this case: the table has an answer for every situation, and the computation agrees with it."""

import re
from collections.abc import Iterator

import pytest

from accounting.receipts.which.advice import advise, check_answers, next_question
from accounting.receipts.which.questions import QUESTIONS
from accounting.receipts.which.table import ROWS
from tests.unit.accounting.receipt_scene import HEATING, Row, account, answer, close, debt, event, lot, payment


def _paths(answers: dict[str, str]) -> Iterator[dict[str, str]]:
    question = next_question(QUESTIONS, ROWS, answers)
    if question is None:
        yield answers
        return
    for value in question.options:
        yield from _paths(answers | {question.key: value})


PATHS = list(_paths({}))


def test_every_way_through_the_questions_ends_in_an_answer() -> None:
    assert len(PATHS) > 60
    for answers in PATHS:
        advice = advise(ROWS, answers)
        assert advice.document
        assert re.search(r"\[[C1MIP]\]", advice.law)
        assert not advice.tags or advice.due, advice


def test_every_row_can_be_reached() -> None:
    reached = {advise(ROWS, answers).document + advise(ROWS, answers).rule for answers in PATHS}
    assert {row.document + row.rule for row in ROWS} == reached


def test_answers_that_are_known_are_not_asked_again() -> None:
    known = {"event": "payment", "payer": "individual", "way": "cash", "purpose": "debt"}
    assert next_question(QUESTIONS, ROWS, known) is None


@pytest.mark.parametrize("answers", [{"evnt": "payment"}, {"event": "payments"}])
def test_unknown_answer_is_refused(answers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"no question|is not one of"):
        check_answers(QUESTIONS, answers)


def test_situation_that_no_rule_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule"):
        next_question(QUESTIONS, ROWS, {"event": "refund_advance", "way": "agent"})


CREDIT: Row = {"policies": {"postpaid_mode": "credit_pair"}}
CHARGE = [{"service": "internet", "amount": 45000}]
CLOSE = close("2026-10", "c1", CHARGE)
OWING = [account(debts=[debt()])]
ON_CREDIT = [account(debts=[debt(credited=True)])]
RICH = [account(advance_lots=[lot(90000)])]
PART = [account(advance_lots=[lot(10000)])]
LEGAL = [account(payer_kind="legal", advance_lots=[lot(10000)])]
MEMBER = [account(member=True, advance_lots=[lot(10000)])]
MEMBERS = CREDIT | {"exempt_noncash_members": True}
PAID = [account(settlements=[debt(form="noncash")])]


def _partly(value: str) -> Row:
    return {"policies": {"postpaid_mode": "credit_pair", "partial_delivery": value}}


@pytest.mark.parametrize(
    ("situation", "happened", "accounts", "merchant"),
    [
        ("event=payment payer=individual way=bank_transfer purpose=debt", payment(45000), OWING, None),
        ("event=payment payer=individual way=cash purpose=debt", payment(45000, way="cash"), OWING, None),
        (
            "event=payment payer=individual way=card_online purpose=credited",
            payment(1, way="card_online"),
            OWING,
            CREDIT,
        ),
        ("event=payment payer=individual way=bank_transfer purpose=advance", payment(45000), None, None),
        ("event=payment payer=individual way=bank_transfer purpose=unknown", payment(45000, account=None), None, None),
        ("event=close payer=individual covered=full", CLOSE, RICH, None),
        ("event=close payer=individual covered=none postpaid_mode=credit_pair", CLOSE, None, CREDIT),
        ("event=close payer=individual covered=part partial_delivery=method5", CLOSE, PART, _partly("method5")),
        ("event=close payer=legal covered=part", CLOSE, LEGAL, CREDIT),
        ("event=close payer=member covered=part", CLOSE, MEMBER, MEMBERS),
        ("event=refund_advance way=bank_transfer", event("advance_refund", tenders={"bank_transfer": 5}), RICH, None),
        (
            "event=refund_service settled=money way=cash",
            event("service_refund", period="2026-10", service="internet", tenders={"cash": 5}),
            PAID,
            None,
        ),
        (
            "event=recalculation_down settled=credit",
            event("recalculation", period="2026-10", service="internet", amount=-5),
            OWING,
            CREDIT,
        ),
        (
            "event=recalculation_down settled=stays",
            event("recalculation", period="2026-10", service="internet", amount=-5),
            PAID,
            None,
        ),
        ("event=counter_offset settled=unpaid", event("counter_offset", amount=5), OWING, None),
        ("event=counter_offset settled=credit", event("counter_offset", amount=5), OWING, CREDIT),
        # the choice was another one when the credit receipt was made
        ("event=counter_offset settled=credit", event("counter_offset", amount=5), ON_CREDIT, None),
    ],
)
def test_computation_makes_the_receipt_that_the_table_names(
    situation: str, happened: Row, accounts: list[Row] | None, merchant: Row | None
) -> None:
    answers = dict(pair.split("=") for pair in situation.split())
    advice = advise(ROWS, answers)
    receipt = answer([happened], accounts, merchant)["receipts"][0]
    line = receipt["items"][0]
    assert (advice.tags["1054"], advice.tags["1214"], advice.tags["1212"]) == (
        str(receipt["1054"]),
        str(line["1214"]),
        str(line["1212"]),
    )
    forms = {tag for tag in ("1031", "1081", "1215", "1216", "1217") if receipt[tag]}
    assert forms == {tag for tag in advice.tags if tag in ("1031", "1081", "1215", "1216", "1217")}


@pytest.mark.parametrize(
    ("situation", "happened", "merchant"),
    [
        ("event=payment payer=legal way=bank_transfer", payment(5, payer_kind="legal"), None),
        ("event=close payer=individual covered=none postpaid_mode=on_payment", CLOSE, None),
        ("event=close payer=legal covered=none", CLOSE, CREDIT),
        ("event=close payer=member covered=none", CLOSE, MEMBERS),
        (
            "event=recalculation_down settled=unpaid",
            event("recalculation", period="2026-10", service="internet", amount=-5),
            None,
        ),
        ("event=write_off settled=unpaid", event("debt_write_off"), {"services": [HEATING]}),
    ],
)
def test_computation_makes_none_where_the_table_says_so(situation: str, happened: Row, merchant: Row | None) -> None:
    answers = dict(pair.split("=") for pair in situation.split())
    assert advise(ROWS, answers).tags == {}
    service = "heating" if merchant else "internet"
    accounts = [account(debts=[debt(service=service)])]
    if happened["type"] == "period_close":
        kind = "legal" if answers["payer"] == "legal" else "individual"
        accounts = [account(payer_kind=kind, member=answers["payer"] == "member")]
    assert answer([happened], accounts, merchant)["receipts"] == []
