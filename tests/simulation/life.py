"""A dispatcher that can be killed: all that it runs stops where it stands, its connections are cut.

Tasks are known by a context variable: whatever a life starts, and whatever that starts, carries its number.
"""

import asyncio
import contextvars
import itertools
from collections.abc import Coroutine
from typing import Any

import asyncpg

from fiscal_server.dispatch.dispatcher import Dispatcher, DispatchOptions
from fiscal_server.storage.pool import DATABASE_ERRORS, connect
from tests.world import World

_life: contextvars.ContextVar[int] = contextvars.ContextVar("life", default=0)
_numbers = itertools.count(1)
_tasks: dict[int, set["asyncio.Task[Any]"]] = {}


def _make_task(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **options: Any) -> Any:
    task = asyncio.Task(coroutine, loop=loop, **options)
    if number := _life.get():
        mine = _tasks.setdefault(number, set())
        mine.add(task)
        task.add_done_callback(mine.discard)
    return task


class Life:
    """One dispatch process, brought back by ``start`` as the supervisor does."""

    def __init__(self, scene: World, dsn: str) -> None:
        self._scene = scene
        self._dsn = dsn
        self._number = 0
        self._dispatcher: Dispatcher | None = None
        self._task: asyncio.Task[None] | None = None
        asyncio.get_running_loop().set_task_factory(_make_task)

    def start(self) -> None:
        """Begin anew."""
        self._number = next(_numbers)
        token = _life.set(self._number)
        self._task = asyncio.get_running_loop().create_task(self._run(self._number))
        _life.reset(token)

    async def _run(self, number: int) -> None:
        while True:  # the supervisor starts a dead process again
            try:
                db = await connect(f"{self._dsn}&application_name=life-{number}", self._scene.clock, size=4)
            except DATABASE_ERRORS:
                continue
            try:
                options = DispatchOptions(f"{self._dsn}&application_name=life-{number}", 0)
                self._dispatcher = Dispatcher(options, db, self._scene.clock)
                await self._dispatcher.run()
                return
            except DATABASE_ERRORS:
                pass
            finally:
                await db.close()

    async def kill(self) -> None:
        """Nothing gets another turn but to hear that it is over; then its connections are cut."""
        mine = _tasks.get(self._number, set())
        while mine:
            for task in list(mine):
                task.cancel()
            await asyncio.sleep(0)
        cutter = await asyncpg.connect(self._scene.dsn)
        await cutter.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1",
            f"life-{self._number}",
        )
        await cutter.close()

    async def stop(self) -> None:
        """In good order."""
        assert self._dispatcher is not None
        assert self._task is not None
        self._dispatcher.stop()
        await self._task
