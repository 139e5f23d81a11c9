"""Whatever a billing system sends, it hears which event, which field, and why; nothing is read as something else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiscal_server.intake.batch import MAX_EVENTS, Batch, BatchRejected, Problem, decode_batch

PAYMENT: dict[str, Any] = {
    "type": "payment",
    "key": "p1",
    "account": "A1",
    "date": "2026-10-05",
    "tenders": {"bank_transfer": 100},
}
CHARGE: dict[str, Any] = {
    "type": "charge", "key": "c1", "account": "A1", "period": "2026-10", "service": "tv", "amount": 5,
}  # fmt: skip
CLOSE: dict[str, Any] = {"type": "period_close", "key": "z1", "period": "2026-10"}


def raw(*events: Any, **more: Any) -> bytes:
    return json.dumps({"events": events, **more}, ensure_ascii=False).encode()


def only_problem(batch: Batch) -> Problem:
    (problem,) = batch.problems
    return problem


def refusal_of(body: bytes) -> Problem:
    with pytest.raises(BatchRejected) as caught:
        decode_batch(body)
    return caught.value.problems[0]


BAD_EVENTS: dict[str, tuple[bytes, str, str]] = {
    "an amount with a fraction": (raw({**PAYMENT, "tenders": {"cash": 1.5}}), "tenders.cash", "float"),
    "an amount written as a float": (raw({**PAYMENT, "tenders": {"cash": 129.0}}), "tenders.cash", "float"),
    "an amount in text": (raw({**PAYMENT, "tenders": {"cash": "5"}}), "tenders.cash", "str"),
    "an amount that is true": (raw({**PAYMENT, "tenders": {"cash": True}}), "tenders.cash", "bool"),
    "an amount of null": (raw({**PAYMENT, "tenders": {"cash": None}}), "tenders.cash", "null"),
    "an amount beyond the bound": (raw({**PAYMENT, "tenders": {"cash": 10**15 + 1}}), "tenders.cash", "<="),
    "an amount beyond 64 bits": (raw({**PAYMENT, "tenders": {"cash": 10**40}}), "tenders.cash", "<="),
    "an amount of many digits": (
        raw(PAYMENT).replace(b"100", b"9" * 6000),
        "tenders.bank_transfer",
        "out of range",
    ),
    "amounts that are too much together": (
        raw({**PAYMENT, "tenders": {"cash": 10**15, "bank_transfer": 1}}),
        "tenders",
        "together",
    ),
    "no way of payment": (raw({**PAYMENT, "tenders": {}}), "tenders", "no way of payment"),
    "an unknown way of payment": (raw({**PAYMENT, "tenders": {"gold": 5}}), "tenders.gold", "unknown field"),
    "an unknown field": (raw({**PAYMENT, "sum": 5}), "sum", "unknown field"),
    "no date": (raw({"type": "payment", "key": "p1", "tenders": {"cash": 5}}), "date", "missing required field"),
    "no key": (raw({"type": "payment", "date": "2026-10-05", "tenders": {"cash": 5}}), "key", "missing required"),
    "a day that is not in the calendar": (raw({**PAYMENT, "date": "2026-02-30"}), "date", "date"),
    "a day with a time": (raw({**PAYMENT, "date": "2026-10-05T10:00:00"}), "date", "date"),
    "a day before all periods": (raw({**PAYMENT, "date": "1999-12-31"}), "date", "between the years"),
    "the last day there is": (raw({**PAYMENT, "date": "9999-12-31"}), "date", "between the years"),
    "a register of long ago": (raw({**PAYMENT, "register_date": "0001-01-01"}), "register_date", "between the years"),
    "a due date far away": (raw({**CHARGE, "due_date": "9999-12-31"}), "due_date", "between the years"),
    "a charge far away": (raw({**CHARGE, "date": "2100-01-01"}), "date", "between the years"),
    "a closing charge far away": (
        raw({**CLOSE, "charges": [{"service": "tv", "amount": 5, "account": "A1", "due_date": "9999-12-31"}]}),
        "charges[0].due_date",
        "between the years",
    ),
    "a period that is no month": (raw({**CHARGE, "period": "2026-13"}), "period", "matching regex"),
    "a period with a line end": (raw({**CHARGE, "period": "2026-10\n"}), "period", "matching regex"),
    "a time with a line end": (raw({**PAYMENT, "time": "10:00:00\n"}), "time", "matching regex"),
    "a price with a line end": (
        raw({**CHARGE, "volume": {"quantity": "1", "price": "1\n"}}),
        "volume.price",
        "matching regex",
    ),
    "a type that does not exist": (raw({**PAYMENT, "type": "zzz"}), "type", "zzz"),
    "no type": (raw({"key": "p1"}), "type", "missing required field"),
    "a correction, which a person starts": (
        raw({"type": "restoration", "key": "r1", "date": "2026-10-05", "replay": [PAYMENT]}),
        "type",
        "restoration",
    ),
    "a day far away in any type": (
        raw({"type": "debt_write_off", "key": "w1", "account": "A1", "date": "1026-10-05"}),
        "date",
        "between the years",
    ),
    "a key that is too long": (raw({**PAYMENT, "key": "k" * 129}), "key", "128"),
    "an empty key": (raw({**PAYMENT, "key": ""}), "key", "length >= 1"),
    "a key that is a number": (raw({**PAYMENT, "key": 5}), "key", "int"),
    "a key with a NUL": (raw({**PAYMENT, "key": "p\0"}), "key", "U+0000"),
    "an account with a NUL": (raw({**PAYMENT, "account": "\0A"}), "account", "U+0000"),
    "a contact with a NUL": (raw({**PAYMENT, "contact": "a\0b"}), "contact", "U+0000"),
    "a NUL deep inside": (
        raw({**CLOSE, "charges": [{"service": "tv", "amount": 5, "account": "A\0"}]}),
        "charges[0].account",
        "U+0000",
    ),
    "text that is not UTF-8": (raw(PAYMENT).replace(b'"p1"', b'"p\xff"'), "", "not UTF-8"),
    "half a surrogate pair in bytes": (raw(PAYMENT).replace(b'"p1"', b'"\xed\xa0\x80"'), "", "not UTF-8"),
    "null": (raw(None), "", "null"),
    "a number": (raw(5), "", "int"),
    "a list": (raw([]), "", "array"),
}


@pytest.mark.parametrize(("body", "field", "reason"), BAD_EVENTS.values(), ids=BAD_EVENTS.keys())
def test_a_bad_event_is_named_with_its_field_and_reason(body: bytes, field: str, reason: str) -> None:
    batch = decode_batch(body)
    problem = only_problem(batch)
    assert batch.events == []
    assert (problem.index, problem.field) == (0, field)
    assert reason in problem.reason


BAD_BODIES: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "", "truncated"),
    "half a body": (raw(PAYMENT)[:-5], "", "truncated"),
    "more than a body": (raw(PAYMENT) + b"{}", "", "trailing"),
    "a list": (b"[]", "", "array"),
    "null": (b"null", "", "null"),
    "UTF-16": ('{"events":[]}'.encode("utf-16"), "", "malformed"),
    "compressed": (b"\x1f\x8b\x08\x00", "", "malformed"),
    "no events": (b"{}", "events", "missing required field"),
    "events that are no list": (b'{"events": {}}', "events", "array"),
    "an unknown field": (raw(PAYMENT, merchant=5), "merchant", "unknown field"),
    "an unknown way with errors": (raw(PAYMENT, on_error="ignore"), "on_error", "ignore"),
    "a lone surrogate, escaped": (raw(PAYMENT).replace(b'"p1"', b'"\\ud800"'), "", "malformed"),
    "the wrong half of a pair": (raw(PAYMENT).replace(b'"p1"', b'"\\udc00x"'), "", "malformed"),
    "a raw control character": (raw(PAYMENT).replace(b'"p1"', b'"p\x00"'), "", "malformed"),
    "nesting without end": (b'{"events":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}", "", "nested too deeply"),
    "NaN": (b'{"events":[{"key": NaN}]}', "", "malformed"),
    "too many events": (b'{"events":[' + b"0," * MAX_EVENTS + b"0]}", "events", "more than 100000"),
    "an account without an id": (raw(accounts=[{}]), "accounts[0].id", "missing required field"),
    "an account's id that is a number": (raw(accounts=[{"id": 5}]), "accounts[0].id", "int"),
    "an account's empty id": (raw(accounts=[{"id": ""}]), "accounts[0].id", "length"),
    "an account's endless id": (raw(accounts=[{"id": "A" * 129}]), "accounts[0].id", "128"),
    "an account's endless contact": (raw(accounts=[{"id": "A", "contact": "c" * 65}]), "accounts[0].contact", "64"),
    "a payer of no kind": (raw(accounts=[{"id": "A", "payer_kind": "x"}]), "accounts[0].payer_kind", "x"),
    "an account's unknown field": (raw(accounts=[{"id": "A", "debt": 5}]), "accounts[0].debt", "unknown field"),
    "an account that comes twice": (raw(accounts=[{"id": "A"}, {"id": "B"}, {"id": "A"}]), "accounts[2].id", "twice"),
    "an account with a NUL": (raw(accounts=[{"id": "A"}, {"id": "B\0"}]), "accounts[1].id", "U+0000"),
    "a service with a NUL": (raw(accounts=[{"id": "A", "services": ["x", "\0"]}]), "accounts[0].services[1]", "U+0000"),
    "a plan for a price of 0": (
        raw(accounts=[{"id": "A", "plan": {"service": "tv", "price_kopecks": 0}}]),
        "accounts[0].plan.price_kopecks",
        ">= 1",
    ),
    "a plan that costs too much": (
        raw(accounts=[{"id": "A", "plan": {"service": "tv", "price_kopecks": 10**30}}]),
        "accounts[0].plan.price_kopecks",
        "<=",
    ),
    "a plan with an unknown field": (
        raw(accounts=[{"id": "A", "plan": {"service": "tv", "price_kopecks": 5, "x": 1}}]),
        "accounts[0].plan.x",
        "unknown field",
    ),
}


@pytest.mark.parametrize(("body", "field", "reason"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_bad_body_is_refused_whole_with_field_and_reason(body: bytes, field: str, reason: str) -> None:
    problem = refusal_of(body)
    assert problem.index is None
    assert problem.field == field
    assert reason in problem.reason


def test_a_bad_event_keeps_its_key_and_its_place_among_good_ones() -> None:
    batch = decode_batch(raw(PAYMENT, {**CHARGE, "amount": 1.5}, CLOSE))
    assert [event.index for event in batch.events] == [0, 2]
    problem = only_problem(batch)
    assert (problem.index, problem.key, problem.field) == (1, "c1", "amount")


def test_text_that_only_looks_like_a_nul_is_text() -> None:
    batch = decode_batch(raw({**PAYMENT, "key": "\\u0000"}, accounts=[{"id": "\\u0000"}]))
    assert batch.problems == []
    assert batch.events[0].event.key == "\\u0000"


def test_the_same_event_written_in_another_way_is_the_same_event() -> None:
    other = json.dumps(dict(reversed(PAYMENT.items())), indent=3).replace("A1", "\\u00411")
    one, two = decode_batch(b'{"events":[%s,%s]}' % (json.dumps(PAYMENT).encode(), other.encode())).events
    assert one.body_hash == two.body_hash


def test_a_null_account_and_none_at_all_are_different_events() -> None:
    without = {name: value for name, value in PAYMENT.items() if name != "account"}
    one, two = decode_batch(raw({**PAYMENT, "account": None}, without)).events
    assert one.body_hash != two.body_hash


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["payment", "charge", "2026-10-05"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from([*PAYMENT, *CHARGE]), inner),
    max_leaves=10,
)


@given(st.binary() | st.lists(JSON | st.just(PAYMENT)).map(lambda events: json.dumps({"events": events}).encode()))
def test_no_body_raises_anything_but_a_refusal(body: bytes) -> None:
    try:
        batch = decode_batch(body)
    except BatchRejected:
        return
    assert len(batch.events) + len(batch.problems) == batch.size
