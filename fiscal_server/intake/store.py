"""What a computation changed, written in bulk inside the batch's transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from accounting.receipts.outcome import ComputedReceipt
from fiscal_server.intake.batch import DecodedEvent
from fiscal_server.intake.compute import Computation
from fiscal_server.storage import batches, books, kkts, ledger, receipts
from fiscal_server.storage.pool import Database, WriteConnection

RECEIPT_FORM = 3
CORRECTION_FORM = 31


async def store_computation(
    db: WriteConnection,
    database: Database,
    merchant_id: int,
    batch_id: int | None,
    computation: Computation,
    accepted: Sequence[DecodedEvent],
    now: datetime,
) -> dict[str, list[str]]:
    """Events, ledgers, settlements, receipts and their places in the queue; gives receipt ids by event key."""
    ids = computation.account_ids
    outcome = computation.outcome
    await batches.add_events(
        db,
        [
            batches.EventRow(
                merchant_id, one.id, one.event.key, tag_of(one), ids.get(account_of(one)), batch_id, one.body, now
            )
            for one in accepted
        ],
    )
    event_ids = await _event_ids(db, merchant_id, computation, accepted)
    await ledger.store_accounts(db, merchant_id, {ids[code]: state for code, state in outcome.accounts.items()})
    await _store_book(db, merchant_id, computation)
    await receipts.add_settlements(
        db,
        merchant_id,
        [
            (database.ids.next(), ids[row.account], event_ids[row.settlement.event_key], row.settlement)
            for row in outcome.settlements
        ],
    )
    cassette_id = await kkts.route_of_merchant(db, merchant_id)
    rows = [
        new_receipt(merchant_id, database.ids.next(), event_ids[one.event_key], one, ids.get(one.account or ""), now)
        for one in outcome.receipts
    ]
    await receipts.add_receipts(db, rows, cassette_id)
    made: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        made[row.event_key].append(str(row.id))
    return made


async def _event_ids(
    db: WriteConnection, merchant_id: int, computation: Computation, accepted: Sequence[DecodedEvent]
) -> dict[str, int]:
    """Event ids by key, those of earlier batches included: money that was held is receipted by a later computation."""
    known = {one.event.key: one.id for one in accepted}
    outcome = computation.outcome
    named = {one.event_key for one in outcome.receipts} | {one.settlement.event_key for one in outcome.settlements}
    if earlier := sorted(named - known.keys()):
        known |= await batches.event_ids(db, merchant_id, earlier)
    return known


def new_receipt(
    merchant_id: int, row_id: int, event_id: int, computed: ComputedReceipt, account_id: int | None, now: datetime
) -> receipts.NewReceipt:
    """A computed receipt as its row."""
    receipt = computed.receipt
    return receipts.NewReceipt(
        merchant_id=merchant_id,
        id=row_id,
        event_id=event_id,
        event_key=computed.event_key,
        account_id=account_id,
        form=RECEIPT_FORM if receipt.correction is None else CORRECTION_FORM,
        sign=receipt.sign,
        total_kopecks=receipt.total_kopecks,
        deadline=computed.deadline,
        consolidated=computed.consolidated,
        part=computed.part,
        register_group=computed.register_group,
        body=msgspec.msgpack.encode(receipt),
        created_at=now,
        due_on=due_on(computed, now.date()),
    )


def due_on(computed: ComputedReceipt, today: date) -> date | None:
    """The day at whose end a receipt is late, for its place in the queue.

    A deadline in days ends with its day. A receipt that the law wants at the settlement itself comes before all that is
    due today and behind what is late already: as if it had been due yesterday.
    """
    return today - timedelta(days=1) if computed.at_settlement else computed.deadline


def tag_of(decoded: DecodedEvent) -> str:
    """The event's type as it stands in JSON."""
    return str(decoded.event.__struct_config__.tag)


def account_of(decoded: DecodedEvent) -> str:
    """The account that an event names; empty when it names none."""
    account = getattr(decoded.event, "account", None)
    return account if isinstance(account, str) else ""


async def _store_book(db: WriteConnection, merchant_id: int, computation: Computation) -> None:
    outcome = computation.outcome
    after = books.BookRow(
        closed_periods=sorted(outcome.closed_periods),
        suspense=msgspec.to_builtins(outcome.suspense),
        held=msgspec.to_builtins(outcome.held),
        pending_refunds=msgspec.to_builtins(outcome.pending_refunds),
    )
    before = computation.book_before
    if msgspec.to_builtins(after) != msgspec.to_builtins(before):
        await books.store_book(db, merchant_id, after)
