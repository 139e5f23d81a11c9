"""A chunk of accounts of a month close, read as tables of int64 and written as what has changed.

No row becomes an object here: both ways are binary COPY (``_receive``, ``_copy``); ``_differences`` finds what changed.
"""

from array import array
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from accounting.receipts.bulk.layout import DEBT, EXEMPT, LOT, RECEIPT, BookTables, DebtMark, Rows, rows
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage import copying, receipts
from fiscal_server.storage._receive import Plan, integers_and_texts, ledger_rows
from fiscal_server.storage.close_jobs import SQL
from fiscal_server.storage.copying import Column, copy_rows, pack_texts
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.tables import Dictionary, exempt_or_null, write_settlements

ACCOUNT_FIELDS = 9
NUMBER, DAY, MONTH, TEXT, FLAG = range(5)
"""Kinds of fields of a ``Plan``."""
RECEIPT_FORM = 3
_AT = {name: place for place, name in enumerate(RECEIPT)}


class ChunkRange(msgspec.Struct, frozen=True):
    """Accounts of a merchant with ids above ``after`` and up to ``last``."""

    merchant_id: int
    after: int
    last: int


class ChunkTables(msgspec.Struct, frozen=True):
    """The accounts' ids in order, their ledgers (``layout``; accounts by place), the rows' ordinals, the contacts."""

    ids: Any  # Rows
    books: BookTables
    debt_ordinals: Any  # Rows
    lot_ordinals: Any  # Rows
    contacts: Any  # PackedTexts


async def read_chunk(
    db: ReadConnection | WriteConnection,
    chunk: ChunkRange,
    services: Sequence[str],
    known_contact: bytes,
    *,
    lock: bool,
) -> ChunkTables:
    """The ledgers of a chunk; ``lock``: nobody else changes the accounts until the end of the transaction.

    ``services``: ids in the order of the catalogue. ``known_contact``: the packed text that becomes number 0.
    """
    scope = (chunk.merchant_id, chunk.after, chunk.last)
    accounts = await _copy_out(db, SQL["hold_chunk"] if lock else SQL["see_chunk"], *scope)
    found, starts, contacts = integers_and_texts(accounts, 2, known_contact)
    ids = found[0::3]
    names = [service.encode() for service in services]
    debts, debt_ordinals = ledger_rows(await _copy_out(db, SQL["chunk_debts"], *scope), _debt_plan(names), ids)
    lots, lot_ordinals = ledger_rows(await _copy_out(db, SQL["chunk_lots"], *scope), _lot_plan(names), ids)
    books = BookTables(_account_rows(found), debts, lots, rows(), rows())
    return ChunkTables(ids, books, debt_ordinals, lot_ordinals, (starts, contacts))


async def _copy_out(db: ReadConnection | WriteConnection, query: str, *arguments: object) -> bytearray:
    stream = bytearray()

    async def gather(data: bytes) -> None:
        stream.extend(data)

    await db.copy_from_query(query, *arguments, output=gather, format="binary")
    return stream


def _debt_plan(services: Sequence[bytes]) -> Plan:
    """From the columns of ``chunk_debts`` to ``layout.DEBT``."""
    fields: list[tuple[int, int, int, Sequence[bytes]]] = [
        _number(0), (TEXT, 1, -1, services), (MONTH, 2, 0, ()), (DAY, 3, 0, ()), _number(4), _number(5),
        (FLAG, 6, DebtMark.DELIVERED, ()), (FLAG, 6, DebtMark.CREDITED, ()), (FLAG, 6, DebtMark.OFF_BALANCE, ()),
        _number(7), _number(8), _number(9),
    ]  # fmt: skip
    return Plan(len(DEBT), fields)


def _lot_plan(services: Sequence[bytes]) -> Plan:
    """From the columns of ``chunk_lots`` to ``layout.LOT``."""
    exempt = [(name or "").encode() for name in EXEMPT]
    fields: list[tuple[int, int, int, Sequence[bytes]]] = [
        _number(0), (DAY, 1, 0, ()), _number(2), _number(3), _number(4), (TEXT, 5, -1, services), (TEXT, 6, 0, exempt),
    ]  # fmt: skip
    return Plan(len(LOT), fields)


def _number(place: int) -> tuple[int, int, int, Sequence[bytes]]:
    return NUMBER, place, 0, ()


def _account_rows(found: Rows) -> Rows:
    """Rows of ``layout.ACCOUNT`` with what a close looks at: marks and contact. The rest is none, dues 0."""
    count = len(found) // 3
    table = array("q", [-1]) * (count * ACCOUNT_FIELDS)
    nothing = array("q", bytes(8 * count))
    table[0::ACCOUNT_FIELDS] = array("q", range(count))
    table[1::ACCOUNT_FIELDS] = found[1::3]
    table[2::ACCOUNT_FIELDS] = nothing
    table[3::ACCOUNT_FIELDS] = nothing
    table[8::ACCOUNT_FIELDS] = found[2::3]
    return table


async def codes_of(db: ReadConnection | WriteConnection, merchant_id: int, ids: Sequence[int]) -> list[str]:
    """What billing systems call accounts."""
    return [row["code"] for row in await db.fetch(SQL["codes_of"], merchant_id, list(ids))]


async def in_order(db: WriteConnection, merchant_id: int, codes: Sequence[str]) -> list[str]:
    """Accounts in the order of a close."""
    return [row["code"] for row in await db.fetch(SQL["codes_in_order"], merchant_id, list(codes))]


class ChunkWriter:
    """Writes what a chunk's computation changed, inside the chunk's transaction. ``ids``: those of the accounts."""

    def __init__(self, db: WriteConnection, chunk: ChunkRange, ids: Rows, texts: Dictionary) -> None:
        self._db = db
        self._chunk = chunk
        self._ids = ids
        self._texts = texts

    async def change_debts(self, period: str, gone: Rows, new: Rows, totals: Rows) -> None:
        """All debts of the period that were not delivered go, and those of ``gone`` (account, ordinal).

        ``new``: rows of ``layout.DEBT``, ordinal and total behind. ``totals``: (account, ordinal, total) of rows that
        stay.
        """
        chunk = self._chunk
        await self._db.execute(SQL["take_due_debts"], chunk.merchant_id, chunk.after, chunk.last, period)
        if gone:
            await self._take(SQL["take_debts"], gone)
        await self._set_totals(SQL["set_debt_totals"], totals)
        width = len(DEBT) + 2
        columns: dict[str, Column] = {
            "merchant_id": copying.same_bigint(self._chunk.merchant_id),
            "account_id": copying.looked_up(0, self._ids),
            "ordinal": copying.integer(len(DEBT)),
            "off_balance": copying.flag(6, DebtMark.OFF_BALANCE),
            "service": copying.text(1, self._texts.services),
            "period": copying.text(2, self._texts.periods),
            "due_on": copying.day(3),
            "amount_kopecks": copying.bigint(4),
            "vat_code": copying.smallint(5),
            "delivered": copying.flag(6, DebtMark.DELIVERED),
            "credited": copying.flag(6, DebtMark.CREDITED),
            "volume_quantity_micro": copying.amount_or_null(7),
            "volume_price_micro": copying.amount_or_null(8),
            "volume_measure": copying.smallint(9),
            "account_total_kopecks": copying.amount_or_null(len(DEBT) + 1),
        }
        await copy_rows(self._db, "debt", width, columns, new)

    async def change_lots(self, gone: Rows, kept: Rows, new: Rows, totals: Rows) -> None:
        """``gone``, ``kept``: (account, ordinal) of all lots that there were; ``new``, ``totals``: as of debts.

        The shorter list is sent: naming a row costs more than deleting it.
        """
        if len(gone) <= len(kept) or not await self._take_all_but(kept, len(gone) // 2):
            await self._take(SQL["take_lots"], gone)
        await self._set_totals(SQL["set_lot_totals"], totals)
        width = len(LOT) + 2
        columns: dict[str, Column] = {
            "merchant_id": copying.same_bigint(self._chunk.merchant_id),
            "account_id": copying.looked_up(0, self._ids),
            "ordinal": copying.integer(len(LOT)),
            "received_on": copying.day(1),
            "amount_kopecks": copying.bigint(2),
            "vat_code": copying.smallint(3),
            "method": copying.smallint(4),
            "service": copying.text(5, self._texts.services),
            "exempt": copying.text(6, self._texts.exempt),
            "account_total_kopecks": copying.amount_or_null(len(LOT) + 1),
        }
        await copy_rows(self._db, "advance_lot", width, columns, exempt_or_null(new, 6, width))

    async def _set_totals(self, query: str, named: Rows) -> None:
        if not named:
            return
        accounts = [self._ids[place] for place in named[0::3]]
        chunk = self._chunk
        rest = (named[1::3].tolist(), named[2::3].tolist())
        await self._db.execute(query, chunk.merchant_id, chunk.after, chunk.last, accounts, *rest)

    async def _take_all_but(self, kept: Rows, count: int) -> bool:
        """Take lots of the whole range; False, and none is taken, when somebody has added an account in its middle."""
        attempt = self._db.transaction()
        await attempt.start()
        taken = await self._take(SQL["take_lots_but"], kept)
        await (attempt.commit if taken == count else attempt.rollback)()
        return taken == count

    async def _take(self, query: str, named: Rows) -> int:
        """Rows (account, ordinal); gives how many went."""
        accounts = [self._ids[place] for place in named[0::2]]
        chunk = self._chunk
        done = await self._db.execute(query, chunk.merchant_id, chunk.after, chunk.last, accounts, named[1::2].tolist())
        return int(done.removeprefix("DELETE "))

    async def add_settlements(self, table: Rows, new_ids: Sequence[int], event_id: int) -> None:
        """Rows of ``layout.SETTLEMENT`` of the one event that this close is."""
        merchant_id = self._chunk.merchant_id
        await write_settlements(self._db, merchant_id, self._ids, [event_id], new_ids, self._texts, table)

    async def add_receipts(
        self, own: "OwnReceipts", new_ids: Sequence[int], event: tuple[int, str], cassette_id: int | None, now: datetime
    ) -> None:
        """Receipts of single accounts with their places in the queue; ``event``: id and key."""
        if not new_ids:
            return
        merchant = copying.same_bigint(self._chunk.merchant_id)
        moment = copying.same_moment(now)
        account, identity = copying.looked_up(0, self._ids), copying.own(new_ids)
        columns: dict[str, Column] = {
            "merchant_id": merchant,
            "id": identity,
            "event_id": copying.same_bigint(event[0]),
            "event_key": copying.same_text(event[1]),
            "account_id": account,
            "form": copying.same_smallint(RECEIPT_FORM),
            "sign": copying.smallint(_AT["sign"]),
            "total_kopecks": copying.bigint(_AT["total"]),
            "deadline": copying.day(_AT["deadline"]),
            "register_group": copying.text(_AT["group"], pack_texts(own.groups)),
            "body": copying.piece(_AT["body_start"], own.bodies),
            "created_at": moment,
        }
        await copy_rows(self._db, "receipt", len(RECEIPT), columns, own.table)
        accounts = [self._ids[place] for place in own.table[:: len(RECEIPT)]]
        deadlines = [date.fromordinal(day) for day in own.table[_AT["deadline"] :: len(RECEIPT)]]
        await receipts.hasten_queue(self._db, self._chunk.merchant_id, dict(zip(accounts, deadlines, strict=True)))
        state = ReceiptState.COMPUTED if cassette_id is None else ReceiptState.QUEUED
        columns = {
            "merchant_id": merchant,
            "receipt_id": identity,
            "account_id": account,
            "state": copying.same_text(state.value),
            "deadline": copying.day(_AT["deadline"]),
            "updated_at": moment,
        }
        if cassette_id is not None:
            columns["cassette_id"] = copying.same_bigint(cassette_id)
        await copy_rows(self._db, "queue", len(RECEIPT), columns, own.table)


class OwnReceipts(msgspec.Struct, frozen=True):
    """Receipts of single accounts: rows of ``layout.RECEIPT``, their bodies, the register group behind each number."""

    table: Any  # memoryview of int64
    bodies: Any  # memoryview
    groups: list[str]
