"""How tests begin, run and cut month closes."""

import asyncio

import pytest

from fiscal_server.intake.close_runner import JobRun
from fiscal_server.intake.closing import CloseRequest, start_close
from fiscal_server.storage.close_jobs import JobRow, read_job
from tests.storage.closing_worlds import StoredWorld
from tests.storage.scene import Shop

OCTOBER = CloseRequest(period="2026-10")


async def begin(shop: Shop, request: CloseRequest = OCTOBER) -> JobRow:
    return await start_close(shop.db, shop.intake, shop.merchant.id, request)


async def begin_world(world: StoredWorld, *, dry_run: bool = False) -> JobRow:
    return await begin(world.shop, CloseRequest(period=world.close.period, key=world.close.key, dry_run=dry_run))


async def run(shop: Shop, job: JobRow, chunk: int = 7, runner: int = 1) -> JobRow:
    ended = await JobRun(shop.db, shop.intake, runner, chunk=chunk).run(shop.merchant.id, job.id)
    assert ended is not None
    assert ended.error is None
    return ended


async def run_some(shop: Shop, job: JobRow, chunks: int, chunk: int) -> None:
    """So many chunks, and then the process is gone."""
    seen: list[JobRow] = []

    def count(now: JobRow) -> None:
        seen.append(now)
        if len(seen) == chunks:
            raise asyncio.CancelledError

    working = JobRun(shop.db, shop.intake, 1, chunk=chunk, on_chunk=count)
    with pytest.raises(asyncio.CancelledError):
        await working.run(shop.merchant.id, job.id)


async def stored(shop: Shop, job: JobRow) -> JobRow:
    async with shop.db.read() as db:
        found = await read_job(db, shop.merchant.id, job.id)
    assert found is not None
    return found
