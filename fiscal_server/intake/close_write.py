"""What a chunk of a month close changed, and the consolidated receipts at its end, written."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from accounting.receipts.books import PendingRefund
from accounting.receipts.bulk.close import consolidated_receipts, consolidated_returns
from accounting.receipts.bulk.layout import CONSOLIDATED, RECEIPT, SETTLEMENT, rows
from accounting.receipts.outcome import ComputedReceipt
from fiscal_server.intake.close_chunk import ClosedChunk, ClosingRules, Kept, judge
from fiscal_server.intake.store import new_receipt
from fiscal_server.storage import books, kkts, ledger, receipts, settlements
from fiscal_server.storage.close_jobs import JobRow
from fiscal_server.storage.close_tables import ChunkWriter, in_order
from fiscal_server.storage.pool import Database, WriteConnection
from fiscal_server.storage.settlements import NewSettlement


class ChunkIds(msgspec.Struct, frozen=True):
    """Ids of what a chunk makes: the kernel's settlements and receipts, and the reference's."""

    settlements: list[int]
    own: list[int]
    others: list[int]
    other_settlements: list[int]


def take_ids(database: Database, closed: ClosedChunk) -> ChunkIds:
    """Taken chunk by chunk in their order, so that receipts stand in the order of accounts whoever writes first."""
    made = len(closed.answer.settlements) // len(SETTLEMENT)
    own, others = _in_order_of_accounts(database, closed, closed.reference.receipts if closed.reference else [])
    return ChunkIds(database.ids.take(made), own, others, database.ids.take(closed.settlements - made))


async def write_chunk(
    db: WriteConnection, rules: ClosingRules, job: JobRow, closed: ClosedChunk, ids: ChunkIds, now: datetime
) -> None:
    """Write it, but for the job's own row."""
    writer = ChunkWriter(db, closed.range, closed.ids, rules.texts)
    await writer.change_debts(rules.close.period, *closed.debts)
    await writer.change_lots(*closed.lots)
    table = rows()
    table.frombytes(memoryview(closed.answer.settlements).cast("B"))
    await writer.add_settlements(table, ids.settlements, job.event_id)
    cassette_id = await kkts.route_of_merchant(db, job.merchant_id)
    await writer.add_receipts(closed.own, ids.own, (job.event_id, job.event_key), cassette_id, now)
    if closed.reference is None:
        return
    await _write_states(db, job, closed, ids.other_settlements)
    accounts = {one.state.id: one.id for one in closed.declined.values()}
    new = [
        new_receipt(job.merchant_id, row_id, job.event_id, one, accounts[str(one.account)], now)
        for row_id, one in zip(ids.others, closed.reference.receipts, strict=True)
    ]
    await receipts.add_receipts(db, new, cassette_id)


def _in_order_of_accounts(
    database: Database, closed: ClosedChunk, others: Sequence[ComputedReceipt]
) -> tuple[list[int], list[int]]:
    """Ids of the kernel's receipts and of the reference's, as if one had made them all account by account."""
    own = closed.own.table[:: len(RECEIPT)].tolist()
    if not others:
        return database.ids.take(len(own)), []
    numbers = {one.state.id: number for number, one in closed.declined.items()}
    places = own + [numbers[str(one.account)] for one in others]
    ids = [0] * len(places)
    for place, row_id in zip(
        sorted(range(len(places)), key=places.__getitem__), database.ids.take(len(places)), strict=True
    ):
        ids[place] = row_id
    return ids[: len(own)], ids[len(own) :]


async def _write_states(db: WriteConnection, job: JobRow, closed: ClosedChunk, new_ids: Sequence[int]) -> None:
    assert closed.reference is not None
    states = {closed.declined[number].id: state for number, state in closed.reference.states.items()}
    await ledger.store_accounts(db, job.merchant_id, states)
    made = [(account_id, row) for account_id, state in states.items() for row in state.settlements]
    added = [
        NewSettlement(row_id, account_id, job.event_id, row)
        for row_id, (account_id, row) in zip(new_ids, made, strict=True)
    ]
    await settlements.add_settlements(db, job.merchant_id, added)


async def last_receipts(
    db: WriteConnection, rules: ClosingRules, kept: Kept, *, lock: bool
) -> tuple[list[ComputedReceipt], books.BookRow]:
    """The consolidated receipts of the whole month, returns of advances behind them; the book without those refunds.

    Raises CloseFailed when one of them must not go to a device.
    """
    parts = rows()
    parts.frombytes(kept.parts)
    for state in kept.open.values():
        parts.frombytes(state)
    width = len(CONSOLIDATED)
    lines = sorted(
        (parts[at : at + width].tolist() for at in range(0, len(parts), width)),
        key=lambda line: kept.order.index(line[0]),
    )
    groups = rules.covering(rows())[0].groups
    made = consolidated_receipts(rules.rules, groups, rules.close.key, [number for line in lines for number in line])
    book = await (books.lock_book if lock else books.read_book)(db, rules.merchant_id)
    refunds = msgspec.convert(book.pending_refunds, list[PendingRefund])
    accounts = await in_order(db, rules.merchant_id, sorted({one.account for one in refunds}))
    returns, left = consolidated_returns(rules.rules, rules.close, refunds, accounts)
    judge(rules, made + returns)
    after = books.BookRow(book.closed_periods, book.suspense, book.held, msgspec.to_builtins(left))
    return made + returns, after


async def write_last_receipts(
    db: WriteConnection,
    database: Database,
    job: JobRow,
    made: Sequence[ComputedReceipt],
    after: books.BookRow,
    now: datetime,
) -> None:
    """Store them and queue them."""
    new = [new_receipt(job.merchant_id, database.ids.next(), job.event_id, one, None, now) for one in made]
    await receipts.add_receipts(db, new, await kkts.route_of_merchant(db, job.merchant_id))
    await books.store_book(db, job.merchant_id, after)
