"""A payment's way into the books: decoded, computed, controlled, committed; and the control of a receipt alone.

python -m benchmarks.bench_intake [--smoke] [--keep] [--machine NAME]
"""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from accounting.receipts.checks.receipt import check_receipt
from benchmarks.harness import FULL, SMOKE, Size, Step, main, repeated
from benchmarks.place import open_place
from benchmarks.receipts import order
from fiscal_server.clock import SystemClock
from fiscal_server.intake.accept import BatchRequest, Intake, accept_batch
from fiscal_server.storage.pool import Database

BATCH = 1_000
IN_FLIGHT = 2
"""Batches that are accepted at once, as from two billing systems; the baseline copies in as many connections."""

_TABLES = ("event", "event_key", "settlement", "payment", "receipt", "queue", "debt", "advance_lot")


class _Answer(msgspec.Struct):
    receipts: int


_ANSWER = msgspec.json.Decoder(_Answer)
"""The billing systems work on the same cores: what they do besides is kept small."""


class Billing:
    """A merchant with accounts that owe; every payment settles a debt and leaves an advance."""

    def __init__(self, db: Database, merchant_id: int) -> None:
        self._db = db
        self._merchant_id = merchant_id
        self._intake = Intake(SystemClock(), ZoneInfo("Europe/Moscow"))
        self._sent = 0
        self._streams: dict[str, bytes] = {}
        self._copied = 0

    async def send(self, events: list[dict[str, object]], accounts: Sequence[str] = ()) -> int:
        """Accept a batch; gives how many receipts it made."""
        self._sent += 1
        declared = [{"id": name, "contact": "+79000000001"} for name in accounts]
        body = msgspec.json.encode({"events": events, "accounts": declared})
        answer = await accept_batch(self._db, self._intake, BatchRequest(self._merchant_id, f"b{self._sent}", body))
        return _ANSWER.decode(answer).receipts

    async def charge(self) -> None:
        """Debts that are open when the payments come: more than all payments together."""
        charge = {"type": "charge", "period": "2026-10", "service": "internet", "amount": 10**9}
        for group in range(IN_FLIGHT):
            names = [f"A{group}-{n}" for n in range(BATCH)]
            await self.send([{**charge, "key": f"c{name}", "account": name} for name in names], names)

    def _payments(self, group: int, count: int) -> list[dict[str, object]]:
        paid = {"type": "payment", "date": "2026-11-05", "tenders": {"bank_transfer": 45_000}}
        return [{**paid, "key": f"p{self._sent}-{group}-{n}", "account": f"A{group}-{n}"} for n in range(count)]

    async def pay(self, count: int) -> int:
        """As many payments in batches of ``BATCH``, ``IN_FLIGHT`` at a time; each account pays once a batch."""
        receipts = 0
        sizes = [BATCH] * (count // BATCH) + ([count % BATCH] if count % BATCH else [])
        while sizes:
            now, sizes = sizes[:IN_FLIGHT], sizes[IN_FLIGHT:]
            made = await asyncio.gather(*(self.send(self._payments(n, size)) for n, size in enumerate(now)))
            receipts += sum(made)
        return receipts

    async def keep_rows(self, count: int, repeats: int) -> None:
        """What ``count`` payments wrote, encoded by PostgreSQL; and empty tables like ours, one set a repeat."""
        async with self._db.write() as db:
            last = await db.fetchval("select max(id) from fiscal.event")
            await self.pay(count)
            where = f"merchant_id = {self._merchant_id}"
            for table in _TABLES:
                new = {"event_key": "event_id", "queue": "receipt_id"}.get(table, "id")
                rest = "" if table in ("debt", "advance_lot") else f" and {new} > {last}"
                stream = io.BytesIO()
                query = f"select * from fiscal.{table} where {where}{rest} limit {count}"
                await db.copy_from_query(query, output=stream, format="binary")
                self._streams[table] = stream.getvalue()
            await db.execute("create schema bench")
            for number in range((repeats + 1) * IN_FLIGHT):
                for table in _TABLES:
                    await db.execute(f"create table bench.{table}_{number} (like fiscal.{table} including all)")

    async def copy(self, count: int) -> int:
        """The kept rows into fresh tables with the same indexes; each of ``IN_FLIGHT`` connections copies its share."""

        async def share() -> None:
            number, self._copied = self._copied, self._copied + 1
            async with self._db.write() as db:
                for table, stream in self._streams.items():
                    place = f"{table}_{number}"
                    await db.copy_to_table(place, schema_name="bench", source=io.BytesIO(stream), format="binary")

        await asyncio.gather(*(share() for _ in range(IN_FLIGHT)))
        return count


@asynccontextmanager
async def _billing() -> AsyncIterator[Billing]:
    async with open_place() as place:
        billing = Billing(place.db, place.merchant.id)
        await billing.charge()
        yield billing


@contextmanager
def steps(size: Size | None = None) -> Iterator[list[Step]]:
    """``size``: of the run that follows; by the command line when it is not given."""
    size = size or (SMOKE if "--smoke" in sys.argv else FULL)
    receipt = order().receipt
    with asyncio.Runner() as runner:
        opened = _billing()
        billing = runner.run(opened.__aenter__())
        try:
            count = max(1, round(IN_FLIGHT * BATCH * size.share))
            runner.run(billing.keep_rows(count // IN_FLIGHT, size.repeats))
            yield [
                Step("rows of a payment, COPY alone", lambda n: runner.run(billing.copy(n)), IN_FLIGHT * BATCH),
                Step(
                    "payment, accepted and committed",
                    lambda n: runner.run(billing.pay(n)),
                    IN_FLIGHT * BATCH,
                    "rows of a payment, COPY alone",
                    1_000_000 / 15_000,
                ),
                Step(
                    "control of a receipt, five lines",
                    repeated(lambda: check_receipt(receipt, settled_on=date(2026, 11, 5))),
                    cpu=True,
                ),
            ]
        finally:
            runner.run(opened.__aexit__(None, None, None))


if __name__ == "__main__":
    sys.exit(main("bench_intake", steps))
