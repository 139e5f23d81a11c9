"""Charges and month closes: offsets, credits, consolidated receipts and their parts (receipt rules 3.5 c, 5)."""

import pytest

from tests.unit.accounting.receipt_scene import (
    HEATING,
    INTERNET,
    account,
    answer,
    close,
    debt,
    errors,
    event,
    forms,
    lines,
    lot,
    payment,
)


def charge(amount: int = 45000, key: str = "b1", **fields: object) -> dict[str, object]:
    return {"type": "charge", "key": key, "period": "2026-10", "service": "internet", "amount": amount, **fields}


CHARGED = [{"service": "internet", "amount": 45000}]
PARTLY = [account(advance_lots=[lot(30000)])]


@pytest.mark.parametrize("mode", ["on_payment", "credit_pair"])
@pytest.mark.parametrize(
    ("partial", "expected"),
    [
        ("method5", [[(5, 11, 45000)]]),
        ("split_lines", [[(4, 11, 30000), (6, 11, 15000)]]),
    ],
)
def test_rest_of_a_partly_covered_charge_goes_on_credit(
    mode: str, partial: str, expected: list[list[tuple[int, int, int]]]
) -> None:
    merchant = {"policies": {"postpaid_mode": mode, "partial_delivery": partial}}
    out = answer([close(charges=CHARGED)], PARTLY, merchant)
    assert [lines(receipt) for receipt in out["receipts"]] == expected
    assert forms(out["receipts"][0]) == {"1215": 30000, "1216": 15000}
    later = answer([close(charges=CHARGED), payment(15000)], PARTLY, merchant)
    assert lines(later["receipts"][-1]) == [(7, 11, 15000)]


def test_offset_only_under_credit_pair_makes_two_documents() -> None:
    out = answer([close(charges=CHARGED)], PARTLY, {"policies": {"postpaid_mode": "credit_pair"}})
    assert [(receipt.get("consolidated"), lines(receipt)) for receipt in out["receipts"]] == [
        (None, [(6, 11, 15000)]),
        ("2026-10", [(4, 11, 30000)]),
    ]


def test_uncovered_charge_is_never_a_credit_under_on_payment() -> None:
    out = answer([close(charges=CHARGED)], merchant={"policies": {"partial_delivery": "method5"}})
    assert out["receipts"] == []


def test_legal_payers_get_no_credit_and_no_consolidated_offset() -> None:
    state = [account(payer_kind="legal", advance_lots=[lot(30000)])]
    out = answer([close(charges=CHARGED)], state, {"policies": {"postpaid_mode": "credit_pair"}})
    assert [(receipt["account"], lines(receipt)) for receipt in out["receipts"]] == [("A", [(4, 11, 30000)])]
    assert out["accounts"][0]["debts"][0]["credited"] is False


def test_offset_of_exempt_money_makes_no_receipt() -> None:
    state = [account(advance_lots=[lot(30000, exempt="legal_payer"), lot(15000, "2026-10-05")])]
    out = answer([close(charges=CHARGED)], state)
    assert [lines(receipt) for receipt in out["receipts"]] == [[(4, 11, 15000)]]
    assert out["accounts"] == []


def test_goods_are_offset_in_a_receipt_of_the_account() -> None:
    merchant = {"services": [INTERNET | {"subject": 1}]}
    out = answer([close(charges=CHARGED)], [account(advance_lots=[lot(45000)])], merchant)
    assert [(receipt["account"], receipt["deadline"]) for receipt in out["receipts"]] == [("A", "2026-11-02")]


def test_charge_by_charge_is_delivered_at_once() -> None:
    merchant = {"policies": {"offset_timing": "per_charge"}}
    state = [account(advance_lots=[lot(60000)])]
    out = answer([charge(date="2026-10-15"), close(charges=CHARGED)], state, merchant)
    assert [(receipt["event"], receipt["deadline"], lines(receipt)) for receipt in out["receipts"]] == [
        ("b1", "2026-10-16", [(4, 11, 45000)]),
        ("c1", "2026-11-02", [(4, 11, 15000)]),
    ]


def test_offsets_at_close_may_have_a_receipt_an_account() -> None:
    merchant = {"services": [INTERNET, HEATING], "policies": {"offset_timing": "per_account_at_close"}}
    charges = [{"service": "heating", "amount": 100}, {"service": "internet", "amount": 100}]
    out = answer([close(charges=charges)], [account(advance_lots=[lot(200)])], merchant)
    assert [lines(receipt) for receipt in out["receipts"]] == [[(4, 11, 100), (4, 6, 100)]]


def test_bill_paid_before_the_close_is_a_settlement_under_on_payment() -> None:
    out = answer([charge(date="2026-10-05"), payment(45000, day="2026-10-20"), close()])
    assert [lines(receipt) for receipt in out["receipts"]] == [[(4, 11, 45000)]]
    assert out["accounts"] == []


def test_equal_charges_are_added_up() -> None:
    out = answer([charge(100), charge(200, "b2")])
    assert out["accounts"][0]["debts"] == [debt(amount=300, vat_code=11, delivered=False)]


def test_closed_period_refuses_charges_and_a_second_close() -> None:
    out = answer([close(), charge(date="2026-11-05"), close(key="c2")])
    assert sorted(errors(out)) == ["period_already_closed", "period_closed"]


def test_one_bad_charge_refuses_the_whole_close() -> None:
    charges = [{"service": "internet", "amount": 100}, {"service": "internet", "amount": 100, "vat_code": 1}]
    out = answer([close(charges=charges)], [account(advance_lots=[lot(500)])])
    assert out["errors"] == [{"event": "c1", "code": "vat_code_not_valid_on_date", "field": "charges[1].vat_code"}]
    assert out["receipts"] == []
    assert out["accounts"][0]["advance_lots"] == [lot(500)]


def test_consolidated_receipt_is_cut_between_accounts() -> None:
    merchant = {"policies": {"max_sum": 100, "consolidated_lines": "per_account"}}
    accounts = [account(name, advance_lots=[lot(250)]) for name in ("A", "B", "C")]
    charges = [{"account": name, "service": "internet", "amount": 60 if name != "B" else 250} for name in "ABC"]
    out = answer([close(charges=charges)], accounts, merchant)
    assert [
        (receipt["part"], [(item["account"], item["1043"]) for item in receipt["items"]]) for receipt in out["receipts"]
    ] == [
        ("1/5", [("A", 60)]),
        ("2/5", [("B", 100)]),
        ("3/5", [("B", 100)]),
        ("4/5", [("B", 50)]),
        ("5/5", [("C", 60)]),
    ]


def test_open_part_takes_in_the_next_account_if_it_fits() -> None:
    merchant = {"policies": {"max_sum": 100}}
    accounts = [account(name, advance_lots=[lot(250)]) for name in ("A", "B")]
    charges = [
        {"account": "A", "service": "internet", "amount": 130},
        {"account": "B", "service": "internet", "amount": 70},
    ]
    out = answer([close(charges=charges)], accounts, merchant)
    assert [receipt["1020"] for receipt in out["receipts"]] == [100, 100]


def test_refunds_of_the_period_wait_for_the_consolidated_return() -> None:
    merchant = {"policies": {"refund_timing": "period_consolidated"}}
    state = [account(advance_lots=[lot(300, "2025-12-30", 3), lot(500)])]
    refund = event("advance_refund", "r1", "2026-10-20", tenders={"bank_transfer": 600})
    waiting = answer([refund], state, merchant)
    assert waiting["receipts"] == []
    assert [row["amount"] for row in waiting["pending_refunds"]] == [500, 100]
    out = answer([refund, close()], state, merchant)
    assert [(receipt["consolidated"], receipt["1054"], lines(receipt)) for receipt in out["receipts"]] == [
        ("2026-10", 2, [(3, 12, 500), (3, 3, 100)])
    ]
    late = answer(
        [close(), event("advance_refund", "r1", "2026-10-31", tenders={"bank_transfer": 600})], state, merchant
    )
    assert [receipt["account"] for receipt in late["receipts"]] == ["A"]


def test_last_bill_splits_the_next_advance() -> None:
    merchant = {"services": [INTERNET, HEATING]}
    charges = [{"service": "heating", "amount": 300}, {"service": "internet", "amount": 100}]
    out = answer([close(charges=charges), payment(800)], merchant=merchant)
    assert lines(out["receipts"][0]) == [(4, 11, 100), (4, 6, 300), (3, 12, 100), (3, 6, 300)]
