"""Cash and transfers together: money meets the lines of a receipt as they are printed (receipt rules 3.5 l, 3.7)."""

from typing import Any

import pytest

from accounting.receipts.cases.run import run_case_by
from accounting.receipts.compute import Engine, kernel_is_built

Json = dict[str, Any]

ENGINES = [
    Engine.REFERENCE,
    pytest.param(Engine.KERNEL, marks=pytest.mark.skipif(not kernel_is_built(), reason="the kernel is not built")),
]
INTERNET: Json = {"id": "internet", "vat_code": 11}
PHONE: Json = {"id": "phone", "vat_code": 11, "taxation": 2}


def parts(engine: Engine, account: Json, event: Json, **policies: Any) -> list[tuple[int, int, int]]:
    """Sum, cash and non-cash of each receipt."""
    merchant = {"services": [INTERNET, PHONE], "policies": policies}
    state = {"merchant": merchant, "accounts": [{"id": "A", **account}], "events": [{"key": "e", **event}]}
    out, _ = run_case_by(engine, {"id": "mixed", "in": state})
    assert "errors" not in out
    return [(one["1020"], one["1031"], one["1081"]) for one in out["receipts"]]


def debt(service: str, due_on: str, vat_code: int = 11) -> Json:
    return {"period": "2026-01", "service": service, "amount": 100, "due_date": due_on, "vat_code": vat_code}


@pytest.mark.parametrize("engine", ENGINES)
def test_credits_of_two_rates_that_are_paid_without_vat_are_one_line(engine: Engine) -> None:
    debts = [debt("internet", "2026-02-10"), debt("phone", "2026-02-11"), debt("internet", "2026-02-12", 6)]
    paid = {"type": "payment", "date": "2026-03-05", "tenders": {"cash": 150, "bank_transfer": 150}}
    chosen = {"postpaid_mode": "credit_pair", "credit_payment_vat": "none"}
    assert parts(engine, {"debts": debts}, paid, **chosen) == [(200, 150, 50), (100, 0, 100)]
    chosen["credit_payment_vat"] = "as_supply"
    assert parts(engine, {"debts": debts}, paid, **chosen) == [(200, 100, 100), (100, 50, 50)]


def lot(day: str, service: str) -> Json:
    return {"date": day, "amount": 100, "vat_code": 12, "method": 2, "service": service}


@pytest.mark.parametrize("engine", ENGINES)
def test_advances_of_one_line_go_back_together(engine: Engine) -> None:
    lots = [lot("2026-02-01", "internet"), lot("2026-02-02", "phone"), lot("2026-02-03", "internet")]
    back = {"type": "advance_refund", "date": "2026-03-05", "tenders": {"cash": 150, "bank_transfer": 150}}
    assert parts(engine, {"advance_lots": lots}, back) == [(200, 150, 50), (100, 0, 100)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_service_goes_back_line_by_line(engine: Engine) -> None:
    """Settlements of two rates, the newest first; a receipt holds one line."""
    settled = [
        {"period": "2026-01", "service": "internet", "amount": 100, "form": "cash", "date": day, "vat_code": code}
        for day, code in (("2026-02-01", 11), ("2026-02-02", 6), ("2026-02-03", 11))
    ]
    back = {"type": "service_refund", "date": "2026-03-05", "period": "2026-01", "service": "internet"}
    money = {"tenders": {"cash": 150, "bank_transfer": 150}}
    assert parts(engine, {"settlements": settled}, back | money, max_lines=1) == [(200, 150, 50), (100, 0, 100)]
