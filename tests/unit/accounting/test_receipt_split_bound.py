"""A receipt becomes at most so many: a small event under a small ``max_sum`` must not fill the memory."""

from datetime import date
from typing import Any

import pytest

from accounting.receipts.books import Books, HeldPayment, MerchantRules
from accounting.receipts.catalogue import Service
from accounting.receipts.codes import VatCode
from accounting.receipts.compute import compute
from accounting.receipts.consolidate import MAX_CONSOLIDATED_PARTS, MAX_PARTS, MAX_PARTS_AT_ONCE
from accounting.receipts.event_parts import PaymentTenders
from accounting.receipts.events import Payment
from accounting.receipts.policy import Policies
from tests.unit.accounting.receipt_scene import account, answer, close, debt, event, lot, payment

KOPECK: dict[str, Any] = {"max_sum": 1}
HUGE = 99_999_999_999  # the most that a case may say


def _merchant(**policies: Any) -> dict[str, Any]:
    return {"policies": KOPECK | policies}


def _refused(event_key: str, field: str) -> list[dict[str, str]]:
    return [{"event": event_key, "code": "too_many_receipts", "field": field}]


def test_a_payment_is_split_up_to_the_bound_and_refused_one_kopeck_above() -> None:
    assert len(answer([payment(MAX_PARTS, account="A")], merchant=_merchant())["receipts"]) == MAX_PARTS
    out = answer([payment(MAX_PARTS + 1, account="A")], merchant=_merchant())
    assert out["errors"] == _refused("p1", "tenders")
    assert "receipts" not in out or out["receipts"] == []


CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any], str]] = {
    "payment of debts": ([payment(HUGE, "e1", account="A")], account(debts=[debt(amount=HUGE)]), {}, "tenders"),
    "payment of nobody": ([payment(HUGE, "e1", account=None)], account(), {}, "tenders"),
    "payment that is held": (
        [payment(HUGE, "e1", account=None)],
        account(),
        {"unknown_payer": "hold_until_deadline"},
        "tenders",
    ),
    "charge delivered at once": (
        [event("charge", account="A", period="2026-11", service="internet", amount=HUGE)],
        account(advance_lots=[lot(HUGE)]),
        {"offset_timing": "per_charge"},
        "amount",
    ),
    "refund": (
        [event("advance_refund", account="A", tenders={"bank_transfer": HUGE})],
        account(advance_lots=[lot(HUGE)]),
        {},
        "tenders",
    ),
    "counter-offset": (
        [event("counter_offset", account="A", amount=HUGE)],
        account(debts=[debt(amount=HUGE)]),
        {},
        "amount",
    ),
    "transfer to itself": (
        [{"type": "advance_transfer", "key": "e1", "date": "2026-11-17", "from": "A", "to": "A", "amount": HUGE}],
        account(advance_lots=[lot(HUGE)], debts=[debt(amount=HUGE)]),
        {},
        "amount",
    ),
    "credit of a close": (
        [close("2026-10", "e1")],
        account(debts=[debt(amount=HUGE, delivered=False)]),
        {"postpaid_mode": "credit_pair"},
        "period",
    ),
    "consolidated offset": (
        [close("2026-10", "e1")],
        account(debts=[debt(amount=HUGE, delivered=False)], advance_lots=[lot(HUGE)]),
        {},
        "period",
    ),
    "consolidated offset of accounts": (
        [close("2026-10", "e1")],
        account(debts=[debt(amount=HUGE, delivered=False)], advance_lots=[lot(HUGE)]),
        {"consolidated_lines": "per_account"},
        "period",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_event_of_too_many_receipts_is_refused_and_has_no_effect(name: str) -> None:
    events, books, policies, field = CASES[name]
    out = answer(events, [books], _merchant(**policies))
    assert out.pop("errors") == _refused("e1", field)
    nothing = answer([], [books], _merchant(**policies))
    assert out == nothing


def test_events_around_a_refused_one_apply_and_its_key_stays_free() -> None:
    events = [
        payment(5, "before", account="A", day="2026-11-16"),
        payment(HUGE, "p", account="A"),
        payment(7, "p", account="A", day="2026-11-18"),
    ]
    out = answer(events, merchant=_merchant())
    assert out["errors"] == _refused("p", "tenders")
    assert len(out["receipts"]) == 12
    assert [one["amount"] for one in out["accounts"][0]["advance_lots"]] == [5, 7]


def test_a_consolidated_receipt_has_a_larger_bound() -> None:
    def closed(amount: int) -> dict[str, Any]:
        books = account(debts=[debt(amount=amount, delivered=False)], advance_lots=[lot(amount)])
        return answer([close("2026-10", "e1")], [books], _merchant())

    assert len(closed(MAX_PARTS + 1)["receipts"]) == MAX_PARTS + 1
    assert closed(MAX_CONSOLIDATED_PARTS + 1)["errors"] == _refused("e1", "period")


def test_held_money_that_was_accepted_gets_its_receipts() -> None:
    merchant = _merchant(unknown_payer="hold_until_deadline")
    later = payment(1, "later", "2026-11-25", account="A")
    out = answer([payment(MAX_PARTS, account=None), later], merchant=merchant)
    assert len(out["receipts"]) == MAX_PARTS + 1


def test_held_money_becomes_no_more_receipts_although_the_largest_sum_was_lowered_meanwhile() -> None:
    """Accepted as one receipt, released as the most that one may become: in larger pieces than the policy says now."""
    deadline = date(2026, 11, 18)
    paid = Payment(key="p", paid_on=date(2026, 11, 17), account=None, tenders=PaymentTenders(cash_kopecks=HUGE))
    rules = MerchantRules(services=(Service(id="a", vat_code=VatCode.NO_VAT),), policies=Policies(max_sum=1))
    books = Books(held=(HeldPayment(payment=paid, paid_on=paid.paid_on, deadline=deadline),))
    receipts = [one.receipt for one in compute(rules, books, [], as_of=deadline).receipts]
    assert len(receipts) == MAX_PARTS
    assert sum(one.total_kopecks for one in receipts) == HUGE
    assert max(one.total_kopecks for one in receipts) == -(-HUGE // MAX_PARTS)


def _reversals(payments: int) -> list[dict[str, Any]]:
    return [
        *(payment(MAX_PARTS, f"p{n}", account="A") for n in range(payments)),
        *(event("payment_reversal", f"v{n}", payment=f"p{n}", day="2026-11-18") for n in range(payments)),
    ]


def test_mirrors_of_split_payments_count_as_parts_too() -> None:
    half = MAX_PARTS_AT_ONCE // MAX_PARTS // 2
    assert len(answer(_reversals(half), merchant=_merchant())["receipts"]) == MAX_PARTS_AT_ONCE
    out = answer(_reversals(half + 1), merchant=_merchant())
    assert out["errors"] == [
        {"event": f"v{n}", "code": "too_many_receipts", "field": "payment"} for n in (half - 1, half)
    ]
    assert len(out["receipts"]) == MAX_PARTS_AT_ONCE
