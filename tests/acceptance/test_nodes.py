"""Several nodes in one process: who takes which KKT, and how it goes from one to the other."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fiscal_server.storage.kkts import announce_kkts
from fiscal_server.storage.nodes import list_nodes, set_draining
from tests.world import World, world


async def held(scene: World, node: int) -> int:
    """KKTs in the hands of a node."""
    [count] = await scene.db_values(f"select count(*) from fiscal.kkt where lease_node = {node}")
    return int(count)


async def drain(scene: World, node: int, draining: bool) -> None:
    async with scene.db.write() as db:
        assert await set_draining(db, node, draining)
        await announce_kkts(db)


def holds(scene: World, node: int, count: int) -> Callable[[], Awaitable[bool]]:
    async def so() -> bool:
        return await held(scene, node) == count

    return so


async def test_network_kkts_are_shared_when_a_node_joins_and_taken_back_when_it_stops(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=4, parallel=4) as scene:
        await scene.pay(60)
        async with scene.dispatching(node=1):
            await scene.until(holds(scene, 1, 4))
            async with scene.dispatching(node=2):
                await scene.until(holds(scene, 2, 2))
                assert await held(scene, 1) == 2
            await scene.until(holds(scene, 1, 4))
            await scene.until_delivered()
        await scene.check_clean()
        assert await held(scene, 1) == 0


async def test_a_drained_node_gives_everything_away_and_takes_its_share_when_resumed(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=2, parallel=2) as scene:
        async with scene.dispatching(node=1), scene.dispatching(node=2):
            await scene.until(holds(scene, 2, 1))
            await drain(scene, 1, draining=True)
            await scene.until(holds(scene, 2, 2))
            await scene.pay(10)
            await scene.until_delivered()
            async with scene.db.read() as db:
                assert [(n.number, n.draining, n.kkts) for n in await list_nodes(db)] == [(1, True, 0), (2, False, 2)]
            await drain(scene, 1, draining=False)
            await scene.until(holds(scene, 1, 1))
        await scene.check_clean()


async def test_a_kkt_that_is_plugged_in_stays_with_its_node_until_it_is_plugged_elsewhere(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=2, parallel=2) as scene:
        await scene.change("update fiscal.kkt set home_node = 1")
        async with scene.dispatching(node=1):
            await scene.until(holds(scene, 1, 2))
            async with scene.dispatching(node=2) as second:
                await scene.change("update fiscal.kkt set home_node = 2 where slot = 1")
                second.look_again()
                async with scene.db.write() as db:
                    await announce_kkts(db)
                await scene.until(holds(scene, 2, 1))
                assert await scene.db_values("select lease_node from fiscal.kkt order by slot") == [2, 1]
                await scene.pay(10)
                await scene.until_delivered()
            assert await held(scene, 2) == 0
        await scene.check_clean()


async def test_a_silent_owner_is_left_alone_for_as_long_as_it_may_act(database: str, tmp_path: Path) -> None:
    """It said so itself: 1 s of lease and 0.2 s for a command."""
    async with world(database, tmp_path) as scene:
        await scene.change("update fiscal.kkt set lease_node = 7, lease_beat = 5, lease_hold_ms = 1200")
        async with scene.dispatching(node=1) as dispatcher:
            began = scene.clock.monotonic()

            async def taken() -> bool:
                dispatcher.look_again()
                return await held(scene, 1) == 1

            await scene.until(taken)
            assert scene.clock.monotonic() - began >= 1.2
