"""Who holds a slot: locks in one order, and no byte that counts after the lease has ended."""

import asyncio
from pathlib import Path

import pytest

from fiscal_server.cassette.rotation import stand_aside, take_back
from fiscal_server.clock import VirtualClock
from fiscal_server.dispatch.alone import alone_with
from fiscal_server.errors import LeaseLost
from fiscal_server.lifecycle import SlotEvent
from fiscal_server.storage import slots
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.emulator.faults import Fault, FaultRule
from tests.unit.dispatch.desk import journal_of, sit_down
from tests.world import World, world


async def somebody_waits_for_a_lock(scene: World) -> bool:
    blocked = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    return bool(await scene.db_values(blocked))


async def test_a_slot_that_comes_back_while_another_gives_way_is_the_successor(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene, journal_of(scene) as journal:
        first, second = await sit_down(scene, journal, 1), await sit_down(scene, journal, 2)
        async with scene.db.write() as rotation:
            await slots.hold_slot(rotation, first.row)
            coming = asyncio.create_task(take_back(scene.db, second.row, scene.clock.now()))
            await scene.until(lambda: somebody_waits_for_a_lock(scene))
            await slots.move_slot(rotation, first.row, SlotEvent.GAVE_WAY, scene.clock.now())
            filled = await slots.fill_cassette(
                rotation, first.owner.merchant_id, first.row.cassette_id, scene.clock.now()
            )
        await coming
        assert filled == [second.owner.kkt_id]
        for session in (first, second):
            await session.kkt.close()


async def test_slots_that_were_of_no_use_do_not_take_turns_before_one_that_is_in_order(
    database: str, tmp_path: Path
) -> None:
    """Neither makes anything, and both are read as if all were well whenever nothing is asked of them."""
    async with world(database, tmp_path, fns=3) as scene, journal_of(scene) as journal:
        now = scene.clock.now()
        for number in (1, 2):
            session = await sit_down(scene, journal, number)
            assert await stand_aside(scene.db, session.row, tell(Trouble.UNREACHABLE, "it makes nothing"), now)
            async with session.books() as db:
                await slots.note_reach(db, session.owner, None)
            await session.kkt.close()
        assert [slot.state for slot in await scene.slots()] == ["READY", "READY", "ACTIVE"]


async def test_who_reads_a_kkt_alone_cancels_nothing_after_its_lease(database: str, tmp_path: Path) -> None:
    """`verify --adopt`, stopped by Ctrl-Z for an hour: the open document is somebody else's by then."""
    async with world(database, tmp_path) as scene:
        [slot] = await scene.slots()
        await scene.boxes[0].restart(FaultRule("06h", Fault.UNPLUG))  # were it sent, the wire would be cut
        clock = VirtualClock(scene.clock.now())
        async with alone_with(scene.db, clock, slot) as session:
            await clock.advance(3600.0)
            with pytest.raises(LeaseLost):
                await session.kkt.cancel_document()
            assert (await session.kkt.status()).fn_number == slot.fn_number
