"""The dialect as a part of the application: its door, and what runs while the application does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar

from fiscal_server.api.atol_online.callbacks import Caller
from fiscal_server.api.atol_online.face import AtolOnline
from fiscal_server.clock import Clock
from fiscal_server.intake.singles import Singles
from fiscal_server.settings import Settings

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def mount_atol_online(settings: Settings, clock: Clock) -> tuple[AtolOnline, Lifespan]:
    """Door and lifespan; the latter takes the database of the application's state: it comes after the main one."""
    face = AtolOnline(clock)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        database = app.state["database"]
        singles = Singles(database, clock)
        face.open(database, singles)
        caller = Caller(database, clock, private=settings.atol_private_callbacks, queue_s=settings.atol_queue_s)
        working = (
            asyncio.create_task(caller.keep_calling(), name="tell-reports"),
            asyncio.create_task(face.patience.keep_looking(), name="end-slow-bodies"),
        )
        try:
            yield
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            await singles.close()

    return face, lifespan
