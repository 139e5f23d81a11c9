"""Works on restorations of many events: piece after piece, each one transaction with the job's own row in it.

A piece is judged and stored as a restoration that somebody ordered by itself; how far the job has come is written in
the same transaction, under the lock of its row. Whoever is killed leaves whole pieces, and the next one goes on behind
them. Event keys are claimed by each piece, so nothing could be restored twice even so.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import structlog

from fiscal_server.intake.accept import ATTEMPTS, TRY_AGAIN, Intake
from fiscal_server.intake.batch import Problem
from fiscal_server.intake.closing import LEASE
from fiscal_server.intake.correction_orders import CorrectionRejected, RestorationOrder
from fiscal_server.intake.corrections import Asked
from fiscal_server.intake.restorations import EVENT_STORED, JudgedRestoration, issue_restoration, judge_restoration
from fiscal_server.storage import restoration_jobs
from fiscal_server.storage.close_states import AT_WORK, CloseEvent, CloseState, after
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, WriteConnection, may_pass
from fiscal_server.storage.restoration_jobs import RestorationJobRow

PROBLEMS_KEPT: Final = 1_000

log = structlog.get_logger(room="intake")


class _Undo(Exception):
    """Takes a judgement back: its claims and locks go with it."""


class _Piece(msgspec.Struct):
    """What has become of a piece. ``left``: of its events, those that may be restored."""

    left: RestorationOrder
    known: int = 0
    problems: list[Problem] = []
    documents: int = 0
    order_id: int | None = None


class Restorer:
    """Takes up jobs that nobody works on: those that the API began, and those of processes that died.

    ``on_piece`` hears how far a job is, just before that is committed.
    """

    def __init__(
        self, database: Database, intake: Intake, *, on_piece: Callable[[RestorationJobRow], None] | None = None
    ) -> None:
        self._database = database
        self._on_piece = on_piece
        self._intake = intake
        self._runner = database.ids.next()

    async def work(self) -> None:
        """Every job that is free, one after another."""
        while True:
            now = self._intake.clock.now()
            async with self._database.write() as db:
                taken = await restoration_jobs.take_restoration_job(db, self._runner, now, now + LEASE)
            if taken is None:
                return
            await self.run(*taken)

    async def run(self, merchant_id: int, job_id: int) -> None:
        """Work until the job is over, or is stopped. Raises what the database raises when it is away."""
        try:
            while await self.one_piece(merchant_id, job_id):
                pass
        except Exception as error:
            if isinstance(error, DATABASE_ERRORS) and may_pass(error):
                raise
            reason = f"{type(error).__name__}: {error}"
            log.error("restoration_failed", merchant=merchant_id, job=job_id, reason=reason, exc_info=error)
            async with self._database.write() as db:
                job = await restoration_jobs.lock_restoration_job(db, merchant_id, job_id)
                if job is not None and job.state in AT_WORK:
                    await self._end(db, job, CloseEvent.FAILED, reason)

    async def one_piece(self, merchant_id: int, job_id: int) -> bool:
        """Restore the next piece; False: the job does not go on here."""
        for attempt in range(ATTEMPTS):
            try:
                async with self._database.write() as db:
                    job = await restoration_jobs.lock_restoration_job(db, merchant_id, job_id)
                    return job is not None and job.state in AT_WORK and await self._go_on(db, job)
            except TRY_AGAIN:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    async def _go_on(self, db: WriteConnection, job: RestorationJobRow) -> bool:
        body = await restoration_jobs.read_piece(db, job)
        if body is None:
            await self._end(db, job, CloseEvent.ENDED)
            return False
        order = msgspec.json.decode(body, type=RestorationOrder)
        piece = await self._restored(db, job, order)
        places = {event.key: place for place, event in enumerate(order.replay, job.done)}
        problems = [msgspec.to_builtins(_in_job(one, places)) for one in piece.problems]
        kept = [*job.problems, *problems][:PROBLEMS_KEPT]
        if problems and job.on_error == "reject" and not job.dry_run:
            held = msgspec.structs.replace(job, problems=problems[:PROBLEMS_KEPT])
            await self._end(db, held, CloseEvent.FAILED, restoration_jobs.stopped_by(held.problems))
            return False
        after_it = msgspec.structs.replace(
            job,
            position=job.position + 1,
            done=job.done + len(order.replay),
            known=job.known + piece.known,
            refused=job.refused + len(piece.problems),
            documents=job.documents + piece.documents,
            problems=kept,
            order_ids=job.order_ids if piece.order_id is None else [*job.order_ids, piece.order_id],
        )
        await restoration_jobs.advance_restoration_job(db, after_it, self._runner, self._intake.clock.now() + LEASE)
        if self._on_piece is not None:
            self._on_piece(after_it)
        return True

    async def _restored(self, db: WriteConnection, job: RestorationJobRow, order: RestorationOrder) -> _Piece:
        """The piece as an order, without what cannot be restored. With a problem that stops the job nothing of it is
        stored."""
        piece = _Piece(order)
        while piece.left.replay:
            judged = await self._judged(db, job, piece, store=not piece.problems or job.on_error == "skip")
            if not judged:
                break
            by_key = Counter(one.key for one in judged if one.key is not None)
            piece.known += sum(one.code == EVENT_STORED for one in judged)
            piece.problems += [one for one in judged if one.code != EVENT_STORED]
            left = tuple(event for event in piece.left.replay if event.key not in by_key)
            if len(left) == len(piece.left.replay):
                raise CorrectionRejected(judged)  # what stands against the order as a whole
            piece.left = msgspec.structs.replace(piece.left, replay=left)
        return piece

    async def _judged(
        self, db: WriteConnection, job: RestorationJobRow, piece: _Piece, *, store: bool
    ) -> list[Problem]:
        """What stands against the piece; empty when it is stored, or in a preview could be."""
        try:
            async with db.transaction():
                judged = await judge_restoration(db, self._database, self._intake, job.merchant_id, piece.left)
                if judged.problems or job.dry_run or not store:
                    piece.documents = _documents(judged)
                    raise _Undo
                body = msgspec.json.encode(piece.left)
                name = f"restoration job {job.id}, piece {job.position}"
                asked = Asked(job.merchant_id, name, body, job.actor, job.request_id)
                row = await issue_restoration(db, self._database, self._intake, asked, piece.left, judged)
                piece.order_id, piece.documents = row.id, len(row.receipt_ids)
                return []
        except _Undo:
            return judged.problems
        except CorrectionRejected as refused:
            return refused.problems

    async def _end(
        self, db: WriteConnection, job: RestorationJobRow, event: CloseEvent, error: str | None = None
    ) -> None:
        state = after(job.state, event)
        assert state is not None, "a job at work may end and fail"
        over = None if state is CloseState.FAILED else self._intake.clock.now()
        await restoration_jobs.move_restoration_job(db, job, state, over=over, error=error)


def _documents(judged: JudgedRestoration) -> int:
    return 0 if judged.computation is None else len(judged.computation.outcome.receipts)


def _in_job(problem: Problem, places: Mapping[str, int]) -> Problem:
    """A problem with the place that its event has in the job's own list."""
    if problem.key is None or problem.key not in places:
        return problem
    return msgspec.structs.replace(problem, field=f"replay[{places[problem.key]}]{problem.field.partition(']')[2]}")
