"""Fiscal documents and what can be counted about them; reading only."""

from datetime import datetime

import msgspec

from fiscal_server.storage.pool import ReadConnection, one_row
from fiscal_server.storage.queries import load_queries

SQL = load_queries("documents")


class BookedDocument(msgspec.Struct, frozen=True):
    """A document as the books have it, with its receipt and the operator's answer.

    ``inside``: the receipt id that its document carries, another one than the receipt's if it was adopted by content.
    ``accepted``: why a receipt of an FN is let stand that is none of ours.
    """

    id: int
    form: int
    fd_number: int
    fiscal_sign: int
    issued_at: datetime  # naive: the KKT's own clock
    total_kopecks: int | None
    receipt_id: int | None
    sign: int | None
    body: bytes | None
    confirmation: int | None
    inside: str | None = None
    accepted: str | None = None


class ReceiptCounts(msgspec.Struct, frozen=True):
    """How many receipts reached each state."""

    computed: int
    registered: int
    ofd_acked: int


class SignCount(msgspec.Struct, frozen=True):
    """Receipts of one merchant, form and settlement sign."""

    merchant: str
    form: int
    sign: int
    receipts: int
    total_kopecks: int


class FnCount(msgspec.Struct, frozen=True):
    """Documents of one FN."""

    merchant_id: int
    cassette_id: int
    slot: int
    fn_number: str
    state: str
    documents: int
    receipts: int
    confirmed: int


async def documents_of_fn(
    db: ReadConnection, merchant_id: int, fn_number: str, first: int, last: int
) -> list[BookedDocument]:
    """Documents of one FN from FD ``first`` to FD ``last``, in order."""
    rows = await db.fetch(SQL["documents_of_fn"], merchant_id, fn_number, first, last)
    return [BookedDocument(*row) for row in rows]


async def unregistered_receipts(db: ReadConnection, merchant_id: int | None = None) -> list[int]:
    """Receipts that are neither registered nor queued: lost ones. There must be none."""
    return [row["id"] for row in await db.fetch(SQL["unregistered_receipts"], merchant_id)]


async def count_receipts(db: ReadConnection, merchant_id: int | None = None) -> ReceiptCounts:
    """How far receipts have come; of one merchant, or of all."""
    return ReceiptCounts(*await one_row(db, SQL["count_receipts"], merchant_id))


async def count_by_sign(db: ReadConnection) -> list[SignCount]:
    """Receipts by merchant and kind."""
    return [SignCount(*row) for row in await db.fetch(SQL["count_by_sign"])]


async def documents_per_fn(db: ReadConnection) -> list[FnCount]:
    """Documents by FN in the order of the slots."""
    return [FnCount(*row) for row in await db.fetch(SQL["documents_per_fn"])]


async def count_events(db: ReadConnection) -> int:
    """All events that were accepted."""
    return int(await db.fetchval(SQL["count_events"]))


async def count_rotations(db: ReadConnection) -> int:
    """Rotations from one slot to another."""
    return int(await db.fetchval(SQL["count_rotations"]))
