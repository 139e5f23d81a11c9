"""Month closes as jobs, as people and billing systems move them: begun, cancelled, gone on with.

From the transaction that begins a job the month is closed in the merchant's book: a charge that comes later is refused.
Charges hold the book, so none is under way then. Payments go on: an account that is not closed yet takes its payment
before its delivery. The event behind a job is an ordinary ``period_close``: its key works between batches and jobs both
ways.

Order of locks: event key, job, book, accounts by code, queue rows.
"""

from datetime import timedelta

import msgspec

from accounting.receipts.calendar import consolidated_deadline
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.policy import ConsolidatedLines
from fiscal_server.errors import CloseRefused
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.batch import BatchRejected, DecodedEvent, Problem, decode_event
from fiscal_server.intake.close_chunk import ClosingRules, Kept
from fiscal_server.intake.days import day_ahead
from fiscal_server.storage import batches, books, close_jobs
from fiscal_server.storage.close_jobs import JobRow, NewJob
from fiscal_server.storage.close_states import CloseEvent, CloseState, after
from fiscal_server.storage.merchants import MerchantRow, read_merchant
from fiscal_server.storage.pool import Database, WriteConnection

LEASE = timedelta(seconds=30)
"""How long a job waits for a process that died. Two at once would do no harm: a chunk is committed once."""


class CloseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to close. ``key``: of the event; the same key with the same month is the same close, whoever sends it."""

    period: str
    key: str | None = None
    dry_run: bool = False

    def event(self) -> DecodedEvent:
        """The event, checked as a batch checks it. Raises BatchRejected."""
        row = {"type": "period_close", "key": self.key or f"period-close-{self.period}", "period": self.period}
        decoded = decode_event(0, msgspec.Raw(msgspec.json.encode(row)))
        if isinstance(decoded, Problem):
            raise BatchRejected([decoded])
        return decoded


async def start_close(
    database: Database, intake: Intake, merchant_id: int, request: CloseRequest, *, runner: int | None = None
) -> JobRow:
    """Begin a close or a preview; the job that the same key began earlier comes back as it stands.

    ``runner``: who works on it; None: whoever comes first. Raises BatchRejected for a period or key that is none,
    CloseRefused, UnknownMerchant.
    """
    decoded = request.event()
    if ahead := day_ahead(decoded.event, intake.now().date()):
        raise CloseRefused(ahead[1])
    async with database.write() as db:
        merchant = await read_merchant(db, merchant_id)
        _check_lines(merchant)
        job_id, event_id = database.ids.take(2)
        if not request.dry_run:
            known = await _claim(db, merchant_id, decoded, event_id)
            if known is not None:
                return known
        book = await books.lock_book(db, merchant_id)
        await _check_book(db, merchant_id, book, request)
        now = intake.clock.now()
        until = None if runner is None else intake.clock.now() + LEASE
        job = NewJob(
            merchant_id=merchant_id, id=job_id, period=request.period, dry_run=request.dry_run,
            state=CloseState.PREVIEWING if request.dry_run else CloseState.RUNNING, event_key=decoded.event.key,
            event_id=event_id, deadline=consolidated_deadline(request.period), kept=first_kept(merchant, decoded),
            runner=runner, lease_until=until, started_at=now,
        )  # fmt: skip
        await close_jobs.add_job(db, job)
        if not request.dry_run:
            row = batches.EventRow(
                merchant_id, event_id, decoded.event.key, "period_close", None, None, decoded.body, now
            )
            await batches.add_events(db, [row])
            closed = sorted({*book.closed_periods, request.period})
            await books.store_book(db, merchant_id, msgspec.structs.replace(book, closed_periods=closed))
        return await _there(db, merchant_id, job_id)


def first_kept(merchant: MerchantRow, decoded: DecodedEvent) -> bytes:
    """What a job keeps before its first chunk."""
    rules = ClosingRules(merchant, decoded.event)  # type: ignore[arg-type]
    return msgspec.msgpack.encode(Kept(rules.hash, rules.limits))


def _check_lines(merchant: MerchantRow) -> None:
    rules = stored_rules(merchant.rules)
    if rules.policies.consolidated_lines is ConsolidatedLines.PER_ACCOUNT:
        raise CloseRefused(
            "the merchant's consolidated receipts show every account (consolidated_lines = per_account); "
            "such a month is closed by an event `period_close` in a batch"
        )


async def _claim(db: WriteConnection, merchant_id: int, decoded: DecodedEvent, event_id: int) -> JobRow | None:
    """Take the event's key; the job that has it already. Raises CloseRefused when something else has it."""
    key = decoded.event.key
    known = await batches.claim_event_keys(db, merchant_id, [(key, event_id, decoded.body_hash)])
    if key not in known:
        return None
    if known[key] != decoded.body_hash:
        raise CloseRefused(f"an event with the key {key!r} and another content was accepted before")
    job_id = await close_jobs.job_of_event(db, merchant_id, key)
    if job_id is None:
        raise CloseRefused(f"the event {key!r} came in a batch: the month is closed")
    return await _there(db, merchant_id, job_id)


async def _check_book(db: WriteConnection, merchant_id: int, book: books.BookRow, request: CloseRequest) -> None:
    if request.period in book.closed_periods:
        raise CloseRefused(f"the period {request.period} is closed")
    if half := await close_jobs.half_closed(db, merchant_id):
        raise CloseRefused(f"the close of {half[0]} is not finished; months are closed one after another")


async def _there(db: WriteConnection, merchant_id: int, job_id: int) -> JobRow:
    job = await close_jobs.read_job(db, merchant_id, job_id)
    assert job is not None, "a job that this transaction has seen"
    return job


async def cancel_close(database: Database, intake: Intake, merchant_id: int, job_id: int) -> JobRow | None:
    """Stop a job before its next chunk; None: there is none of this id.

    Before the first chunk nothing has happened: the month is open again and the event's key is free. Later everything
    that was committed stays, receipts too; the job is STOPPED and may go on by ``resume_close``. Raises CloseRefused
    for a job that is over.
    """
    async with database.write() as db:
        job = await close_jobs.lock_job(db, merchant_id, job_id)
        if job is None:
            return None
        state = after(job.state, CloseEvent.STOPPED if job.has_begun else CloseEvent.CANCELLED_BEFORE)
        if state is None:
            raise CloseRefused(f"a job that is {job.state} cannot be cancelled")
        if state is CloseState.CANCELLED and not job.dry_run:
            await batches.free_event_keys(db, merchant_id, [job.event_key])
            await close_jobs.forget_event(db, job)
            book = await books.lock_book(db, merchant_id)
            opened = [period for period in book.closed_periods if period != job.period]
            await books.store_book(db, merchant_id, msgspec.structs.replace(book, closed_periods=opened))
        over = intake.clock.now() if state is CloseState.CANCELLED else None
        await close_jobs.move_job(db, job, state, finished_at=over)
        return await _there(db, merchant_id, job_id)


async def resume_close(
    database: Database, intake: Intake, merchant_id: int, job_id: int, *, runner: int | None = None
) -> JobRow | None:
    """Let a job that was stopped or failed go on; one at work is left alone, or becomes the runner's.

    None: there is none of this id. Raises CloseRefused for a job that is over.
    """
    async with database.write() as db:
        job = await close_jobs.lock_job(db, merchant_id, job_id)
        if job is None:
            return None
        state = after(job.state, CloseEvent.RESUMED)
        if state is None and job.state not in (CloseState.RUNNING, CloseState.PREVIEWING):
            raise CloseRefused(f"a job that is {job.state} cannot go on")
        if state is not None or runner is not None:
            until = None if runner is None else intake.clock.now() + LEASE
            await close_jobs.move_job(db, job, state or job.state, runner=runner, until=until)
        return await _there(db, merchant_id, job_id)


async def fail_close(database: Database, job: JobRow, reason: str) -> JobRow | None:
    """Write down why a job cannot go on; a job that was moved meanwhile is left as it is."""
    async with database.write() as db:
        now = await close_jobs.lock_job(db, job.merchant_id, job.id)
        if now is None:
            return None
        state = after(now.state, CloseEvent.FAILED)
        if state is not None:
            await close_jobs.move_job(db, now, state, error=reason)
        return await _there(db, job.merchant_id, job.id)
