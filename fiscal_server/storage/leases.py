"""Who may work with a KKT: leases with a generation and a beat (docs/decisions/0009-leases.md)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.queue import Owner
from fiscal_server.storage.requests import OrderKind

SQL = load_queries("leases")

LONGEST_COMMAND_S: Final = 20.0
"""How long a command may run that was sent while its owner's lease was good: SQL cannot stop bytes."""


class LeaseMark(msgspec.Struct, frozen=True):
    """A lease as somebody else sees it. While it stands still its owner renews nothing.

    ``beat`` None: nobody holds the KKT. ``hold_ms``: how long its owner may still act after the last beat.
    """

    generation: int
    beat: int | None
    hold_ms: int


class Seat(msgspec.Struct, frozen=True):
    """A KKT in service: where it may be worked with, and who does."""

    merchant_id: int
    kkt_id: int
    active: bool
    home_node: int | None
    lease_node: int | None
    mark: LeaseMark


async def kkts_in_service(db: ReadConnection | WriteConnection) -> list[Seat]:
    """All of them, in the order in which they are locked."""
    return [
        Seat(row[0], row[1], row[2], row[3], row[4], LeaseMark(row[5], row[6], row[7]))
        for row in await db.fetch(SQL["kkts_in_service"], [kind.value for kind in OrderKind])
    ]


async def take_leases(
    db: WriteConnection, node: int, hold_ms: int, seats: Sequence[Seat], now: datetime
) -> list[Owner]:
    """Those of ``seats`` whose lease is still as it was seen; somebody was faster with the others."""
    if not seats:
        return []
    columns = ([s.kkt_id for s in seats], [s.mark.generation for s in seats], [s.mark.beat for s in seats])
    return [Owner(*row) for row in await db.fetch(SQL["take_leases"], node, hold_ms, now, *columns)]


async def renew_leases(db: WriteConnection, owners: Sequence[Owner]) -> set[int]:
    """A beat more; the ids of those that are still the caller's."""
    rows = await db.fetch(SQL["renew_leases"], [o.kkt_id for o in owners], [o.generation for o in owners])
    return {row["id"] for row in rows}


async def release_leases(db: WriteConnection, owners: Sequence[Owner]) -> int:
    """Give KKTs back with which nothing is under way; how many were still the caller's."""
    if not owners:
        return 0
    return len(await db.fetch(SQL["release_leases"], [o.kkt_id for o in owners], [o.generation for o in owners]))


async def read_lease(db: ReadConnection | WriteConnection, merchant_id: int, kkt_id: int) -> LeaseMark:
    """The lease of one KKT as it stands. Raises LookupError when there is no such KKT."""
    row = await db.fetchrow(SQL["read_lease"], merchant_id, kkt_id)
    if row is None:
        raise LookupError(f"there is no KKT {kkt_id}")
    return LeaseMark(*row)


async def take_one(
    db: WriteConnection, merchant_id: int, kkt_id: int, hold_ms: int, seen: LeaseMark, now: datetime
) -> Owner | None:
    """The lease of one KKT for who is no node; None when it is no longer as it was seen."""
    row = await db.fetchrow(SQL["take_one"], merchant_id, kkt_id, now, hold_ms, seen.generation, seen.beat)
    return None if row is None else Owner(*row)


async def set_home(db: WriteConnection, merchant_id: int, fn_number: str, node: int | None) -> bool:
    """Say into which node a KKT is plugged (None: network); False when the merchant has no such FN."""
    return await db.fetchval(SQL["set_home"], merchant_id, fn_number, node) is not None
