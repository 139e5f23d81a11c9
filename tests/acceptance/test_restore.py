"""A database from an older backup: FNs know more than it. Nothing is made before they were read, nothing twice."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import asyncpg
import msgspec
import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.commands.database_file import BackupFailed, dump, tool_address
from fiscal_server.commands.put_back import PutBack, put_back
from fiscal_server.dispatch.adopt import AdoptReport, adopt
from fiscal_server.dispatch.said import Said
from fiscal_server.dispatch.verify import verify
from fiscal_server.storage.adoption import held_merchants
from fiscal_server.storage.pool import connect
from fiscal_server.troubles import Trouble
from kkt_drivers.ffd.receipt_id import receipt_id_of
from tests.world import World, world

CLOCK = VirtualClock(datetime(2026, 11, 1, tzinfo=UTC))
HOLD_MS = 50_000

ALL_KNOWN = Said(by="Иванова", no_newer_fns="полки и журнал ввода ФН просмотрены")


async def restore(scene: World, file: Path) -> PutBack:
    """As with a stopped server: every connection of ours goes, the database changes, we come again."""
    await scene.db.close()
    done = await put_back(scene.dsn, file, CLOCK, HOLD_MS)
    scene.db = await connect(scene.dsn, scene.clock, size=4)
    return done


async def on_hold(scene: World) -> list[str]:
    async with scene.db.read() as db:
        return [hold.reason for hold in await held_merchants(db)]


def made(scene: World) -> list[str | None]:
    return [receipt_id_of(entry.tlv) for box in scene.boxes for entry in box.receipts()]


async def work_until_delivered(scene: World) -> None:
    async with scene.dispatching():
        await scene.until_delivered()


async def test_what_was_made_after_a_backup_is_found_and_made_no_second_time(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2, parallel=2) as scene:
        await scene.pay(6)
        await work_until_delivered(scene)
        await scene.pay(4, start=6)  # in the backup they wait
        dump(scene.dsn, tmp_path / "backup")
        await scene.pay(3, start=10, kopecks=70_000)  # the backup does not know them at all
        await scene.pay(3, start=20)
        await work_until_delivered(scene)
        before = made(scene)
        assert len(before) == 16

        await restore(scene, tmp_path / "backup")
        assert len(await on_hold(scene)) == 1
        async with scene.dispatching():
            await scene.until(lambda: both_stopped(scene))
        assert made(scene) == before

        first = await adopt(scene.db, scene.clock)
        assert first.out_of_reach == {}
        assert (sum(fn.receipts for fn in first.fns), sum(fn.linked for fn in first.fns)) == (10, 4)
        assert (len(first.unlinked), first.released, first.held) == (6, [], [scene.merchant.id])

        await scene.pay(3, start=10, kopecks=70_000)  # the billing sends again what it sent since
        await scene.pay(3, start=20)
        await scene.pay(1, start=30)  # and goes on
        second = await adopt(scene.db, scene.clock, ALL_KNOWN)
        assert (second.linked_by_content, second.unlinked, second.released) == (6, [], [scene.merchant.id])
        await work_until_delivered(scene)
        assert len(made(scene)) == 17
        assert made(scene)[: len(before)] != made(scene)
        report = await verify(scene.db, scene.clock)
        assert (report.differences, report.out_of_reach) == ([], {})
        assert (await scene.counts()).computed == 17


async def both_stopped(scene: World) -> bool:
    slots = await scene.slots()
    return all(slot.fault is not None and slot.fault.startswith(Trouble.FN_AHEAD) for slot in slots)


async def test_a_merchant_on_hold_makes_nothing_even_with_an_fn_that_was_never_used(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.pay(3)
        dump(scene.dsn, tmp_path / "backup")
        await work_until_delivered(scene)
        await restore(scene, tmp_path / "backup")
        async with scene.dispatching():
            await scene.until(lambda: first_stopped(scene))
            await scene.until(lambda: second_took_over(scene))
            assert await scene.waiting() == {"QUEUED": 3}
        report = await adopt(scene.db, scene.clock, ALL_KNOWN)
        assert report.released == [scene.merchant.id]
        await work_until_delivered(scene)
        assert len(made(scene)) == 3
        await scene.check_clean()


async def first_stopped(scene: World) -> bool:
    return (await scene.slots())[0].state == "FAULTY"


async def second_took_over(scene: World) -> bool:
    slot = (await scene.slots())[1]
    return slot.state == "ACTIVE" and slot.shift_opened_at is not None


async def test_without_our_restore_an_fn_that_is_ahead_stops_its_whole_merchant(database: str, tmp_path: Path) -> None:
    """Somebody put an old copy of the files in place: nobody told us."""
    async with world(database, tmp_path) as scene:
        await scene.pay(2)
        dump(scene.dsn, tmp_path / "backup")
        await work_until_delivered(scene)
        await restore(scene, tmp_path / "backup")
        await scene.change("delete from fiscal.hold")
        async with scene.dispatching():
            await scene.until(lambda: first_stopped(scene))
        (reason,) = await on_hold(scene)
        assert "is ahead of the books: the FN has 3 document(s)" in reason
        assert (await adopt(scene.db, scene.clock, ALL_KNOWN)).released == [scene.merchant.id]


async def test_receipts_that_nobody_can_place_are_let_stand_with_a_reason(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await scene.pay(1)
        await work_until_delivered(scene)
        await restore(scene, tmp_path / "backup")
        assert (await adopt(scene.db, scene.clock)).held == [scene.merchant.id]
        assert len((await verify(scene.db, scene.clock)).differences) == 1
        words = msgspec.structs.replace(ALL_KNOWN, let_stand="the billing has lost it, act 7 of 28.11")
        accepted: AdoptReport = await adopt(scene.db, scene.clock, words)
        assert (accepted.released, accepted.unlinked) == ([scene.merchant.id], [])
        assert (await verify(scene.db, scene.clock)).differences == []


async def test_an_fn_out_of_reach_keeps_its_merchant_on_hold(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await restore(scene, tmp_path / "backup")
        await scene.boxes[1].stop()
        report = await adopt(scene.db, scene.clock, ALL_KNOWN)
        assert list(report.out_of_reach) == [scene.boxes[1].number]
        assert report.held == [scene.merchant.id]
        await scene.boxes[1].start()
        assert (await adopt(scene.db, scene.clock, ALL_KNOWN)).released == [scene.merchant.id]


async def test_a_database_in_use_is_not_replaced(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(1)
        dump(scene.dsn, tmp_path / "backup")
        with pytest.raises(BackupFailed, match="stop the server first"):
            await put_back(scene.dsn, tmp_path / "backup", CLOCK, HOLD_MS)
        assert await scene.waiting() == {"QUEUED": 1}


async def test_a_file_that_is_no_backup_changes_nothing(database: str, tmp_path: Path) -> None:
    (tmp_path / "backup").write_bytes(b"PGDMP" + bytes(100))
    async with world(database, tmp_path) as scene:
        await scene.db.close()
        with pytest.raises(BackupFailed, match="pg_restore"):
            await put_back(scene.dsn, tmp_path / "backup", CLOCK, HOLD_MS)
        scene.db = await connect(scene.dsn, scene.clock, size=4)
        assert len(await scene.slots()) == 1


async def test_a_cut_backup_is_not_restored(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(5)
        dump(scene.dsn, tmp_path / "whole")
        whole = (tmp_path / "whole").read_bytes()
        (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
        await scene.db.close()
        with pytest.raises(BackupFailed):
            await put_back(scene.dsn, tmp_path / "cut", CLOCK, HOLD_MS)
        scene.db = await connect(scene.dsn, scene.clock, size=4)
        assert await scene.waiting() == {"QUEUED": 5}


async def test_a_dump_that_fails_leaves_no_file(database: str, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="does not exist"):
        dump(database.replace("/test_", "/nobody_"), tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


async def test_a_dump_can_be_read_by_its_owner_alone(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600


async def test_a_database_with_an_odd_name_is_restored(database: str, tmp_path: Path) -> None:
    odd = 'od"d %name'
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
    control = await asyncpg.connect(database)
    dsn = database.replace(f"/{await control.fetchval('select current_database()')}", f"/{quote(odd)}")
    await control.execute("create database " + '"' + odd.replace('"', '""') + '"')
    try:
        kept = (await put_back(dsn, tmp_path / "backup", CLOCK, HOLD_MS)).kept
        restored = await asyncpg.connect(dsn)
        assert await restored.fetchval("select count(*) from fiscal.hold") == 1
        await restored.close()
        assert await control.fetchval("select count(*) from pg_database where datname = $1", kept) == 1
    finally:
        for name in await control.fetch("select datname from pg_database where starts_with(datname, $1)", odd):
            await control.execute("drop database " + '"' + name["datname"].replace('"', '""') + '"')
        await control.close()


def test_the_password_of_a_database_is_no_argument_of_a_tool() -> None:
    arguments, environment = tool_address("postgresql://me:s%40cret@[::1]:5432/books?sslmode=require")
    assert arguments == "--dbname=postgresql://me@[::1]:5432/books?sslmode=require"
    assert environment == {"PGPASSWORD": "s@cret"}
    assert tool_address("postgresql://me@/books?host=/run") == ("--dbname=postgresql://me@/books?host=/run", {})
