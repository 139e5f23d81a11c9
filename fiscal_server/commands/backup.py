"""``fiscal-server backup`` and ``restore``: the database in one file, by PostgreSQL's own tools."""

from pathlib import Path
from typing import Annotated

import typer

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import database_address, fail, run_async, settings_from_environment
from fiscal_server.commands.database_file import dump
from fiscal_server.commands.put_back import PutBack, put_back
from fiscal_server.storage.leases import LONGEST_COMMAND_S


def backup(
    file: Annotated[Path, typer.Argument(help="where to write it; must not exist")],
) -> None:
    """Write the whole database to a file while the server works: one moment of it, checked, complete or not there."""
    settings = settings_from_environment()
    if file.exists():
        fail(f"{file} is there already")
    if not file.parent.is_dir():
        fail(f"there is no folder {file.parent}")

    async def main() -> None:
        async with database_address(settings) as dsn:
            dump(dsn, file)

    run_async(main)
    print(f"{file}: {file.stat().st_size:,} bytes")


def restore(
    file: Annotated[Path, typer.Argument(help="what `fiscal-server backup` wrote")],
) -> None:
    """Put a backup in the place of the database; the one that was there is kept beside it under another name.

    FNs remember more than an old backup: no receipt is made until `fiscal-server verify --adopt` has read them.
    """
    settings = settings_from_environment()
    if not file.is_file():
        fail(f"there is no file {file}")
    hold_ms = round((settings.lease_s + LONGEST_COMMAND_S) * 1000)

    async def main() -> PutBack:
        async with database_address(settings) as dsn:
            return await put_back(dsn, file, SystemClock(), hold_ms)

    tell(run_async(main))


def tell(done: PutBack) -> None:
    """What was done and what comes next, in sentences."""
    made_at = f", made at {done.backup_made_at:%Y-%m-%d %H:%M} UTC" if done.backup_made_at else ""
    print(f"restored from {done.file}{made_at}; the database before it is kept as {done.kept}")
    if done.waits_s:
        print(
            f"Somebody held KKTs when the database was replaced, or nobody can say: whoever wants one waits"
            f" {done.waits_s:.0f} s, until no owner of before can finish a document any more."
        )
    for fn in done.newer:
        print(f"FN {fn.fn_number} at {fn.address} joined after the backup: add it again (fiscal-server kkt add).")
    print(
        "No receipt is made yet. Next: add again every FN that joined after the backup; let the billing send again what"
        " it sent since (the keys of its events keep that harmless); then: fiscal-server verify --adopt"
    )
