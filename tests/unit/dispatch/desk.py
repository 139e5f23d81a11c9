"""A worker's desk without the worker: the session of a KKT of a small world, with a journal that runs meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from fiscal_server.clock import Clock
from fiscal_server.dispatch.journal import Journal
from fiscal_server.dispatch.session import KktSession, Lease, Rooms
from fiscal_server.storage import leases, slots
from fiscal_server.storage.queue import Owner
from kkt_drivers.address import open_kkt
from tests.world import World


@asynccontextmanager
async def journal_of(scene: World, clock: Clock | None = None) -> AsyncIterator[Journal]:
    """A journal that commits until the block ends."""
    journal = Journal(scene.db, clock or scene.clock)
    task = asyncio.create_task(journal.run())
    try:
        yield journal
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def sit_down(scene: World, journal: Journal, slot: int = 1, clock: Clock | None = None) -> KktSession:
    """Take a slot's KKT: lease, ACTIVE, connected."""
    clock = clock or scene.clock
    [row] = [row for row in await scene.slots() if row.slot == slot]
    async with scene.db.write() as db:
        now = scene.clock.now()
        seen = await leases.read_lease(db, row.merchant_id, row.id)
        taken = await leases.take_one(db, row.merchant_id, row.id, 320_000, seen, now)
        assert taken is not None
        await slots.fill_cassette(db, row.merchant_id, row.cassette_id, now)
    kkt = open_kkt(row.address)
    session = KktSession(Rooms(scene.db, clock, journal), kkt, taken, Lease(clock, clock.monotonic() + 300))
    await session.reload()
    await kkt.open()
    return session


async def take_over(scene: World, session: KktSession) -> Owner:
    """Somebody else owns the KKT from now on."""
    owner = msgspec.structs.replace(session.owner, generation=session.owner.generation + 1)
    await scene.change("update fiscal.kkt set lease_generation = $1 where id = $2", owner.generation, owner.kkt_id)
    return owner
