"""What holds for every history: money is conserved, keys work once, order and batches do not matter.

The checks of one computation are in ``history_invariants``; here they meet 100,000 histories under ``make proof``, in
chunks that run in parallel, and a slice of them in every run. A drawn story is computed under several sets of policies:
drawing costs ten times what computing does.
"""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from accounting.receipts._reference.order import in_order
from accounting.receipts.books import Books
from accounting.receipts.cases.output import case_output
from accounting.receipts.codes import SettlementMethod
from accounting.receipts.compute import Outcome, compute
from tests.unit.accounting.histories import histories
from tests.unit.accounting.history_invariants import AS_OF, Row, check_all, computed, variants

CHUNKS = 20
STORIES_IN_CHUNK = 500
VARIANTS = 10
sizes = pytest.mark.parametrize(
    "examples", [pytest.param(60, id="slice"), pytest.param(1_000, id="proof", marks=pytest.mark.proof)]
)
SUPPRESSED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def over_histories(check: Any, examples: int, **more: Any) -> None:
    options = settings(max_examples=examples, deadline=None, suppress_health_check=SUPPRESSED, database=None)
    given(history=histories(), **more)(options(check))()


def _check_variants(stories: int, number: int) -> int:
    """Stories of a chunk, each under several sets of policies; gives how many histories that were."""
    done = 0

    def check(history: Row, shuffle: int) -> None:
        nonlocal done
        for one in [history, *variants(history, shuffle, VARIANTS - 1)]:
            check_all(one)
            done += 1

    options = settings(max_examples=stories, deadline=None, suppress_health_check=SUPPRESSED, database=None)
    seed(number)(given(history=histories(), shuffle=st.integers(0, 2**32))(options(check)))()
    return done


def test_a_slice_of_histories_keeps_money_books_keys_and_control() -> None:
    assert _check_variants(30, CHUNKS) >= 300


@pytest.mark.proof
@pytest.mark.parametrize("number", range(CHUNKS))
def test_a_hundred_thousand_histories_keep_money_books_keys_and_control(number: int) -> None:
    assert CHUNKS * _check_variants(STORIES_IN_CHUNK, number) >= 100_000


@sizes
def test_order_in_the_list_counts_only_between_equals(examples: int) -> None:
    def check(history: Row, data: st.DataObject) -> None:
        # One event a day and rank: payments and charges at days of their own.
        events = [
            event | {"date": f"2025-{month:02d}-{day:02d}"}
            for (month, day), event in zip(
                ((m, d) for m in range(1, 13) for d in (3, 17)), history["events"], strict=False
            )
            if event["type"] in ("payment", "charge", "advance_transfer", "advance_refund", "counter_offset")
            and "register_date" not in event
        ]
        mixed = data.draw(st.permutations(events))
        rules, books, _, one = computed(history | {"events": events})
        _, _, _, other = computed(history | {"events": mixed})
        assert case_output(rules, books, one) == case_output(rules, books, other)

    over_histories(check, examples, data=st.data())


@sizes
def test_events_one_by_one_give_the_state_that_all_at_once_give(examples: int) -> None:
    """Replay from events equals state: a batch boundary between days is invisible."""

    def check(history: Row) -> None:
        kept = [
            event
            for event in history["events"]
            if event["type"] not in ("payment_reversal", "payment_identification") and event.get("account", "A")
        ]
        rules, books, events, whole = computed(history | {"events": kept})
        ordered = in_order(events, rules.policies.settlement_date_source, {})
        found: list[Any] = []
        for _, event in ordered:
            step = compute(rules, books, [event], as_of=AS_OF)
            found.extend(step.receipts)
            books = Books(
                accounts={**books.accounts, **step.accounts},
                suspense=step.suspense,
                held=step.held,
                pending_refunds=step.pending_refunds,
                closed_periods=step.closed_periods,
                processed_keys=books.processed_keys | step.processed_keys,
                payments=step.payments,
            )
        assert found == whole.receipts
        changed = {key: books.accounts[key] for key in whole.accounts}
        assert (changed, books.suspense, books.pending_refunds) == (
            whole.accounts,
            whole.suspense,
            whole.pending_refunds,
        )

    over_histories(check, examples)


_DELIVERED = (
    SettlementMethod.FULL_SETTLEMENT,
    SettlementMethod.PARTIAL_SETTLEMENT_AND_CREDIT,
    SettlementMethod.CREDIT,
)
"""A line settled in part (5) may be cut into one that is settled (4) and one on credit (6): the forms say how much."""


def _sums(outcome: Outcome) -> "Counter[tuple[Any, ...]]":
    found: Counter[tuple[Any, ...]] = Counter()
    for one in outcome.receipts:
        for line in one.receipt.lines:
            method = "delivered" if line.method in _DELIVERED else line.method
            found[one.event_key, one.receipt.sign, method, line.vat_code, line.service] += line.sum_kopecks
        for form, amount in msgspec.structs.asdict(one.receipt.tenders).items():
            found[one.event_key, one.receipt.sign, form] += amount
    return +found


@sizes
def test_splitting_by_limits_gives_the_same_sums(examples: int) -> None:
    def check(history: Row) -> None:
        wide = history["merchant"]["policies"] | {"max_lines": 90, "max_sum": 9_999_999_999}
        _, _, _, whole = computed(history | {"merchant": history["merchant"] | {"policies": wide}})
        for limits in ({"max_lines": 1}, {"max_sum": 300}):
            merchant = history["merchant"] | {"policies": wide | limits}
            _, _, _, parts = computed(history | {"merchant": merchant})
            assert _sums(parts) == _sums(whole)
            assert parts.accounts == whole.accounts

    over_histories(check, examples)
