"""Registered receipts corrected: an order becomes the documents of its plan, stored and queued in one transaction.

Order of locks: corrections of the merchant, accounts of the wrong receipts (by code), event keys, the queue.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final, TypeVar

import msgspec

from accounting.receipts.corrections.events import ReceiptCorrection
from fiscal_server.errors import IdempotencyConflict, OrderRefused
from fiscal_server.intake.accept import ATTEMPTS, TRY_AGAIN, Intake
from fiscal_server.intake.correction_judge import JudgedCorrection, judge_correction
from fiscal_server.intake.correction_orders import AnyOrder, CorrectionOrder, CorrectionRejected
from fiscal_server.intake.correction_plans import CorrectionPlan, plan
from fiscal_server.intake.correction_routes import route_of_order
from fiscal_server.intake.store import new_receipt
from fiscal_server.storage import batches, corrections, queue, receipts
from fiscal_server.storage.audit import AuditRow, add_audit
from fiscal_server.storage.corrections import CorrectionKind, CorrectionRow
from fiscal_server.storage.pool import Database, WriteConnection

EVENT_TYPE: Final = str(ReceiptCorrection.__struct_config__.tag)

T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True):
    """An order as it came. ``actor``, ``request_id``: for the audit."""

    merchant_id: int
    idempotency_key: str
    body: bytes
    actor: str
    request_id: str | None = None


class _Undo(Exception):
    """Ends the transaction of a preview."""


async def correct(database: Database, intake: Intake, asked: Asked, order: CorrectionOrder) -> int:
    """The id of the correction: issued now, or under the same key before.

    Raises CorrectionRejected and IdempotencyConflict: then nothing was stored.
    """

    async def issue(db: WriteConnection) -> int:
        earlier = await known_order(db, asked, CorrectionKind.CORRECTION)
        if earlier is not None:
            return earlier
        judged = await judge_correction(db, asked.merchant_id, order, _today(intake))
        if problems := judged.problems():
            raise CorrectionRejected(problems)
        return await _store(db, database, intake, asked, order, judged)

    return await in_one_transaction(database, issue)


async def preview_correction(
    database: Database, intake: Intake, merchant_id: int, order: CorrectionOrder
) -> CorrectionPlan:
    """What ``correct`` would do, and why: computed under the same locks, and nothing is stored."""
    judged: JudgedCorrection | None = None
    try:
        async with database.write() as db:
            judged = await judge_correction(db, merchant_id, order, _today(intake))
            raise _Undo
    except _Undo:
        pass
    assert judged is not None
    return await asyncio.to_thread(plan, judged.planned)


async def in_one_transaction(database: Database, work: Callable[[WriteConnection], Awaitable[T]]) -> T:
    """What the work answers, all of it stored or nothing; tried again where a batch would be."""
    for attempt in range(ATTEMPTS):
        try:
            async with database.write() as db:
                return await work(db)
        except TRY_AGAIN:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


async def known_order(db: WriteConnection, asked: Asked, kind: CorrectionKind) -> int | None:
    """The id of the order that came under this key before; waits for one of the merchant that is being stored.

    Raises IdempotencyConflict when it was another order.
    """
    await corrections.hold_corrections(db, asked.merchant_id)
    earlier = await corrections.correction_of_key(db, asked.merchant_id, asked.idempotency_key)
    if earlier is None:
        return None
    if earlier[1] != _body_hash(asked, kind):
        raise IdempotencyConflict(f"the key {asked.idempotency_key!r} came before with another body")
    return earlier[0]


async def keep_order(
    db: WriteConnection,
    database: Database,
    asked: Asked,
    row: CorrectionRow,
    corrected: list[tuple[int, int]],
) -> None:
    """The order, who gave it, and a word to the dispatchers."""
    await corrections.add_correction(db, row, corrected)
    said = msgspec.json.decode(row.body)
    replayed = said.pop("replay", None)
    if replayed is not None:
        said["events"] = len(replayed)
    await add_audit(
        db,
        asked.merchant_id,
        AuditRow(
            id=database.ids.next(),
            at=row.created_at,
            actor=asked.actor,
            action=f"{row.kind}.issue",
            object=f"{row.kind} {row.id}",
            after={**said, "documents": len(row.receipt_ids)},
            request_id=asked.request_id,
        ),
    )
    await queue.announce(db, asked.merchant_id)


def order_row(
    correction_id: int, asked: Asked, kind: CorrectionKind, order: AnyOrder, made: list[int], intake: Intake
) -> CorrectionRow:
    """An order as it is kept."""
    return CorrectionRow(
        merchant_id=asked.merchant_id,
        id=correction_id,
        kind=kind.value,
        idempotency_key=asked.idempotency_key,
        body_hash=_body_hash(asked, kind),
        body=msgspec.json.encode(order),
        receipt_ids=made,
        created_at=intake.clock.now(),
    )


def _body_hash(asked: Asked, kind: CorrectionKind) -> bytes:
    """What tells a repeat from another order under the same key."""
    return hashlib.sha256(kind.value.encode() + b"\0" + asked.body).digest()


def _today(intake: Intake) -> date:
    return intake.now().date()


async def _store(
    db: WriteConnection,
    database: Database,
    intake: Intake,
    asked: Asked,
    order: CorrectionOrder,
    judged: JudgedCorrection,
) -> int:
    """The order, an event for each wrong receipt, and the documents in the queue."""
    merchant_id, now = asked.merchant_id, intake.now()
    correction_id, *ids = database.ids.take(1 + len(judged.wrong))
    event_ids = dict(zip(judged.wrong, ids, strict=True))
    bodies = {event.key: msgspec.json.encode(event) for event in judged.planned.events}
    hashed = [(key, event_ids[key], hashlib.sha256(body).digest()[:16]) for key, body in bodies.items()]
    if taken := await batches.claim_event_keys(db, merchant_id, hashed):
        raise OrderRefused(f"an event of yours has the key {min(taken)!r}, which corrections need")
    accounts = {key: view.account_id for key, view in judged.wrong.items()}
    await batches.add_events(
        db,
        [
            batches.EventRow(merchant_id, event_ids[key], key, EVENT_TYPE, accounts[key], None, body, now)
            for key, body in bodies.items()
        ],
    )
    rows = [
        new_receipt(merchant_id, database.ids.next(), event_ids[one.event_key], one, accounts[one.event_key], now)
        for one in judged.planned.outcome.receipts
    ]
    await receipts.add_receipts(db, rows, await route_of_order(db, merchant_id, order.cassette))
    row = order_row(correction_id, asked, CorrectionKind.CORRECTION, order, [one.id for one in rows], intake)
    await keep_order(db, database, asked, row, [(view.id, event_ids[key]) for key, view in judged.wrong.items()])
    return correction_id
