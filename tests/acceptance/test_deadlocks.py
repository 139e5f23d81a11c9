"""Who locks KKTs in another order than the dispatcher: PostgreSQL ends one of the two, and nothing is lost of it."""

from pathlib import Path

import asyncpg

from fiscal_server.dispatch.dispatcher import Dispatcher
from tests.world import World, world

LOCK = "select from fiscal.kkt where id = $1 for no key update"
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


async def deadlocks(scene: World) -> int:
    async with scene.db.read() as db:
        await db.execute("select pg_stat_force_next_flush()")
        return int(await db.fetchval(DEADLOCKS))


async def get_in_the_way(scene: World, dispatcher: Dispatcher, first: int, second: int) -> bool:
    """Hold the later KKT while the dispatcher locks both, then ask for the earlier one. False: it was us who had to go.

    Who looks for a deadlock first has to go. That is the dispatcher, unless it has looked already when we ask.
    """
    try:
        async with scene.db.write() as other:
            await other.execute("set local deadlock_timeout = '4s'")
            await other.execute(LOCK, second)
            dispatcher.look_again()

            async def has_the_first_in_its_hands() -> bool:
                async with scene.db.read() as db:
                    return not await db.fetch(f"{LOCK} skip locked", first)

            await scene.until(has_the_first_in_its_hands)
            await other.execute(LOCK, first)
    except asyncpg.DeadlockDetectedError:
        return False
    return True


async def test_a_deadlock_of_the_dispatcher_costs_no_receipt(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2, parallel=2) as scene:
        await scene.pay(20)
        first, second = sorted(slot.id for slot in await scene.slots())
        ours = 0
        async with scene.dispatching() as dispatcher:
            await scene.until_registered(2)
            while await deadlocks(scene) == ours:
                ours += not await get_in_the_way(scene, dispatcher, first, second)
            await scene.until_delivered()
        assert sum(len(box.receipts()) for box in scene.boxes) == 20
        await scene.check_clean()
