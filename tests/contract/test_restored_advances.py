"""Paid money that a recalculation frees is an advance of the day of the act, taxed as of that day (rules 3.5 f, 7)."""

from typing import Any

import pytest

from accounting.receipts.cases.run import run_case_by
from accounting.receipts.compute import Engine, kernel_is_built

Json = dict[str, Any]

ENGINES = [
    Engine.REFERENCE,
    pytest.param(Engine.KERNEL, marks=pytest.mark.skipif(not kernel_is_built(), reason="the kernel is not built")),
]
SIMPLIFIED: Json = {"id": "s", "vat_code": 7}
"""A payer of the simplified tax: 5 % since 2025, nothing before."""

EXEMPT_UNTIL_2026: Json = {"id": "s", "vat_code": 6, "vat_changes": [{"from": "2026-01-01", "vat_code": 11}]}
GENERAL: Json = {"id": "s", "vat_code": 11}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("service", "period", "settled", "day", "advance"),
    [
        (SIMPLIFIED, "2024-12", {}, "2025-01-15", 9),
        (SIMPLIFIED, "2024-11", {}, "2024-12-31", 6),
        (EXEMPT_UNTIL_2026, "2025-12", {}, "2026-01-15", 12),
        (EXEMPT_UNTIL_2026, "2025-11", {}, "2025-12-31", 6),
        (GENERAL, "2025-12", {}, "2026-01-15", 12),
        (GENERAL, "2018-12", {}, "2019-01-15", 3),
        # the charge was given a code of its own
        (GENERAL, "2025-12", {"vat_code": 6}, "2026-01-15", 6),
        (SIMPLIFIED, "2025-12", {"vat_code": 2}, "2026-01-15", 4),
    ],
)
def test_freed_money_has_the_code_of_its_day(
    engine: Engine, service: Json, period: str, settled: Json, day: str, advance: int
) -> None:
    paid = {"period": period, "service": "s", "amount": 1000, "form": "noncash", **settled}
    lowered = {"type": "recalculation", "key": "r", "date": day, "period": period, "service": "s", "amount": -400}
    state = {"merchant": {"services": [service]}, "accounts": [{"id": "A", "settlements": [paid]}], "events": [lowered]}
    out, use = run_case_by(engine, {"id": "freed", "in": state})
    assert out["accounts"] == [{"id": "A", "advance_lots": [{"date": day, "amount": 400, "vat_code": advance}]}]
    assert (engine is Engine.KERNEL) == ("r" in use.kernel)
