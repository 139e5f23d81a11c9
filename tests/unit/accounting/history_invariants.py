"""What holds for every history, as one check: money, books, keys, receipts, VAT (receipt rules 2, 3.6, 4.4)."""

from collections.abc import Iterator, Sequence
from datetime import date
from random import Random
from typing import Any

import msgspec
from msgspec import UNSET

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.cases.input import books_of
from accounting.receipts.cases.run import decode_case
from accounting.receipts.checks.receipt import Severity, check_receipt
from accounting.receipts.codes import SettlementSign
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.events import (
    AdvanceRefund,
    AdvanceWriteOff,
    AnyEvent,
    Charge,
    CounterOffset,
    Payment,
    PaymentReversal,
    PeriodClose,
    Recalculation,
    ServiceRefund,
)
from accounting.receipts.ledger import AccountState, Debt, Settlement, debts_total, lots_total
from accounting.receipts.vat import tax_plain
from tests.unit.accounting.histories import CHOICES

Row = dict[str, Any]
AS_OF = date(2026, 3, 31)


def decoded(history: Row) -> tuple[MerchantRules, Books, list[AnyEvent]]:
    case = decode_case({"id": "h", "in": history})
    rules = case.merchant.rules()
    return rules, books_of(case, rules), list(case.events)


def computed(history: Row) -> tuple[MerchantRules, Books, list[AnyEvent], Outcome]:
    rules, books, events = decoded(history)
    return rules, books, events, compute(rules, books, events, as_of=AS_OF)


def variants(history: Row, seed: int, count: int) -> Iterator[Row]:
    """The same story under other policies, with other people, and with some of its events left out."""
    random = Random(seed)
    for _ in range(count):
        merchant = history["merchant"]
        policies = {key: random.choice(values) for key, values in CHOICES.items()}
        merchant = merchant | {"policies": merchant["policies"] | policies, "ffd": random.choice(["1.2", "1.05"])}
        merchant |= {"exempt_noncash_members": random.random() < 0.3}
        accounts = [account | {"member": random.random() < 0.3} for account in history["accounts"]]
        events = [event for event in history["events"] if random.random() < 0.9]
        yield history | {"merchant": merchant, "accounts": accounts, "events": events}


def applied(events: Sequence[AnyEvent], outcome: Outcome) -> list[AnyEvent]:
    return [event for event in events if event.key in outcome.processed_keys]


def moved(events: Sequence[AnyEvent], outcome: Outcome) -> int:
    """Money that came in less what went out, kopecks."""
    done = applied(events, outcome)
    paid = {event.key: event.tenders.total() for event in done if isinstance(event, Payment)}
    taken_back = {event.payment for event in done if isinstance(event, PaymentReversal)}
    back = sum(event.tenders.total() for event in done if isinstance(event, AdvanceRefund | ServiceRefund))
    return sum(amount for key, amount in paid.items() if key not in taken_back) - back


def check_receipts_hold_the_money(events: Sequence[AnyEvent], outcome: Outcome) -> None:
    """Every kopeck in or out is on a receipt, an agent's receipt, without one by a rule, or held."""
    on_receipts = 0
    for one in outcome.receipts:
        money = one.receipt.tenders.cash + one.receipt.tenders.electronic
        on_receipts += money if one.receipt.sign is SettlementSign.INCOME else -money
    agents = sum(
        row.amount_kopecks if row.sign == 1 else -row.amount_kopecks for row in outcome.expected_foreign_receipts
    )
    without = sum(row.amount_kopecks for row in outcome.unfiscalised)
    waiting = sum(refund.amount_kopecks for refund in outcome.pending_refunds)
    assert moved(events, outcome) == on_receipts + agents + without - waiting + _held(outcome)


def _held(outcome: Outcome) -> int:
    return sum(payment.payment.tenders.total() for payment in outcome.held)


def check_books_hold_the_money(books: Books, events: Sequence[AnyEvent], outcome: Outcome) -> None:
    """Money and counter-claims = settlements + advances + costs and penalty + unknown, held, taken into income."""
    before, after = books.accounts, {**books.accounts, **outcome.accounts}
    done = applied(events, outcome)
    written_off = [event.amount_kopecks for event in done if isinstance(event, AdvanceWriteOff)]
    if UNSET in written_off:
        return  # it takes whatever there is: how much, only the computation knows
    claims = sum(event.amount_kopecks for event in done if isinstance(event, CounterOffset))
    settled = sum(row.amount_kopecks for account in after.values() for row in account.settlements)
    lots = sum(lots_total(account.lots) for account in after.values())
    fines = sum(
        before[key].penalty_kopecks + before[key].costs_kopecks - one.penalty_kopecks - one.costs_kopecks
        for key, one in after.items()
    )
    aside = sum(lot.amount_kopecks for lot in outcome.suspense) + _held(outcome)
    income = sum(amount for amount in written_off if amount is not UNSET)
    assert moved(events, outcome) + claims == settled + lots + fines + aside + income


def check_books_hold_the_charges(books: Books, events: Sequence[AnyEvent], outcome: Outcome) -> None:
    """Charges and recalculations less refunded services = settlements + debts + debts off balance."""
    charged = 0
    for event in applied(events, outcome):
        if isinstance(event, Charge | Recalculation):
            charged += event.amount_kopecks
        elif isinstance(event, PeriodClose):
            charged += sum(charge.amount_kopecks for charge in event.charges)
        elif isinstance(event, ServiceRefund):
            charged -= event.tenders.total()
    accounts = {**books.accounts, **outcome.accounts}.values()
    assert charged == sum(row.amount_kopecks for account in accounts for row in _of_charges(account))


def _of_charges(account: AccountState) -> Iterator[Debt | Settlement]:
    yield from (*account.debts, *account.off_balance, *account.settlements)


def check_control(rules: MerchantRules, outcome: Outcome) -> None:
    """Every receipt passes the control."""
    for one in outcome.receipts:
        found = check_receipt(one.receipt, ffd=rules.ffd)
        assert [finding for finding in found if finding.severity is Severity.ERROR] == []


def check_vat(outcome: Outcome) -> None:
    """A total is at most 22/122 of its turnover, and half a kopeck a line from the sum of the lines."""
    for one in outcome.receipts:
        for total in one.receipt.vat_totals:
            lines = [line for line in one.receipt.lines if line.vat_code is total.code]
            turnover = sum(line.sum_kopecks for line in lines)
            if total.code in (5, 6):
                assert total.kopecks == turnover
                continue
            assert 0 <= total.kopecks <= sum(tax_plain(line.sum_kopecks, (22, 122)) + 1 for line in lines)
            assert 2 * abs(total.kopecks - sum(line.vat_kopecks for line in lines)) <= len(lines) + 1


def check_nothing_is_below_zero(outcome: Outcome) -> None:
    """Neither rows nor sums of an account."""
    for account in outcome.accounts.values():
        rows = (*account.debts, *account.off_balance, *account.lots, *account.settlements)
        assert all(row.amount_kopecks > 0 for row in rows)
        assert min(account.penalty_kopecks, account.costs_kopecks, debts_total(account.debts)) >= 0


def check_keys_work_once(rules: MerchantRules, books: Books, events: Sequence[AnyEvent], outcome: Outcome) -> None:
    """Applied events again, in the same run or in a later one, change nothing; a refused one may come again."""
    twice = compute(rules, books, [*events, *applied(events, outcome)], as_of=AS_OF)
    assert (twice.receipts, twice.accounts, twice.suspense) == (outcome.receipts, outcome.accounts, outcome.suspense)
    known = msgspec.structs.replace(books, processed_keys=outcome.processed_keys)
    again = compute(rules, known, applied(events, outcome), as_of=AS_OF)
    assert (again.receipts, again.accounts, again.errors) == ([], {}, [])


def check_all(history: Row) -> Outcome:
    """Everything that one computation can be held to."""
    rules, books, events, outcome = computed(history)
    check_receipts_hold_the_money(events, outcome)
    check_books_hold_the_money(books, events, outcome)
    check_books_hold_the_charges(books, events, outcome)
    check_control(rules, outcome)
    check_vat(outcome)
    check_nothing_is_below_zero(outcome)
    check_keys_work_once(rules, books, events, outcome)
    return outcome
