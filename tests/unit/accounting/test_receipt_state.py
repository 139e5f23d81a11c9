"""The state that a case begins with: rows of one debt or one lot count as one (receipt rules 3.5 d; format 2.2)."""

from tests.unit.accounting.receipt_scene import (
    HEATING,
    INTERNET,
    account,
    answer,
    debt,
    errors,
    event,
    lines,
    lot,
    payment,
)


def test_money_is_split_over_debts_and_not_over_the_rows_they_were_written_in() -> None:
    debts = [debt(amount=50), debt(amount=50), debt(amount=51, service="heating")]
    out = answer([payment(1)], [account(debts=debts)], {"services": [INTERNET, HEATING]})
    assert lines(out["receipts"][0]) == [(4, 11, 1)]


def test_rows_of_one_debt_keep_a_volume_that_all_of_them_have() -> None:
    shown = debt(amount=50, volume={"quantity": "4", "price": "25"})
    whole = answer([payment(100)], [account(debts=[shown, shown])])["receipts"][0]["items"][0]
    assert (whole["1023"], whole["1079"]) == ("4", 25)
    other = answer([payment(100)], [account(debts=[shown, debt(amount=50)])])["receipts"][0]["items"][0]
    assert (other.get("1023", "1"), other["1043"]) == ("1", 100)


def test_a_payment_can_be_taken_back_while_its_day_holds_enough_in_whatever_rows() -> None:
    lots = [lot(100, "2026-11-17"), lot(100, "2026-11-17")]
    refund = event("advance_refund", "r1", "2026-11-18", tenders={"cash": 150})
    back = event("payment_reversal", "v1", "2026-11-19", payment="p1")
    out = answer(
        [payment(100), refund, back], [account(advance_lots=lots)], {"policies": {"refund_lot_order": "oldest_first"}}
    )
    assert errors(out) == []
    assert out["accounts"] == [{"id": "A", "advance_lots": [lot(50, "2026-11-17")]}]
