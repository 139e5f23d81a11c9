"""Dispatch nodes: who has which number, who lives, who drains."""

from datetime import datetime

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("nodes")


class NodeHolder(msgspec.Struct, frozen=True):
    """Who has a number. ``hold_ms``: how long it may still act after its last beat."""

    incarnation: int
    beat: int
    hold_ms: int
    lock_id: str | None
    host: str
    process: int
    stopped: bool


class NodeClaim(msgspec.Struct, frozen=True):
    """A process that wants a number, and what it tells of itself."""

    number: int
    hold_ms: int
    lock_id: str | None
    host: str
    process: int
    version: str


class NodeRow(msgspec.Struct, frozen=True):
    """A node as people see it. ``kkts`` are those it holds now, ``plugged_in`` those that no other node can take."""

    number: int
    host: str
    process: int
    version: str
    started_at: datetime
    seen_at: datetime
    stopped_at: datetime | None
    draining: bool
    kkts: int
    plugged_in: int


async def read_node(db: ReadConnection | WriteConnection, number: int) -> NodeHolder | None:
    """None: nobody ever had this number."""
    row = await db.fetchrow(SQL["read_node"], number)
    return None if row is None else NodeHolder(*row)


async def claim_node(db: WriteConnection, claim: NodeClaim, seen: NodeHolder | None, now: datetime) -> int | None:
    """The number for a new process: its incarnation; None when the row is no longer as it was seen."""
    seen_as = (0, 0) if seen is None else (seen.incarnation, seen.beat)
    told = (claim.hold_ms, claim.lock_id, claim.host, claim.process, claim.version)
    incarnation: int | None = await db.fetchval(SQL["claim_node"], claim.number, *seen_as, *told, now)
    return incarnation


async def beat(db: WriteConnection, number: int, incarnation: int, lock_id: str | None, now: datetime) -> bool | None:
    """A sign of life; gives whether the node drains, None when another process has the number."""
    draining: bool | None = await db.fetchval(SQL["beat"], number, incarnation, lock_id, now)
    return draining


async def stop_node(db: WriteConnection, number: int, incarnation: int, now: datetime) -> None:
    """Nothing is under way here any more."""
    await db.execute(SQL["stop_node"], number, incarnation, now)


async def other_nodes(db: ReadConnection | WriteConnection, number: int) -> dict[int, tuple[int, int]]:
    """Nodes beside this one that neither stopped nor drain: number -> (incarnation, beat)."""
    return {row[0]: (row[1], row[2]) for row in await db.fetch(SQL["other_nodes"], number)}


async def list_nodes(db: ReadConnection | WriteConnection, number: int | None = None) -> list[NodeRow]:
    """Every node, or the one of this number."""
    return [NodeRow(*row) for row in await db.fetch(SQL["list_nodes"], number)]


async def set_draining(db: WriteConnection, number: int, draining: bool) -> bool:
    """False when there is no such node."""
    return await db.fetchval(SQL["set_draining"], number, draining) is not None
