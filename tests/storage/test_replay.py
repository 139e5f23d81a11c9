"""Replay: what batches leave in the database is what one computation in memory gives, for any history."""

import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from accounting.receipts._reference.order import in_order
from accounting.receipts.books import Books, HeldPayment, MerchantRules, PendingRefund, SuspenseLot
from accounting.receipts.cases.input import books_of
from accounting.receipts.cases.run import decode_case
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.events import AnyEvent
from accounting.receipts.ledger import AccountState
from accounting.receipts.model import Receipt
from fiscal_server.clock import VirtualClock
from fiscal_server.intake import bulk
from fiscal_server.intake.accept import BatchRequest, Intake, accept_batch
from fiscal_server.intake.held import release_held_money
from fiscal_server.new_merchant import NewMerchant, create_merchant
from fiscal_server.storage import ledger
from fiscal_server.storage.partitions import make_partitions
from fiscal_server.storage.payments import find_payments
from fiscal_server.storage.pool import Database, connect
from tests.storage.kept_totals import wrong_totals
from tests.storage.random_stories import Teller
from tests.unit.accounting.histories import histories

Row = dict[str, Any]
START = datetime(2025, 10, 31, 9, tzinfo=UTC)
AS_OF = date(2026, 3, 31)
ZONE = ZoneInfo("Europe/Moscow")


def drawn_histories(count: int, number: int) -> list[Row]:
    """Histories of the computation's own tests: short, with every mistake that an event can have."""
    found: list[Row] = []

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(history=histories(max_events=30))
    def gather(history: Row) -> None:
        found.append(history)

    gather()
    return found


def stories(count: int, number: int) -> list[Row]:
    """A third of them drawn, the rest told; ``number`` is the seed."""
    return drawn_histories(count // 3, number) + [Teller(number * 100_000 + n).history() for n in range(count * 2 // 3)]


class Story:
    """One history: what memory says of it, and a merchant of its own to send it to."""

    def __init__(self, db: Database, clock: VirtualClock, history: Row, number: int) -> None:
        case = decode_case({"id": "h", "in": history})
        self.rules: MerchantRules = case.merchant.rules()
        self.books: Books = books_of(case, self.rules)
        self.outcome: Outcome = compute(self.rules, self.books, case.events, as_of=AS_OF)
        self.ordered = in_order(case.events, self.rules.policies.settlement_date_source, {})
        self.rejected: dict[str, str] = {}
        self._intake = Intake(clock, ZONE)
        self._clock = clock
        self._db = db
        self._history = history
        self._number = number
        self._sent = 0
        self._chance = random.Random(number)

    async def tell(self) -> None:
        """Send everything in batches of random size, each more than once."""
        given = NewMerchant(
            name=f"h{self._number}", rules=self._history["merchant"], place="https://p.example", address="Москва"
        )
        self.merchant = await create_merchant(self._db, given)
        await self._send([], [_declaration(row) for row in self._history["accounts"]])
        for batch in self._batches():
            # Money is released up to the day before: the rest of the day may still come.
            self._be_at(batch[-1][0] - timedelta(days=1))
            wires = [json.loads(msgspec.json.encode(event)) for _, event in batch]
            taken = await self._send(wires)
            again = await self._send([wire for wire in wires if wire["key"] in taken])
            assert again == set()
        self._be_at(AS_OF)
        await release_held_money(self._db, self._intake)

    def _be_at(self, day: date) -> None:
        now = self._clock.now()
        self._clock.jump((datetime(day.year, day.month, day.day, 9, tzinfo=UTC) - now).total_seconds())

    def _batches(self) -> Iterator[list[tuple[date, AnyEvent]]]:
        rest = list(self.ordered)
        while rest:
            size = self._chance.randint(1, 9)
            yield rest[:size]
            rest = rest[size:]

    async def _send(self, events: list[Row], accounts: list[Row] | None = None) -> set[str]:
        """Send a batch twice; keys of the events that were accepted."""
        self._sent += 1
        body = json.dumps({"events": events, "accounts": accounts or [], "on_error": "skip"}).encode()
        request = BatchRequest(self.merchant.id, f"b{self._sent}", body)
        answer = await accept_batch(self._db, self._intake, request)
        assert await accept_batch(self._db, self._intake, request) == answer
        told = json.loads(answer)["events"]
        self.rejected |= {row["key"]: row["error"]["code"] for row in told if row["status"] == "rejected"}
        return {row["key"] for row in told if row["status"] == "accepted"}

    async def check(self, *, by_account: bool = False) -> None:
        """The database against memory, table by table.

        ``by_account``: the bulk path works account by account, so only the order inside an account is compared.
        """
        self._by_account = by_account
        outcome = self.outcome
        assert self.rejected == {error.event_key: error.code for error in outcome.errors}
        async with self._db.read() as db:
            stored = await ledger.read_accounts(db, self.merchant.id, None)
            keys = [event.key for _, event in self.ordered]
            payments = await find_payments(db, self.merchant.id, keys)
            assert await wrong_totals(db) == []
        expected: dict[str, AccountState] = {**self.books.accounts, **outcome.accounts}
        assert {one.state.id: one.state for one in stored} == expected
        assert {key: one.record for key, one in payments.items()} == outcome.payments
        receipts = [
            (one.receipt, one.event_key, one.account, one.consolidated, one.part, one.deadline, one.register_group)
            for one in outcome.receipts
        ]
        assert self._ordered(await self._receipts(), 2) == self._ordered(receipts, 2)
        await self._check_book()
        await self._check_notes()

    async def _rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self._db.read() as db:
            return [tuple(row) for row in await db.fetch(query, self.merchant.id)]

    async def _receipts(self) -> list[tuple[Any, ...]]:
        rows = await self._rows(
            "select r.body, r.event_key, a.code, r.consolidated, r.part, r.deadline, r.register_group"
            " from fiscal.receipt r join fiscal.queue q on q.merchant_id = r.merchant_id and q.receipt_id = r.id"
            " left join fiscal.account a on a.merchant_id = r.merchant_id and a.id = r.account_id"
            " where r.merchant_id = $1 and q.state <> 'CANCELLED' order by r.id"
        )
        return [(msgspec.msgpack.decode(body, type=Receipt), *rest) for body, *rest in rows]

    async def _check_book(self) -> None:
        outcome = self.outcome
        ((suspense, held, pending, closed),) = await self._rows(
            "select suspense, held, pending_refunds, closed_periods from fiscal.merchant_book where merchant_id = $1"
        )
        assert msgspec.convert(suspense, tuple[SuspenseLot, ...]) == outcome.suspense
        assert msgspec.convert(held, tuple[HeldPayment, ...]) == outcome.held
        assert msgspec.convert(pending, tuple[PendingRefund, ...]) == outcome.pending_refunds
        assert frozenset(closed) == outcome.closed_periods

    async def _check_notes(self) -> None:
        outcome = self.outcome
        common = (
            "join fiscal.event e on e.merchant_id = n.merchant_id and e.id = n.event_id"
            " left join fiscal.account a on a.merchant_id = n.merchant_id and a.id = n.account_id"
            " where n.merchant_id = $1 order by n.id"
        )
        unfiscalised = f"select e.key, a.code, n.reason, n.amount_kopecks from fiscal.unfiscalised n {common}"
        foreign = (
            "select e.key, a.code, n.amount_kopecks, n.sign, n.agent_sign, n.supplier_inn"
            f" from fiscal.expected_foreign_receipt n {common}"
        )
        anomalies = f"select n.rule, e.key, a.code from fiscal.anomaly n {common}"
        for query, expected, account in (
            (unfiscalised, outcome.unfiscalised, 1),
            (foreign, outcome.expected_foreign_receipts, 1),
            (anomalies, outcome.anomalies, 2),
        ):
            rows = [msgspec.structs.astuple(row) for row in expected]
            assert self._ordered(await self._rows(query), account) == self._ordered(rows, account)

    def _ordered(self, rows: list[tuple[Any, ...]], account: int) -> list[tuple[Any, ...]]:
        return sorted(rows, key=lambda row: row[account] or "") if self._by_account else rows


def _declaration(row: Row) -> Row:
    plan = row.get("plan")
    return {
        "id": row["id"],
        "contact": row.get("contact"),
        "member": row["member"],
        "plan": plan and {"service": plan["service"], "price_kopecks": plan["price"]},
        "penalty_kopecks": row["penalty"],
        "costs_kopecks": row["costs"],
    }


@asynccontextmanager
async def open_database(dsn: str, clock: VirtualClock) -> AsyncIterator[Database]:
    db = await connect(dsn, clock)
    try:
        async with db.write() as connection:
            for month in range(5):
                await make_partitions(connection, START + timedelta(days=30 * month))
        yield db
    finally:
        await db.close()


@pytest.mark.parametrize(
    ("number", "count"), [(1, 15), (2, 15), pytest.param(3, 1_000, marks=pytest.mark.proof, id="proof")]
)
@pytest.mark.parametrize("least_events", [1, bulk.MIN_EVENTS], ids=["bulk", "plain"])
async def test_batches_store_what_one_computation_in_memory_gives(
    database: str, number: int, count: int, least_events: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``bulk``: everything that the kernel knows goes its way, however small the batch."""
    monkeypatch.setattr(bulk, "MIN_EVENTS", least_events)
    clock = VirtualClock(START)
    async with open_database(database, clock) as db:
        for place, history in enumerate(stories(count, number)):
            story = Story(db, clock, history, place)
            try:
                await story.tell()
                await story.check(by_account=least_events == 1)
            except BaseException as error:
                error.add_note(f"seed {number}, history {place}: {json.dumps(history, ensure_ascii=False)}")
                raise
