"""A database that was put back from a backup: it knows so, owners of before write nothing, people state what it lacks.

Statements are only added to; they are what is shown to whoever asks later why receipts were made again.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import asyncpg
import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("restoration")


class Restoration(msgspec.Struct, frozen=True):
    """A restore; ``id`` is one of its time. ``backup_made_at`` None: the file does not say it.

    ``hold_ms``: how long an owner of before who was cut off may still act, at the longest; 0: there is none.
    """

    id: int
    restored_at: datetime
    backup_made_at: datetime | None
    file: str
    hold_ms: int


class FnLease(msgspec.Struct, frozen=True):
    """An FN as some database knows it, and how its lease stands there."""

    merchant_id: int
    fn_number: str
    address: str
    last_fd: int
    generation: int
    held: bool
    hold_ms: int


class NewerFn(msgspec.Struct, frozen=True):
    """An FN that joined after the backup; ``merchant_id`` and ``last_fd`` as the replaced database had them.

    Merchant 0: no book names it, it is plugged in.
    """

    merchant_id: int
    fn_number: str
    address: str
    last_fd: int


class StatementKind(StrEnum):
    """What a person may state when the books know less than the FNs."""

    NO_NEWER_FNS = "no_newer_fns"  # no FN joined after the backup besides those that the books have
    WITHOUT_FN = "without_fn"  # this FN will never be read
    LET_STAND = "let_stand"  # receipts of FNs that are none of ours


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What was stated, about which hold, by whom and why; the last three belong to WITHOUT_FN."""

    merchant_id: int
    id: int
    kind: StatementKind
    hold_since: datetime
    stated_by: str
    reason: str
    fn_number: str | None = None
    last_fd: int | None = None
    trouble: str | None = None


async def distrust_the_books(db: WriteConnection, restored: Restoration) -> None:
    """After a restore: every merchant on hold, and nothing that an owner of before writes is taken."""
    reason = f"restored from {restored.file}, a backup that is older than the FNs"
    await db.execute(SQL["open_restoration"], *msgspec.structs.astuple(restored))
    await db.execute(SQL["hold_everybody"], reason, restored.restored_at)
    await db.execute(SQL["fence_leases"], restored.id, restored.hold_ms)
    await db.execute(SQL["fence_nodes"], restored.id)


async def read_leases(connection: asyncpg.Connection | WriteConnection) -> list[FnLease]:
    """Every FN of a database; also of one whose schema is older."""
    return [FnLease(*row) for row in await connection.fetch(SQL["leases_of_fns"])]


async def free_leases(connection: asyncpg.Connection, restored: Restoration) -> None:
    """Nobody of before is under way: KKTs may be taken at once. What somebody has taken meanwhile stays his."""
    await connection.execute(SQL["free_leases"], restored.id)


async def add_newer_fns(db: WriteConnection, restored: Restoration, fns: Sequence[FnLease]) -> None:
    """FNs that the replaced database knew and this one does not."""
    rows = [(fn.merchant_id, fn.fn_number, restored.id, fn.address, fn.last_fd) for fn in fns]
    await db.executemany(SQL["add_newer_fn"], rows)


async def open_restorations(db: ReadConnection | WriteConnection) -> list[Restoration]:
    """Those after which nobody has stated yet that all FNs are known, the last one first."""
    return [Restoration(*row) for row in await db.fetch(SQL["open_restorations"])]


async def newer_fns(db: ReadConnection | WriteConnection) -> list[NewerFn]:
    """FNs that joined after a backup and are neither in the books again nor written off."""
    return [NewerFn(*row) for row in await db.fetch(SQL["newer_fns"])]


async def close_restorations(db: WriteConnection, now: datetime) -> None:
    """All FNs are known: who joins from now on joins books like any other."""
    await db.execute(SQL["close_restorations"], now)


async def hold_newcomer(db: WriteConnection, merchant_id: int, now: datetime) -> None:
    """A new merchant makes no receipts either while a restoration is open: it may have been there before."""
    await db.execute(SQL["hold_newcomer"], merchant_id, now)


async def state(db: WriteConnection, statement: Statement, now: datetime) -> None:
    """Keep what a person states."""
    s = statement
    about_fn = (s.fn_number, s.last_fd, s.trouble)
    values = (s.merchant_id, s.id, s.kind, s.hold_since, *about_fn, s.stated_by, s.reason, now)
    await db.execute(SQL["state"], *values)


async def has_stated_all_known(db: WriteConnection, merchant_id: int, hold_since: datetime) -> bool:
    """Whether it was stated, for this very hold, that no FN is newer than the books."""
    return bool(await db.fetchval(SQL["has_stated"], merchant_id, hold_since))


async def fns_written_off(db: ReadConnection | WriteConnection) -> set[tuple[int, str]]:
    """(merchant, FN number) of those that nobody will read any more."""
    return {(row["merchant_id"], row["fn_number"]) for row in await db.fetch(SQL["fns_written_off"])}
