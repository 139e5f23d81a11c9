"""Past events that never came, replayed on the books as they stand; what they lack becomes correction receipts.

Everything goes in by one transaction, like a batch: events under their own keys, what they change in the books, and the
documents. Order of locks: corrections of the merchant, then those of a batch (``accept``).
"""

import asyncio
from datetime import date
from typing import Final

import msgspec

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.checks.control import Control
from accounting.receipts.codes import FfdVersion
from accounting.receipts.compute import compute
from accounting.receipts.events import AnyEvent, Restoration
from accounting.receipts.policy import RestorationGranularity
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.batch import BatchRejected, DecodedEvent, Problem
from fiscal_server.intake.compute import Computation, compute_events
from fiscal_server.intake.correction_orders import (
    CorrectionRejected,
    RestorationOrder,
    decoded_replay,
    in_replay,
    mistakes_of_order,
)
from fiscal_server.intake.correction_plans import CorrectionPlan, Planned, plan
from fiscal_server.intake.correction_routes import route_of_order, unfit_cassette
from fiscal_server.intake.corrections import Asked, in_one_transaction, keep_order, known_order, order_row
from fiscal_server.intake.store import store_computation
from fiscal_server.storage import batches, corrections
from fiscal_server.storage.corrections import CorrectionKind, CorrectionRow
from fiscal_server.storage.merchants import MerchantRow, read_merchant
from fiscal_server.storage.pool import Database, WriteConnection

ORDER_KEY: Final = "restoration"
"""Key of a restoration itself inside a computation; it is no event of the books."""


EVENT_STORED: Final = "event_stored"
"""Code of the problem that an event is in the books."""


class JudgedRestoration(msgspec.Struct, frozen=True):
    """An order computed. ``computation`` None: nothing could be."""

    events: list[DecodedEvent]
    computation: Computation | None
    restoring: Restoration
    problems: list[Problem]


class _Undo(Exception):
    """Ends the transaction of a preview."""


async def restore(database: Database, intake: Intake, asked: Asked, order: RestorationOrder) -> int:
    """The id of the restoration: issued now, or under the same key before.

    Raises CorrectionRejected, BatchRejected (the books cannot hold it) and IdempotencyConflict: nothing was stored.
    """

    async def issue(db: WriteConnection) -> int:
        earlier = await known_order(db, asked, CorrectionKind.RESTORATION)
        if earlier is not None:
            return earlier
        judged = await judge_restoration(db, database, intake, asked.merchant_id, order)
        return (await issue_restoration(db, database, intake, asked, order, judged)).id

    return await in_one_transaction(database, issue)


async def issue_restoration(
    db: WriteConnection,
    database: Database,
    intake: Intake,
    asked: Asked,
    order: RestorationOrder,
    judged: JudgedRestoration,
) -> CorrectionRow:
    """Store what was judged in this transaction. Raises CorrectionRejected when something stands against it."""
    if judged.problems or judged.computation is None:
        raise CorrectionRejected(judged.problems)
    restoration_id, now = database.ids.next(), intake.now()
    made = await store_computation(
        db,
        database,
        asked.merchant_id,
        restoration_id,
        judged.computation,
        judged.events,
        now,
        cassette_id=await route_of_order(db, asked.merchant_id, order.cassette),
    )
    receipts = sorted(int(one) for ids in made.values() for one in ids)
    row = order_row(restoration_id, asked, CorrectionKind.RESTORATION, order, receipts, intake)
    await keep_order(db, database, asked, row, [])
    return row


async def preview_restoration(
    database: Database, intake: Intake, merchant_id: int, order: RestorationOrder
) -> CorrectionPlan:
    """What ``restore`` would do, and why: computed under the same locks, and nothing is stored."""
    judged: JudgedRestoration | None = None
    rules = None
    try:
        async with database.write() as db:
            judged = await judge_restoration(db, database, intake, merchant_id, order)
            rules = _rules(await read_merchant(db, merchant_id))
            raise _Undo
    except _Undo:
        pass
    assert judged is not None
    assert rules is not None
    return await asyncio.to_thread(plan, _planned(judged, rules))


def _rules(merchant: MerchantRow) -> MerchantRules:
    return stored_rules(merchant.rules)


async def judge_restoration(
    db: WriteConnection, database: Database, intake: Intake, merchant_id: int, order: RestorationOrder
) -> JudgedRestoration:
    """The order computed under locks; what cannot be done is listed and left out."""
    today = intake.now().date()
    restoring = order.event(ORDER_KEY, ())
    merchant = await read_merchant(db, merchant_id)
    problems = mistakes_of_order(order, today) + _not_here(_rules(merchant))
    events, mistakes = decoded_replay(order.replay, today)
    problems += mistakes
    problems = problems or await unfit_cassette(db, merchant_id, order.cassette, _rules(merchant).ffd)
    if problems:
        return JudgedRestoration([], None, restoring, problems)
    await corrections.hold_corrections(db, merchant_id)
    ids = database.ids.take(len(events))
    given = [msgspec.structs.replace(one, id=i) for one, i in zip(events, ids, strict=True)]
    known = await batches.claim_event_keys(db, merchant_id, [(one.event.key, one.id, one.body_hash) for one in given])
    if known:
        return JudgedRestoration([], None, restoring, [_stored(one) for one in given if one.event.key in known])
    computation = await _compute(db, merchant, given, today, restoring)
    return JudgedRestoration(given, computation, restoring, [in_replay(one) for one in computation.problems])


async def _compute(
    db: WriteConnection, merchant: MerchantRow, events: list[DecodedEvent], today: date, restoring: Restoration
) -> Computation:
    try:
        return await compute_events(db, merchant, events, today, declared={}, restoring=restoring)
    except BatchRejected as whole:
        raise CorrectionRejected(whole.problems) from whole


def _not_here(rules: MerchantRules) -> list[Problem]:
    """One document for a day's payments could not be taken back payment by payment, which banks do."""
    by_day = rules.policies.restoration_granularity is RestorationGranularity.PER_DAY_TOTAL
    if not by_day or rules.ffd is not FfdVersion.FFD_1_05:
        return []
    reason = "payments are restored one by one here: set the policy restoration_granularity to per_payment"
    return [Problem("itemised_payments_required", reason, "")]


def _stored(one: DecodedEvent) -> Problem:
    reason = "this event is in the books, and its receipt with it"
    return in_replay(Problem(EVENT_STORED, reason, "key", one.index, one.event.key))


def _planned(judged: JudgedRestoration, rules: MerchantRules) -> Planned:
    computation = judged.computation
    if computation is None:
        return Planned(rules, Books(), [], [], compute(rules, Books(), []), judged.problems, {})
    refused = {problem.key for problem in judged.problems}
    replay = tuple(one.event for one in judged.events if one.event.key not in refused)
    events: list[AnyEvent] = [msgspec.structs.replace(judged.restoring, replay=replay)] if replay else []
    outcome, held = computation.outcome, computation.given.held
    unsound = Control(rules, events, held).unsound(outcome.receipts)
    return Planned(rules, computation.given, events, [], outcome, judged.problems, unsound)
