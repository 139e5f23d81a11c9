"""A KKT that nobody works with, in our hands for a while: nobody begins with it meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from fiscal_server.clock import Clock
from fiscal_server.dispatch.journal import Journal
from fiscal_server.dispatch.session import KktSession, Lease, Rooms
from fiscal_server.errors import FiscalServerError, LeaseLost
from fiscal_server.storage import kkts
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.pool import Database
from kkt_drivers.address import open_kkt

_LEASE_S: Final = 30.0
_RENEW_S: Final = 10.0


class KktBusy(FiscalServerError):
    """Somebody holds the lease of this KKT."""


@asynccontextmanager
async def alone_with(database: Database, clock: Clock, slot: SlotRow) -> AsyncIterator[KktSession]:
    """The KKT under a lease of ours; whoever works long calls ``keep`` now and then. Raises KktBusy, ValueError."""
    async with database.write() as db:
        now = clock.now()
        owner = await kkts.lease_one(db, slot.merchant_id, slot.id, now, now + timedelta(seconds=_LEASE_S))
    if owner is None:
        raise KktBusy(f"a dispatcher works with FN {slot.fn_number}")
    lease = Lease(clock, clock.monotonic() + _LEASE_S)
    session = KktSession(Rooms(database, clock, Journal(database, clock)), open_kkt(slot.address), owner, lease)
    try:
        await session.reload()
        await session.kkt.open()
        yield session
    finally:
        await session.kkt.close()
        async with database.write() as db:
            await kkts.release_leases(db, [owner])


async def keep(session: KktSession) -> None:
    """Renew our lease in good time. Short leases: were this process killed, a dispatcher would have to wait for it."""
    clock = session.rooms.clock
    if session.lease.until - clock.monotonic() > _LEASE_S - _RENEW_S:
        return
    until = clock.monotonic() + _LEASE_S
    async with session.rooms.db.write() as db:
        kept = await kkts.renew_leases(db, [session.owner], clock.now() + timedelta(seconds=_LEASE_S))
    if not kept:
        raise LeaseLost("another owner has taken this KKT meanwhile")
    session.lease.until = until
