"""Days of which only the total is known, as one document each (FFD 1.05 under the policy ``per_day_total``).

The books stay as they are: nobody knows whose the payments were. A day is restored once; when its document was
cancelled, once more. Order of locks: corrections of the merchant, the event's key.
"""

import asyncio
import hashlib
from typing import Final

import msgspec

from accounting.receipts.books import Books
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.checks.control import Control
from accounting.receipts.compute import compute
from accounting.receipts.corrections.events import DayTotalRestoration
from accounting.receipts.errors import EventError
from accounting.receipts.wording import translated
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.batch import Problem
from fiscal_server.intake.correction_orders import CorrectionRejected, DayTotalOrder, mistakes_of_order
from fiscal_server.intake.correction_plans import CorrectionPlan, Planned, plan, unsound_documents
from fiscal_server.intake.correction_routes import route_of_order, unfit_cassette
from fiscal_server.intake.corrections import Asked, in_one_transaction, keep_order, known_order, order_row
from fiscal_server.intake.days import FIRST_ACT
from fiscal_server.intake.issued_receipts import DAY_TOTAL
from fiscal_server.intake.store import new_receipt
from fiscal_server.storage import batches, corrections, receipts
from fiscal_server.storage.corrections import CorrectionKind
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.pool import Database, WriteConnection

DAY_RESTORED: Final = "day_restored"
KEY: Final = "day-total|"
"""Before the day: the key of its event; ``|2`` behind it after one whose document was cancelled."""


class JudgedDayTotal(msgspec.Struct, frozen=True):
    """An order computed: the plan of its document, or what stands against it."""

    planned: Planned
    event: DayTotalRestoration

    def problems(self) -> list[Problem]:
        """All that stands against it; empty when it may be carried out."""
        return [*self.planned.refused, *unsound_documents(self.planned, lambda _: "")]


class _Undo(Exception):
    """Ends the transaction of a preview."""


async def restore_day_total(database: Database, intake: Intake, asked: Asked, order: DayTotalOrder) -> int:
    """The id of the restoration: issued now, or under the same key before.

    Raises CorrectionRejected and IdempotencyConflict: then nothing was stored.
    """

    async def issue(db: WriteConnection) -> int:
        earlier = await known_order(db, asked, CorrectionKind.RESTORATION)
        if earlier is not None:
            return earlier
        judged = await _judge(db, intake, asked.merchant_id, order)
        if problems := judged.problems():
            raise CorrectionRejected(problems)
        return await _store(db, database, intake, asked, order, judged)

    return await in_one_transaction(database, issue)


async def preview_day_total(
    database: Database, intake: Intake, merchant_id: int, order: DayTotalOrder
) -> CorrectionPlan:
    """What ``restore_day_total`` would do, and why; nothing is stored."""
    judged: JudgedDayTotal | None = None
    try:
        async with database.write() as db:
            judged = await _judge(db, intake, merchant_id, order)
            raise _Undo
    except _Undo:
        pass
    assert judged is not None
    return await asyncio.to_thread(plan, judged.planned)


async def _judge(db: WriteConnection, intake: Intake, merchant_id: int, order: DayTotalOrder) -> JudgedDayTotal:
    today = intake.now().date()
    rules = stored_rules((await read_merchant(db, merchant_id)).rules)
    problems = mistakes_of_order(order, today) or await unfit_cassette(db, merchant_id, order.cassette, rules.ffd)
    if order.day < FIRST_ACT:
        problems.append(Problem("invalid", f"{order.day} is no day of a receipt", "day"))
    await corrections.hold_corrections(db, merchant_id)
    known = await corrections.day_totals(db, merchant_id, f"{KEY}{order.day}")
    if standing := [one.correction_id for one in known if one.stands]:
        reason = f"restoration {standing[-1]} restored this day: cancel it, if no device has begun it"
        problems.append(Problem(DAY_RESTORED, reason, "day"))
    event = order.event(f"{KEY}{order.day}|{len(known) + 1}" if known else f"{KEY}{order.day}")
    events = [] if problems else [event]
    outcome = compute(rules, Books(), events)
    problems += [_refusal(error) for error in outcome.errors]
    unsound = Control(rules, events).unsound(outcome.receipts)
    return JudgedDayTotal(Planned(rules, Books(), events, [], outcome, problems, unsound), event)


def _refusal(error: EventError) -> Problem:
    """What the rules refuse; that they want single payments is about no field of the order."""
    return Problem(error.code.value, translated(error.message), "" if error.field == "type" else error.field)


async def _store(
    db: WriteConnection, database: Database, intake: Intake, asked: Asked, order: DayTotalOrder, judged: JudgedDayTotal
) -> int:
    """The order, its event and its documents in the queue."""
    merchant_id, now, made = asked.merchant_id, intake.now(), judged.planned.outcome.receipts
    restoration_id, event_id, *ids = database.ids.take(2 + len(made))
    body = msgspec.json.encode(judged.event)
    digest = hashlib.sha256(body).digest()[:16]
    taken = await batches.claim_event_keys(db, merchant_id, [(judged.event.key, event_id, digest)])
    if taken:  # its documents were put away, or it was cancelled time and again
        raise CorrectionRejected([Problem(DAY_RESTORED, "this day was restored before", "day")])
    row = batches.EventRow(merchant_id, event_id, judged.event.key, DAY_TOTAL, None, restoration_id, body, now)
    await batches.add_events(db, [row])
    rows = [new_receipt(merchant_id, i, event_id, one, None, now) for i, one in zip(ids, made, strict=True)]
    await receipts.add_receipts(db, rows, await route_of_order(db, merchant_id, order.cassette))
    kept = order_row(restoration_id, asked, CorrectionKind.RESTORATION, order, ids, intake)
    await keep_order(db, database, asked, kept, [])
    return restoration_id
