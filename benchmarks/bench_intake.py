"""A payment's way into the books: decoded, computed, controlled, committed; and the control of a receipt alone.

python -m benchmarks.bench_intake [--smoke] [--keep] [--machine NAME]
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from accounting.receipts.checks import check_receipt
from benchmarks.harness import Step, main, repeated
from benchmarks.receipts import order
from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import start_embedded
from fiscal_server.commands.manage import MerchantFile, create_merchant
from fiscal_server.intake.accept import BatchRequest, Intake, accept_batch
from fiscal_server.settings import Settings
from fiscal_server.storage.migrate import migrate
from fiscal_server.storage.partitions import keep_partitions
from fiscal_server.storage.pool import Database, connect
from fiscal_server.supervisor import Supervisor

BATCH = 2_000
_RULES = {"inn": "7700000016", "services": [{"id": "internet", "name": "Доступ в интернет", "vat_code": 11}]}


class Billing:
    """A merchant with accounts that owe; every payment settles a debt and leaves an advance."""

    def __init__(self, db: Database, merchant_id: int) -> None:
        self._db = db
        self._merchant_id = merchant_id
        self._intake = Intake(SystemClock(), ZoneInfo("Europe/Moscow"))
        self._sent = 0

    async def send(self, events: list[dict[str, object]], accounts: int = 0) -> int:
        """Accept a batch; gives how many receipts it made."""
        self._sent += 1
        declared = [{"id": f"A{n}", "contact": "+79000000001"} for n in range(accounts)]
        body = json.dumps({"events": events, "accounts": declared}).encode()
        answer = await accept_batch(self._db, self._intake, BatchRequest(self._merchant_id, f"b{self._sent}", body))
        return int(json.loads(answer)["receipts"])

    async def charge(self, count: int) -> None:
        """Debts that are open when the payments come."""
        charge = {"type": "charge", "period": "2026-10", "service": "internet", "amount": 10**12}
        await self.send([{**charge, "key": f"c{n}", "account": f"A{n}"} for n in range(count)], count)

    async def pay(self, count: int) -> int:
        """As many payments, each of another account."""
        paid = {"type": "payment", "date": "2026-11-05", "tenders": {"bank_transfer": 45_000}}
        keys = [f"p{self._sent}-{n}" for n in range(count)]
        return await self.send([{**paid, "key": key, "account": f"A{n}"} for n, key in enumerate(keys)])


@asynccontextmanager
async def _billing() -> AsyncIterator[Billing]:
    folder = tempfile.mkdtemp(prefix="fiscal-bench-")
    os.chmod(folder, 0o711)  # under root PostgreSQL runs as another user
    try:
        settings = Settings(data_dir=Path(folder))
        async with Supervisor(settings.data_dir, on_event=lambda _: None) as supervisor:
            dsn = await start_embedded(supervisor, settings)
            await migrate(dsn)
            db = await connect(dsn, SystemClock())
            await keep_partitions(db, SystemClock())
            given = MerchantFile(name="Пример", rules=_RULES, place="https://provider.example", address="Москва")
            billing = Billing(db, (await create_merchant(db, given)).id)
            await billing.charge(BATCH)
            yield billing
            await db.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def steps() -> Iterator[list[Step]]:
    receipt = order().receipt
    with asyncio.Runner() as runner:
        opened = _billing()
        billing = runner.run(opened.__aenter__())
        try:
            yield [
                Step("payment, accepted and committed", lambda count: runner.run(billing.pay(count)), BATCH),
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
