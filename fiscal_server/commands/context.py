"""What every command needs first: settings, a log, and the database of this installation."""

import errno
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import asyncpg
import typer
import uvloop

from fiscal_server.clock import SystemClock
from fiscal_server.embedded import EmbeddedPostgres, EmbeddedPostgresError
from fiscal_server.errors import FiscalServerError
from fiscal_server.log import configure_log
from fiscal_server.settings import Settings, SettingsError, load_settings, make_data_dir, to_environ
from fiscal_server.storage.migrate import migrate
from fiscal_server.storage.partitions import keep_partitions
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, connect, may_pass
from fiscal_server.supervisor import Supervisor, SupervisorError, read_run_state
from kkt_drivers.errors import KktError

DATABASE = "fiscal"
"""Name of our database in the embedded cluster."""

_THIS_MACHINE: Final = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}

T = TypeVar("T")


def settings_from_environment() -> Settings:
    """The settings, with the log configured. Ends the program when a variable is wrong."""
    try:
        settings = load_settings(os.environ)
    except SettingsError as error:
        fail(str(error))
    configure_log(settings.log_format, settings.log_level)
    return settings


def fail(message: str, code: int = 2) -> typer.Exit:
    """One clear line on stderr, and out."""
    print(f"fiscal-server: {message}", file=sys.stderr)
    raise typer.Exit(code)


def run_async(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a command on uvloop; what we refuse ends in one line, without a traceback."""
    try:
        return uvloop.run(main())
    except (FiscalServerError, SupervisorError, SettingsError, EmbeddedPostgresError, KktError) as error:
        fail(str(error), 1)
    except DATABASE_ERRORS as error:
        fail(_whose_fault(error), 1)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise AssertionError("unreachable")


def _whose_fault(error: Exception) -> str:
    """Asyncpg hands on what the system says of its connections; what it says of our own files looks just like it."""
    if isinstance(error, OSError) and error.errno in _THIS_MACHINE:
        where = f" ({error.filename})" if error.filename else ""
        return f"this machine: {error.strerror}{where}"
    return f"the database {'does not answer' if may_pass(error) else 'refused'}: {error}"


def child_environment(settings: Settings, dsn: str, **more: str) -> dict[str, str]:
    """Environment of a child process: ours, with the settings as they were read and the database that was found."""
    return {**os.environ, **to_environ(settings), "FISCAL_DATABASE_URL": dsn, **more}


async def start_embedded(supervisor: Supervisor, settings: Settings, *, durable: bool = True) -> str:
    """Start the embedded PostgreSQL as a child and make our database in it; gives its address."""
    server = EmbeddedPostgres(settings.data_dir, durable=durable)
    await supervisor.start(server.child())
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        if not await connection.fetchval("select 1 from pg_database where datname = $1", DATABASE):
            await connection.execute(f'create database "{DATABASE}"')
    finally:
        await connection.close()
    return server.dsn(DATABASE)


@asynccontextmanager
async def database_address(settings: Settings) -> AsyncIterator[str]:
    """Address of this installation's database: the configured one, a running instance's, or one started now."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    make_data_dir(settings)
    if read_run_state(settings.data_dir) is not None:
        yield EmbeddedPostgres(settings.data_dir).dsn(DATABASE)
        return
    async with Supervisor(settings.data_dir, on_event=lambda _: None) as supervisor:
        dsn = await start_embedded(supervisor, settings)
        await migrate(dsn)
        yield dsn


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The database of this installation, with a current schema."""
    async with database_address(settings) as dsn:
        clock = SystemClock()
        database = await connect(dsn, clock)
        try:
            await keep_partitions(database, clock)
            yield database
        finally:
            await database.close()
