"""Spare slots: how many get ready, and what becomes of one whose FN is full before its turn."""

import asyncio
from pathlib import Path

import pytest

from fiscal_server.dispatch.enrol import CannotEnrol
from fiscal_server.dispatch.journal import Journal
from fiscal_server.dispatch.posts import Posts
from fiscal_server.dispatch.session import Rooms
from fiscal_server.storage import leases
from fiscal_server.storage.queue import Owner
from kkt_drivers.emulator.faults import Fault, FaultRule
from tests.acceptance.test_slots import EXHAUSTED, reasons
from tests.world import World, world


async def open_shifts(scene: World) -> list[bool]:
    return [slot.shift_opened_at is not None for slot in await scene.slots()]


async def test_a_spare_that_is_full_when_it_opens_its_shift_is_emptied_and_the_next_one_gets_ready(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=3) as scene:
        await scene.rule(warm_documents=5000)
        refuse = (FaultRule(command, Fault.REFUSE, nth=0, code=EXHAUSTED) for command in ("11h", "12h"))
        await scene.boxes[1].restart(*refuse)
        await scene.pay(1)
        async with scene.dispatching():
            await scene.states_become("ACTIVE", "CLOSED", "READY")
            await scene.until(lambda: third_is_ready(scene))
            await scene.until_delivered()
        assert (await scene.slots())[1].fault is None
        assert await reasons(scene) == []
        await scene.check_clean()


async def third_is_ready(scene: World) -> bool:
    return (await open_shifts(scene))[2]


async def test_slots_that_end_together_have_a_spare_each(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=5, parallel=2) as scene:
        await scene.rule(warm_documents=5000)
        await scene.pay(2)

        async def four_are_open() -> bool:
            return await open_shifts(scene) == [True, True, True, True, False]

        async with scene.dispatching():
            await scene.until(four_are_open)
            await scene.until_delivered()
            assert "done" in await scene.order(1, "rotate")

            async def a_warm_one_took_over() -> bool:  # which of the two got warm for this slot, nobody has said
                first, second, *warm, last = [slot.state for slot in await scene.slots()]
                return (first, second, sorted(warm), last) == ("CLOSED", "ACTIVE", ["ACTIVE", "READY"], "READY")

            await scene.until(a_warm_one_took_over)

            async def the_last_one_too() -> bool:
                return (await open_shifts(scene))[1:] == [True] * 4

            await scene.until(the_last_one_too)


async def test_kkts_that_join_a_cassette_at_once_get_a_slot_each(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        boxes = await scene.more_boxes(3)
        await asyncio.gather(*(scene.join(box) for box in boxes))
        assert sorted(slot.slot for slot in await scene.slots()) == [1, 2, 3, 4]


async def test_an_fn_that_is_a_slot_already_is_refused_by_name(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        with pytest.raises(CannotEnrol, match="is a slot of this merchant already, with FN 9999078900000001"):
            await scene.join(scene.boxes[0])


async def taken(scene: World) -> Owner:
    [slot] = await scene.slots()
    async with scene.db.write() as db:
        seen = await leases.read_lease(db, slot.merchant_id, slot.id)
        owner = await leases.take_one(db, slot.merchant_id, slot.id, 1000, seen, scene.clock.now())
    assert owner is not None
    return owner


async def test_a_kkt_that_was_lost_before_its_worker_begins_ends_nothing_else(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.change("update fiscal.kkt set address = 'nonsense'")
        owner = await taken(scene)
        await taken(scene)
        posts = Posts(Rooms(scene.db, scene.clock, Journal(scene.db, scene.clock)), lambda: None)
        await posts.begin(owner, scene.clock.monotonic() + 30)
        assert posts.running() == []
        assert [slot.state for slot in await scene.slots()] == ["READY"]  # whoever has it now sees its address himself


async def test_a_kkt_that_is_lost_while_its_worker_begins_ends_nothing_else(database: str, tmp_path: Path) -> None:
    """Somebody takes it in the very transaction that stops the slot for its address, as far as the worker can tell."""
    async with world(database, tmp_path) as scene:
        await scene.change("update fiscal.kkt set address = 'nonsense'")
        await scene.change(
            "create function fiscal.take() returns trigger language plpgsql as $$ begin"
            " new.lease_generation := new.lease_generation + 1; return new; end $$"
        )
        await scene.change(
            "create trigger take before update of state on fiscal.kkt for each row"
            " when (new.state = 'FAULTY') execute function fiscal.take()"
        )
        owner = await taken(scene)
        posts = Posts(Rooms(scene.db, scene.clock, Journal(scene.db, scene.clock)), lambda: None)
        await posts.begin(owner, scene.clock.monotonic() + 30)
        assert posts.running() == []


async def test_rules_that_cannot_be_read_stop_their_own_cassette_and_not_the_process(
    database: str, tmp_path: Path
) -> None:
    """A newer version of the program has stored a rule that this one does not know."""
    async with world(database, tmp_path) as scene:
        await scene.rule(colour="green")
        await scene.pay(1)
        async with scene.dispatching() as dispatcher:

            async def taken() -> bool:
                return await scene.db_values("select lease_node from fiscal.kkt") == [0]

            await scene.until(taken)
            await scene.rule()

            async def delivered() -> bool:
                dispatcher.look_again()
                return (await scene.counts()).ofd_acked == 1

            await scene.until(delivered)
        await scene.check_clean()
