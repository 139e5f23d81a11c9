"""Orders to correct or restore taken back, while no device has begun any of their documents."""

from datetime import date

import msgspec

from accounting.receipts.events import Payment, PaymentReversal
from fiscal_server.errors import OrderRefused
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.batch import DecodedEvent, looked_at
from fiscal_server.intake.compute import compute_events
from fiscal_server.intake.correction_orders import RestorationOrder, stored_restoration
from fiscal_server.intake.corrections import in_one_transaction
from fiscal_server.intake.store import store_computation
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage import batches, corrections, queue, receipts
from fiscal_server.storage.audit import AuditRow, add_audit
from fiscal_server.storage.corrections import CorrectionKind, CorrectionRow
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.pool import Database, WriteConnection

KEY = "cancel|"
"""Before the id of a restoration and the place of a payment in it: the reversal that takes the payment back."""


class CancelAsked(msgspec.Struct, frozen=True):
    """Which order is to be taken back, and who says so."""

    merchant_id: int
    kind: CorrectionKind
    id: int
    actor: str
    request_id: str | None = None


async def cancel_order(database: Database, intake: Intake, asked: CancelAsked) -> bool:
    """Withdraw every document of an order; one that is cancelled stays so. False: the merchant has no such order.

    The payments of a restoration are taken back with it. Raises OrderRefused: nothing was done.
    """

    async def work(db: WriteConnection) -> bool:
        await corrections.hold_corrections(db, asked.merchant_id)
        row = await corrections.read_correction(db, asked.merchant_id, asked.id)
        if row is None or row.kind != asked.kind:
            return False
        views = await receipts.read_receipts(db, row.merchant_id, row.receipt_ids)
        if views and all(one.state is ReceiptState.CANCELLED for one in views):
            return True
        order = stored_restoration(row.body) if asked.kind is CorrectionKind.RESTORATION else None
        if isinstance(order, RestorationOrder):
            await _take_back(db, database, intake, row, order)
        else:
            await _withdraw(db, intake, row)
        await _keep(db, database, intake, asked)
        return True

    return await in_one_transaction(database, work)


async def _withdraw(db: WriteConnection, intake: Intake, row: CorrectionRow) -> None:
    held = await queue.hold_unmade(db, row.merchant_id, row.receipt_ids)
    for view in await receipts.read_receipts(db, row.merchant_id, row.receipt_ids):
        if view.id not in held and view.state is not ReceiptState.CANCELLED:
            raise OrderRefused(
                f"receipt {view.id} of it is {view.state.value}: what is made, or may be, can only be corrected again"
            )
    await queue.cancel_receipts(db, row.merchant_id, sorted(held), intake.clock.now())


async def _take_back(
    db: WriteConnection, database: Database, intake: Intake, row: CorrectionRow, order: RestorationOrder
) -> None:
    """The payments as if a bank had reversed them before their receipts."""
    if not all(isinstance(event, Payment) for event in order.replay):
        raise OrderRefused("it replayed more than payments: take back what is wrong by events of its own")
    now = intake.now()
    today = now.date()
    events = [_reversal(row.id, place, event.key, today) for place, event in enumerate(order.replay)]
    ids = database.ids.take(len(events))
    given = [msgspec.structs.replace(one, id=i) for one, i in zip(events, ids, strict=True)]
    keys = [(one.event.key, one.id, one.body_hash) for one in given]
    if await batches.claim_event_keys(db, row.merchant_id, keys):
        raise OrderRefused("it was taken back before")
    merchant = await read_merchant(db, row.merchant_id)
    computation = await compute_events(db, merchant, given, today, declared={}, in_bulk=False)
    if computation.problems:
        first = computation.problems[0]
        raise OrderRefused(f"payment {order.replay[first.index or 0].key}: {first.reason}")
    await store_computation(db, database, row.merchant_id, None, computation, given, now)


def _reversal(restoration_id: int, place: int, payment: str, today: date) -> DecodedEvent:
    event = PaymentReversal(
        key=f"{KEY}{restoration_id}|{place}", reversed_on=today, payment=payment, before_receipt=True
    )
    decoded = looked_at(place, event, may_hold_nul=False, ours=True)
    assert isinstance(decoded, DecodedEvent)
    return decoded


async def _keep(db: WriteConnection, database: Database, intake: Intake, asked: CancelAsked) -> None:
    row = AuditRow(
        id=database.ids.next(),
        at=intake.clock.now(),
        actor=asked.actor,
        action=f"{asked.kind.value}.cancel",
        object=f"{asked.kind.value} {asked.id}",
        request_id=asked.request_id,
    )
    await add_audit(db, asked.merchant_id, row)
