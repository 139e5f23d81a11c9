"""Who worked with the replaced database writes nothing any more, and is waited for while it may send a command."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.commands.database_file import BackupFailed, dump
from fiscal_server.commands.put_back import beside, put_back
from fiscal_server.dispatch.alone import leases_to_take
from fiscal_server.errors import LeaseLost
from fiscal_server.storage import leases, queue
from fiscal_server.storage.leases import LeaseMark
from fiscal_server.storage.pool import connect
from fiscal_server.storage.queue import Owner
from tests.acceptance.test_restore import CLOCK, HOLD_MS, restore
from tests.world import World, world


class Hasty(VirtualClock):
    """Whoever sleeps finds that the time has passed."""

    async def sleep(self, seconds: float) -> None:
        await self.advance(seconds)


async def cut_off(scene: World) -> Owner:
    """An owner that holds the KKT, and is heard of no more."""
    [slot] = await scene.slots()
    async with scene.db.write() as db:
        seen = await leases.read_lease(db, slot.merchant_id, slot.id)
        owner = await leases.take_one(db, slot.merchant_id, slot.id, 70_000, seen, scene.clock.now())
    assert owner is not None
    return owner


async def lease(scene: World) -> LeaseMark:
    [slot] = await scene.slots()
    async with scene.db.read() as db:
        return await leases.read_lease(db, slot.merchant_id, slot.id)


async def test_whoever_wants_a_kkt_waits_until_an_owner_cut_off_by_the_restore_can_send_nothing(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await cut_off(scene)
        assert (await restore(scene, tmp_path / "backup")).waits_s == 70.0
        clock = Hasty(scene.clock.now())
        takeable = await leases_to_take(scene.db, clock, await scene.slots())
        assert list(takeable.values()) == [await lease(scene)]
        assert 70.0 <= clock.monotonic() < 71.0


async def test_a_kkt_whose_owner_lives_is_left_to_him(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        owner = await cut_off(scene)

        class Alive(Hasty):
            async def sleep(self, seconds: float) -> None:
                await super().sleep(seconds)
                async with scene.db.write() as db:
                    await leases.renew_leases(db, [owner])

        clock = Alive(scene.clock.now())
        assert await leases_to_take(scene.db, clock, await scene.slots()) == {}
        assert clock.monotonic() < 70.0


async def test_an_owner_of_before_the_restore_commits_nothing(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        owner = await cut_off(scene)
        await restore(scene, tmp_path / "backup")
        async with scene.db.write() as db:
            assert await leases.renew_leases(db, [owner]) == set()
            with pytest.raises(LeaseLost):
                await queue.hold_kkt(db, owner)


async def test_the_same_backup_put_back_twice_knows_no_owner_of_the_first_time(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await restore(scene, tmp_path / "backup")
        owner = await cut_off(scene)
        await CLOCK.advance(1.0)
        await restore(scene, tmp_path / "backup")
        again = await cut_off(scene)
        assert again.generation > owner.generation
        async with scene.db.write() as db:
            with pytest.raises(LeaseLost):
                await queue.hold_kkt(db, owner)


async def test_nobody_is_waited_for_when_every_kkt_was_given_back_in_order(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        async with scene.dispatching():
            await scene.states_become("ACTIVE")
        dump(scene.dsn, tmp_path / "backup")
        assert (await restore(scene, tmp_path / "backup")).waits_s == 0
        assert (await lease(scene)).beat is None


async def test_a_replaced_database_that_was_never_theirs_says_nothing_of_owners(database: str, tmp_path: Path) -> None:
    """As on a new machine: the nodes may still be at work with what the old one had."""
    async with world(database, tmp_path) as scene:
        await scene.change("update fiscal.kkt set lease_generation = 9")
        dump(scene.dsn, tmp_path / "backup")
        await scene.change("update fiscal.kkt set lease_generation = 0")
        assert (await restore(scene, tmp_path / "backup")).waits_s == HOLD_MS / 1000


# --- two at once, and long names --------------------------------------------------------------------------------------


async def test_a_database_is_restored_by_one_at_a_time(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
        await scene.db.close()
        both = (put_back(scene.dsn, tmp_path / "backup", CLOCK, HOLD_MS) for _ in range(2))
        done = await asyncio.gather(*both, return_exceptions=True)
        refused = [one for one in done if isinstance(one, BaseException)]
        assert [type(one) for one in refused] == [BackupFailed]
        assert "somebody else restores" in str(refused[0])
        scene.db = await connect(scene.dsn, scene.clock, size=4)


def test_names_beside_a_long_name_are_kept_whole_and_are_its_own() -> None:
    first, second = "b" * 62 + "1", "b" * 62 + "2"
    names = {beside(name, what) for name in (first, second, "книги" * 5) for what in ("restoring", "before_20261101")}
    assert len(names) == 6
    assert max(len(name.encode()) for name in names) <= 63
    assert beside("fiscal", "restoring") == "fiscal_restoring"


async def test_a_database_with_a_name_of_63_bytes_is_restored(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dump(scene.dsn, tmp_path / "backup")
    control = await asyncpg.connect(database)
    long = "b" * 63
    dsn = database.replace(f"/{await control.fetchval('select current_database()')}", f"/{long}")
    await control.execute(f"create database {long}")
    try:
        kept = (await put_back(dsn, tmp_path / "backup", CLOCK, HOLD_MS)).kept
        restored = await asyncpg.connect(dsn)
        assert await restored.fetchval("select count(*) from fiscal.hold") == 1
        await restored.close()
        assert await control.fetchval("select count(*) from pg_database where datname = $1", kept) == 1
    finally:
        for row in await control.fetch("select datname from pg_database where starts_with(datname, 'bbbb')"):
            await control.execute(f'drop database "{row["datname"]}"')
        await control.close()
