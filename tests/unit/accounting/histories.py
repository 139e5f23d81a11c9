"""Random long histories of several accounts, as cases: every event type, every policy, mistakes among them."""

from typing import Any

from hypothesis import strategies as st

Row = dict[str, Any]

ACCOUNTS = ("A", "B", "C")
SERVICES = ("internet", "heating", "tv")
PERIODS = ("2025-11", "2025-12", "2026-01", "2026-02")
DAYS = tuple(f"{period}-{day:02d}" for period in PERIODS for day in (1, 9, 15, 28))

CATALOGUE: list[Row] = [
    {"id": "internet", "vat_code": 11},
    {"id": "heating", "vat_code": 6},
    {"id": "tv", "vat_code": 2, "subject": 4, "agent": {"1222": 64, "1226": "7707083893"}},
]

CHOICES: dict[str, list[Any]] = {
    "postpaid_mode": ["on_payment", "credit_pair"],
    "prepaid_sign": ["advance", "full_prepayment", "prepayment"],
    "offset_timing": ["period_consolidated", "per_account_at_close", "per_charge"],
    "consolidated_lines": ["by_service_rate", "per_account"],
    "max_lines": [1, 2, 90],
    "max_sum": [500, 9_999_999_999],
    "partial_delivery": ["offset_only", "method5", "split_lines"],
    "credit_payment_vat": ["as_supply", "none"],
    "overpay": ["same_receipt", "separate_receipt"],
    "reoffset": ["restore_advance", "pair_counter", "pair_money", "none"],
    "refund_of_offset": ["two_step", "direct_money"],
    "refund_timing": ["individual", "period_consolidated"],
    "refund_lot_order": ["newest_first", "oldest_first"],
    "penalty_receipt": ["none", "line"],
    "write_off": ["none", "reverse_credit"],
    "transfer_between_accounts": ["ledger_only", "pair_counter"],
    "unknown_payer": ["advance_unknown", "hold_until_deadline"],
    "advance_vat": ["split_by_last_bill", "max_rate"],
    "vat_total": ["from_total", "sum_lines"],
    "contact_fallback": ["omit", "none"],
    "allocation": [
        "designation_then_bill_then_oldest",
        "oldest_first",
        "bill_proportional",
        "current_first",
        "priority_list",
    ],
    "settlement_date_source": ["credit", "register"],
    "skip_time_barred": [True, False],
}

policies = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CHOICES.items()})
_account = st.sampled_from(ACCOUNTS)
_service = st.sampled_from(SERVICES)
_period = st.sampled_from(PERIODS)
_day = st.sampled_from(DAYS)
_amount = st.one_of(st.integers(1, 2000), st.integers(-1, 3), st.sampled_from([45000, 100_000]))
_way = st.sampled_from(["cash", "card_present", "card_online", "bank_transfer"])
_tenders = st.dictionaries(_way, _amount, min_size=1, max_size=2)
_debt_designation = st.one_of(
    st.fixed_dictionaries({"period": _period}), st.fixed_dictionaries({"period": _period, "service": _service})
)
_designation = st.one_of(
    _debt_designation, st.fixed_dictionaries({"purpose": st.sampled_from(["penalty", "costs", "advance"])})
)


def _event(kind: str, required: dict[str, Any], optional: dict[str, Any] | None = None) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries({"type": st.just(kind), **required}, optional=optional or {})


_of_account = {"account": _account, "date": _day}
_payment = _event(
    "payment",
    {"account": st.one_of(_account, _account, _account, st.none()), "date": _day, "tenders": _tenders},
    {
        "designation": _designation,
        "payer_kind": st.just("legal"),
        "agent_fiscalises": st.booleans(),
        "register_date": _day,
    },
)
_charge = _event("charge", {"account": _account, "period": _period, "service": _service, "amount": _amount})
_event_of_any_type = st.one_of(
    _payment,
    _payment,
    _payment,
    _charge,
    _charge,
    _event("period_close", {"period": _period}),
    _event("payment_reversal", {"date": _day, "payment": st.integers(0, 12)}),
    _event("payment_identification", {**_of_account, "payment": st.integers(0, 12)}),
    _event("counter_offset", {**_of_account, "amount": _amount}, {"designation": _debt_designation}),
    _event("recalculation", {**_of_account, "period": _period, "service": _service, "amount": st.integers(-900, 900)}),
    _event("advance_refund", {**_of_account, "tenders": _tenders}),
    _event("service_refund", {**_of_account, "period": _period, "service": _service, "tenders": _tenders}),
    _event("advance_transfer", {"date": _day, "from": _account, "to": _account, "amount": _amount}),
    _event("debt_write_off", _of_account),
    _event("advance_write_off", _of_account),
)


def _keyed(events: list[Row]) -> list[Row]:
    """Keys by place; what names a payment names one of these."""
    keyed = [event | {"key": f"e{place}"} for place, event in enumerate(events)]
    payments = [event["key"] for event in keyed if event["type"] == "payment"] or ["nothing"]
    return [
        event | {"payment": payments[event["payment"] % len(payments)]} if "payment" in event else event
        for event in keyed
    ]


_state = st.fixed_dictionaries(
    {"penalty": st.integers(0, 300), "costs": st.sampled_from([0, 0, 150]), "member": st.booleans()},
    optional={"plan": st.just({"service": "internet", "price": 450}), "contact": st.just("+79000000001")},
)


@st.composite
def histories(draw: st.DrawFn, max_events: int = 14) -> Row:
    """The ``in`` of a case."""
    merchant = {
        "services": CATALOGUE,
        "policies": draw(policies) | {"allocation_priority": ["heating"]},
        "exempt_noncash_members": draw(st.booleans()),
        "ffd": draw(st.sampled_from(["1.2", "1.05"])),
    }
    return {
        "merchant": merchant,
        "accounts": [{"id": name, **draw(_state)} for name in ACCOUNTS],
        "events": _keyed(draw(st.lists(_event_of_any_type, max_size=max_events))),
        "as_of": "2026-03-31",
    }
