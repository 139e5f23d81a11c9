"""Receipts: written once with their place in the queue, read with whatever has become of them."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from accounting.receipts.ledger import Settlement
from accounting.receipts.model import Receipt
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("receipts")

NO_DEADLINE = date.max
"""Stands in the queue for receipts whose deadline the law does not count in days."""


class NewReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A computed receipt."""

    merchant_id: int
    id: int
    event_id: int
    event_key: str
    account_id: int | None
    form: int
    sign: int
    total_kopecks: int
    deadline: date | None
    consolidated: str | None
    part: str | None
    register_group: str
    body: bytes  # MessagePack of accounting's Receipt
    created_at: datetime


class ReceiptView(msgspec.Struct, frozen=True):
    """A receipt with its state, its fiscal document and the operator's answer."""

    id: int
    event_key: str
    account_id: int | None
    account: str | None
    form: int
    sign: int
    total_kopecks: int
    deadline: date | None
    consolidated: str | None
    part: str | None
    register_group: str
    body: bytes
    created_at: datetime
    queue_state: str | None
    error: str | None
    fn_number: str | None
    fd_number: int | None
    fiscal_sign: int | None
    issued_at: datetime | None  # naive: the KKT's own clock
    shift_number: int | None
    number_in_shift: int | None
    recorded_at: datetime | None
    ofd_code: int | None
    acked_at: datetime | None

    @property
    def state(self) -> ReceiptState:
        """Where the receipt stands: in the queue, registered, or with the operator."""
        if self.queue_state is not None:
            return ReceiptState(self.queue_state)
        return ReceiptState.OFD_ACKED if self.ofd_code == 0 else ReceiptState.REGISTERED

    @property
    def receipt(self) -> Receipt:
        """The receipt itself."""
        return msgspec.msgpack.decode(self.body, type=Receipt)


async def add_receipts(db: WriteConnection, receipts: Sequence[NewReceipt], cassette_id: int | None) -> None:
    """Store receipts and queue them: QUEUED with a cassette, COMPUTED without one."""
    await db.copy_records_to_table(
        "receipt",
        schema_name="fiscal",
        columns=NewReceipt.__struct_fields__,
        records=[msgspec.structs.astuple(one) for one in receipts],
    )
    state = ReceiptState.COMPUTED if cassette_id is None else ReceiptState.QUEUED
    await db.copy_records_to_table(
        "queue",
        schema_name="fiscal",
        columns=("merchant_id", "receipt_id", "account_id", "cassette_id", "state", "deadline", "updated_at"),
        records=[
            (r.merchant_id, r.id, r.account_id, cassette_id, state.value, r.deadline or NO_DEADLINE, r.created_at)
            for r in receipts
        ],
    )


async def add_settlements(
    db: WriteConnection, merchant_id: int, rows: Sequence[tuple[int, int, int, Settlement]]
) -> None:
    """Rows of (id, account id, event id, settlement)."""
    await db.copy_records_to_table(
        "settlement",
        schema_name="fiscal",
        columns=("merchant_id", "id", "account_id", "event_id", "body"),
        records=[(merchant_id, i, account, event, msgspec.msgpack.encode(body)) for i, account, event, body in rows],
    )


async def read_receipt(db: ReadConnection, merchant_id: int, receipt_id: int) -> ReceiptView | None:
    """One receipt; None when the merchant has none of this id."""
    row = await db.fetchrow(SQL["read_receipt"], merchant_id, receipt_id)
    return None if row is None else ReceiptView(*row)


async def list_receipts(
    db: ReadConnection, merchant_id: int, *, before: int, account: str | None, state: str | None, limit: int
) -> list[ReceiptView]:
    """A page, newest first, of receipts whose id is below ``before``."""
    rows = await db.fetch(SQL["list_receipts"], merchant_id, before, account, state, limit)
    return [ReceiptView(*row) for row in rows]
