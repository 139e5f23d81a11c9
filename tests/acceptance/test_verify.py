"""``verify``: what it says of archives that differ, grow, cannot be reached, or are being read by somebody else."""

import asyncio
from pathlib import Path

import pytest

from accounting.receipts.codes import DocumentForm
from fiscal_server.commands.verify import compared_nothing, show
from fiscal_server.dispatch import archive
from fiscal_server.dispatch.verify import verify
from kkt_drivers.emulator.faults import Fault, FaultRule
from tests.unit.dispatch.desk import journal_of, sit_down
from tests.world import World, world


async def let_go(scene: World) -> None:
    """The KKTs that a test has taken are free again."""
    await scene.change("update fiscal.kkt set lease_beat = null")


async def test_receipts_are_made_while_an_archive_is_read(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(60)
        async with scene.dispatching():
            await scene.until_delivered()
        # Long enough to see it: each document takes 60 ms to be found.
        await scene.boxes[0].restart(FaultRule("45h", Fault.STALL, nth=0, ms=60))
        async with scene.dispatching():
            await scene.until(lambda: is_leased(scene))
            reading = asyncio.create_task(verify(scene.db, scene.clock))
            await scene.until(lambda: is_asked(scene))
            await scene.pay(2, start=60)
            await scene.until_registered(62)
            assert not reading.done()
            report = await reading
            assert (report.differences, report.out_of_reach) == ([], {})
            assert report.archives[0].receipts == 62


async def is_leased(scene: World) -> bool:
    return await scene.db_values("select lease_node from fiscal.kkt") == [0]


async def is_asked(scene: World) -> bool:
    return bool(await scene.db_values("select 1 from fiscal.kkt_request"))


async def test_two_verify_at_once_with_and_without_a_dispatcher(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.pay(archive.SLICE * 2)
        async with scene.dispatching():
            await scene.until_delivered()
            reports = await asyncio.gather(*(verify(scene.db, scene.clock) for _ in range(2)))
        reports += await asyncio.gather(*(verify(scene.db, scene.clock) for _ in range(2)))
        for report in reports:
            assert (report.differences, report.out_of_reach) == ([], {})
            assert [one.receipts for one in report.archives] == [archive.SLICE * 2, 0]
        assert await scene.db_values("select id from fiscal.kkt_request where finished_at is null") == []


async def test_an_fn_that_is_away_is_named(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.boxes[1].stop()
        report = await verify(scene.db, scene.clock)
        assert report.out_of_reach.keys() == {scene.boxes[1].number}
        assert len(report.archives) == 1
        assert report.clean


async def test_when_no_fn_answers_nothing_was_compared(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with world(database, tmp_path) as scene:
        report = await verify(scene.db, scene.clock)
        assert not compared_nothing(report)
        await scene.boxes[0].stop()
        report = await verify(scene.db, scene.clock)
        assert compared_nothing(report)
        show(report)
        assert "clean" not in capsys.readouterr().out


async def test_another_fn_in_its_place_is_named_and_not_compared(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        first, second = scene.boxes
        for box in scene.boxes:
            await box.stop()
        second.port = first.port
        await second.start()
        report = await verify(scene.db, scene.clock)
        assert "answers at" in report.out_of_reach[first.number]
        assert report.differences == []


async def test_closed_and_faulty_slots_are_read_too(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=3, capacity=24) as scene:
        await scene.change("update fiscal.kkt set state = 'FAULTY' where slot = 3")
        await scene.pay(16)
        async with scene.dispatching():
            await scene.until_delivered()
            await scene.until(lambda: first_is_closed(scene))
            report = await verify(scene.db, scene.clock)
        assert [one.documents for one in report.archives][0::2] == [19, 1]
        assert (report.differences, report.out_of_reach) == ([], {})


async def first_is_closed(scene: World) -> bool:
    return (await scene.slots())[0].state == "CLOSED"


async def test_a_document_that_is_only_waiting_to_be_recorded_is_no_difference(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        async with journal_of(scene) as journal:
            session = await sit_down(scene, journal)
            await session.make(DocumentForm.SHIFT_OPENING, lambda at: session.kkt.open_shift(at, "КАССИР"))
            await scene.pay(1)
            claim = await session.next_receipt()
            assert claim is not None
            await session.make_receipt(claim)
            await session.kkt.close()
        await let_go(scene)
        report = await verify(scene.db, scene.clock)
        assert report.differences == []
        assert ["FD 3" in sentence for sentence in report.unfinished] == [True]
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.check_clean()


async def test_every_kind_of_difference_is_named(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(4)
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.change("update fiscal.fiscal_document set fiscal_sign = 1 where fd_number = 3")
        await scene.change("delete from fiscal.fiscal_document where fd_number = 4")
        await scene.change("update fiscal.fiscal_document set fd_number = 9 where fd_number = 5")
        found = " ".join((await verify(scene.db, scene.clock)).differences)
        for words in (
            "FD 3: fiscal sign 1 in the books",
            "FD 4: in the FN, not in the books",
            "FD 5: in the FN, not in the books",
            "FD 9: in the books, not in the FN",
            "is neither registered nor queued",
        ):
            assert words in found
