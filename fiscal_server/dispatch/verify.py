"""Every FN archive within reach against the database, both ways: what ``fiscal-server verify`` proves.

A KKT whose lease somebody holds is read by its holder on request, who makes receipts meanwhile; the others are read
from here. An FN that cannot be reached is named, not passed over.
"""

import asyncio
from collections import Counter
from typing import Final

import msgspec

from fiscal_server.clock import Clock
from fiscal_server.dispatch.alone import KktBusy, alone_with, keep
from fiscal_server.dispatch.archive import ArchiveReading, ArchiveReport
from fiscal_server.dispatch.session import SlotFault
from fiscal_server.dispatch.stillness import Stillness
from fiscal_server.errors import LeaseLost
from fiscal_server.storage import kkts, leases, requests
from fiscal_server.storage.documents import unregistered_receipts
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.leases import LeaseMark
from fiscal_server.storage.pool import Database
from kkt_drivers.errors import KktError, KktUnavailable

PATIENCE_S: Final = 120.0
"""How long a reading may make no progress; one that does may take hours."""

_POLL_S: Final = 0.2


class VerifyReport(msgspec.Struct, frozen=True):
    """What was compared, and every sentence that should not be there."""

    archives: list[ArchiveReport]
    out_of_reach: dict[str, str]  # FN number -> reason
    differences: list[str]
    unfinished: list[str] = []  # made by an FN, and not recorded yet because no dispatcher runs

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
    unfinished = [f"FN {one.fn_number}: {sentence}" for one in archives for sentence in one.unfinished]
    return VerifyReport(archives, out_of_reach, differences, unfinished)


async def _look(database: Database, clock: Clock, slot: SlotRow) -> ArchiveReport | str:
    try:
        async with database.read() as db:
            seen = await leases.read_lease(db, slot.merchant_id, slot.id)
        if seen.beat is None:
            return await _read_here(database, clock, slot, seen)
        return await _ask_holder(database, clock, slot)
    except (KktError, SlotFault, LeaseLost, TimeoutError, ValueError) as error:  # ValueError: the address is none
        return str(error) or type(error).__name__


async def _ask_holder(database: Database, clock: Clock, slot: SlotRow) -> ArchiveReport:
    request_id = database.ids.next()
    async with database.write() as db:
        await requests.add_request(db, request_id, slot.merchant_id, slot.id, "read_archive", clock.now())
        await kkts.announce_kkts(db)
    try:
        answer = await _wait_for_answer(database, clock, slot, request_id)
    finally:  # nobody reads an archive for us when we have gone
        async with database.write() as db:
            await requests.finish_request(db, slot.merchant_id, request_id, None, clock.now())
    return await _read_here(database, clock, slot, answer) if isinstance(answer, LeaseMark) else answer


async def _wait_for_answer(
    database: Database, clock: Clock, slot: SlotRow, request_id: int
) -> ArchiveReport | LeaseMark:
    """A lease when its holder can do nothing any more. Raises KktUnavailable when the holder gave up, TimeoutError."""
    watched = Stillness(clock)
    progress = None
    until = clock.monotonic() + PATIENCE_S
    while clock.monotonic() < until:
        async with database.read() as db:
            finished_at, answer = await requests.read_request(db, slot.merchant_id, request_id)
            seen = await leases.read_lease(db, slot.merchant_id, slot.id)
        if finished_at is not None:
            if "failed" in answer:
                raise KktUnavailable(answer["failed"])
            return msgspec.convert(answer, ArchiveReport)
        if seen.beat is None or watched.seconds(slot.id, seen) * 1000 >= seen.hold_ms:
            return seen
        if answer != progress:
            progress, until = answer, clock.monotonic() + PATIENCE_S
        await clock.sleep(_POLL_S)
    raise TimeoutError(f"its dispatcher made no progress within {PATIENCE_S:.0f} s")


async def _read_here(database: Database, clock: Clock, slot: SlotRow, seen: LeaseMark) -> ArchiveReport:
    """Nobody works with it: read it under a lease of our own, so that nobody begins meanwhile."""
    try:
        async with alone_with(database, clock, slot, seen) as session:
            reading = ArchiveReading(session)
            while (report := await reading.step()) is None:
                await keep(session)
            return report
    except KktBusy:
        return await _ask_holder(database, clock, slot)
