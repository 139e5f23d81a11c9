"""A KKT that nobody works with, in our hands for a while: nobody begins with it meanwhile."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from fiscal_server.clock import Clock
from fiscal_server.dispatch.journal import Journal
from fiscal_server.dispatch.session import KktSession, Lease, Rooms
from fiscal_server.dispatch.stillness import Stillness
from fiscal_server.errors import FiscalServerError, LeaseLost
from fiscal_server.storage import kkts, leases
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.leases import LeaseMark
from fiscal_server.storage.pool import Database
from kkt_drivers.address import open_kkt

_LEASE_S: Final = 30.0
_RENEW_S: Final = 10.0
_HOLD_MS: Final = round((_LEASE_S + leases.LONGEST_COMMAND_S) * 1000)


_POLL_S: Final = 0.5


class KktBusy(FiscalServerError):
    """Somebody holds the lease of this KKT."""


@asynccontextmanager
async def alone_with(
    database: Database, clock: Clock, slot: SlotRow, seen: LeaseMark | None = None
) -> AsyncIterator[KktSession]:
    """The KKT under a lease of ours; whoever works long calls ``keep`` now and then.

    ``seen``: the lease of an owner who can do nothing any more; None takes only what nobody holds. Raises KktBusy,
    ValueError for an address that is none, and what the driver raises.
    """
    kkt = open_kkt(slot.address)
    until = clock.monotonic() + _LEASE_S
    async with database.write() as db:
        if seen is None:
            seen = await leases.read_lease(db, slot.merchant_id, slot.id)
            if seen.beat is not None:
                raise KktBusy(f"a dispatcher works with FN {slot.fn_number}")
        owner = await leases.take_one(db, slot.merchant_id, slot.id, _HOLD_MS, seen, clock.now())
    if owner is None:
        raise KktBusy(f"a dispatcher works with FN {slot.fn_number}")
    lease = Lease(clock, until)
    kkt.guard(lease.check)
    session = KktSession(Rooms(database, clock, Journal(database, clock)), kkt, owner, lease)
    try:
        await session.reload()
        await session.kkt.open()
        yield session
    finally:
        await session.kkt.close()
        async with database.write() as db:
            await leases.release_leases(db, [owner])
            await kkts.announce_kkts(db)


async def leases_to_take(database: Database, clock: Clock, slots: Sequence[SlotRow]) -> dict[int, LeaseMark]:
    """Leases for ``alone_with``, by KKT id: those that nobody holds, and those whose owner stood still for as long as
    it could act; waits that long if need be. KKTs whose owner lives are left out."""
    watched, takeable = Stillness(clock), dict[int, LeaseMark]()
    first: dict[int, LeaseMark] = {}
    undecided = list(slots)
    while undecided:
        async with database.read() as db:
            marks = {slot.id: await leases.read_lease(db, slot.merchant_id, slot.id) for slot in undecided}
        for kkt_id, mark in marks.items():
            if mark.beat is None or watched.seconds(kkt_id, mark) * 1000 >= mark.hold_ms:
                takeable[kkt_id] = mark
        undecided = [
            slot
            for slot in undecided
            if slot.id not in takeable and first.setdefault(slot.id, marks[slot.id]) == marks[slot.id]
        ]
        if undecided:
            await clock.sleep(_POLL_S)
    return takeable


async def keep(session: KktSession) -> None:
    """Renew our lease in good time. Short leases: were this process killed, a dispatcher would have to wait for it."""
    clock = session.rooms.clock
    if session.lease.until - clock.monotonic() > _LEASE_S - _RENEW_S:
        return
    until = clock.monotonic() + _LEASE_S
    async with session.rooms.db.write() as db:
        kept = await leases.renew_leases(db, [session.owner])
    if not kept:
        raise LeaseLost("another owner has taken this KKT meanwhile")
    session.lease.until = until
