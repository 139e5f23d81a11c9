"""Bad input through the door of batches: one answer names all that is wrong, each with path and reason; no row stays.

What the types refuse is made from the published schema of the events: every field of every event beyond its limit, of
another type, left out, unknown. What only the books can refuse stands in a table here, a row for each code.
"""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from accounting.receipts.errors import ErrorCode
from fiscal_server.intake.batch import RESERVED_KEYS
from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import RULES, Json, charge, payment
from tests.unit.accounting.schema_variants import wrong

DATA = Path(__file__).parents[1] / "data"
SCHEMA: Json = json.loads((DATA / "receipt-case.schema.json").read_text("utf-8"))
ALL_EVENTS: list[Json] = json.loads((DATA / "receipt-case-everything.json").read_text("utf-8"))["in"]["events"]
MOST_IN_A_CASE = SCHEMA["$defs"]["sum"]["maximum"]
OF_PEOPLE = {"restoration", "day_total_restoration", "receipt_correction"}  # no events of a batch
GOOD: list[Json] = [event for event in ALL_EVENTS if event["type"] not in OF_PEOPLE]

CLOSED = "2026-09"
HISTORY: list[Json] = [
    charge("old", period=CLOSED),
    payment("spent", kopecks=45_000, date="2026-09-10"),
    {"type": "period_close", "key": "september", "period": CLOSED},
    payment("kept", "A2", kopecks=10_000),
    payment("over", kopecks=5_000),
    {"type": "advance_refund", "key": "back", "date": "2026-10-06", "account": "A1", "tenders": {"bank_transfer": 1}},
]


def act(kind: str, account: str | None = "A1", **fields: Any) -> Json:
    """An event of 14 October."""
    named = {} if account is None else {"account": account}
    return {"type": kind, "date": "2026-10-14", **named, **fields}


MONTH = {"period": CLOSED, "service": "internet"}
OPEN = {"period": "2026-10", "service": "internet"}

OF_THE_BOOKS: tuple[tuple[Json, str, ErrorCode | str], ...] = (
    (payment("x", tenders={"cash": 0}), "tenders", ErrorCode.AMOUNT_MUST_BE_POSITIVE),
    (payment("x", tenders={"cash": 5, "bank_transfer": -5}), "tenders", ErrorCode.AMOUNT_MUST_BE_POSITIVE),
    (payment("x", tenders={"cash": -(10**15)}), "tenders", ErrorCode.AMOUNT_MUST_BE_POSITIVE),
    (charge("x", kopecks=0), "amount", ErrorCode.AMOUNT_MUST_BE_POSITIVE),
    (charge("x", kopecks=-1), "amount", ErrorCode.AMOUNT_MUST_BE_POSITIVE),
    (act("counter_offset", amount=0), "amount", ErrorCode.AMOUNT_MUST_BE_POSITIVE),
    (act("advance_refund", tenders={"cash": -1}), "tenders", ErrorCode.AMOUNT_MUST_BE_POSITIVE),
    (act("service_refund", **MONTH, tenders={"cash": 0}), "tenders", ErrorCode.AMOUNT_MUST_BE_POSITIVE),
    (
        act("advance_transfer", None, **{"from": "A1", "to": "A2"}, amount=-7),
        "amount",
        ErrorCode.AMOUNT_MUST_BE_POSITIVE,
    ),
    (act("advance_write_off", amount=0), "amount", ErrorCode.AMOUNT_MUST_BE_POSITIVE),
    (act("recalculation", **MONTH, amount=0), "amount", ErrorCode.AMOUNT_MUST_NOT_BE_ZERO),
    (
        {"type": "period_close", "period": "2026-10", "charges": [{"account": "A1", "service": "tv", "amount": 0}]},
        "charges[0].amount",
        ErrorCode.AMOUNT_MUST_BE_POSITIVE,
    ),
    (act("counter_offset", None, amount=1), "account", ErrorCode.ACCOUNT_REQUIRED),
    (payment("x", "nobody"), "account", ErrorCode.UNKNOWN_ACCOUNT),
    (act("advance_transfer", None, **{"from": "nobody", "to": "A2"}, amount=1), "from", ErrorCode.UNKNOWN_ACCOUNT),
    (act("advance_transfer", None, **{"from": "A1", "to": "nobody"}, amount=1), "to", ErrorCode.UNKNOWN_ACCOUNT),
    (charge("x", service="gold"), "service", ErrorCode.UNKNOWN_SERVICE),
    (act("recalculation", period=CLOSED, service="gold", amount=-1), "service", ErrorCode.UNKNOWN_SERVICE),
    (charge("x", period=CLOSED), "period", ErrorCode.PERIOD_CLOSED),
    ({"type": "period_close", "period": CLOSED}, "period", ErrorCode.PERIOD_ALREADY_CLOSED),
    ({"type": "period_close", "period": "2026-11"}, "period", "invalid"),
    (charge("x", vat_code=1), "vat_code", ErrorCode.VAT_CODE_NOT_VALID_ON_DATE),
    (charge("x", vat_code=12), "vat_code", ErrorCode.VAT_CODE_NOT_VALID_ON_DATE),
    (act("advance_refund", "A2", tenders={"cash": 10_001}), "tenders", ErrorCode.REFUND_EXCEEDS_ADVANCE),
    (act("service_refund", **MONTH, tenders={"cash": 45_001}), "tenders", ErrorCode.REFUND_EXCEEDS_SETTLED),
    (act("service_refund", **OPEN, tenders={"cash": 1}), "tenders", ErrorCode.REFUND_EXCEEDS_SETTLED),
    (act("recalculation", **MONTH, amount=-45_001), "amount", ErrorCode.RECALCULATION_EXCEEDS_CHARGE),
    (act("counter_offset", amount=10**15), "amount", ErrorCode.COUNTER_OFFSET_EXCEEDS_DEBT),
    (
        act("advance_transfer", None, **{"from": "A2", "to": "A1"}, amount=10_001),
        "amount",
        ErrorCode.TRANSFER_EXCEEDS_ADVANCE,
    ),
    (act("advance_write_off", "A2", amount=10_001), "amount", ErrorCode.WRITE_OFF_EXCEEDS_ADVANCE),
    (act("debt_write_off"), "debts", ErrorCode.NOTHING_TO_WRITE_OFF),
    (act("payment_reversal", None, payment="nothing"), "payment", ErrorCode.UNKNOWN_PAYMENT),
    (act("payment_identification", payment="kept"), "payment", ErrorCode.UNKNOWN_PAYMENT),
    (act("payment_reversal", None, payment="over"), "payment", ErrorCode.PAYMENT_NO_LONGER_REVERSIBLE),
    (payment("kept", "A2", kopecks=10_001), "key", ErrorCode.KEY_CONFLICT),
    (payment("x", kopecks=10**15), "tenders", ErrorCode.TOO_MANY_RECEIPTS),
    (payment("x", tenders={"cash": 10**15, "card_online": 1}), "tenders", "invalid"),
    (payment("x", fee=10**15 + 1), "fee", "invalid"),
    (charge("x", kopecks=10**15 + 1), "amount", "invalid"),
    (act("recalculation", **MONTH, amount=-(10**15) - 1), "amount", "invalid"),
    (payment("x", date="2026-02-30"), "date", "invalid"),
    (payment("x", date="2017-01-31"), "date", "invalid"),
    (payment("x", date="2026-10-22"), "date", "invalid"),
    (payment("x", date="2027-10-20", register_date="2027-10-19"), "date", "invalid"),
    (payment("x", register_date="2016-10-05"), "register_date", "invalid"),
    (act("advance_refund", "A2", tenders={"cash": 1}) | {"date": "2016-12-31"}, "date", "invalid"),
    (act("service_refund", **MONTH, tenders={"cash": 1}) | {"date": "2062-10-14"}, "date", "invalid"),
    (act("recalculation", **MONTH, amount=-1) | {"date": "2099-12-31"}, "date", "invalid"),
    (charge("x", date="1999-12-31"), "date", "invalid"),
    (charge("x", due_date="2100-01-01"), "due_date", "invalid"),
    (payment("x\0"), "key", "invalid"),
    *((payment(f"{begin}x"), "key", "invalid") for begin in RESERVED_KEYS),
    *(({"type": kind, "key": "x", "date": "2026-10-14"}, "type", "invalid") for kind in sorted(OF_PEOPLE)),
)
"""What is wrong, the field to blame, the code. Keys ``x`` become keys of their own."""

NOT_BY_BATCH = {
    ErrorCode.ITEMISED_PAYMENTS_REQUIRED,
    ErrorCode.UNKNOWN_RECEIPT,
    ErrorCode.BASIS_DOCUMENT_REQUIRED,
    ErrorCode.CORRECTION_BEFORE_SETTLEMENT,
    ErrorCode.FORMS_DO_NOT_MATCH_TOTAL,
}
"""Of corrections, which people start."""

IMPOSSIBLE_POLICIES: tuple[tuple[Json, str], ...] = (
    ({"advance_vat": "single"}, "policies"),
    ({"advance_vat": "single", "advance_vat_code": 12}, "policies"),
    ({"allocation_priority": ["tv", "tv"]}, "policies"),
    ({"max_lines": 0}, "policies.max_lines"),
    ({"max_sum": -1}, "policies.max_sum"),
    ({"postpaid_mode": "sometimes"}, "policies.postpaid_mode"),
    ({"mode": "on_payment"}, "policies"),
)


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


async def everything(site: Site) -> dict[str, str]:
    """A digest of every table that has rows: none may appear, change or go. An empty partition is nothing."""
    # Counts of earlier days are the server's own work, done when the clock moves on.
    names = "select c.oid::regclass::text from pg_class c where c.relnamespace = 'fiscal'::regnamespace"
    tables = [row[0] for row in await site.shop.rows(f"{names} and c.relkind = 'r'") if row[0] != "fiscal.receipt_day"]
    found = {}
    for table in tables:
        rows = await site.shop.rows(f"select row::text from {table} as row order by 1")
        if rows:
            found[table] = f"{len(rows)} {hashlib.sha256(repr(rows).encode()).hexdigest()}"
    return found


def keyed(events: list[Json]) -> list[Json]:
    """Events without a telling key get one of their own."""
    keys = [str(event.get("key", "x")).replace("x", f"bad-{n}") for n, event in enumerate(events)]
    return [{**event, "key": key} for event, key in zip(events, keys, strict=True)]


def variants() -> list[tuple[str, Any]]:
    """Every way in which the schema lets an event of a batch be wrong, with the path inside of the event.

    Two things are left out: ``null`` inside of a designation is read as if the name were not there, and money may be
    more in a batch than in a case (``MAX_KOPECKS``, in the table above).
    """
    rule = SCHEMA["$defs"]["event"]
    made = [(path, bad) for event in GOOD for path, bad in wrong(event, rule, SCHEMA, "$")]
    return [
        (path, bad)
        for path, bad in made
        if None not in _designation(bad).values() and not (path == "$.fee" and bad["fee"] == MOST_IN_A_CASE + 1)
    ]


def _designation(event: Any) -> Json:
    found = event.get("designation") if isinstance(event, dict) else None
    return found if isinstance(found, dict) else {}


async def test_one_answer_names_all_that_the_schema_forbids_and_no_row_stays(site: Site) -> None:
    await site.post({"events": HISTORY, "accounts": [{"id": "A1"}, {"id": "A2"}]})
    await site.shop.clock.advance(60 * 86_400)  # the events of the schema's case are of November
    before = await everything(site)
    made = variants()
    assert len(made) > 700
    answer = await site.post({"events": [bad for _, bad in made], "accounts": [{"id": "new"}]})
    errors = check_problem(answer, 422, "batch-rejected")["errors"]
    named = {error["index"]: error for error in errors}
    silent = [(path, bad) for n, (path, bad) in enumerate(made) if n not in named]
    assert silent == []
    blamed = [
        (path, named[n])
        for n, (path, _) in enumerate(made)
        if not named[n].get("field", "").startswith(path.removeprefix("$").removeprefix(".")) or not named[n]["reason"]
    ]
    assert blamed == []
    assert await everything(site) == before


@pytest.mark.parametrize("on_error", ["reject", "skip"])
async def test_one_answer_names_all_that_the_books_refuse_and_no_row_stays(site: Site, on_error: str) -> None:
    opened = await site.post({"events": HISTORY, "accounts": [{"id": "A1"}, {"id": "A2"}]})
    assert opened.json()["accepted"] == len(HISTORY)
    before = await everything(site)
    events = keyed([event for event, _, _ in OF_THE_BOOKS])
    answer = await site.post({"events": events, "on_error": on_error})
    if on_error == "reject":
        errors = check_problem(answer, 422, "batch-rejected")["errors"]
    else:
        assert answer.status_code == 202
        errors = [row["error"] for row in answer.json()["events"]]
    told = {error["index"]: (error.get("field"), error["code"]) for error in errors}
    assert told == {n: (field, code) for n, (_, field, code) in enumerate(OF_THE_BOOKS)}
    for error in errors:
        key = events[error["index"]]["key"]
        assert error["reason"]
        assert error.get("key") == (None if "\0" in key else key)  # a NUL is never sent back
    after = await everything(site)
    changed = {table.removeprefix("fiscal.") for table in after if before.get(table) != after[table]}
    assert changed == ({"batch"} if on_error == "skip" else set())


def test_every_code_that_a_batch_can_be_answered_has_its_row() -> None:
    assert {code for _, _, code in OF_THE_BOOKS} >= set(ErrorCode) - NOT_BY_BATCH


async def test_a_sound_event_among_bad_ones_is_not_stored_when_the_batch_is_rejected(site: Site) -> None:
    """Types, books, keys: whatever is found where, all of it is told at once."""
    await site.post({"events": HISTORY, "accounts": [{"id": "A1"}, {"id": "A2"}]})
    before = await everything(site)
    events = [payment("good"), payment("float", tenders={"cash": 1.5}), payment("lost", "nobody"), payment("kept")]
    errors = check_problem(await site.post({"events": events}), 422, "batch-rejected")["errors"]
    assert [(error["index"], error["code"]) for error in errors] == [
        (1, "invalid"),
        (2, "unknown_account"),
        (3, "key_conflict"),
    ]
    assert await everything(site) == before
    again = await site.post({"events": events, "on_error": "skip"})
    assert [row["status"] for row in again.json()["events"]] == ["accepted", "rejected", "rejected", "rejected"]
    assert len(again.json()["events"][0]["receipts"]) == 1


async def test_impossible_rules_make_no_merchant_and_compute_nothing(site: Site, tmp_path: Path) -> None:
    """Policies come with the merchant, by command; with a case, by both doors."""
    before = (await everything(site))["fiscal.merchant"]
    for policies, field in IMPOSSIBLE_POLICIES:
        rules = {**RULES, "policies": policies}
        if field == "policies.max_sum":  # one process: the others are refused by the same line
            told = await asyncio.to_thread(create_by_command, site.shop.dsn, tmp_path, rules)
            assert (told.returncode, told.stdout) == (2, b""), policies
            assert field in told.stderr.decode(), told.stderr
        case = {"id": "x", "in": {"merchant": rules, "events": []}}
        answer = await site.client.post("/v1/receipts/compute", content=json.dumps(case), headers=site.headers)
        (error,) = check_problem(answer, 400, "invalid-case")["errors"]
        assert field in error["field"], error
    assert (await everything(site))["fiscal.merchant"] == before


def create_by_command(dsn: str, folder: Path, rules: Json) -> subprocess.CompletedProcess[bytes]:
    """``fiscal-server merchant create``."""
    file = folder / "merchant.json"
    file.write_text(json.dumps({"name": "Новый", "rules": rules, "place": "https://x.example", "address": "Москва"}))
    command = [sys.executable, "-m", "fiscal_server", "merchant", "create", str(file)]
    return subprocess.run(
        command, env={**os.environ, "FISCAL_DATABASE_URL": dsn}, cwd=folder, capture_output=True, check=False
    )


async def test_what_happens_tomorrow_by_our_clock_may_have_happened_in_the_east_today(site: Site) -> None:
    events = [payment("p1", date="2026-10-21"), charge("c1", date="2027-01-31", period="2027-01")]
    answer = await site.post({"events": events, "accounts": [{"id": "A1"}]})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
