"""Restorations of many events as jobs, as people move them: begun, cancelled, gone on with.

The events are looked at as a whole before anything begins and cut into pieces of ``MAX_REPLAYED``; each piece becomes a
restoration of its own (``restoration_runner``), with its documents and its evidence, in the order in which they came.
"""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec

from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.events import Event
from fiscal_server.errors import IdempotencyConflict, OrderRefused
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.correction_orders import (
    MAX_REPLAYED,
    CorrectionRejected,
    RestorationHead,
    RestorationOrder,
    decoded_replay,
    mistakes_of_order,
)
from fiscal_server.intake.correction_routes import unfit_cassette
from fiscal_server.intake.corrections import Asked
from fiscal_server.storage import restoration_jobs
from fiscal_server.storage.close_states import CloseEvent, CloseState, after
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.pool import Database, WriteConnection
from fiscal_server.storage.restoration_jobs import NewRestorationJob, RestorationJobRow

MAX_EVENTS: Final = 100_000


class RestorationJobOrder(RestorationHead, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Many past events, oldest first. ``on_error``: stop before a piece with an event that cannot be restored, or leave
    such events out. Events that are in the books already are passed over either way."""

    replay: Annotated[tuple[Event, ...], msgspec.Meta(min_length=1, max_length=MAX_EVENTS)]
    on_error: Literal["reject", "skip"] = "reject"
    dry_run: bool = False

    def pieces(self, size: int) -> Iterator[RestorationOrder]:
        """The orders that it is done by, of so many events each."""
        for start in range(0, len(self.replay), size):
            yield RestorationOrder(
                restored_on=self.restored_on,
                replay=self.replay[start : start + size],
                cassette=self.cassette,
                basis_document=self.basis_document,
                order=self.order,
            )


async def start_restoration(
    database: Database, intake: Intake, asked: Asked, order: RestorationJobOrder, *, piece: int = MAX_REPLAYED
) -> RestorationJobRow:
    """Begin a job, or a preview; the one that the same key began earlier comes back as it stands.

    Raises CorrectionRejected: something is wrong with the order or an event of it, whatever the books say; and
    IdempotencyConflict.
    """
    today = intake.now().date()
    problems = mistakes_of_order(order, today) + decoded_replay(order.replay, today)[1]
    if problems:
        raise CorrectionRejected(problems)
    body_hash = hashlib.sha256(asked.body).digest()
    async with database.write() as db:
        earlier = await restoration_jobs.job_of_key(db, asked.merchant_id, asked.idempotency_key)
        if earlier is not None:
            if earlier[1] != body_hash:
                raise IdempotencyConflict(f"the key {asked.idempotency_key!r} came before with another body")
            return await _there(db, asked.merchant_id, earlier[0])
        rules = stored_rules((await read_merchant(db, asked.merchant_id)).rules)
        if unfit := await unfit_cassette(db, asked.merchant_id, order.cassette, rules.ffd):
            raise CorrectionRejected(unfit)
        job = NewRestorationJob(
            merchant_id=asked.merchant_id,
            id=database.ids.next(),
            idempotency_key=asked.idempotency_key,
            body_hash=body_hash,
            dry_run=order.dry_run,
            on_error=order.on_error,
            state=CloseState.PREVIEWING if order.dry_run else CloseState.RUNNING,
            events=len(order.replay),
            actor=asked.actor,
            request_id=asked.request_id,
            started_at=intake.clock.now(),
        )
        await restoration_jobs.add_restoration_job(db, job, [msgspec.json.encode(one) for one in order.pieces(piece)])
        return await _there(db, job.merchant_id, job.id)


async def cancel_restoration_job(
    database: Database, intake: Intake, merchant_id: int, job_id: int
) -> RestorationJobRow | None:
    """Stop a job before its next piece; None: there is none of this id.

    What was restored stays: each piece is a restoration that is cancelled by itself. Raises OrderRefused for a job that
    is over.
    """
    async with database.write() as db:
        job = await restoration_jobs.lock_restoration_job(db, merchant_id, job_id)
        if job is None:
            return None
        state = after(job.state, CloseEvent.STOPPED if job.position else CloseEvent.CANCELLED_BEFORE)
        if state is None:
            raise OrderRefused(f"a job that is {job.state} cannot be cancelled")
        over = intake.clock.now() if state is CloseState.CANCELLED else None
        await restoration_jobs.move_restoration_job(db, job, state, over=over)
        return await _there(db, merchant_id, job_id)


async def resume_restoration_job(database: Database, merchant_id: int, job_id: int) -> RestorationJobRow | None:
    """Let a job that was stopped or failed go on with the piece at which it stands; one at work is left alone.

    None: there is none of this id. Raises OrderRefused for a job that is over.
    """
    async with database.write() as db:
        job = await restoration_jobs.lock_restoration_job(db, merchant_id, job_id)
        if job is None:
            return None
        state = after(job.state, CloseEvent.RESUMED)
        if state is None and job.state not in (CloseState.RUNNING, CloseState.PREVIEWING):
            raise OrderRefused(f"a job that is {job.state} cannot go on")
        if state is not None:
            anew = job if job.on_error == "skip" else msgspec.structs.replace(job, problems=[])
            await restoration_jobs.move_restoration_job(db, anew, state, over=None)
        return await _there(db, merchant_id, job_id)


async def _there(db: WriteConnection, merchant_id: int, job_id: int) -> RestorationJobRow:
    job = await restoration_jobs.read_restoration_job(db, merchant_id, job_id)
    assert job is not None, "a job that this transaction has seen"
    return job
