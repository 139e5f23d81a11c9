"""What every caller of ``compute`` may rely on, whatever the events are."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.receipts.catalogue import Service
from accounting.receipts.checks.receipt import check_receipt
from accounting.receipts.codes import SettlementSign, VatCode
from accounting.receipts.compute import Books, MerchantRules, Outcome, compute
from accounting.receipts.events import Event
from accounting.receipts.ledger import AccountState, Debt
from accounting.receipts.policy import Policies

SERVICES = (
    Service(id="internet", name="Доступ в интернет", vat_code=VatCode.VAT_22),
    Service(id="heating", name="Отопление", vat_code=VatCode.NO_VAT),
)
RULES = MerchantRules(services=SERVICES)


def decoded(*events: dict[str, Any]) -> list[Event]:
    return msgspec.json.decode(msgspec.json.encode(events), type=list[Event])


def paid(amount: int, key: str = "p1", account: str | None = "A", day: str = "2026-11-17") -> dict[str, Any]:
    return {"type": "payment", "key": key, "account": account, "date": day, "tenders": {"bank_transfer": amount}}


def owing(amount: int = 45000) -> dict[str, AccountState]:
    debt = Debt(
        service="internet",
        period="2026-10",
        due_on=date(2026, 11, 15),
        amount_kopecks=amount,
        vat_code=VatCode.VAT_22,
    )
    return {"A": AccountState(id="A", debts=(debt,)), "B": AccountState(id="B")}


def test_only_accounts_that_changed_come_back() -> None:
    outcome = compute(RULES, Books(accounts=owing()), decoded(paid(100)))
    assert list(outcome.accounts) == ["A"]
    assert outcome.accounts["A"].debts[0].amount_kopecks == 44900
    assert [row.settlement.amount_kopecks for row in outcome.settlements] == [100]
    assert outcome.processed_keys == {"p1"}


def test_refused_event_has_no_effect_at_all() -> None:
    books = Books(accounts=owing())
    outcome = compute(RULES, books, decoded(paid(0)))
    assert (outcome.accounts, outcome.receipts, outcome.allocation, outcome.processed_keys) == ({}, [], [], frozenset())
    assert outcome.errors[0].field == "tenders"
    assert outcome.errors[0].message == "Сумма должна быть больше нуля."


def test_payment_of_an_earlier_computation_can_be_taken_back() -> None:
    first = compute(RULES, Books(accounts=owing()), decoded(paid(50000)))
    books = Books(
        accounts=owing() | first.accounts,
        payments=first.payments,
        issued={"p1": tuple(first.receipts)},
        processed_keys=first.processed_keys,
    )
    back = decoded({"type": "payment_reversal", "key": "x1", "date": "2026-11-20", "payment": "p1"})
    second = compute(RULES, books, back)
    assert second.accounts["A"] == owing()["A"]
    assert second.receipts[0].receipt.sign is SettlementSign.INCOME_RETURN
    assert second.receipts[0].receipt.lines == first.receipts[0].receipt.lines
    assert second.receipts[0].deadline == date(2026, 11, 23)
    assert second.payments["p1"].reversed
    again = compute(RULES, msgspec.structs.replace(books, payments=second.payments), back)
    assert [error.code for error in again.errors] == ["payment_no_longer_reversible"]


def test_held_payment_waits_between_computations() -> None:
    rules = MerchantRules(
        services=SERVICES, policies=msgspec.convert({"unknown_payer": "hold_until_deadline"}, Policies)
    )
    first = compute(rules, Books(accounts=owing()), decoded(paid(45000, account=None)))
    assert first.receipts == []
    found = {"type": "payment_identification", "key": "i1", "date": "2026-11-18", "payment": "p1", "account": "A"}
    books = Books(accounts=owing(), held=first.held, processed_keys=first.processed_keys)
    second = compute(rules, books, decoded(found))
    assert [receipt.event_key for receipt in second.receipts] == ["p1"]
    assert second.held == ()
    late = compute(rules, books, decoded(found | {"date": "2026-11-19"}))
    assert [receipt.account for receipt in late.receipts] == [None, "A"]


def test_event_with_unknown_field_is_named_with_its_path() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"`amount`.*\$\[0\]"):
        decoded(paid(1) | {"amount": 1})


@pytest.mark.parametrize(
    ("advance", "expected"),
    [
        (30_000, [(4, 30_000, 0), (6, 0, 1)]),
        (1, [(5, 1, 29_999), (6, 0, 1)]),
        (30_001, [(4, 30_000, 0), (4, 1, 0)]),
        (0, [(6, 0, 30_000), (6, 0, 1)]),
    ],
)
def test_pieces_of_a_line_that_is_settled_in_part_say_what_each_of_them_is(
    advance: int, expected: list[tuple[int, int, int]]
) -> None:
    policies = {"partial_delivery": "method5", "postpaid_mode": "credit_pair", "max_lines": 1, "max_sum": 30_000}
    rules = MerchantRules(services=SERVICES, policies=msgspec.convert(policies, Policies))
    books = Books(accounts={"A": AccountState(id="A")})
    events = [
        {"type": "charge", "key": "c", "account": "A", "period": "2026-11", "service": "internet", "amount": 30_001},
        {"type": "period_close", "key": "x", "period": "2026-11"},
    ]
    paid_before = [paid(advance)] if advance else []
    outcome = compute(rules, books, decoded(*paid_before, *events))
    made = [one.receipt for one in outcome.receipts if one.event_key == "x"]
    assert [(int(one.lines[0].method), one.tenders.prepaid, one.tenders.credit) for one in made] == expected
    assert [found for one in outcome.receipts for found in check_receipt(one.receipt)] == []


ACCOUNTS = st.sampled_from(["A", "B"])
AMOUNTS = st.integers(1, 100_000)
DAYS = st.integers(1, 28).map(lambda day: f"2026-11-{day:02d}")
SERVICE = st.sampled_from(["internet", "heating"])
PERIODS = st.sampled_from(["2026-09", "2026-10", "2026-11"])
WAYS = st.sampled_from(["cash", "card_present", "card_online", "bank_transfer"])
TENDERS = st.dictionaries(WAYS, AMOUNTS, min_size=1)

EVENTS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("payment"), "account": ACCOUNTS, "date": DAYS, "tenders": TENDERS},
        ),
        st.fixed_dictionaries(
            {"type": st.just("charge"), "account": ACCOUNTS, "period": PERIODS, "service": SERVICE, "amount": AMOUNTS},
        ),
        st.fixed_dictionaries({"type": st.just("period_close"), "period": PERIODS}),
        st.fixed_dictionaries(
            {"type": st.just("advance_refund"), "account": ACCOUNTS, "date": DAYS, "tenders": TENDERS},
        ),
        st.fixed_dictionaries(
            {
                "type": st.just("recalculation"),
                "account": ACCOUNTS,
                "date": DAYS,
                "period": PERIODS,
                "service": SERVICE,
                "amount": st.integers(-50_000, 50_000),
            },
        ),
        st.fixed_dictionaries(
            {"type": st.just("advance_transfer"), "from": ACCOUNTS, "to": ACCOUNTS, "date": DAYS, "amount": AMOUNTS},
        ),
    ),
    max_size=14,
)
POLICIES = st.fixed_dictionaries(
    {
        "postpaid_mode": st.sampled_from(["on_payment", "credit_pair"]),
        "offset_timing": st.sampled_from(["period_consolidated", "per_account_at_close", "per_charge"]),
        "partial_delivery": st.sampled_from(["offset_only", "method5", "split_lines"]),
        "reoffset": st.sampled_from(["restore_advance", "pair_counter", "pair_money", "none"]),
        "refund_timing": st.sampled_from(["individual", "period_consolidated"]),
        "allocation": st.sampled_from(["designation_then_bill_then_oldest", "oldest_first", "current_first"]),
        "vat_total": st.sampled_from(["from_total", "sum_lines"]),
        "max_lines": st.sampled_from([1, 2, 90]),
        "max_sum": st.sampled_from([30_000, 9_999_999_999]),
    }
)


def _balance(accounts: dict[str, AccountState]) -> int:
    """What all accounts owe less what they have, kopecks."""
    return sum(
        sum(debt.amount_kopecks for debt in account.debts) - sum(lot.amount_kopecks for lot in account.lots)
        for account in accounts.values()
    )


def _moved(event: dict[str, Any]) -> int:
    """By how much an event that was applied raises the balance, kopecks."""
    match event["type"]:
        case "payment":
            return -sum(event["tenders"].values())
        case "charge" | "recalculation":
            return int(event["amount"])
        case "advance_refund":
            return sum(event["tenders"].values())
        case _:
            return 0


@settings(max_examples=150, deadline=None)
@given(EVENTS, POLICIES)
def test_no_kopeck_appears_or_is_lost_and_every_receipt_is_sound(
    rows: list[dict[str, Any]], policies: dict[str, Any]
) -> None:
    events = [row | {"key": str(place)} for place, row in enumerate(rows)]
    rules = MerchantRules(services=SERVICES, policies=msgspec.convert(policies, Policies))
    books = Books(accounts=owing())
    before = msgspec.json.encode(books.accounts)
    outcome = compute(rules, books, decoded(*events))
    assert msgspec.json.encode(books.accounts) == before
    applied = [event for event in events if event["key"] in outcome.processed_keys]
    after = dict(books.accounts) | outcome.accounts
    assert _balance(after) == _balance(dict(books.accounts)) + sum(_moved(event) for event in applied)
    assert [found for computed in outcome.receipts for found in check_receipt(computed.receipt)] == []
    assert len(applied) + len(outcome.errors) == len(events)
    _money_is_fiscalised(applied, outcome)


def _money_is_fiscalised(applied: list[dict[str, Any]], outcome: Outcome) -> None:
    """All money of payments stands in receipts as cash or non-cash, kopeck by kopeck."""
    expected = {row["key"]: sum(row["tenders"].values()) for row in applied if row["type"] == "payment"}
    for key, amount in expected.items():
        receipts = [computed.receipt for computed in outcome.receipts if computed.event_key == key]
        assert sum(receipt.tenders.cash + receipt.tenders.electronic for receipt in receipts) == amount
