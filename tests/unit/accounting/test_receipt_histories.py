"""What holds for every history: money is conserved, keys work once, order and batches do not matter."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting.receipts._reference.order import in_order
from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.case_input import books_of
from accounting.receipts.case_output import case_output
from accounting.receipts.cases import decode_case
from accounting.receipts.checks import Severity, check_receipt
from accounting.receipts.codes import SettlementSign
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.events import AdvanceRefund, AnyEvent, Payment, PaymentReversal, ServiceRefund
from accounting.receipts.ledger import debts_total, lots_total
from tests.unit.accounting.histories import histories

Row = dict[str, Any]
AS_OF = date(2026, 3, 31)

# Few in every run; the hundred thousand of `make proof` are in the contract of the kernel.
SLICE = pytest.param(60, id="slice")
PROOF = pytest.param(4_000, id="proof", marks=pytest.mark.proof)
sizes = pytest.mark.parametrize("examples", [SLICE, PROOF])


def over_histories(check: Any, examples: int, **more: Any) -> None:
    suppressed = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    given(history=histories(), **more)(
        settings(max_examples=examples, deadline=None, suppress_health_check=suppressed, database=None)(check)
    )()


def decoded(history: Row) -> tuple[MerchantRules, Books, list[AnyEvent]]:
    case = decode_case({"id": "h", "in": history})
    rules = case.merchant.rules()
    return rules, books_of(case, rules), list(case.events)


def computed(history: Row) -> tuple[MerchantRules, Books, list[AnyEvent], Outcome]:
    rules, books, events = decoded(history)
    return rules, books, events, compute(rules, books, events, as_of=AS_OF)


def _applied(events: Sequence[AnyEvent], outcome: Outcome) -> list[AnyEvent]:
    return [event for event in events if event.key in outcome.processed_keys]


def _moved(events: Sequence[AnyEvent], outcome: Outcome) -> int:
    """Money that came in less what went out, kopecks."""
    applied = _applied(events, outcome)
    paid = {event.key: event.tenders.total() for event in applied if isinstance(event, Payment)}
    taken_back = {event.payment for event in applied if isinstance(event, PaymentReversal)}
    back = sum(event.tenders.total() for event in applied if isinstance(event, AdvanceRefund | ServiceRefund))
    return sum(amount for key, amount in paid.items() if key not in taken_back) - back


def _receipted(outcome: Outcome) -> int:
    """Money on receipts: cash and non-cash, returns negative."""
    total = 0
    for one in outcome.receipts:
        money = one.receipt.tenders.cash + one.receipt.tenders.electronic
        total += money if one.receipt.sign is SettlementSign.INCOME else -money
    return total


def _without_receipts_of_ours(outcome: Outcome) -> int:
    agents = sum(
        row.amount_kopecks if row.sign == 1 else -row.amount_kopecks for row in outcome.expected_foreign_receipts
    )
    return agents + sum(row.amount_kopecks for row in outcome.unfiscalised)


@sizes
def test_every_kopeck_is_on_a_receipt_or_accounted_for(examples: int) -> None:
    def check(history: Row) -> None:
        # What was paid back of agent's and exempt money has receipts or entries by other rules: refunds are left out.
        kept = [e for e in history["events"] if e["type"] not in ("advance_refund", "service_refund", "recalculation")]
        _, _, events, outcome = computed(history | {"events": kept})
        held = sum(payment.payment.tenders.total() for payment in outcome.held)
        assert _moved(events, outcome) == _receipted(outcome) + _without_receipts_of_ours(outcome) + held

    over_histories(check, examples)


@sizes
def test_books_balance_charges_against_money(examples: int) -> None:
    """Money in = settled by money + advances + costs and penalty paid + suspense + held + written-off advances."""

    def check(history: Row) -> None:
        kept = [
            e for e in history["events"] if e["type"] not in ("service_refund", "recalculation", "advance_write_off")
        ]
        _, books, events, outcome = computed(history | {"events": kept})
        before, after = books.accounts, {**books.accounts, **outcome.accounts}
        used = sum(
            row.amount_kopecks
            for account in after.values()
            for row in account.settlements
            if row.form in ("cash", "noncash", "advance")
        )
        lots = sum(lots_total(account.lots) for account in after.values())
        fines = sum(
            before[key].penalty_kopecks + before[key].costs_kopecks - one.penalty_kopecks - one.costs_kopecks
            for key, one in after.items()
        )
        aside = sum(lot.amount_kopecks for lot in outcome.suspense)
        aside += sum(payment.payment.tenders.total() for payment in outcome.held)
        countered = _by_counter_transfers(history, outcome)
        assert _moved(events, outcome) == used + lots + fines + aside + countered

    over_histories(check, examples)


def _by_counter_transfers(history: Row, outcome: Outcome) -> int:
    """Settlements by counter-provision that came out of an advance, not out of a counter-claim."""
    claims = {event["key"] for event in history["events"] if event["type"] == "counter_offset"}
    return sum(
        row.amount_kopecks
        for account in outcome.accounts.values()
        for row in account.settlements
        if row.form == "counter" and row.event_key not in claims
    )


@sizes
def test_every_receipt_passes_the_control(examples: int) -> None:
    def check(history: Row) -> None:
        rules, _, _, outcome = computed(history)
        for one in outcome.receipts:
            errors = [
                finding for finding in check_receipt(one.receipt, ffd=rules.ffd) if finding.severity is Severity.ERROR
            ]
            assert errors == []

    over_histories(check, examples)


@sizes
def test_same_events_again_change_nothing(examples: int) -> None:
    def check(history: Row) -> None:
        _, _, _, once = computed(history)
        rules, books, events, twice = computed(history | {"events": history["events"] * 2})
        assert (twice.receipts, twice.accounts, twice.suspense) == (once.receipts, once.accounts, once.suspense)
        known = msgspec.structs.replace(books, processed_keys=once.processed_keys)
        again = compute(rules, known, [event for event in events if event.key in once.processed_keys], as_of=AS_OF)
        assert (again.receipts, again.accounts, again.errors) == ([], {}, [])

    over_histories(check, examples)


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


def _sums(outcome: Outcome) -> "Counter[tuple[Any, ...]]":
    found: Counter[tuple[Any, ...]] = Counter()
    for one in outcome.receipts:
        for line in one.receipt.lines:
            found[one.event_key, one.receipt.sign, line.method, line.vat_code, line.service] += line.sum_kopecks
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


@sizes
def test_vat_stays_within_its_bounds(examples: int) -> None:
    """A total is at most 22/122 of the turnover, and half a kopeck a line from the sum of the lines."""

    def check(history: Row) -> None:
        _, _, _, outcome = computed(history)
        for one in outcome.receipts:
            for total in one.receipt.vat_totals:
                lines = [line for line in one.receipt.lines if line.vat_code is total.code]
                turnover = sum(line.sum_kopecks for line in lines)
                if total.code in (5, 6):
                    assert total.kopecks == turnover
                    continue
                assert 0 <= total.kopecks * 122 <= turnover * 22 + 122 * len(lines)
                assert 2 * abs(total.kopecks - sum(line.vat_kopecks for line in lines)) <= len(lines) + 1

    over_histories(check, examples)


@sizes
def test_nothing_owed_or_held_is_ever_below_zero(examples: int) -> None:
    def check(history: Row) -> None:
        _, _, _, outcome = computed(history)
        for account in outcome.accounts.values():
            rows = (*account.debts, *account.off_balance, *account.lots, *account.settlements)
            assert all(row.amount_kopecks > 0 for row in rows)
            assert min(account.penalty_kopecks, account.costs_kopecks, debts_total(account.debts)) >= 0

    over_histories(check, examples)
