"""Migrations run once, one after another, and whatever is wrong is loud and leaves nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import msgspec
import pytest

from fiscal_server.errors import MigrationError
from fiscal_server.storage.migrate import Migration, migrate, packaged_migrations, require_current
from tests.conftest import TestPostgres

TABLES = "select table_name::text from information_schema.tables where table_schema = 'public' order by 1"


@asynccontextmanager
async def empty_database(postgres: TestPostgres, name: str) -> AsyncIterator[str]:
    await postgres.wait_ready()
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute(f"create database {name}")
    try:
        yield postgres.dsn(name)
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


async def tables(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch(TABLES)]
    finally:
        await connection.close()


async def check_current(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await require_current(connection)
    finally:
        await connection.close()


FIRST = Migration(1, "0001_one.sql", "create table one (n int)")
SECOND = Migration(2, "0002_two.sql", "create table two (n int)")
BROKEN = Migration(2, "0002_two.sql", "create table two (n int); insert into two values (1 / 0)")


async def test_a_failed_migration_leaves_nothing_behind_and_says_which_one(postgres: TestPostgres) -> None:
    async with empty_database(postgres, "migrate_failed") as dsn:
        with pytest.raises(MigrationError, match=r"0002_two\.sql failed and left nothing behind: division by zero"):
            await migrate(dsn, [FIRST, BROKEN])
        assert await tables(dsn) == ["fiscal_migration", "one"]
        assert await migrate(dsn, [FIRST, SECOND]) == ["0002_two.sql"]
        assert await tables(dsn) == ["fiscal_migration", "one", "two"]


async def test_two_migrations_at_once_both_succeed_and_each_file_runs_once(postgres: TestPostgres) -> None:
    async with empty_database(postgres, "migrate_twice") as dsn:
        applied = await asyncio.gather(*(migrate(dsn, [FIRST, SECOND]) for _ in range(4)))
        assert sorted(applied) == [[], [], [], ["0001_one.sql", "0002_two.sql"]]


async def test_the_packaged_migrations_at_once_in_two_databases_of_a_cluster(postgres: TestPostgres) -> None:
    """Roles belong to the cluster: both may be making the panel's."""
    async with empty_database(postgres, "migrate_a") as one, empty_database(postgres, "migrate_b") as other:
        await asyncio.gather(migrate(one), migrate(other))
        await check_current(one)
        await check_current(other)


async def test_a_file_that_was_changed_after_it_ran_is_refused(postgres: TestPostgres) -> None:
    async with empty_database(postgres, "migrate_changed") as dsn:
        await migrate(dsn, [FIRST])
        changed = msgspec.structs.replace(FIRST, sql=FIRST.sql + " -- a remark")
        with pytest.raises(MigrationError, match=r"0001_one\.sql was changed after it ran"):
            await migrate(dsn, [changed, SECOND])
        assert "two" not in await tables(dsn)


async def test_a_database_that_is_newer_than_the_program_is_refused(postgres: TestPostgres) -> None:
    async with empty_database(postgres, "migrate_newer") as dsn:
        await migrate(dsn, [FIRST, SECOND])
        with pytest.raises(MigrationError, match=r"0002_two\.sql, which this version of the program does not know"):
            await migrate(dsn, [FIRST])


async def test_an_empty_database_is_not_current(postgres: TestPostgres) -> None:
    async with empty_database(postgres, "migrate_empty") as dsn:
        with pytest.raises(MigrationError, match="the database is empty"):
            await check_current(dsn)


async def test_a_database_that_lacks_a_migration_is_not_current(postgres: TestPostgres) -> None:
    async with empty_database(postgres, "migrate_behind") as dsn:
        await migrate(dsn, [FIRST])
        connection = await asyncpg.connect(dsn)
        await connection.execute("delete from public.fiscal_migration")
        await connection.close()
        with pytest.raises(MigrationError, match=r"lacks 0001_initial\.sql"):
            await check_current(dsn)


async def test_the_template_of_the_tests_is_current(database: str) -> None:
    await check_current(database)


def test_packaged_migrations_are_numbered_without_gaps() -> None:
    migrations = packaged_migrations()
    assert [m.version for m in migrations] == list(range(1, len(migrations) + 1))
    assert all(m.name.startswith(f"{m.version:04d}_") for m in migrations)
