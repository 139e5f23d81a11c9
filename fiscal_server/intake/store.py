"""What a computation changed, written in bulk inside the batch's transaction."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from accounting.receipts.books import PaymentRecord
from accounting.receipts.compute import Outcome
from accounting.receipts.corrections.corrector import KEY_PREFIX
from accounting.receipts.events import PaymentReversal
from accounting.receipts.outcome import ComputedReceipt
from fiscal_server.intake.batch import DecodedEvent
from fiscal_server.intake.bulk_store import BulkStore
from fiscal_server.intake.compute import Computation
from fiscal_server.intake.touched import account_of
from fiscal_server.storage import batches, books, kkts, ledger, notes, payments, queue, receipts, settlements
from fiscal_server.storage.pool import Database, WriteConnection
from fiscal_server.storage.settlements import NewSettlement, SettlementChanges, changes_of

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
    *,
    cassette_id: int | None = None,
) -> dict[str, list[str]]:
    """Everything that the computation answers; gives receipt ids by the keys that the receipts have.

    A receipt that a restoration makes belongs to the replayed event behind its key. ``cassette_id``: where receipts go
    that are not computed in bulk, as those of a restoration; None: where all of the merchant's go.
    """
    outcome, bulk = computation.outcome, computation.bulk
    made: dict[str, list[str]] = defaultdict(list)
    if bulk is not None:
        made |= await BulkStore(db, database, merchant_id, bulk, now).store(batch_id)
        done = {one.id for one in bulk.events}
        accepted = [one for one in accepted if one.id not in done]
    await batches.add_events(db, list(_events(merchant_id, batch_id, computation, accepted, now)))
    stored = {code: computation.accounts[code] for code in outcome.accounts}
    changes = {
        code: changes_of(stored[code].id, stored[code].settlements, state.settlements)
        for code, state in outcome.accounts.items()
    }
    event_ids = await _event_ids(db, merchant_id, outcome, changes, accepted)
    changed = {computation.accounts[code].id: state for code, state in outcome.accounts.items()}
    await ledger.store_accounts(db, merchant_id, changed)
    await _store_book(db, merchant_id, computation)
    await settlements.change_settlements(db, merchant_id, list(changes.values()))
    added = [
        NewSettlement(database.ids.next(), computation.accounts[code].id, event_ids[row.event_key], row)
        for code, one in changes.items()
        for row in one.added
    ]
    await settlements.add_settlements(db, merchant_id, added)
    await _store_payments(db, merchant_id, computation, accepted, event_ids)
    await notes.add_notes(db, list(_notes(database, merchant_id, computation, event_ids)))
    await _withdraw(db, merchant_id, computation, now)
    rows = [
        new_receipt(
            merchant_id,
            database.ids.next(),
            event_ids[_source_of(one.event_key, event_ids)],
            one,
            computation.account_id(one.account),
            now,
        )
        for one in outcome.receipts
    ]
    if rows:
        await receipts.add_receipts(db, rows, cassette_id or await kkts.route_of_merchant(db, merchant_id))
    for row in rows:
        made[row.event_key].append(str(row.id))
    return made


def _events(
    merchant_id: int, batch_id: int | None, computation: Computation, accepted: Sequence[DecodedEvent], now: datetime
) -> Iterator[batches.EventRow]:
    for one in accepted:
        account_id = computation.account_id(account_of(one.event, computation.payments))
        yield batches.EventRow(merchant_id, one.id, one.event.key, one.tag, account_id, batch_id, one.body, now)


async def _event_ids(
    db: WriteConnection,
    merchant_id: int,
    outcome: Outcome,
    changes: Mapping[str, SettlementChanges],
    accepted: Sequence[DecodedEvent],
) -> dict[str, int]:
    """Event ids by key, those of earlier batches included: money that was held is receipted by a later computation."""
    known = {one.event.key: one.id for one in accepted}
    named = {_source_of(one.event_key, known) for one in outcome.receipts}
    named |= {row.event_key for c in changes.values() for row in c.added}
    named |= outcome.payments.keys() | {row.event_key for row in outcome.unfiscalised}
    named |= {row.event_key for row in outcome.expected_foreign_receipts} | {row.event_key for row in outcome.anomalies}
    if earlier := sorted(named - known.keys()):
        known |= await batches.event_ids(db, merchant_id, earlier)
    return known


def _source_of(key: str, known: Mapping[str, int]) -> str:
    """The key of the event behind a receipt's key."""
    restored = key.removeprefix(KEY_PREFIX)
    return key if key in known or restored not in known else restored


async def _store_payments(
    db: WriteConnection,
    merchant_id: int,
    computation: Computation,
    accepted: Sequence[DecodedEvent],
    event_ids: Mapping[str, int],
) -> None:
    """Records of new payments, and marks on those that were taken back."""
    taken_back = {one.event.payment: one.id for one in accepted if isinstance(one.event, PaymentReversal)}
    new: list[tuple[int, int | None, int | None, PaymentRecord]] = []
    marks: list[tuple[int, int]] = []
    for key, record in computation.outcome.payments.items():
        earlier = computation.payments.get(key)
        if earlier is not None:
            marks.append((earlier.id, taken_back[key]))
        else:
            account_id = computation.account_id(record.account)
            new.append((event_ids[key], account_id, taken_back[key] if record.reversed else None, record))
    await payments.add_payments(db, merchant_id, new)
    await payments.mark_reversed(db, merchant_id, marks)


def _notes(
    database: Database, merchant_id: int, computation: Computation, event_ids: Mapping[str, int]
) -> Iterator[notes.Note]:
    outcome, ids = computation.outcome, database.ids
    for row in outcome.unfiscalised:
        account_id, event_id = computation.account_id(row.account), event_ids[row.event_key]
        yield notes.UnfiscalisedNote(merchant_id, ids.next(), event_id, account_id, row.reason, row.amount_kopecks)
    for one in outcome.expected_foreign_receipts:
        account_id, event_id = computation.account_id(one.account), event_ids[one.event_key]
        yield notes.ForeignReceiptNote(
            merchant_id,
            ids.next(),
            event_id,
            account_id,
            one.amount_kopecks,
            one.sign,
            one.agent_sign,
            one.supplier_inn,
        )
    for found in outcome.anomalies:
        account_id, event_id = computation.account_id(found.account), event_ids[found.event_key]
        yield notes.AnomalyNote(merchant_id, ids.next(), found.rule, event_id, account_id)


async def _withdraw(db: WriteConnection, merchant_id: int, computation: Computation, now: datetime) -> None:
    """Receipts of payments that were taken back before any was made; they have been held since the books were read."""
    ids = [row for key in computation.outcome.withdrawn for row in computation.withdrawable.get(key, ())]
    if ids:
        await queue.cancel_receipts(db, merchant_id, ids, now)


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
    """The day at whose end a receipt is late, for its place in the queue; ``today`` as people of the zone count days.

    A deadline in days ends with its day. A receipt that the law wants at the settlement itself comes before all that is
    due today and behind what is late already: as if it had been due yesterday.
    """
    return today - timedelta(days=1) if computed.at_settlement else computed.deadline


async def _store_book(db: WriteConnection, merchant_id: int, computation: Computation) -> None:
    before, outcome = computation.book_before, computation.outcome
    if before is None:
        return
    after = books.BookRow(
        closed_periods=sorted(outcome.closed_periods),
        suspense=msgspec.to_builtins(outcome.suspense),
        held=msgspec.to_builtins(outcome.held),
        pending_refunds=msgspec.to_builtins(outcome.pending_refunds),
    )
    if msgspec.to_builtins(after) != msgspec.to_builtins(before):
        await books.store_book(db, merchant_id, after)
