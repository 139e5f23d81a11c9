"""``make schema``: writes ``storage/schema.sql`` anew from the migrations, in a database that lives for a moment."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from fiscal_server import storage
from fiscal_server.commands.context import run_async, start_embedded
from fiscal_server.embedded.binaries import bundled_install
from fiscal_server.settings import Settings
from fiscal_server.storage.migrate import migrate
from fiscal_server.storage.schema_dump import dump_schema
from fiscal_server.supervisor import Supervisor

TARGET = Path(next(iter(storage.__path__))) / "schema.sql"


def pg_dump() -> Path:
    """The bundled program: of the same version as the bundled server."""
    return bundled_install() / "bin/pg_dump"


async def write_schema(target: Path) -> None:
    """Migrate an empty database and keep what came of it."""
    folder = tempfile.mkdtemp(prefix="fiscal-schema-")
    os.chmod(folder, 0o711)  # under root PostgreSQL runs as another user
    try:
        settings = Settings(data_dir=Path(folder))
        async with Supervisor(settings.data_dir, on_event=lambda _: None) as supervisor:
            dsn = await start_embedded(supervisor, settings, durable=False)
            await migrate(dsn)
            await asyncio.to_thread(_dump, dsn, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _dump(dsn: str, target: Path) -> None:
    target.write_text(dump_schema(dsn, pg_dump()), encoding="utf-8")


if __name__ == "__main__":
    run_async(lambda: write_schema(TARGET))
