"""The door of the computation with the kernel behind it: the same answers, and the kernel really gives them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from accounting.receipts import compute as door
from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.bulk import share
from accounting.receipts.cases.input import books_of, with_only_account
from accounting.receipts.cases.run import compare_out, decode_case, run_case, run_case_by
from accounting.receipts.compute import Engine, Outcome, compute
from accounting.receipts.events import AnyEvent, ClosingCharge, Payment, PeriodClose
from accounting.receipts.money import MAX_KOPECKS
from tests.contract.kernel_bench import KERNEL_IS_BUILT
from tests.contract.kernel_merchants import with_consolidation
from tests.contract.kernel_worlds import PERIODS, World
from tests.storage.random_stories import Teller

needs_kernel = pytest.mark.skipif(not KERNEL_IS_BUILT, reason="the kernel is not built")
DATA = Path(__file__).parents[1] / "data" / "receipt-cases.json"
CASES: list[dict[str, Any]] = json.loads(DATA.read_text("utf-8"))
LOOKING_BACK = ("payment_reversal", "payment_identification")
RARE = ("counter_offset", "advance_transfer", "service_refund", "debt_write_off", "advance_write_off")

DECLINED: dict[str, str] = {
    "E14": "refused: amount_must_be_positive",
    "E35": "its consolidated receipts show single accounts",
    "E40": "refused: refund_exceeds_advance",
    "E41": share.UNKNOWN_EVENT,  # a refund of a service
    "E42": share.UNKNOWN_EVENT,
    "E51": share.UNKNOWN_EVENT,  # a debt written off
    "E52": share.UNKNOWN_EVENT,
    "E57": share.UNKNOWN_EVENT,  # a counter-claim
    "E64": share.CORRECTION,
    "E65": share.CORRECTION,
    "E66": share.CORRECTION,
    "E68": share.CORRECTION,
    "E70": share.CORRECTION,
    "E71": share.CORRECTION,
    "E72": share.CORRECTION,
    "E75": share.UNKNOWN_EVENT,  # nobody knows who paid
    "E77": share.KEY_TWICE,
    "E79": share.UNKNOWN_EVENT,  # an advance moved to another account
}
"""Published cases that are the reference's, and why. Of the others the kernel computes every event."""


@needs_kernel
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_worked_case_comes_out_as_written_and_the_kernel_computed_it(case: dict[str, Any]) -> None:
    out, engines = run_case_by(Engine.KERNEL, case)
    assert compare_out(case["out"], out) == []
    keys = {event["key"] for event in case["in"]["events"]}
    if case["id"] in DECLINED:
        assert engines.kernel == ()
        assert engines.reference == dict.fromkeys(keys, DECLINED[case["id"]])
    else:
        assert (set(engines.kernel), engines.reference) == (keys, {})


def _check(rules: MerchantRules, books: Books, events: list[AnyEvent], seen: Counter[str], **more: Any) -> None:
    expected = compute(rules, books, events, **more)
    given = compute(rules, books, events, engine=Engine.KERNEL, **more)
    for field in Outcome.__struct_fields__:
        if field == "settlements":  # account by account, in no promised order of accounts
            assert sorted(map(repr, given.settlements)) == sorted(map(repr, expected.settlements))
        elif field != "engines":
            assert getattr(given, field) == getattr(expected, field), field
    assert given.engines.reference.keys() | set(given.engines.kernel) == {event.key for event in events}
    seen["kernel"] += len(given.engines.kernel)
    seen.update(given.engines.reference.values())


def _check_story(story: dict[str, Any], seen: Counter[str]) -> None:
    case = decode_case({"id": "story", "in": story})
    rules = case.merchant.rules()
    events = [with_only_account(event, case.accounts) for event in case.events]
    _check(rules, books_of(case, rules), events, seen, as_of=case.as_of)


def _without(story: dict[str, Any], *kinds: str, nameless: bool = True) -> dict[str, Any]:
    """Stories tell of everything; what stands across a close keeps the kernel out of the whole."""
    events = [event for event in story["events"] if event["type"] not in kinds]
    return story | {"events": [event for event in events if nameless or event.get("account", "A") is not None]}


@needs_kernel
def test_stories_divided_between_both_come_out_as_the_reference_tells_them() -> None:
    seen: Counter[str] = Counter()
    for number in range(8):
        story = Teller(number).history()
        _check_story(story, seen)
        _check_story(_without(story, "period_close"), seen)
        _check_story(_without(story, *LOOKING_BACK, nameless=False), seen)
        _check_story(_without(story, *LOOKING_BACK, *RARE, nameless=False), seen)
    assert seen["kernel"] > 100
    for reason in (share.ACROSS_CLOSES, share.HELD, share.UNKNOWN_EVENT, share.SHARES_ACCOUNT):
        assert seen[reason] > 20, reason


@needs_kernel
def test_random_worlds_with_wrong_events_among_them_agree() -> None:
    seen: Counter[str] = Counter()
    for seed in range(25):
        world = World(seed, accounts=12)
        owed = sum(debt.amount_kopecks for one in world.accounts.values() for debt in (*one.debts, *one.off_balance))
        if owed < MAX_KOPECKS and not any(_is_huge(event) for event in world.events):
            _check(world.rules, world.books, list(world.events), seen)
    assert seen["kernel"] > 100
    assert sum(count for reason, count in seen.items() if reason.startswith("refused")) > 20


def _is_huge(event: AnyEvent) -> bool:
    """An amount that the limits of a merchant cut into more receipts than anybody has patience for."""
    most = event.tenders.total() if isinstance(event, Payment) else getattr(event, "amount_kopecks", 0)
    return abs(most) > MAX_KOPECKS // 1000


@needs_kernel
@pytest.mark.parametrize("seed", range(12))
def test_a_close_with_charges_comes_out_as_the_reference_closes(seed: int) -> None:
    world = World(seed, accounts=8, events=0)
    rules = with_consolidation(world.rules, max_sum=9_999_999_999)
    books = msgspec.structs.replace(world.books, closed_periods=frozenset())
    account, service = next(iter(books.accounts)), rules.services[0].id
    charge = ClosingCharge(account=account, service=service, amount_kopecks=777)
    seen: Counter[str] = Counter()
    _check(rules, books, [PeriodClose(key="close", period=PERIODS[seed % 6], charges=(charge,))], seen)
    assert seen["kernel"] == 1 or any("declined" in reason for reason in seen)


def test_a_short_case_is_not_worth_the_tables_and_a_long_one_is() -> None:
    payment = {"type": "payment", "account": "A", "date": "2026-10-01", "tenders": {"bank_transfer": 100}}

    def kernel_events(count: int) -> int:
        events = [payment | {"key": f"p{number}"} for number in range(count)]
        case = {"id": "many", "in": {**CASES[1]["in"], "accounts": [{"id": "A"}], "events": events}}
        out, engines = run_case_by(Engine.AUTO, case)
        assert out == run_case(case)
        return len(engines.kernel)

    assert kernel_events(share.MIN_EVENTS - 1) == 0
    assert kernel_events(share.MIN_EVENTS) == (share.MIN_EVENTS if KERNEL_IS_BUILT else 0)


@needs_kernel
def test_dates_too_far_apart_for_tables_are_the_references() -> None:
    days = ("2000-01-01", "2099-12-31")
    events = [
        {"type": "payment", "key": day, "account": "A", "date": day, "tenders": {"bank_transfer": 100}} for day in days
    ]
    merchant = {"services": [{"id": f"s{number}", "vat_code": 11} for number in range(60)]}
    case = {"id": "far", "in": {"merchant": merchant, "accounts": [{"id": "A"}], "events": events}}
    out, engines = run_case_by(Engine.KERNEL, case)
    assert out == run_case(case)
    assert engines.reference == dict.fromkeys(days, "not for tables: its dates are too far apart")


def test_asked_for_a_kernel_that_is_not_there_the_door_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "kernel", None)
    case = decode_case(CASES[1])
    rules = case.merchant.rules()
    with pytest.raises(RuntimeError, match="not built"):
        compute(rules, books_of(case, rules), [], engine=Engine.KERNEL)
