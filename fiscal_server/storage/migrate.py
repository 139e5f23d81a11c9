"""Brings a database to the schema that this version of the program needs: numbered SQL files, forward only.

Each file runs in a transaction of its own together with the row that records it, under an advisory lock, so a second
migration waits and then finds nothing to do. Whatever is wrong is loud: a file changed after it ran, a database newer
than the program, a failed statement (nothing of that file stays).
"""

import hashlib
from importlib.resources import files

import asyncpg
import msgspec

from fiscal_server.errors import MigrationError

LOCK_KEY = 0x46495343_4D494752
"""Advisory lock of migrations: the letters FISC MIGR."""

LOCK_TIMEOUT_MS = 120_000


class Migration(msgspec.Struct, frozen=True):
    """One numbered file."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def packaged_migrations() -> list[Migration]:
    """The files of this version in order; the numbers have no gaps."""
    found = sorted(
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in files("fiscal_server.storage").joinpath("migrations").iterdir()
        if entry.name.endswith(".sql")
    )
    migrations = [Migration(int(name[:4]), name, sql) for name, sql in found]
    if [m.version for m in migrations] != list(range(1, len(migrations) + 1)):
        raise MigrationError(f"migrations are not numbered without gaps: {[m.name for m in migrations]}")
    return migrations


async def migrate(dsn: str, migrations: list[Migration] | None = None) -> list[str]:
    """Apply what is missing; the names of what was applied. Raises MigrationError."""
    wanted = packaged_migrations() if migrations is None else migrations
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"set lock_timeout = {LOCK_TIMEOUT_MS}")
        try:
            await connection.execute("select pg_advisory_lock($1)", LOCK_KEY)
        except asyncpg.LockNotAvailableError:
            raise MigrationError("another migration has been running for two minutes; see pg_stat_activity") from None
        await _prepare_record(connection)
        applied = await _check_applied(connection, wanted)
        fresh = [m for m in wanted if m.version not in applied]
        for migration in fresh:
            await _apply(connection, migration)
        version = await connection.fetchval("select max(version) from public.fiscal_migration")
        if version != wanted[-1].version:
            raise MigrationError(f"the schema is at version {version} after migrating to {wanted[-1].version}")
        return [m.name for m in fresh]
    finally:
        await connection.close()


async def require_current(connection: asyncpg.Connection) -> None:
    """Raises MigrationError unless the database has exactly this version's schema."""
    wanted = packaged_migrations()
    if await connection.fetchval("select to_regclass('public.fiscal_migration')") is None:
        raise MigrationError("the database is empty: run `fiscal-server migrate` first")
    applied = await _check_applied(connection, wanted)
    if missing := [m.name for m in wanted if m.version not in applied]:
        raise MigrationError(f"the database lacks {', '.join(missing)}: run `fiscal-server migrate` first")


async def _prepare_record(connection: asyncpg.Connection) -> None:
    await connection.execute(
        "create table if not exists public.fiscal_migration ("
        " version int primary key, name text not null, checksum text not null,"
        " applied_at timestamptz not null default clock_timestamp())"
    )


async def _check_applied(connection: asyncpg.Connection, wanted: list[Migration]) -> set[int]:
    by_version = {m.version: m for m in wanted}
    rows = await connection.fetch("select version, name, checksum from public.fiscal_migration order by version")
    for row in rows:
        known = by_version.get(row["version"])
        if known is None:
            raise MigrationError(f"the database has {row['name']}, which this version of the program does not know")
        if known.checksum != row["checksum"]:
            raise MigrationError(f"{row['name']} was changed after it ran on this database")
    return {row["version"] for row in rows}


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "insert into public.fiscal_migration (version, name, checksum) values ($1, $2, $3)",
                migration.version,
                migration.name,
                migration.checksum,
            )
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name} failed and left nothing behind: {error}") from error
