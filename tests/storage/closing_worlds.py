"""Random merchants with random books, stored, and what the reference makes of their month's close."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from accounting.receipts.books import Books, MerchantRules, PendingRefund
from accounting.receipts.catalogue import Service
from accounting.receipts.codes import FfdVersion, VatCode
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.events import PeriodClose
from accounting.receipts.ledger import AccountState
from accounting.receipts.model import Agent, Receipt
from accounting.receipts.outcome import ComputedReceipt
from fiscal_server.storage import books, ledger
from fiscal_server.storage.close_jobs import JobRow
from tests.contract.kernel_merchants import with_consolidation
from tests.contract.kernel_worlds import DAYS, PERIODS, World
from tests.storage.kept_totals import count_totals, wrong_totals
from tests.storage.scene import Json, Shop, open_shop


class StoredWorld:
    """A world without settlements of the past, as a shop's books; ``outcome``: the reference in one go."""

    def __init__(self, shop: Shop, rules: MerchantRules, accounts: dict[str, AccountState], close: PeriodClose) -> None:
        self.shop = shop
        self.rules = rules
        self.close = close
        self.refunds = _refunds(list(accounts), close)
        self.books = Books(accounts=accounts, pending_refunds=self.refunds)

    async def store(self) -> None:
        """Accounts with their ledgers, and refunds that wait."""
        shop = self.shop
        ids = dict(zip(self.books.accounts, shop.db.ids.take(len(self.books.accounts)), strict=True))
        async with shop.db.write() as db:
            await db.executemany(
                "insert into fiscal.account (merchant_id, id, code, contact, payer_kind, member)"
                " values ($1, $2, $3, $4, $5, $6)",
                [
                    (shop.merchant.id, ids[one.id], one.id, one.contact, one.payer_kind, one.member)
                    for one in self.books.accounts.values()
                ],
            )
            states = {ids[one.id]: one for one in self.books.accounts.values()}
            await ledger.store_accounts(db, shop.merchant.id, states)
            book = await books.lock_book(db, shop.merchant.id)
            waiting = msgspec.to_builtins(list(self.refunds))
            await books.store_book(db, shop.merchant.id, msgspec.structs.replace(book, pending_refunds=waiting))

    def expected(self) -> Outcome:
        """The whole month by the reference."""
        return compute(self.rules, self.books, [self.close])

    def own_receipts_of_the_first(self, accounts: int) -> list[tuple[Any, ...]]:
        """What the reference makes for each of so many accounts by itself, in the order of their ids."""
        first = dict(list(self.books.accounts.items())[:accounts])
        outcome = compute(self.rules, Books(accounts=first), [self.close])
        assert outcome.errors == []
        return [row for row in map(_row, outcome.receipts) if row[3] is None]

    async def check(self, job: JobRow) -> None:
        """What the database holds against the reference."""
        expected = self.expected()
        assert expected.errors == []
        async with self.shop.db.read() as db:
            stored = await ledger.read_accounts(db, self.shop.merchant.id, None)
            assert await wrong_totals(db) == []
            assert await count_totals(db) > 0
        states = {**self.books.accounts, **expected.accounts}
        assert {one.state.id: _without_dues(one.state) for one in stored} == {
            key: _without_dues(state) for key, state in states.items()
        }
        assert await self.receipts() == [_row(one) for one in expected.receipts]
        assert job.receipts == len(expected.receipts)
        assert job.settlements == len(expected.settlements)
        assert job.changed == len(expected.accounts)
        assert job.done == job.accounts == len(self.books.accounts)
        ((closed, pending),) = await self.shop.rows(
            "select closed_periods, pending_refunds from fiscal.merchant_book where merchant_id = $1",
            self.shop.merchant.id,
        )
        assert closed == [self.close.period]
        assert msgspec.convert(pending, tuple[PendingRefund, ...]) == expected.pending_refunds

    async def receipts(self) -> list[tuple[Any, ...]]:
        """Every receipt of the merchant, in the order in which they were made; each stands in the queue."""
        rows = await self.shop.rows(
            "select r.body, r.event_key, a.code, r.consolidated, r.part, r.deadline, r.register_group"
            " from fiscal.receipt r join fiscal.queue q on q.merchant_id = r.merchant_id and q.receipt_id = r.id"
            " left join fiscal.account a on a.merchant_id = r.merchant_id and a.id = r.account_id"
            " where r.merchant_id = $1 order by r.id",
            self.shop.merchant.id,
        )
        return [(msgspec.msgpack.decode(body, type=Receipt), *rest) for body, *rest in rows]


def _row(one: ComputedReceipt) -> tuple[Any, ...]:
    return one.receipt, one.event_key, one.account, one.consolidated, one.part, one.deadline, one.register_group


def _without_dues(state: AccountState) -> AccountState:
    """What of an account a close and its storing look at."""
    return msgspec.structs.replace(state, services=None, plan=None, last_bill=None, penalty_kopecks=0, costs_kopecks=0)


def _refunds(accounts: list[str], close: PeriodClose) -> tuple[PendingRefund, ...]:
    """Returns that wait for the month's end: before it, at it, and of another month."""
    return tuple(
        PendingRefund(
            event_key=f"r{n}", account=account, sent_on=day, amount_kopecks=700 + n, vat_code=VatCode.VAT_10_110,
            lot_received_on=DAYS[0],
        )
        for n, (account, day) in enumerate(zip(reversed(accounts[::7]), DAYS * 9, strict=False))
    )  # fmt: skip


def world_of(seed: int, accounts: int) -> tuple[MerchantRules, dict[str, AccountState], PeriodClose]:
    """Rules, accounts and the close of a seed; two merchants of three consolidate."""
    world = World(seed, accounts=accounts, events=0)
    states = {key: msgspec.structs.replace(one, settlements=()) for key, one in world.accounts.items()}
    rules = world.rules if seed % 3 == 0 else with_consolidation(world.rules, max_sum=world.rules.policies.max_sum)
    return rules, states, PeriodClose(key="close", period=PERIODS[seed % len(PERIODS)])


@asynccontextmanager
async def stored_world(dsn: str, seed: int, accounts: int = 60) -> AsyncIterator[StoredWorld]:
    """A merchant of its own with a world of that seed in its books."""
    rules, states, close = world_of(seed, accounts)
    async with open_shop(dsn, merchant_json(rules), name=f"w{seed}") as shop:
        world = StoredWorld(shop, rules, states, close)
        await world.store()
        yield world


def merchant_json(rules: MerchantRules) -> Json:
    """Rules as a merchant's file has them (case format 1.1)."""
    row: Json = {
        "services": [_service(one) for one in rules.services],
        "inn": rules.inn,
        "email": rules.email,
        "taxation": int(rules.taxation),
        "ffd": "1.05" if rules.ffd is FfdVersion.FFD_1_05 else "1.2",
        "exempt_noncash_members": rules.exempt_noncash_members,
        "policies": msgspec.to_builtins(rules.policies),
    }
    return row


def _service(service: Service) -> Json:
    row: Json = {
        "id": service.id,
        "vat_code": int(service.vat_code),
        "name": service.name,
        "vat_changes": [{"from": one.since.isoformat(), "vat_code": int(one.vat_code)} for one in service.vat_changes],
        "subject": int(service.subject),
        "register_group": service.register_group,
    }
    if service.taxation is not None:
        row["taxation"] = int(service.taxation)
    if service.agent is not None:
        row["agent"] = _agent(service.agent)
    return row


def _agent(agent: Agent) -> Json:
    row: Json = {"1222": agent.sign, "1226": agent.supplier_inn}
    if agent.supplier_name is not None:
        row["1224"] = {"1225": agent.supplier_name, "1171": list(agent.supplier_phones)}
    if agent.data is not None:
        row["1223"] = {"1044": agent.data.operation}
    return row
