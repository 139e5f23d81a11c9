"""``fiscal-server backup`` and ``restore``: the database in one file, by PostgreSQL's own tools."""

import os
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote, unquote, urlsplit

import asyncpg
import typer

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import database_address, fail, run_async, settings_from_environment
from fiscal_server.embedded.binaries import bundled_install
from fiscal_server.errors import FiscalServerError
from fiscal_server.storage.adoption import distrust_the_books
from fiscal_server.storage.migrate import migrate
from fiscal_server.storage.pool import connect

_PUBLIC_WORDS: Final = 2000
"""Most characters of a tool's own words that are shown."""


class BackupFailed(FiscalServerError):
    """The tool's words."""


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

    async def main() -> str:
        async with database_address(settings) as dsn:
            return await put_back(dsn, file, SystemClock().now())

    kept = run_async(main)
    print(f"restored; the database before it is kept as {kept}")
    print(
        "No receipt is made yet. Next: let the billing send again what it sent since the backup (the keys of its events"
    )
    print("keep that harmless), then: fiscal-server verify --adopt")


def dump(dsn: str, file: Path) -> None:
    """pg_dump into a file that has its name only when it is whole, and that its owner alone can read: it holds personal
    data. Raises BackupFailed, OSError."""
    temporary = file.with_name(f".{file.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _call("pg_dump", "--format=custom", "--no-password", f"--file={temporary}", dsn=dsn)
        _call("pg_restore", "--list", str(temporary))  # the table of contents can be read: it was written to its end
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.rename(file)
    finally:
        temporary.unlink(missing_ok=True)


async def put_back(dsn: str, file: Path, now: datetime) -> str:
    """Restore beside the database, then exchange the names; gives the name that the old one has now.

    Raises BackupFailed while anybody is connected to the database, or when the file is no backup: nothing has changed.
    """
    name = unquote(urlsplit(dsn).path.removeprefix("/"))
    fresh, kept = f"{name}_restoring", f"{name}_before_{now:%Y%m%d_%H%M%S}"
    _call("pg_restore", "--list", str(file))
    control = await asyncpg.connect(_another_database(dsn, "postgres"))
    try:
        await _nobody_is_there(control, name)
        await control.execute(f"drop database if exists {_quoted(fresh)}")
        await control.execute(f"create database {_quoted(fresh)} template template0")
        try:
            await _fill(_another_database(dsn, fresh), file, now)
            await _nobody_is_there(control, name)
            async with control.transaction():  # both names or none: never a moment without a database
                await control.execute(f"alter database {_quoted(name)} rename to {_quoted(kept)}")
                await control.execute(f"alter database {_quoted(fresh)} rename to {_quoted(name)}")
        except BaseException:
            await control.execute(f"drop database if exists {_quoted(fresh)} with (force)")
            raise
    finally:
        await control.close()
    return kept


async def _fill(dsn: str, file: Path, now: datetime) -> None:
    control = await asyncpg.connect(dsn)
    try:  # roles belong to the cluster and are not in the file
        exists = await control.fetchval("select 1 from pg_roles where rolname = 'fiscal_panel'")
        if not exists:
            await control.execute("create role fiscal_panel nologin")
        await control.execute("grant fiscal_panel to current_user")
    finally:
        await control.close()
    _call("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", str(file), dsn=dsn)
    await migrate(dsn)
    database = await connect(dsn, SystemClock(), size=1)
    try:
        async with database.write() as db:
            await distrust_the_books(db, f"restored from {file.name}, a backup that is older than the FNs", now)
    finally:
        await database.close()


async def _nobody_is_there(control: asyncpg.Connection, name: str) -> None:
    others = await control.fetchval(
        "select count(*) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()", name
    )
    if others:
        raise BackupFailed(f"{others} connection(s) to the database {name}: stop the server first")


def _another_database(dsn: str, name: str) -> str:
    parts = urlsplit(dsn)  # not urlunsplit: it drops the "//" before an empty host, which libpq needs
    return f"{parts.scheme}://{parts.netloc}/{quote(name, safe='')}" + (f"?{parts.query}" if parts.query else "")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def tool_address(dsn: str) -> tuple[str, dict[str, str]]:
    """The argument that names a database to PostgreSQL's tools, and its password as an environment: anybody on the
    machine may list arguments."""
    netloc = urlsplit(dsn).netloc
    credentials, at, hosts = netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    argument = "--dbname=" + dsn.replace(f"//{netloc}", f"//{user}{at}{hosts}", 1)
    return argument, {"PGPASSWORD": unquote(password)} if password else {}


def _call(tool: str, *arguments: str, dsn: str | None = None) -> None:
    """Raises BackupFailed."""
    address, secret = tool_address(dsn) if dsn is not None else (None, {})
    command = [str(bundled_install() / "bin" / tool), *([address] if address else []), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | secret)
    if done.returncode:
        raise BackupFailed(f"{tool}: {done.stderr.strip()[:_PUBLIC_WORDS]}")
