"""All that an api process does for webhooks beside answering requests: send, tell alarms, forget what is old."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from fiscal_server.clock import Clock
from fiscal_server.metrics import METRICS
from fiscal_server.storage import webhook_messages, webhooks
from fiscal_server.storage.pool import DATABASE_ERRORS, Database
from fiscal_server.webhooks import alarms
from fiscal_server.webhooks.post import Wire
from fiscal_server.webhooks.sender import Sender

KEPT: Final = timedelta(days=30)
"""Messages can be looked at and replayed so long; what waits for a disabled endpoint goes then as well."""

CLEANING_EVERY_S: Final = 3600.0
COUNTING_EVERY_S: Final = 15.0
_PIECE: Final = 5000

log = structlog.get_logger(room="webhooks")


async def keep_telling(database: Database, clock: Clock, zone: ZoneInfo, *, private: bool) -> None:
    """Until cancelled; messages under way then may arrive."""
    sender = Sender(database, clock, Wire(private=private), Random())
    async with asyncio.TaskGroup() as together:
        together.create_task(sender.keep_sending())
        together.create_task(_every(alarms.EVERY_S, clock, lambda: alarms.tell_alarms(database, clock, zone), "alarms"))
        together.create_task(_every(CLEANING_EVERY_S, clock, lambda: forget(database, clock), "forgetting"))
        together.create_task(_every(COUNTING_EVERY_S, clock, lambda: _count(database), "counting"))


async def _every(seconds: float, clock: Clock, work: Callable[[], Awaitable[None]], name: str) -> None:
    while True:
        try:
            await work()
        except DATABASE_ERRORS as error:
            log.warning("database_unreachable", reason=f"{type(error).__name__}: {error}")
        except Exception:  # what one piece of work stumbles over must not end the others
            log.exception("webhook_work_failed", work=name)
        await clock.sleep(seconds)


async def forget(database: Database, clock: Clock) -> None:
    """Messages older than ``KEPT`` and keys that were rotated away."""
    now = clock.now()
    while True:
        async with database.write() as db:
            forgotten = await webhook_messages.forget_messages(db, now - KEPT, _PIECE)
        if forgotten < _PIECE:
            break
    async with database.write() as db:
        await webhook_messages.forget_orphans(db)
        await webhooks.forget_expired_secrets(db, now)


async def _count(database: Database) -> None:
    async with database.read() as db:
        METRICS.webhook_waiting.set(await webhook_messages.count_waiting_messages(db))
        METRICS.webhooks_disabled.set(len(await webhooks.disabled_endpoints(db)))
