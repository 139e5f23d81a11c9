"""FNs that joined after the backup: no book names them, and nothing that they made is made a second time."""

from pathlib import Path

import asyncpg
import msgspec
import pytest

from fiscal_server.commands.database_file import dump
from fiscal_server.dispatch.adopt import adopt
from fiscal_server.dispatch.enrol import CannotEnrol, enrol
from fiscal_server.dispatch.said import CannotState, Said
from fiscal_server.new_merchant import NewMerchant, create_merchant
from fiscal_server.storage.adoption import held_merchants
from fiscal_server.storage.restoration import NewerFn
from tests.acceptance.ordering import command
from tests.acceptance.test_restore import ALL_KNOWN, made, restore, work_until_delivered
from tests.storage.scene import RULES
from tests.world import FnBox, World, slot_of, world


async def rotated_to_a_newer_fn(scene: World, folder: Path) -> FnBox:
    """Two receipts in the FN of the backup, three in one that joined later; then the backup is put back."""
    dump(scene.dsn, folder / "backup")
    [newer] = await scene.more_boxes()
    await scene.join(newer)
    await scene.pay(2)
    async with scene.dispatching():
        await scene.until_delivered()
        assert "done" in await scene.order(1, "rotate")
        await scene.pay(3, start=10)
        await scene.until_delivered()
    assert [len(box.receipts()) for box in scene.boxes] == [2, 3]
    done = await restore(scene, folder / "backup")
    assert [fn.fn_number for fn in done.newer] == [newer.number]
    return newer


async def send_again(scene: World) -> None:
    await scene.pay(2)
    await scene.pay(3, start=10)


async def test_an_fn_that_joined_after_the_backup_joins_again_and_nothing_is_made_twice(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        newer = await rotated_to_a_newer_fn(scene, tmp_path)
        await send_again(scene)
        first = await adopt(scene.db, scene.clock)
        assert (first.linked_by_content, first.unlinked, first.released) == (2, [], [])
        assert [sentence.split(" at ")[0] for sentence in first.newer] == [f"FN {newer.number}"]
        with pytest.raises(CannotState, match=newer.number):
            await adopt(scene.db, scene.clock, ALL_KNOWN)

        enrolled = await scene.join(newer)
        assert enrolled.adopted is not None
        assert (enrolled.unread, enrolled.adopted.documents, enrolled.adopted.receipts) == ("", 4, 3)
        second = await adopt(scene.db, scene.clock, ALL_KNOWN)
        assert (second.linked_by_content, second.unlinked, second.newer) == (3, [], [])
        assert second.released == [scene.merchant.id]
        await scene.pay(1, start=20)
        await work_until_delivered(scene)
        assert len(made(scene)) == 6
        assert (await scene.counts()).computed == 6


async def test_no_reading_replaces_the_word_that_no_fn_is_newer(database: str, tmp_path: Path) -> None:
    """The replaced database may be another machine's, empty, or gone: what it does not name proves nothing."""
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        done = await restore(scene, tmp_path / "backup")
        report = await adopt(scene.db, scene.clock)
        assert (done.newer, report.newer, report.out_of_reach) == ([], [], {})
        assert (report.unstated, report.held) == ([scene.merchant.id], [scene.merchant.id])
        assert (await adopt(scene.db, scene.clock, ALL_KNOWN)).released == [scene.merchant.id]
        assert await scene.db_values("select stated_by from fiscal.adoption_statement") == ["Иванова"]


async def test_a_word_given_for_one_hold_does_not_end_the_next_one(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await restore(scene, tmp_path / "backup")
        assert (await adopt(scene.db, scene.clock, ALL_KNOWN)).released
        await scene.change("insert into fiscal.hold values ($1, 'ahead', $2)", scene.merchant.id, scene.clock.now())
        assert (await adopt(scene.db, scene.clock)).held == [scene.merchant.id]


async def test_a_used_fn_joins_only_while_its_merchant_is_on_hold(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        newer = await rotated_to_a_newer_fn(scene, tmp_path)
        await scene.change("delete from fiscal.hold")
        with pytest.raises(CannotEnrol, match="5 document"):
            await scene.join(newer)


async def test_an_fn_of_somebody_else_does_not_join(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        newer = await rotated_to_a_newer_fn(scene, tmp_path)
        given = NewMerchant(
            name="Сосед", rules={**RULES, "inn": "7700000023"}, place="https://n.example", address="Тверь"
        )
        neighbour = await create_merchant(scene.db, given)
        with pytest.raises(CannotEnrol, match="registered for INN"):
            await enrol(scene.db, scene.clock, slot_of(neighbour, newer, 2, scene.ofd_address, "7700000023"))


async def test_a_merchant_that_is_created_after_a_restore_is_on_hold_like_all(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await restore(scene, tmp_path / "backup")
        given = NewMerchant(name="Новый", rules=RULES, place="https://new.example", address="Тверь")
        new = await create_merchant(scene.db, given)
        async with scene.db.read() as db:
            assert new.id in [hold.merchant_id for hold in await held_merchants(db)]
        assert new.id in (await adopt(scene.db, scene.clock, ALL_KNOWN)).released
        late = await create_merchant(scene.db, msgspec.structs.replace(given, name="Позже"))
        async with scene.db.read() as db:
            assert late.id not in [hold.merchant_id for hold in await held_merchants(db)]


async def test_an_fn_that_is_plugged_in_and_in_no_book_is_asked_about(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await restore(scene, tmp_path / "backup")
        ours, strange = NewerFn(0, scene.boxes[0].number, "here", 5), NewerFn(0, "9999000000000042", "there", 5)
        with pytest.raises(CannotState, match="FN 9999000000000042 at there with 5 documents is plugged in"):
            await adopt(scene.db, scene.clock, ALL_KNOWN, [ours, strange])
        said = msgspec.structs.replace(ALL_KNOWN, without=(strange.fn_number, "касса соседа"))
        assert (await adopt(scene.db, scene.clock, said, [ours, strange])).released == [scene.merchant.id]


# --- FNs that nobody will read any more -------------------------------------------------------------------------------

BURNT = "сгорел, акт 7 от 28.11; у оператора искали"


async def test_an_fn_that_is_broken_for_good_is_done_without_by_a_persons_word(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await restore(scene, tmp_path / "backup")
        burnt = scene.boxes[0]
        await burnt.stop()
        said = msgspec.structs.replace(ALL_KNOWN, without=(burnt.number, BURNT))
        report = await adopt(scene.db, scene.clock, said)
        assert (report.out_of_reach, report.released) == ({}, [scene.merchant.id])
        await scene.pay(2)
        async with scene.dispatching():
            await scene.until_delivered()
        assert [slot.state for slot in await scene.slots()] == ["FAULTY", "ACTIVE"]
        assert ((await scene.slots())[0].fault or "").startswith("written_off: Иванова: сгорел")
        kept = "select concat_ws('|', kind, fn_number, last_fd, reason, trouble is null) from fiscal.adoption_statement"
        assert f"without_fn|{burnt.number}|1|{BURNT}|f" in await scene.db_values(kept)
        await scene.change("insert into fiscal.hold values ($1, 'ahead', $2)", scene.merchant.id, scene.clock.now())
        assert (await adopt(scene.db, scene.clock, ALL_KNOWN)).released  # nobody need be able to read it any more


async def test_an_fn_that_answers_is_read_whatever_is_said_of_it(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await restore(scene, tmp_path / "backup")
        said = msgspec.structs.replace(ALL_KNOWN, without=(scene.boxes[0].number, BURNT))
        assert [fn.fn_number for fn in (await adopt(scene.db, scene.clock, said)).fns] == [scene.boxes[0].number]
        assert [slot.state for slot in await scene.slots()] == ["ACTIVE"]
        assert await scene.db_values("select kind from fiscal.adoption_statement") == ["no_newer_fns"]


async def test_a_newer_fn_that_is_lost_is_done_without_too(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        newer = await rotated_to_a_newer_fn(scene, tmp_path)
        await send_again(scene)
        await newer.stop()
        said = msgspec.structs.replace(ALL_KNOWN, without=(newer.number, BURNT))
        report = await adopt(scene.db, scene.clock, said)
        assert (report.newer, report.released) == ([], [scene.merchant.id])


async def test_a_word_about_an_fn_that_nobody_waits_for_is_refused(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await restore(scene, tmp_path / "backup")
        with pytest.raises(CannotState, match="9999000000000000"):
            await adopt(scene.db, scene.clock, Said(by="Иванова", without=("9999000000000000", BURNT)))


@pytest.mark.parametrize("table", ["adoption_statement", "receipt_order"])
async def test_what_people_stated_cannot_be_emptied(database: str, tmp_path: Path, table: str) -> None:
    async with world(database, tmp_path) as scene:
        with pytest.raises(asyncpg.RaiseError, match="written once"):
            await scene.change(f"truncate fiscal.{table}")


async def waiting_receipt(scene: World) -> str:
    [receipt_id] = await scene.db_values("select receipt_id from fiscal.queue")
    return str(receipt_id)


@pytest.mark.parametrize("joined_later", [False, True])
async def test_a_receipt_of_a_lost_fn_that_stands_at_the_operator_is_settled_and_not_made_again(
    database: str, tmp_path: Path, joined_later: bool
) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        dump(scene.dsn, tmp_path / "backup")
        lost = scene.boxes[0]
        if joined_later:
            [lost] = await scene.more_boxes()
            await scene.join(lost)
            await scene.change("update fiscal.kkt set state = 'CLOSED' where slot < 3")
        await scene.pay(1)
        await work_until_delivered(scene)
        assert len(lost.receipts()) == 1
        await restore(scene, tmp_path / "backup")
        await lost.stop()
        await scene.pay(1)
        receipt_id = await waiting_receipt(scene)
        paper = (
            "--fd",
            "3",
            "--fiscal-sign",
            "1234567890",
            "--issued-at",
            "2026-10-20T12:00",
            "--reason",
            "у оператора",
        )
        settle = ("receipts", "settle", receipt_id, "--fn", lost.number, *paper)
        code, words = await command(scene, *settle)
        assert (code, "is none that nobody will read any more" in words) == (1, True)

        gone = await adopt(scene.db, scene.clock, Said(by="Иванова", without=(lost.number, BURNT)))
        assert gone.held == [scene.merchant.id]  # so that what stands at the operator can be settled first
        if not joined_later:
            code, words = await command(scene, *("1" if word == "3" else word for word in settle))
            assert (code, "is another document by the books" in words) == (1, True)
        assert await command(scene, *settle) == (0, f"receipt {receipt_id} is REGISTERED now\n")
        assert (await adopt(scene.db, scene.clock, ALL_KNOWN)).released == [scene.merchant.id]
        await scene.pay(1, start=5)
        async with scene.dispatching():
            await scene.until_registered(2)
        assert [len(box.receipts()) for box in scene.boxes if box is not lost].count(1) == 1
        assert await scene.db_values("select fn_number from fiscal.receipt_order") == [lost.number]


async def test_a_lost_fn_that_answers_after_all_is_read_and_what_was_settled_has_its_place(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await scene.pay(1)
        await work_until_delivered(scene)
        await restore(scene, tmp_path / "backup")
        lost = scene.boxes[0]
        await lost.stop()
        await scene.pay(1)
        await adopt(scene.db, scene.clock, Said(by="Иванова", without=(lost.number, BURNT)))
        paper = (
            "--fd",
            "3",
            "--fiscal-sign",
            "1234567890",
            "--issued-at",
            "2026-10-20T12:00",
            "--reason",
            "у оператора",
        )
        await command(scene, "receipts", "settle", await waiting_receipt(scene), "--fn", lost.number, *paper)
        await lost.start()
        report = await adopt(scene.db, scene.clock, ALL_KNOWN)
        assert ([fn.documents for fn in report.fns], report.unlinked) == ([2, 0], [])
        assert report.released == [scene.merchant.id]
        assert [slot.state for slot in await scene.slots()] == ["FAULTY", "ACTIVE"]
        documents = f"select fd_number from fiscal.fiscal_document where fn_number = '{lost.number}' order by fd_number"
        assert await scene.db_values(documents) == [1, 2, 3]
