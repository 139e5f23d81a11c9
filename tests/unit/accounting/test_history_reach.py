"""The random histories reach what they claim: a generator that never makes a refund proves nothing about refunds."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from accounting.receipts.errors import ErrorCode
from accounting.receipts.events import Event
from accounting.receipts.policy import Policies
from tests.unit.accounting.histories import CHOICES, histories
from tests.unit.accounting.history_invariants import computed, variants

pytestmark = pytest.mark.xdist_group("history-reach")  # one process: the histories are made once

STORIES, VARIANTS = 600, 2
OF_CORRECTIONS = {
    ErrorCode.ITEMISED_PAYMENTS_REQUIRED,
    ErrorCode.UNKNOWN_RECEIPT,
    ErrorCode.BASIS_DOCUMENT_REQUIRED,
    ErrorCode.CORRECTION_BEFORE_SETTLEMENT,
    ErrorCode.FORMS_DO_NOT_MATCH_TOTAL,
}
"""Errors of documents that correct; histories have none."""
OF_OWN_TESTS = {ErrorCode.KEY_CONFLICT, ErrorCode.TOO_MANY_RECEIPTS}  # keys are unique here, amounts small


def _reached(history: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    _, _, events, outcome = computed(history)
    yield from (("event", str(one.__struct_config__.tag)) for one in events if one.key in outcome.processed_keys)
    yield from (("error", error.code) for error in outcome.errors)
    yield from (("target", row.target) for row in outcome.allocation)
    yield from (("anomaly", anomaly.rule) for anomaly in outcome.anomalies)
    yield from (("unfiscalised", row.reason) for row in outcome.unfiscalised)
    yield from (("agent's receipt", row.sign) for row in outcome.expected_foreign_receipts)
    for one in outcome.receipts:
        forms = msgspec.structs.asdict(one.receipt.tenders)
        yield from (("form", int(one.receipt.sign), form) for form, amount in forms.items() if amount)
        yield from (("method", int(one.receipt.sign), int(line.method or 0)) for line in one.receipt.lines)
        yield "kind", (int(one.receipt.sign), one.consolidated is not None, one.part is not None)
    policies = history["merchant"]["policies"]
    # A policy counts only where there was something to decide.
    if outcome.receipts:
        yield from (("policy", (key, value)) for key, value in policies.items() if key in CHOICES)


@cache
def reached() -> "Counter[tuple[str, Any]]":
    """In how many histories each thing was met; the same ones in every run."""
    found: Counter[tuple[str, Any]] = Counter()

    @seed(54)
    @settings(
        max_examples=STORIES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def meet(history: dict[str, Any]) -> None:
        for one in [history, *variants(history, len(found), VARIANTS - 1)]:
            found.update(set(_reached(one)))

    meet()
    return found


@pytest.mark.parametrize("kind", [event.__struct_config__.tag for event in Event.__args__])
def test_every_event_type_is_applied(kind: str) -> None:
    assert reached()["event", kind] >= 5


@pytest.mark.parametrize("code", sorted({*ErrorCode} - OF_CORRECTIONS - OF_OWN_TESTS))
def test_every_error_is_met(code: ErrorCode) -> None:
    assert reached()["error", code] >= 1


def test_every_value_of_every_policy_had_something_to_decide() -> None:
    assert {*CHOICES} | {"allocation_priority"} == {*Policies.__struct_fields__}
    missing = [
        (key, value) for key, values in CHOICES.items() for value in values if not reached()["policy", (key, value)]
    ]
    assert missing == []


@pytest.mark.parametrize("target", ["debt", "off_balance", "costs", "penalty", "advance", "suspense"])
def test_money_goes_everywhere(target: str) -> None:
    assert reached()["target", target] >= 1


def test_every_method_form_and_kind_of_receipt_is_made() -> None:
    found = {key[1:] if key[0] != "kind" else key for key in reached() if key[0] in ("method", "form", "kind")}
    assert {(1, method) for method in range(1, 8)} <= found
    assert {(2, method) for method in (2, 3, 4, 6)} <= found
    for sign in (1, 2):
        assert {(sign, form) for form in ("cash", "electronic", "prepaid", "credit", "provision")} <= found
    assert {("kind", (sign, True, False)) for sign in (1, 2)} <= found  # consolidated
    assert {("kind", (sign, False, True)) for sign in (1, 2)} <= found  # split by the limits


def test_money_without_receipts_of_ours_is_there() -> None:
    assert {what for kind, what in _pairs() if kind == "unfiscalised"} == {
        "penalty",
        "costs",
        "legal_payer",
        "exempt_member",
    }
    assert reached()["agent's receipt", 1] >= 1


def _pairs() -> Iterator[tuple[str, Any]]:
    return ((key[0], key[1]) for key in reached())
