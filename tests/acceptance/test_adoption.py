"""What adoption must not get wrong: whatever the backup had in hand, and whoever meddles meanwhile."""

from datetime import timedelta
from pathlib import Path

import msgspec

from fiscal_server.commands.database_file import dump
from fiscal_server.dispatch.adopt import adopt
from fiscal_server.storage import adoption
from kkt_drivers.address import open_kkt
from tests.acceptance.test_recovery import make_by_hand
from tests.acceptance.test_restore import ALL_KNOWN, restore, work_until_delivered
from tests.world import World, world


async def take_in_hand(scene: World) -> None:
    """The newest receipt that waits is being made by the first slot, as far as the books know."""
    await scene.change(
        "update fiscal.queue set state = 'REGISTERING', kkt_id = (select id from fiscal.kkt order by slot limit 1)"
        " where receipt_id = (select max(receipt_id) from fiscal.queue where state = 'QUEUED')"
    )
    await scene.change(
        "insert into fiscal.intent (merchant_id, kkt_id, form, receipt_id, fn_number, expected_fd, generation,"
        " created_at)"
        " select k.merchant_id, k.id, 3, q.receipt_id, k.fn_number, k.last_fd + 1, k.lease_generation, now()"
        " from fiscal.queue q join fiscal.kkt k on k.merchant_id = q.merchant_id and k.id = q.kkt_id"
        " where q.state = 'REGISTERING'"
    )


async def behind_its_fn(scene: World, folder: Path) -> None:
    """One receipt waits by the books; the FN made it after the backup."""
    await scene.pay(1)
    dump(scene.dsn, folder / "backup")
    await work_until_delivered(scene)
    await restore(scene, folder / "backup")


async def test_a_receipt_that_was_in_hand_at_the_backup_and_is_in_no_fn_waits_again(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        await behind_its_fn(scene, tmp_path)
        await scene.pay(1, start=5)
        await take_in_hand(scene)
        assert (await adopt(scene.db, scene.clock, ALL_KNOWN)).released == [scene.merchant.id]
        assert await scene.waiting() == {"QUEUED": 1}
        await work_until_delivered(scene)
        assert len(scene.boxes[0].receipts()) == 2
        await scene.check_clean()


async def test_a_receipt_that_was_cancelled_and_yet_made_is_a_question_for_people(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        await behind_its_fn(scene, tmp_path)
        await scene.change("update fiscal.queue set state = 'CANCELLED'")
        report = await adopt(scene.db, scene.clock)
        assert (len(report.unlinked), report.held) == (1, [scene.merchant.id])


async def test_a_slot_that_was_closed_at_the_backup_needs_no_reading(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.change("update fiscal.kkt set state = 'CLOSED' where slot = 2")
        await scene.boxes[1].stop()
        await behind_its_fn(scene, tmp_path)
        report = await adopt(scene.db, scene.clock, ALL_KNOWN)
        assert (report.out_of_reach, report.released) == ({}, [scene.merchant.id])


async def test_a_document_finds_one_receipt_even_when_two_adoptions_place_it(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await scene.pay(1)
        await work_until_delivered(scene)
        await restore(scene, tmp_path / "backup")
        await adopt(scene.db, scene.clock)
        await scene.pay(2)
        first, second = await scene.db_values("select receipt_id from fiscal.queue order by receipt_id")
        async with scene.db.read() as db:
            [found] = await adoption.unlinked_receipts(db, scene.merchant.id)
        place = (found.fn_number, found.fd_number)
        async with scene.db.write() as db:
            assert await adoption.link_receipts(db, scene.merchant.id, [(*place, first)]) == {first}
        async with scene.db.write() as db:
            assert await adoption.link_receipts(db, scene.merchant.id, [(*place, second)]) == set()
        assert await scene.waiting() == {"QUEUED": 1}


async def test_a_hold_that_came_again_meanwhile_is_not_released(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        now = scene.clock.now()
        async with scene.db.write() as db:
            await adoption.hold_merchant(db, scene.merchant.id, "restored", now)
            [seen] = await adoption.held_merchants(db)
            await adoption.hold_merchant(db, scene.merchant.id, "ahead again", now + timedelta(seconds=1))
            assert not await adoption.release_merchant(db, seen)
            [kept] = await adoption.held_merchants(db)
            assert kept.reason == "restored"
            assert await adoption.release_merchant(db, kept)


async def test_receipts_that_are_let_stand_count_in_the_totals_of_their_shift(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await scene.pay(1)
        await work_until_delivered(scene)
        await restore(scene, tmp_path / "backup")
        await adopt(scene.db, scene.clock, msgspec.structs.replace(ALL_KNOWN, let_stand="act 7"))
        async with scene.dispatching():
            assert "done" in await scene.order(1, "close_shift")
            await scene.pay(1, start=5)
            await scene.until_registered(1)
        assert [(slot.state, slot.fault) for slot in await scene.slots()] == [("ACTIVE", None)]


async def test_what_a_device_out_of_reach_had_in_hand_is_uncertain_even_when_no_slot_takes_over(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(1)
        await take_in_hand(scene)
        await scene.boxes[0].stop()
        async with scene.dispatching():
            await scene.until(lambda: scene.none_of("REGISTERING"))
            assert await scene.waiting() == {"UNCERTAIN": 1}
            await scene.boxes[0].start()
            await scene.until_delivered()
        await scene.check_clean()


async def test_a_document_that_is_not_what_was_being_made_holds_the_merchant(database: str, tmp_path: Path) -> None:
    """Its number is the one that was intended; it may be a receipt that these books never knew."""
    async with world(database, tmp_path, fns=2) as scene:
        await scene.pay(1)
        await take_in_hand(scene)
        await make_by_hand(scene, 1)
        async with scene.dispatching():
            await scene.states_become("FAULTY", "ACTIVE")
        [fault] = [slot.fault for slot in await scene.slots() if slot.fault]
        assert fault.startswith("fn_ahead: FD 2 is not what was being made: form 2, not 3")
        assert await scene.waiting() == {"UNCERTAIN": 1}
        assert (await adopt(scene.db, scene.clock, ALL_KNOWN)).released == [scene.merchant.id]
        await work_until_delivered(scene)
        assert [len(box.receipts()) for box in scene.boxes] == [0, 1]
        await scene.check_clean()


async def test_a_document_that_the_books_lack_does_not_hide_behind_a_wrong_date(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        kkt = open_kkt(scene.boxes[0].address)
        await kkt.open()
        await kkt.open_shift(scene.clock.now() + timedelta(hours=3), "ЧУЖОЙ")
        await kkt.close()
        async with scene.dispatching():
            await scene.states_become("FAULTY")
        assert ((await scene.slots())[0].fault or "").startswith("fn_ahead: ")
        async with scene.db.read() as db:
            assert len(await adoption.held_merchants(db)) == 1


async def test_a_slot_that_stands_still_for_another_reason_goes_on_doing_so(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.change("update fiscal.kkt set state = 'FAULTY', fault = 'totals_differ: shift 1' where slot = 2")
        await behind_its_fn(scene, tmp_path)
        assert (await adopt(scene.db, scene.clock, ALL_KNOWN)).released == [scene.merchant.id]
        assert [slot.state for slot in await scene.slots()] == ["ACTIVE", "FAULTY"]
