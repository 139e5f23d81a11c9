"""A merchant in a PostgreSQL of its own, with a cassette or without: where benchmarks happen."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fiscal_server.clock import Clock, SystemClock
from fiscal_server.commands.context import start_embedded
from fiscal_server.new_merchant import NewMerchant, create_merchant
from fiscal_server.settings import Settings
from fiscal_server.storage import kkts
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.migrate import migrate
from fiscal_server.storage.partitions import keep_partitions
from fiscal_server.storage.pool import Database, connect
from fiscal_server.supervisor import Supervisor

INN = "7700000016"
_RULES = {"inn": INN, "services": [{"id": "internet", "name": "Доступ в интернет", "vat_code": 11}]}


@dataclass(frozen=True)
class Place:
    """Durable commits, as in earnest. ``dsn``: its address for other processes; ``postgres``: the server's process."""

    settings: Settings
    dsn: str
    postgres: int
    db: Database
    clock: Clock
    merchant: MerchantRow


@asynccontextmanager
async def open_place(cassette: str | None = "main") -> AsyncIterator[Place]:
    """Gone afterwards, with its files; with a cassette of this name that has no slots."""
    folder = tempfile.mkdtemp(prefix="fiscal-bench-")
    os.chmod(folder, 0o711)  # under root PostgreSQL runs as another user
    clock = SystemClock()
    try:
        settings = Settings(data_dir=Path(folder))
        async with Supervisor(settings.data_dir, on_event=lambda _: None) as supervisor:
            dsn = await start_embedded(supervisor, settings)
            await migrate(dsn)
            db = await connect(dsn, clock)
            await keep_partitions(db, clock)
            given = NewMerchant(name="Пример", rules=_RULES, place="https://provider.example", address="Москва")
            merchant = await create_merchant(db, given)
            try:
                if cassette is not None:
                    async with db.write() as connection:
                        await kkts.add_cassette(connection, merchant.id, db.ids.next(), cassette)
                yield Place(settings, dsn, supervisor.pid("postgres") or 0, db, clock, merchant)
            finally:
                await db.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
