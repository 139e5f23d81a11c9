"""A node listens before it looks: what others announce after its look must reach it."""

import asyncio
from pathlib import Path

from fiscal_server.dispatch.dispatcher import Dispatcher, DispatchOptions
from tests.world import World, world


class Ears:
    """Begins to hear at once, and writes down how many KKTs had an owner then."""

    def __init__(self, scene: World) -> None:
        self._scene = scene
        self.owned_at_first: int | None = None

    async def keep(self) -> None:
        if self.owned_at_first is None:
            [self.owned_at_first] = await self._scene.db_values(
                "select count(*) from fiscal.kkt where lease_beat is not null"
            )

    async def close(self) -> None:
        pass


async def test_a_node_listens_before_it_looks_for_kkts(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=1) as scene:
        ears = Ears(scene)
        dispatcher = Dispatcher(DispatchOptions(database, 0), scene.db, scene.clock, wakeups=ears)
        task = asyncio.create_task(dispatcher.run())
        await scene.pay(1)
        await scene.until_registered(1)
        dispatcher.stop()
        await task
        assert ears.owned_at_first == 0
