"""Every FN archive within reach against the database, both ways: what ``fiscal-server verify`` proves.

A KKT whose lease somebody holds is read by its holder on request; the others are read from here. An FN that cannot be
reached is named, not passed over.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Final

import msgspec

from fiscal_server.clock import Clock
from fiscal_server.dispatch.archive import ArchiveReport, read_archive
from fiscal_server.dispatch.journal import Journal
from fiscal_server.dispatch.session import KktSession, Lease, Rooms
from fiscal_server.storage import kkts, queue, requests
from fiscal_server.storage.documents import unregistered_receipts
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.pool import Database
from fiscal_server.storage.queue import Owner
from kkt_drivers.address import open_kkt
from kkt_drivers.errors import KktError

ANSWER_WITHIN_S: Final = 120.0
_POLL_S: Final = 0.2


class VerifyReport(msgspec.Struct, frozen=True):
    """What was compared, and every sentence that should not be there."""

    archives: list[ArchiveReport]
    out_of_reach: dict[str, str]  # FN number -> reason
    differences: list[str]

    @property
    def clean(self) -> bool:
        """No difference in whatever could be reached."""
        return not self.differences


async def verify(database: Database, clock: Clock) -> VerifyReport:
    """Compare. Reads devices, changes nothing."""
    async with database.read() as db:
        slots = await kkts.list_kkts(db)
        lost = await unregistered_receipts(db)
    results = await asyncio.gather(*(_look(database, clock, slot) for slot in slots))
    archives = [result for result in results if isinstance(result, ArchiveReport)]
    out_of_reach = {
        slot.fn_number: result for slot, result in zip(slots, results, strict=True) if isinstance(result, str)
    }
    differences = [f"FN {one.fn_number}: {difference}" for one in archives for difference in one.differences]
    everywhere = Counter(receipt_id for one in archives for receipt_id in set(one.receipt_ids))
    differences += [f"receipt {one} stands in {n} FNs" for one, n in everywhere.items() if n > 1]
    differences += [f"receipt {one} is neither registered nor queued" for one in lost]
    return VerifyReport(archives, out_of_reach, differences)


async def _look(database: Database, clock: Clock, slot: SlotRow) -> ArchiveReport | str:
    try:
        async with database.read() as db:
            held = await kkts.is_held(db, slot.merchant_id, slot.id, clock.now())
        return await (_ask_holder(database, clock, slot) if held else _read_here(database, clock, slot))
    except (KktError, TimeoutError) as error:
        return str(error) or type(error).__name__


async def _ask_holder(database: Database, clock: Clock, slot: SlotRow) -> ArchiveReport:
    request_id = database.ids.next()
    async with database.write() as db:
        await requests.add_request(db, request_id, slot.merchant_id, slot.id, "read_archive", clock.now())
        await queue.announce(db, slot.merchant_id)
    until = clock.monotonic() + ANSWER_WITHIN_S
    while clock.monotonic() < until:
        async with database.read() as db:
            finished_at, answer = await requests.read_request(db, slot.merchant_id, request_id)
        if finished_at is not None:
            return msgspec.convert(answer, ArchiveReport)
        async with database.read() as db:
            if not await kkts.is_held(db, slot.merchant_id, slot.id, clock.now()):
                return await _read_here(database, clock, slot)
        await clock.sleep(_POLL_S)
    raise TimeoutError(f"its dispatcher did not answer within {ANSWER_WITHIN_S:.0f} s")


async def _read_here(database: Database, clock: Clock, slot: SlotRow) -> ArchiveReport:
    """Nobody works with it: read it under a lease of our own, so that nobody begins meanwhile."""
    until = clock.now() + timedelta(seconds=ANSWER_WITHIN_S)
    async with database.write() as db:
        owner = await kkts.lease_one(db, slot.merchant_id, slot.id, clock.now(), until)
    if owner is None:
        return await _ask_holder(database, clock, slot)
    kkt = open_kkt(slot.address)
    lease = Lease(clock, clock.monotonic() + ANSWER_WITHIN_S)
    session = KktSession(Rooms(database, clock, Journal(database, clock)), kkt, owner, lease)
    try:
        await session.reload()
        await kkt.open()
        return await read_archive(session)
    finally:
        await kkt.close()
        async with database.write() as db:
            await kkts.release_leases(db, [Owner(owner.merchant_id, owner.kkt_id, owner.generation)])
