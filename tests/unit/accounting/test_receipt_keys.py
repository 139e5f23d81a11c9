"""A refused event leaves its key free, also for the same computation (receipt rules 3.6)."""

from tests.unit.accounting.receipt_scene import account, answer, errors, lot


def test_refused_event_may_come_again_in_the_same_run_when_there_is_something_to_take() -> None:
    refund = {"type": "advance_refund", "key": "r1", "date": "2026-11-17", "tenders": {"cash": 100}}
    moved = {"type": "advance_transfer", "key": "t1", "date": refund["date"], "from": "B", "to": "A", "amount": 100}
    out = answer(
        [refund | {"account": "A"}, moved, refund | {"account": "A"}],
        [account(), account("B", advance_lots=[lot(100)])],
    )
    assert errors(out) == ["refund_exceeds_advance"]
    assert [one["event"] for one in out["receipts"]] == ["r1"]
    assert out["accounts"] == []
