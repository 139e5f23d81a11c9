"""A backup takes the place of a database, and the books know that they know less than the FNs from then on.

Owners of before: whoever was connected had to go, and from the exchange of names on nobody renews a lease of the
replaced database. One who was cut off just before may still finish a document, until its lease and its longest command
are over. So the restored books hold every KKT for nobody, and whoever wants one watches that stand still for as long
(docs/decisions, 9). Only where the replaced database shows that all was given back in order is nobody waited for.
"""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import asyncpg
import msgspec

from fiscal_server.clock import Clock
from fiscal_server.commands.database_file import BackupFailed, fill, made_at
from fiscal_server.storage import restoration
from fiscal_server.storage.migrate import migrate
from fiscal_server.storage.pool import connect
from fiscal_server.storage.restoration import FnLease, Restoration

_LOCK: Final = 0x52455354
"""First half of the advisory lock on a database's name while it is restored: the letters REST."""

_NAME_BYTES: Final = 63
"""Longest name that PostgreSQL keeps; it cuts longer ones without a word."""

_HASH_DIGITS: Final = 8


class PutBack(msgspec.Struct, frozen=True):
    """What a restore did."""

    kept: str  # name of the database that was replaced
    file: str
    backup_made_at: datetime | None
    newer: list[FnLease]  # FNs that the replaced database knew and the backup does not
    waits_s: float  # for how long owners of before may still be under way; 0: there are none


async def put_back(dsn: str, file: Path, clock: Clock, hold_ms: int) -> PutBack:
    """Restore beside the database, then exchange the names.

    ``hold_ms``: how long an owner who was cut off may act at the longest, as far as the settings say. Raises
    BackupFailed while anybody is connected to the database or restores it, or when the file is no backup: nothing has
    changed.
    """
    written = made_at(file)
    name = unquote(urlsplit(dsn).path.removeprefix("/"))
    fresh, kept = beside(name, "restoring"), beside(name, f"before_{clock.now():%Y%m%d_%H%M%S}")
    control = await asyncpg.connect(_another_database(dsn, "postgres"))
    try:
        await _begin(control, name, kept)
        await control.execute(f"drop database if exists {_quoted(fresh)} with (force)")
        await control.execute(f"create database {_quoted(fresh)} template template0")
        try:
            beginning = _Beginning(_another_database(dsn, fresh), file, written, hold_ms)
            restored, newer, known = await _fill(beginning, await _leases_of(dsn), clock)
            await _nobody_is_there(control, name)
            async with control.transaction():  # both names or none: never a moment without a database
                await control.execute(f"alter database {_quoted(name)} rename to {_quoted(kept)}")
                await control.execute(f"alter database {_quoted(fresh)} rename to {_quoted(name)}")
        except BaseException:
            await control.execute(f"drop database if exists {_quoted(fresh)} with (force)")
            raise
    finally:
        await control.close()
    # From here on nobody renews in the replaced database: what it says of its leases is the last word.
    if _all_given_back(await _leases_of(_another_database(dsn, kept)), known):
        restored = await _free(dsn, restored)
    return PutBack(kept, file.name, written, newer, restored.hold_ms / 1000)


class _Beginning(msgspec.Struct, frozen=True):
    """An empty database, and what is to become of it."""

    dsn: str
    file: Path
    written: datetime | None
    hold_ms: int


def beside(name: str, what: str) -> str:
    """Name of a database beside another one; no longer than PostgreSQL keeps, and still that one's alone."""
    whole = f"{name}_{what}"
    if len(whole.encode()) <= _NAME_BYTES:
        return whole
    tail = f"_{sha256(name.encode()).hexdigest()[:_HASH_DIGITS]}_{what}"
    return name.encode()[: _NAME_BYTES - len(tail.encode())].decode(errors="ignore") + tail


async def _begin(control: asyncpg.Connection, name: str, kept: str) -> None:
    """Raises BackupFailed."""
    if not await control.fetchval("select pg_try_advisory_lock($1::int, hashtext($2))", _LOCK, name):
        raise BackupFailed(f"somebody else restores the database {name} just now")
    if await control.fetchval("select exists (select from pg_database where datname = $1)", kept):
        raise BackupFailed(f"there is a database {kept} already: try again in a second")
    await _nobody_is_there(control, name)


async def _nobody_is_there(control: asyncpg.Connection, name: str) -> None:
    others = await control.fetchval(
        "select count(*) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()", name
    )
    if others:
        raise BackupFailed(f"{others} connection(s) to the database {name}: stop the server first")


async def _fill(
    to: _Beginning, replaced: list[FnLease], clock: Clock
) -> tuple[Restoration, list[FnLease], list[FnLease]]:
    """The restoration as the books have it, FNs that joined after the backup, and those that it knows."""
    control = await asyncpg.connect(to.dsn)
    try:  # roles belong to the cluster and are not in the file
        exists = await control.fetchval("select 1 from pg_roles where rolname = 'fiscal_panel'")
        if not exists:
            await control.execute("create role fiscal_panel nologin")
        await control.execute("grant fiscal_panel to current_user")
    finally:
        await control.close()
    fill(to.dsn, to.file)
    await migrate(to.dsn)
    database = await connect(to.dsn, clock, size=1)
    try:
        async with database.write() as db:
            known = await restoration.read_leases(db)
            numbers = {fn.fn_number for fn in known}
            newer = [fn for fn in replaced if fn.fn_number not in numbers]
            hold_ms = max([to.hold_ms, *(fn.hold_ms for fn in (*replaced, *known))])
            restored = Restoration(database.ids.next(), clock.now(), to.written, to.file.name, hold_ms)
            await restoration.distrust_the_books(db, restored)
            await restoration.add_newer_fns(db, restored, newer)
    finally:
        await database.close()
    return restored, newer, known


async def _leases_of(dsn: str) -> list[FnLease]:
    """How a database's leases stand; nothing when it has no schema of ours, or one too old to tell."""
    connection = await asyncpg.connect(dsn)
    try:
        return await restoration.read_leases(connection)
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError):
        return []
    finally:
        await connection.close()


def _all_given_back(replaced: list[FnLease], known: list[FnLease]) -> bool:
    """Whether the replaced database is what the owners of before have worked with, and all of them ended in order.

    It is theirs when it knows every FN of the backup, and has given out no fewer leases of it.
    """
    generations = {fn.fn_number: fn.generation for fn in replaced}
    theirs = all(generations.get(fn.fn_number, -1) >= fn.generation for fn in known)
    return bool(replaced) and theirs and not any(fn.held for fn in replaced)


async def _free(dsn: str, restored: Restoration) -> Restoration:
    connection = await asyncpg.connect(dsn)
    try:
        await restoration.free_leases(connection, restored)
    finally:
        await connection.close()
    return msgspec.structs.replace(restored, hold_ms=0)


def _another_database(dsn: str, name: str) -> str:
    parts = urlsplit(dsn)  # not urlunsplit: it drops the "//" before an empty host, which libpq needs
    return f"{parts.scheme}://{parts.netloc}/{quote(name, safe='')}" + (f"?{parts.query}" if parts.query else "")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
