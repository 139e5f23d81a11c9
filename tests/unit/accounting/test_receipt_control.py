"""The control of a computation: it lets every sound receipt pass and names the event behind an unsound one."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from accounting.receipts.books import Books, HeldPayment
from accounting.receipts.cases.input import books_of, with_only_account
from accounting.receipts.cases.run import decode_case
from accounting.receipts.checks.control import Control
from accounting.receipts.codes import VatCode
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.corrections.events import ReceiptCorrection
from accounting.receipts.events import Payment
from accounting.receipts.issued import IssuedReceipt

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "data" / "receipt-cases.json").read_text("utf-8"))


def controlled(case: dict[str, Any]) -> tuple[Control, Outcome]:
    given = decode_case(case)
    rules = given.merchant.rules()
    events = [with_only_account(event, given.accounts) for event in given.events]
    issued = [row.issued() for row in given.issued]
    control = Control(rules, events, issued=issued)
    return control, compute(rules, books_of(given, rules), events, as_of=given.as_of, issued=issued)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_receipts_of_a_worked_case_pass(case: dict[str, Any]) -> None:
    control, outcome = controlled(case)
    assert control.unsound(outcome.receipts) == {}


def test_an_unsound_receipt_is_named_by_its_event() -> None:
    control, outcome = controlled(CASES[1])
    good = outcome.receipts[0]
    bad = msgspec.structs.replace(good, receipt=msgspec.structs.replace(good.receipt, total_kopecks=1))
    found = control.unsound([good, bad])
    assert {finding.rule for finding in found[good.event_key]} >= {"1020=forms"}


def test_taxes_are_judged_by_the_day_of_the_event_also_when_the_money_was_held() -> None:
    """22 % is a mistake in December 2025 and right a month later."""
    _, outcome = controlled(CASES[1])
    rules = decode_case(CASES[1]).merchant.rules()
    receipt = outcome.receipts[0].receipt
    line = msgspec.structs.replace(receipt.lines[0], period=None, vat_code=VatCode.VAT_22, vat_kopecks=0)
    computed = msgspec.structs.replace(
        outcome.receipts[0], event_key="p", receipt=msgspec.structs.replace(receipt, lines=(line,))
    )

    def rules_broken(paid_on: str, *, held: bool) -> set[str]:
        tenders = {"bank_transfer": line.sum_kopecks}
        event = {"type": "payment", "key": "p", "account": None, "date": paid_on, "tenders": tenders}
        payment = msgspec.convert(event, Payment)
        waiting = HeldPayment(payment=payment, paid_on=date.fromisoformat(paid_on), deadline=date(2026, 2, 1))
        control = Control(rules, [], [waiting]) if held else Control(rules, [payment])
        return {finding.rule for finding in control.unsound([computed])["p"]}

    assert all("vat_date" in rules_broken("2025-12-31", held=held) for held in (False, True))
    assert all("vat_date" not in rules_broken("2026-01-31", held=held) for held in (False, True))


def test_a_reversing_document_may_copy_the_mistakes_of_what_it_reverses_and_make_none() -> None:
    _, outcome = controlled(CASES[1])
    rules = decode_case(CASES[1]).merchant.rules()
    good = outcome.receipts[0]
    line = msgspec.structs.replace(good.receipt.lines[0], vat_kopecks=1)
    wrong = msgspec.structs.replace(
        good, receipt=msgspec.structs.replace(good.receipt, lines=(line, *good.receipt.lines[1:]))
    )
    issued = [IssuedReceipt(id="r1", document=wrong, issued_on=date(2026, 11, 20), fiscal_sign="123")]
    event = {"type": "receipt_correction", "key": "c", "date": "2026-11-23", "receipt": "r1", "right": None}

    def rules_broken(**more: Any) -> set[str]:
        asked = msgspec.convert(event | more, ReceiptCorrection)
        [reversing] = compute(rules, Books(), [asked], issued=issued).receipts
        found = Control(rules, [asked], issued=issued).unsound([reversing])
        return {finding.rule for findings in found.values() for finding in findings}

    control = Control(rules, [])
    assert {finding.rule for finding in control.unsound([wrong])[wrong.event_key]} >= {"1200"}
    assert rules_broken() == set()
    assert rules_broken(order={"date": "2026-11-21", "number": "7 \u20bd"}) == {"cp866"}


OLD_MONEY = {"type": "payment", "key": "old", "date": "2018-12-31", "tenders": {"bank_transfer": 11_800}}
NEW_MONEY = {"type": "payment", "key": "new", "date": "2019-01-09", "tenders": {"bank_transfer": 12_000}}
BACK = {"type": "advance_refund", "key": "back", "date": "2021-03-05"}


@pytest.mark.parametrize(
    ("events", "tax"),
    [
        ([OLD_MONEY, {**BACK, "tenders": {"bank_transfer": 11_800}}], 1_800),
        ([OLD_MONEY, NEW_MONEY, {**BACK, "tenders": {"cash": 23_800}}], 3_800),
        ([OLD_MONEY, {"type": "payment_reversal", "key": "back", "date": "2021-03-05", "payment": "old"}], 1_800),
    ],
)
def test_money_of_2018_goes_back_at_its_own_rate_however_late(events: list[dict[str, Any]], tax: int) -> None:
    merchant = {"services": [{"id": "internet", "vat_code": 11}]}
    control, outcome = controlled(
        {"id": "x", "in": {"merchant": merchant, "accounts": [{"id": "A"}], "events": events}}
    )
    returned = outcome.receipts[-1]
    assert [total.kopecks for total in returned.receipt.vat_totals] == [tax]
    assert control.unsound(outcome.receipts) == {}
