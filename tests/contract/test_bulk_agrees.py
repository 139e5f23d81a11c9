"""The compiled bulk computation and the reference agree bit for bit on whatever the kernel does not decline."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.bulk import layout
from accounting.receipts.bulk.kernel_events import KernelEvent
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.events import PeriodClose
from accounting.receipts.outcome import Anomaly, ForeignReceipt, UnfiscalisedRow
from tests.contract.kernel_bench import KERNEL_IS_BUILT, KernelRun, close_by_kernel
from tests.contract.kernel_merchants import with_consolidation
from tests.contract.kernel_worlds import PERIODS, World

pytestmark = pytest.mark.skipif(not KERNEL_IS_BUILT, reason="the kernel is not built")

LAYOUTS = {
    "AccountRow": layout.ACCOUNT,
    "DebtRow": layout.DEBT,
    "LotRow": layout.LOT,
    "SettlementRow": layout.SETTLEMENT,
    "BillRow": layout.BILL,
    "EventRow": layout.EVENT,
    "VolumeRow": layout.VOLUME,
    "ReceiptRow": layout.RECEIPT,
    "PartRow": layout.PART,
    "NoteRow": layout.NOTE,
    "CommonRow": layout.COMMON,
    "ConsolidatedRow": layout.CONSOLIDATED,
    "LoweredRow": layout.LOWERED,
}
ENUMERATIONS = {
    "AccountMark": layout.AccountMark,
    "DebtMark": layout.DebtMark,
    "Kind": layout.Kind,
    "EventMark": layout.EventMark,
}


def test_both_sides_have_one_layout() -> None:
    text = (Path(layout.__file__).parent / "_rows.pxd").read_text()
    found = {
        name: tuple(re.findall(r"int64_t (\w+)", body))
        for name, body in re.findall(r"cdef struct (\w+):\n((?:    .*\n)+)", text)
    }
    assert found == LAYOUTS


@pytest.mark.parametrize("name", ENUMERATIONS)
def test_both_sides_have_the_same_enumerations(name: str) -> None:
    text = (Path(layout.__file__).parent / "_rows.pxd").read_text()
    body = re.search(rf"cdef enum {name}:\n((?:    .*\n)+)", text)
    assert body is not None
    members = {key: int(value) for key, value in re.findall(r"(\w+) = (\d+)", body[1])}
    assert members == {member.name: member.value for member in ENUMERATIONS[name]}


def _check(rules: MerchantRules, books: Books, events: Sequence[KernelEvent], seen: Counter[str]) -> None:
    run = KernelRun(rules, books, events)
    judged = [event for event in events if event.account not in run.declined]
    expected = compute(rules, books, judged)
    assert expected.errors == []
    assert run.decoder.states() == expected.accounts
    _check_receipts(run, expected)
    assert _by_account(row for _, row in run.decoder.allocation()) == _by_account(expected.allocation)
    notes = [row for _, row in run.decoder.notes()]
    assert _by_account(n for n in notes if isinstance(n, UnfiscalisedRow)) == _by_account(expected.unfiscalised)
    foreign = [n for n in notes if isinstance(n, ForeignReceipt)]
    assert _by_account(foreign) == _by_account(expected.expected_foreign_receipts)
    assert _by_account(n for n in notes if isinstance(n, Anomaly)) == _by_account(expected.anomalies)
    seen["events"] += len(events)
    seen["judged by the kernel"] += len(judged)
    seen["receipts"] += len(expected.receipts)
    seen.update(str(type(event).__name__) for event in judged)
    seen.update(anomaly.rule for anomaly in expected.anomalies)


def _check_receipts(run: KernelRun, expected: Outcome) -> None:
    given = _by_account(receipt for _, receipt in run.decoder.receipts())
    assert given == _by_account(expected.receipts)
    bodies = sorted(run.bodies(), key=lambda body: body[0])
    assert [body for _, body in bodies] == [
        msgspec.msgpack.encode(one.receipt) for one in _by_account(expected.receipts)
    ]


def _by_account(rows: object) -> list[object]:
    return sorted(rows, key=lambda row: row.account)  # type: ignore[call-overload,no-any-return]


def _many(seeds: range) -> Counter[str]:
    seen: Counter[str] = Counter()
    for seed in seeds:
        world = World(seed)
        _check(world.rules, world.books, world.events, seen)
    return seen


def test_an_answer_that_served_other_rules_says_what_a_new_one_says() -> None:
    from accounting.receipts.bulk._work import Answer

    used = Answer()
    receipts = 0
    for seed in range(40):
        world = World(seed)
        run = KernelRun(world.rules, world.books, world.events)
        for _ in range(2):  # first after another merchant's rules, then after its own
            answer = run.again(0, len(world.books.accounts), used)
            for table in ("accounts", "debts", "lots", "bills", "settlements", "receipts", "bodies", "parts", "notes"):
                assert bytes(getattr(answer, table)) == bytes(getattr(run.answer, table)), (seed, table)
        receipts += len(answer.receipts)
    assert receipts > 0


def test_random_worlds_agree_and_the_kernel_really_computed_them() -> None:
    seen = _many(range(150))
    assert seen["judged by the kernel"] > seen["events"] // 3
    assert seen["receipts"] > 500
    assert min(seen[kind] for kind in ("Payment", "Charge", "Recalculation", "AdvanceRefund")) > 40
    assert min(seen[rule] for rule in ("micro_payment_unlock", "internet_sale_without_contact")) > 5


@pytest.mark.proof
@pytest.mark.parametrize("chunk", range(20))
def test_thousands_of_random_worlds_agree(chunk: int) -> None:
    _many(range(1000 + chunk * 1000, 2000 + chunk * 1000))


def test_ranges_of_accounts_give_together_what_all_of_them_give_at_once() -> None:
    world = World(7, accounts=40, events=200)
    whole = KernelRun(world.rules, world.books, world.events)
    parts = [whole.again(first, first + 7) for first in range(0, 40, 7)]
    assert b"".join(bytes(part.bodies) for part in parts) == bytes(whole.answer.bodies)
    for table in ("accounts", "debts", "lots", "bills", "settlements", "parts", "notes", "declined"):
        joined = b"".join(bytes(getattr(part, table)) for part in parts)
        assert joined == bytes(getattr(whole.answer, table)), table


SUMS = (9_999_999_999, 200_000, 60_000)


def _closing(seed: int) -> tuple[MerchantRules, Books, PeriodClose]:
    world = World(seed, accounts=60, events=0)
    rules = with_consolidation(world.rules, max_sum=SUMS[seed // len(PERIODS) % len(SUMS)])
    books = msgspec.structs.replace(world.books, closed_periods=frozenset())
    return rules, books, PeriodClose(key="close", period=PERIODS[seed % len(PERIODS)])


@pytest.mark.parametrize("seed", range(60))
def test_a_month_close_in_ranges_is_that_of_the_reference(seed: int) -> None:
    rules, books, close = _closing(seed)
    states, receipts, _ = close_by_kernel(rules, books, close, chunk=1 + seed % 19)
    expected = compute(rules, books, [close])
    assert states == expected.accounts
    assert receipts == expected.receipts


def test_the_closes_that_are_compared_consolidate_lines_and_split_receipts() -> None:
    lines = parts = 0
    for seed in range(60):
        _, receipts, count = close_by_kernel(*_closing(seed), chunk=9)
        lines += count
        parts += sum(1 for one in receipts if one.part is not None and one.consolidated is not None)
    assert lines > 60
    assert parts >= 5
