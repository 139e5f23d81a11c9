"""A merchant with stored books and no devices: what tests of storage and intake begin with."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fiscal_server.clock import VirtualClock
from fiscal_server.intake.accept import BatchRequest, Intake, accept_batch
from fiscal_server.new_merchant import NewMerchant, create_merchant
from fiscal_server.storage import kkts, leases
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.partitions import keep_partitions
from fiscal_server.storage.pool import Database, connect
from fiscal_server.storage.queue import Owner

Json = dict[str, Any]

RULES: Json = {
    "inn": "7700000016",
    "email": "check@provider.example",
    "services": [
        {"id": "internet", "name": "Доступ в интернет", "vat_code": 11},
        {"id": "tv", "name": "Телевидение", "vat_code": 11},
    ],
}
NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)


def payment(key: str, account: str | None = "A1", *, kopecks: int = 45_000, **more: Any) -> Json:
    """Money by bank transfer."""
    tenders = {"bank_transfer": kopecks}
    return {"type": "payment", "key": key, "account": account, "date": "2026-10-05", "tenders": tenders, **more}


def charge(key: str, account: str = "A1", *, service: str = "internet", kopecks: int = 45_000, **more: Any) -> Json:
    """A bill line of October."""
    event = {"type": "charge", "key": key, "account": account, "period": "2026-10", "service": service}
    return {**event, "amount": kopecks, **more}


class Shop:
    """One merchant and the ways to reach its books."""

    def __init__(self, dsn: str, db: Database, merchant: MerchantRow, clock: VirtualClock) -> None:
        self.dsn = dsn
        self.db = db
        self.merchant = merchant
        self.clock = clock
        self.intake = Intake(clock, ZoneInfo("Europe/Moscow"))
        self._batches = 0

    async def send(self, body: bytes, key: str | None = None) -> bytes:
        """A body as it comes by HTTP, under an Idempotency-Key of its own unless one is given."""
        self._batches += 1
        request = BatchRequest(self.merchant.id, key or f"batch-{self._batches}", body)
        return await accept_batch(self.db, self.intake, request)

    async def post(self, events: Sequence[Json], accounts: Sequence[str | Json] = (), **more: Any) -> Json:
        """Events, and the codes of accounts to declare."""
        declared = [{"id": one} if isinstance(one, str) else one for one in accounts]
        answer: Json = json.loads(
            await self.send(json.dumps({"accounts": declared, "events": list(events), **more}).encode())
        )
        return answer

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """What stands in the database."""
        async with self.db.read() as db:
            return list(await db.fetch(query, *arguments))

    async def value(self, query: str, *arguments: Any) -> Any:
        """One value of it."""
        return (await self.rows(query, *arguments))[0][0]

    async def counts(self) -> dict[str, int]:
        """Rows of every table that a batch writes."""
        tables = ("account", "batch", "event", "event_key", "debt", "advance_lot", "settlement", "receipt", "queue")
        return {table: await self.value(f"select count(*) from fiscal.{table}") for table in tables}

    async def add_kkts(self, count: int = 1, *, last_fd: int = 1) -> list[Owner]:
        """A cassette with leased KKTs that no device stands behind."""
        cassette_id, *ids = self.db.ids.take(count + 1)
        async with self.db.write() as db:
            await kkts.add_cassette(db, self.merchant.id, cassette_id, "main")
            for n, kkt_id in enumerate(ids, 1):
                new = kkts.NewKkt(
                    merchant_id=self.merchant.id, id=kkt_id, cassette_id=cassette_id, address=f"fn+tcp://fn-{n}",
                    ofd_address="ofd:1", fn_number=f"99990789000{n:05d}", registration_number="0" * 16, ffd=4,
                    emulated=True, last_fd=last_fd,
                )  # fmt: skip
                await kkts.add_kkt(db, new, NOW)
            seats = await leases.kkts_in_service(db)
            return await leases.take_leases(db, 0, 50_000, seats, NOW)

    async def register(self, receipts: Sequence[str | int], *, fd_from: int = 2) -> None:
        """Devices have made these; their fiscal signs are 2318604100 and their FD number."""
        async with self.db.write() as db:
            ids = [int(one) for one in receipts]
            await db.execute("delete from fiscal.queue where receipt_id = any ($1)", ids)
            await db.executemany(
                "insert into fiscal.fiscal_document select merchant_id, id, 1, form, '9999078900000001', $3::int,"
                " 2318604100 + $3::int, '2026-10-20 12:00:00', 1, $3::int, total_kopecks, now()"
                " from fiscal.receipt where merchant_id = $1 and id = $2",
                [(self.merchant.id, one, n) for n, one in enumerate(ids, fd_from)],
            )

    async def receipts(self) -> list[Any]:
        """All of them, oldest first: form, sign, total, key, state (None: registered)."""
        return [
            tuple(row.values())
            for row in await self.rows(
                "select r.form, r.sign, r.total_kopecks, r.event_key, q.state::text from fiscal.receipt r"
                " left join fiscal.queue q on q.merchant_id = r.merchant_id and q.receipt_id = r.id"
                " where r.merchant_id = $1 order by r.id",
                self.merchant.id,
            )
        ]

    async def cassette_id(self) -> int:
        return int(await self.value("select id from fiscal.cassette"))

    async def enqueue(self, rows: Sequence[tuple[int, int | None, date]]) -> None:
        """Receipts in the queue, as (id, account, deadline); the receipts themselves are there with an empty body."""
        cassette = await self.cassette_id()
        async with self.db.write() as db:
            await db.executemany(
                "insert into fiscal.receipt (merchant_id, id, event_id, event_key, account_id, form, sign,"
                " total_kopecks, register_group, body, created_at)"
                " values ($1, $2, $2, 'e', $3, 3, 1, 100, '', '', now())",
                [(self.merchant.id, receipt, account) for receipt, account, _ in rows],
            )
            await db.executemany(
                "insert into fiscal.queue (merchant_id, receipt_id, account_id, cassette_id, state, deadline,"
                " updated_at) values ($1, $2, $3, $4, 'QUEUED', $5, now())",
                [(self.merchant.id, receipt, account, cassette, deadline) for receipt, account, deadline in rows],
            )


@asynccontextmanager
async def open_shop(dsn: str, rules: Json | None = None, *, name: str = "Пример", size: int = 8) -> AsyncIterator[Shop]:
    """A new merchant in a database; a second one may be opened beside it."""
    clock = VirtualClock(NOW)
    db = await connect(dsn, clock, size=size)
    try:
        await keep_partitions(db, clock)
        given = NewMerchant(name=name, rules=rules or RULES, place="https://provider.example", address="Москва")
        yield Shop(dsn, db, await create_merchant(db, given), clock)
    finally:
        await db.close()
