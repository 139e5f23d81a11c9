"""Works on month closes: chunk after chunk, each one transaction, some of them at once.

Chunks have no row in common but the job's own: the next one is locked, read, computed and written while the one before
it still is, and waits with its last statement for that one's commit. A chunk is committed by compare and set of the
job's position and state, so that a job that was stopped, or that somebody else went on with, loses nothing and makes
nothing twice. Whoever is killed leaves whole chunks.

A chunk's commit does not wait for the disk. A power cut may take the last chunks back, whole and in order, and the job
goes on from there. No device has made their receipts then: a dispatcher's intent is committed behind them and waits.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from accounting.receipts.events import PeriodClose
from fiscal_server.errors import FiscalServerError
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.close_chunk import CloseFailed, ClosingRules, Kept, compute_chunk, consolidate
from fiscal_server.intake.close_totals import Totals
from fiscal_server.intake.close_write import last_receipts, take_ids, write_chunk, write_last_receipts
from fiscal_server.intake.closing import LEASE, fail_close
from fiscal_server.intake.restoration_runner import Restorer
from fiscal_server.storage import close_jobs, queue
from fiscal_server.storage.close_jobs import JobRow
from fiscal_server.storage.close_states import AT_WORK, CloseEvent, after
from fiscal_server.storage.close_tables import ChunkRange
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, may_pass

CHUNK = 20_000
EVERY_S = 5.0
_AT_ONCE = 3
"""Chunks under way: PostgreSQL has work on two cores while a third chunk is computed."""

log = structlog.get_logger(room="intake")


class JobMoved(FiscalServerError):
    """The job was stopped, or another process went on with it: what was not committed here is not."""


class JobRun:
    """One process' work on one job. ``on_chunk`` hears of every chunk that was committed."""

    def __init__(
        self,
        database: Database,
        intake: Intake,
        runner: int,
        *,
        chunk: int = CHUNK,
        on_chunk: Callable[[JobRow], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._intake = intake
        self._runner = runner
        self._chunk = chunk
        self._on_chunk = on_chunk

    async def run(self, merchant_id: int, job_id: int) -> JobRow | None:
        """Work until the job is over, or is not ours any more; the job as it stands then.

        Raises what the database raises when it is away: somebody goes on when the lease has run out.
        """
        async with self._database.read() as db:
            job = await close_jobs.read_job(db, merchant_id, job_id)
            merchant = await read_merchant(db, merchant_id)
        if job is None or job.state not in AT_WORK:
            return job
        try:
            rules = ClosingRules(merchant, PeriodClose(key=job.event_key, period=job.period))
            await self._finish(rules, await self._work(rules, job))
        except JobMoved:
            log.info("close_left", merchant=merchant_id, job=job_id)
        except Exception as error:
            if isinstance(error, DATABASE_ERRORS) and may_pass(error):
                raise
            reason = str(error) if isinstance(error, CloseFailed) else f"{type(error).__name__}: {error}"
            log.error("close_failed", merchant=merchant_id, job=job_id, reason=reason, exc_info=error)
            return await fail_close(self._database, job, reason)
        async with self._database.read() as db:
            return await close_jobs.read_job(db, merchant_id, job_id)

    async def _work(self, rules: ClosingRules, job: JobRow) -> JobRow:
        """All chunks; the job with the last one's figures."""
        tasks: list[asyncio.Task[JobRow]] = []
        room = asyncio.Semaphore(_AT_ONCE)
        position = job.position
        try:
            while (last := await self._last_of_chunk(job.merchant_id, position)) is not None:
                await room.acquire()
                computed = asyncio.Event()
                before = tasks[-1] if tasks else None
                chunk = ChunkRange(job.merchant_id, position, last)
                task = asyncio.create_task(self._one_chunk(rules, job, chunk, before, computed))
                task.add_done_callback(_signal(room, computed))
                tasks.append(task)
                await computed.wait()
                if task.done():
                    await task
                position = last
            return await tasks[-1] if tasks else job
        except CloseFailed:
            # what was computed before it is stored: the job says how far it came, and goes on from there
            await asyncio.gather(*tasks[:-1], return_exceptions=True)
            raise
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _last_of_chunk(self, merchant_id: int, position: int) -> int | None:
        async with self._database.read() as db:
            return await close_jobs.last_of_chunk(db, merchant_id, position, self._chunk)

    async def _one_chunk(
        self,
        rules: ClosingRules,
        first: JobRow,
        chunk: ChunkRange,
        before: "asyncio.Task[JobRow] | None",
        computed: asyncio.Event,
    ) -> JobRow:
        async with self._database.write() as db:
            await close_jobs.commit_without_waiting(db)
            closed = await compute_chunk(db, rules, chunk, lock=not first.dry_run)
            made = closed.receipts()
            now = self._intake.clock.now()
            if first.dry_run:
                computed.set()
            else:
                ids = take_ids(self._database, closed)
                computed.set()
                await write_chunk(db, rules, first, closed, ids, now)
            job = first if before is None else await before
            kept = consolidate(rules, msgspec.msgpack.decode(job.kept, type=Kept), closed.common)
            totals = msgspec.convert(job.totals, Totals)
            totals.add("own", made)
            after_it = msgspec.structs.replace(
                job,
                position=chunk.last,
                done=job.done + closed.accounts,
                changed=job.changed + closed.changed,
                settlements=job.settlements + closed.settlements,
                receipts=job.receipts + len(made),
                kept=msgspec.msgpack.encode(kept),
                totals=msgspec.to_builtins(totals),
            )
            if not await close_jobs.advance_job(db, job, after_it, self._runner, now + LEASE):
                raise JobMoved("the job was stopped, or another process went on with it")
            if made and not first.dry_run:
                await queue.announce(db, job.merchant_id)
        self._on_chunk(after_it)
        return after_it

    async def _finish(self, rules: ClosingRules, job: JobRow) -> None:
        """The consolidated receipts, in a transaction of their own: it holds the book."""
        now = self._intake.clock.now()
        async with self._database.write() as db:
            held = await close_jobs.lock_job(db, job.merchant_id, job.id)
            if held is None or held.state not in AT_WORK or held.position != job.position:
                raise JobMoved("the job was stopped, or another process went on with it")
            state = after(held.state, CloseEvent.ENDED)
            assert state is not None, "a job at work may end"
            kept = msgspec.msgpack.decode(job.kept, type=Kept)
            made, book = await last_receipts(db, rules, kept, lock=not job.dry_run)
            totals = msgspec.convert(job.totals, Totals)
            totals.add("consolidated", [one.receipt for one in made])
            if not job.dry_run:
                await write_last_receipts(db, self._database, job, made, book, now)
                await queue.announce(db, job.merchant_id)
            ended = msgspec.structs.replace(job, receipts=job.receipts + len(made), totals=msgspec.to_builtins(totals))
            await close_jobs.finish_job(db, ended, state, now)
        self._on_chunk(ended)


def _signal(room: asyncio.Semaphore, computed: asyncio.Event) -> Callable[[object], None]:
    """What happens when a chunk is over, well or not: there is room for another, and nobody waits for it."""

    def over(_: object) -> None:
        room.release()
        computed.set()

    return over


class Closer:
    """Takes up jobs that nobody works on: those that the API began, and those of processes that died. Months are closed
    and events restored side by side."""

    def __init__(self, database: Database, intake: Intake, *, chunk: int = CHUNK) -> None:
        self._database = database
        self._intake = intake
        self._chunk = chunk
        self._runner = database.ids.next()
        self._restorer = Restorer(database, intake)
        self._woken = (asyncio.Event(), asyncio.Event())

    def wake(self) -> None:
        """There is a new job."""
        for woken in self._woken:
            woken.set()

    async def work(self) -> None:
        """Every job that is free, one after another."""
        while True:
            now = self._intake.clock.now()
            async with self._database.write() as db:
                taken = await close_jobs.take_job(db, self._runner, now, now + LEASE)
            if taken is None:
                return
            await JobRun(self._database, self._intake, self._runner, chunk=self._chunk).run(*taken)

    async def keep_working(self) -> None:
        """Look when woken, and every ``EVERY_S`` seconds, until cancelled."""
        closing, restoring = self._woken
        await asyncio.gather(self._keep(self.work, closing), self._keep(self._restorer.work, restoring))

    async def _keep(self, work: Callable[[], Awaitable[None]], woken: asyncio.Event) -> None:
        while True:
            woken.clear()
            try:
                await work()
            except DATABASE_ERRORS as error:
                log.warning("database_unreachable", reason=f"{type(error).__name__}: {error}")
            waits = {
                asyncio.create_task(woken.wait()),
                asyncio.create_task(self._intake.clock.sleep(EVERY_S)),
            }
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waits:
                    one.cancel()
