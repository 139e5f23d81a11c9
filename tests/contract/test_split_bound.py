"""Too many receipts: kernel and reference refuse the same events, with the same words."""

from typing import Any

import pytest

from accounting.receipts.bulk.whole import DECLINED
from accounting.receipts.cases.run import run_case_by
from accounting.receipts.compute import Engine
from accounting.receipts.consolidate import MAX_CONSOLIDATED_PARTS, MAX_PARTS, MAX_PARTS_AT_ONCE
from tests.contract.kernel_bench import KERNEL_IS_BUILT
from tests.unit.accounting.receipt_scene import account, close, debt, lot, payment

pytestmark = pytest.mark.skipif(not KERNEL_IS_BUILT, reason="the kernel is not built")


def _by_both(events: list[dict[str, Any]], accounts: list[dict[str, Any]], **policies: Any) -> tuple[Any, Any]:
    """The answer of both, and who computed what when the kernel was asked."""
    merchant = {"services": [{"id": "internet", "vat_code": 11}], "policies": {"max_sum": 1, **policies}}
    case = {"id": "bound", "in": {"merchant": merchant, "accounts": accounts, "events": events}}
    out, engines = run_case_by(Engine.KERNEL, case)
    assert out == run_case_by(Engine.REFERENCE, case)[0]
    return out, engines


def test_a_payment_of_too_many_receipts_is_refused_and_the_kernel_computes_the_others() -> None:
    events = [payment(1, "good", account="B"), payment(MAX_PARTS + 1, "bad", account="A")]
    out, engines = _by_both(events, [account("A"), account("B")])
    assert out["errors"] == [{"event": "bad", "code": "too_many_receipts", "field": "tenders"}]
    assert (engines.kernel, engines.reference) == (("good",), {"bad": "refused: too_many_receipts"})


def test_a_payment_at_the_bound_is_split_by_the_reference() -> None:
    out, engines = _by_both([payment(MAX_PARTS, account="A")], [account()])
    assert (len(out["receipts"]), engines.reference) == (MAX_PARTS, {"p1": DECLINED})


@pytest.mark.parametrize("amount", [MAX_CONSOLIDATED_PARTS, MAX_CONSOLIDATED_PARTS + 1, 99_999_999_999])
def test_consolidated_receipts_have_one_bound_in_both(amount: int) -> None:
    """One account reaches it by its single line, three by what is left open between them."""
    whole = [account(debts=[debt(amount=amount, delivered=False)], advance_lots=[lot(amount)])]
    third = [(name, part) for name, part in zip("ABC", (amount - 2, 1, 1), strict=True)]
    several = [
        account(name, debts=[debt(amount=part, delivered=False)], advance_lots=[lot(part)]) for name, part in third
    ]
    for accounts in (whole, several):
        out, engines = _by_both([close()], accounts)
        if amount == MAX_CONSOLIDATED_PARTS:
            assert (len(out["receipts"]), engines.kernel) == (amount, ("c1",))
        else:
            assert out["errors"] == [{"event": "c1", "code": "too_many_receipts", "field": "period"}]
            assert engines.reference == {"c1": "refused: too_many_receipts"}


def test_small_events_together_have_a_bound_too_across_closes() -> None:
    """One part more than is left is refused wherever it comes; what needs no split always goes."""
    full = MAX_PARTS_AT_ONCE // MAX_PARTS - 1
    events = [payment(MAX_PARTS, f"p{n}", "2026-10-05", account="A") for n in range(full)]
    events += [payment(1, "whole", "2026-10-06", account="B"), close()]
    events += [payment(MAX_PARTS - 8, "over", "2026-11-05", account="A"), payment(2, "fits", "2026-11-06", account="A")]
    books = [account("A"), account("B", debts=[debt(amount=10, delivered=False)], advance_lots=[lot(10)])]
    out, engines = _by_both(events, books)
    assert out["errors"] == [{"event": "over", "code": "too_many_receipts", "field": "tenders"}]
    assert len(out["receipts"]) == full * MAX_PARTS + 1 + 9 + 2
    assert "c1" in engines.kernel


def test_a_close_with_one_credit_of_too_many_receipts_is_refused_whole() -> None:
    accounts = [
        account(name, debts=[debt(amount=amount, delivered=False)]) for name, amount in (("A", 1), ("B", MAX_PARTS + 1))
    ]
    out, engines = _by_both([close()], accounts, postpaid_mode="credit_pair")
    assert [error["code"] for error in out["errors"]] == ["too_many_receipts"]
    assert engines.reference == {"c1": "refused: too_many_receipts"}
