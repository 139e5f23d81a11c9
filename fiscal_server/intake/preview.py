"""A batch tried out: what it would issue and why. Everything is done as for a real one, and then undone."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import msgspec

from accounting.receipts.explanation.explain import explain
from accounting.receipts.model import Receipt
from accounting.receipts.outcome import ComputedReceipt
from fiscal_server.intake.accept import BatchRequest, Intake, Judged, judge
from fiscal_server.intake.batch import BatchRejected, Problem, decode_batch
from fiscal_server.intake.close_totals import Totals
from fiscal_server.storage.pool import Database

MAX_EVENTS: Final = 1_000
"""Events of a preview: it goes by the plain rules, which can be explained."""

EXPLAINED: Final = 100
"""Receipts of a preview that are explained; the rest is answered without words."""


class PreviewReceipt(msgspec.Struct, frozen=True):
    """A receipt that would be issued. ``explanation``: why it looks as it does; null beyond the first 100."""

    event_key: str
    account: str | None
    total_kopecks: int
    deadline: date | None
    consolidated: str | None
    part: str | None
    explanation: str | None
    receipt: Receipt


class Preview(msgspec.Struct, frozen=True):
    """What a batch would do. ``totals``: its receipts by kind, method and VAT code. ``stored`` says it once more:
    nothing was."""

    accepted: int
    duplicates: int
    rejected: int
    problems: list[Problem]
    receipts: list[PreviewReceipt]
    totals: Totals = msgspec.field(default_factory=Totals)
    stored: bool = False


class _Undo(Exception):
    """Ends the transaction without a commit."""


async def preview_batch(database: Database, intake: Intake, request: BatchRequest) -> Preview:
    """What the batch would issue. Raises BatchRejected when it would be refused whole."""
    batch = decode_batch(request.body, request.form, request.on_error)
    if batch.size > MAX_EVENTS:
        raise BatchRejected([Problem("too_many_events", f"more than {MAX_EVENTS} events in a preview", "events")])
    judged: Judged | None = None
    try:
        async with database.write() as db:
            judged = await judge(db, database, intake, request.merchant_id, batch, in_bulk=False)
            raise _Undo
    except _Undo:
        pass
    assert judged is not None
    if judged.problems and batch.on_error == "reject":
        raise BatchRejected(judged.problems)
    totals = Totals()
    for one in judged.computation.outcome.receipts:
        totals.add("own" if one.consolidated is None else "consolidated", [one.receipt])
    return Preview(
        accepted=len(judged.accepted),
        duplicates=len(judged.duplicates),
        rejected=len(judged.problems),
        problems=judged.problems,
        receipts=await asyncio.to_thread(_receipts, judged),
        totals=totals,
    )


def _receipts(judged: Judged) -> list[PreviewReceipt]:
    computation = judged.computation
    events = [one.event for one in judged.accepted]
    answers = []
    for place, one in enumerate(computation.outcome.receipts):
        words = _words(judged, events, one) if place < EXPLAINED else None
        answers.append(
            PreviewReceipt(
                event_key=one.event_key,
                account=one.account,
                total_kopecks=one.receipt.total_kopecks,
                deadline=one.deadline,
                consolidated=one.consolidated,
                part=one.part,
                explanation=words,
                receipt=one.receipt,
            )
        )
    return answers


def _words(judged: Judged, events: Sequence[Any], receipt: ComputedReceipt) -> str | None:
    """None for money that was held by an earlier batch and is due now: its event is not in this one."""
    if receipt.event_key not in {event.key for event in events}:
        return None
    computation = judged.computation
    return explain(computation.rules, computation.given, events, computation.outcome, receipt).text()
