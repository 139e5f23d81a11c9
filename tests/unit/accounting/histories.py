"""Random long histories of several accounts, as cases: every event type, every policy, mistakes among them.

Single events drawn at random hardly ever meet: a refund needs an advance on the very account. So a history is made of
short stories as well, whose events belong together (``test_history_reach`` counts what is reached).
"""

from typing import Any

from hypothesis import strategies as st

Row = dict[str, Any]

ACCOUNTS = ("A", "B", "C")
SERVICES = ("internet", "heating", "tv")
PERIODS = ("2025-11", "2025-12", "2026-01", "2026-02")
NOBODY = "Z"
"""An account that does not exist."""
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
    "advance_vat": ["split_by_last_bill", "max_rate", "single"],
    "advance_vat_code": [2, 6, 11],
    "vat_total": ["from_total", "sum_lines"],
    "contact_fallback": ["omit", "none", "company_email"],
    "allocation": [
        "designation_then_bill_then_oldest",
        "oldest_first",
        "bill_proportional",
        "current_first",
        "priority_list",
    ],
    "settlement_date_source": ["credit", "register"],
    "skip_time_barred": [True, False],
    "restoration_granularity": ["per_payment", "per_day_total"],
    "restore_only_missing": [True, False],
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
_payment_options = {
    "designation": _designation,
    "payer_kind": st.just("legal"),
    "agent_fiscalises": st.booleans(),
    "register_date": _day,
    "unblocks": st.booleans(),
}
_payer = st.one_of(_account, _account, _account, st.none(), st.just(NOBODY))
_payment = _event("payment", {"account": _payer, "date": _day, "tenders": _tenders}, _payment_options)
_charge = _event(
    "charge",
    {"period": _period, "service": st.sampled_from([*SERVICES, *SERVICES, "water"]), "amount": _amount},
    {
        "account": st.one_of(_account, _account, _account, st.just(NOBODY)),
        "vat_code": st.sampled_from([1, 11, 6]),
        "date": _day,
    },
)
_event_of_any_type = st.one_of(
    _payment,
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
    _event("advance_write_off", _of_account, {"amount": _amount}),
)

_PARTS = st.sampled_from([1, 40, 100, 250, 450])  # of charges and payments of 450 and 900


@st.composite
def _story(draw: st.DrawFn) -> list[Row]:
    """Events about one account, service and month that build on each other."""
    account, service = draw(_account), draw(_service)
    month = draw(st.integers(0, len(PERIODS) - 2))
    period, later = PERIODS[month], f"{PERIODS[month + 1]}-{draw(st.sampled_from(['01', '09', '10', '15', '20']))}"
    of = {"account": account, "date": later}
    way, part = draw(_way), draw(_PARTS)
    money = {way: draw(st.sampled_from([450, 900]))}
    paid_in = draw(st.sampled_from([f"{period}-05", f"{period}-20", later]))
    paid = {"type": "payment", "account": account, "date": paid_in, "tenders": money}
    paid |= draw(st.sampled_from([{}, {}, {}, {}, {}, {"agent_fiscalises": True}, {"payer_kind": "legal"}]))
    charged = {"type": "charge", "account": account, "period": period, "service": service, "amount": 450}
    closed = {"type": "period_close", "period": period}
    named = {"period": period, "service": service}
    other = draw(_account)
    endings = [
        [],
        [
            {"type": "advance_refund", **of, "tenders": {draw(_way): part}},
            {"type": "period_close", "period": later[:7]},
        ],
        [{"type": "service_refund", **of, **named, "tenders": {draw(_way): part}}],
        [{"type": "recalculation", **of, **named, "amount": draw(st.sampled_from([-part, part]))}],
        [{"type": "advance_transfer", "date": later, "from": account, "to": other, "amount": part}],
        [{"type": "counter_offset", **of, "amount": part}],
        [{"type": "debt_write_off", **of}, paid | {"date": DAYS[-1], "designation": {"period": period}}],
        [{"type": "advance_write_off", **of, "amount": part}],
        [{"type": "payment_reversal", "date": later, "payment": -1}],
        [charged | {"date": later}],
    ]
    if draw(st.integers(0, 7)) == 0:
        return draw(st.sampled_from(_mistakes(account, period)))
    if draw(st.integers(0, 9)) == 0:
        unknown = paid | {"account": None}
        return [unknown, charged, {"type": "payment_identification", **of, "payment": -1}, closed]
    beginning = draw(st.sampled_from([[paid], [charged, closed], [charged, paid, closed], [charged, closed, paid]]))
    ending = draw(st.sampled_from(endings))
    if ending and ending[0]["type"] in ("counter_offset", "debt_write_off"):
        beginning = [charged, closed]
    before_delivery = {"advance_refund", "advance_transfer", "advance_write_off"}
    if ending and ending[0]["type"] in before_delivery and draw(st.booleans()):
        beginning = [paid]
    return [*beginning, *ending]


def _mistakes(account: str, period: str) -> list[list[Row]]:
    """Events that are refused for what they say themselves."""
    charge = {"type": "charge", "account": account, "period": period, "service": "internet", "amount": 450}
    nothing = {"type": "recalculation", "account": account, "date": DAYS[-1], "period": period, "service": "tv"}
    return [
        [charge | {"service": "water"}],
        [charge | {"vat_code": 1 if period.startswith("2026") else 11}],
        [charge | {"account": NOBODY}],
        [charge | {"amount": 0}],
        [nothing | {"amount": 0}],
    ]


def _keyed(events: list[Row]) -> list[Row]:
    """Keys by place; what names a payment names one of these, -1 the latest before it."""
    keyed: list[Row] = []
    payments: list[str] = []
    for place, event in enumerate(events):
        if event["type"] == "payment":
            payments.append(f"e{place}")
        if "payment" in event:
            number = event["payment"]
            known = payments or ["nothing"]
            event = event | {"payment": known[number % len(known)]}
        keyed.append(event | {"key": f"e{place}"})
    return keyed


_state = st.fixed_dictionaries(
    {"penalty": st.integers(0, 300), "costs": st.sampled_from([0, 0, 150]), "member": st.booleans()},
    optional={"plan": st.just({"service": "internet", "price": 450}), "contact": st.just("+79000000001")},
)


@st.composite
def histories(draw: st.DrawFn, max_events: int = 8, max_stories: int = 4) -> Row:
    """The ``in`` of a case."""
    merchant = {
        "services": CATALOGUE,
        "policies": draw(policies) | {"allocation_priority": ["heating"]},
        "exempt_noncash_members": draw(st.booleans()),
        "ffd": draw(st.sampled_from(["1.2", "1.05"])),
        "email": "office@example.ru",
    }
    stories = draw(st.lists(_story(), min_size=1, max_size=max_stories))
    events = [
        *(event for story in stories for event in story),
        *draw(st.lists(_event_of_any_type, max_size=max_events)),
    ]
    return {
        "merchant": merchant,
        "accounts": [{"id": name, **draw(_state)} for name in ACCOUNTS],
        "events": _keyed(events),
        "as_of": "2026-03-31",
    }
