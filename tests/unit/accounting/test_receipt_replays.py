"""A replay of any history: whole when nothing was issued, silent when everything was (receipt rules 6.3)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from accounting.receipts.case_input import books_of
from accounting.receipts.cases import decode_case
from accounting.receipts.codes import FfdVersion
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.events import Restoration
from accounting.receipts.issued import IssuedReceipt
from tests.unit.accounting.histories import histories

RESTORED_ON = date(2026, 3, 31)
sizes = pytest.mark.parametrize(
    "examples", [pytest.param(60, id="slice"), pytest.param(4_000, id="proof", marks=pytest.mark.proof)]
)


def over_histories(check: Any, examples: int) -> None:
    suppressed = [HealthCheck.too_slow, HealthCheck.data_too_large]
    options = settings(max_examples=examples, deadline=None, suppress_health_check=suppressed, database=None)
    given(history=histories())(options(check))()


def both(history: dict[str, Any], *, issued: bool) -> tuple[Outcome, Outcome]:
    """The history as it happened, and its replay against what was issued then (or against nothing)."""
    merchant = history["merchant"] | {"ffd": "1.2"}
    case = decode_case({"id": "h", "in": history | {"merchant": merchant}})
    rules = case.merchant.rules()
    books = books_of(case, rules)
    assert rules.ffd is FfdVersion.FFD_1_2
    happened = compute(rules, books, case.events, as_of=RESTORED_ON)
    documents = [
        IssuedReceipt(
            id=f"d{number}", document=one, issued_on=RESTORED_ON, fiscal_sign=str(number), settled_on=RESTORED_ON
        )
        for number, one in enumerate(happened.receipts)
    ]
    replay = Restoration(key="replay", restored_on=RESTORED_ON, replay=case.events)
    return happened, compute(rules, books, [replay], issued=documents if issued else ())


@sizes
def test_replay_of_what_was_issued_finds_nothing_to_correct(examples: int) -> None:
    def check(history: dict[str, Any]) -> None:
        happened, replayed = both(history, issued=True)
        assert replayed.receipts == []
        assert replayed.accounts == happened.accounts

    over_histories(check, examples)


@sizes
def test_replay_against_nothing_makes_every_receipt_as_a_correction(examples: int) -> None:
    def check(history: dict[str, Any]) -> None:
        happened, replayed = both(history, issued=False)
        wanted = sorted((f"restore|{one.event_key}", one.receipt.total_kopecks) for one in happened.receipts)
        assert sorted((one.event_key, one.receipt.total_kopecks) for one in replayed.receipts) == wanted
        assert all(one.receipt.correction is not None for one in replayed.receipts)
        assert (replayed.accounts, replayed.suspense, replayed.errors) == (
            happened.accounts,
            happened.suspense,
            happened.errors,
        )

    over_histories(check, examples)
