"""Books that know less than the FNs: merchants on hold, documents taken over from FNs, receipts found to be theirs."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.queue import Owner

SQL = load_queries("adoption")

_WAITING_A_PIECE: Final = 5_000


class Hold(msgspec.Struct, frozen=True):
    """A merchant that makes no receipts, and why."""

    merchant_id: int
    reason: str
    since: datetime


class KnownReceipt(msgspec.Struct, frozen=True):
    """A receipt that waits for its document, by its id."""

    id: int
    sign: int
    total_kopecks: int


class FoundDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document of an FN on its way into the books; ``id`` is the receipt's when it is one of ours."""

    id: int
    fd_number: int
    form: int
    fiscal_sign: int
    issued_at: datetime  # naive: the KKT's own clock
    opened_at: datetime  # aware: when a shift began that this document opens
    shift_number: int | None
    total_kopecks: int | None
    receipt_id: int | None


class UnlinkedReceipt(msgspec.Struct, frozen=True):
    """A receipt of an FN that the books do not know."""

    merchant_id: int
    fn_number: str
    fd_number: int
    inside: str | None
    sign: int
    total_kopecks: int
    tlv: bytes | None
    ffd: int


class WaitingReceipt(msgspec.Struct, frozen=True):
    """A receipt that waits, with its packed body."""

    id: int
    sign: int
    total_kopecks: int
    body: bytes


Link = tuple[str, int, int]
"""FN number, FD number, and the receipt that the document is."""


async def hold_merchant(db: WriteConnection, merchant_id: int, reason: str, now: datetime) -> None:
    """No receipt of the merchant is claimed until its FNs were read."""
    await db.execute(SQL["hold_merchant"], merchant_id, reason, now)


async def held_merchants(db: ReadConnection | WriteConnection, merchant_id: int | None = None) -> list[Hold]:
    """Those on hold; one of them, or all."""
    return [Hold(*row) for row in await db.fetch(SQL["held_merchants"], merchant_id)]


async def release_merchant(db: WriteConnection, hold: Hold) -> bool:
    """Receipts are claimed again; False when the merchant was put on hold once more since ``hold`` was read."""
    return await db.fetchval(SQL["release_merchant"], hold.merchant_id, hold.since) is not None


async def find_receipt(db: WriteConnection, merchant_id: int, receipt_id: int) -> KnownReceipt | None:
    """The receipt whose id a document carries, locked; None when none of this id waits."""
    row = await db.fetchrow(SQL["find_receipt"], merchant_id, receipt_id)
    return None if row is None else KnownReceipt(*row)


async def adopt_document(db: WriteConnection, owner: Owner, document: FoundDocument, now: datetime) -> bool:
    """Take a document into the books; False when the KKT is no longer ours or another document came first."""
    moved = await db.fetchval(
        SQL["adopt_document"],
        owner.merchant_id,
        owner.kkt_id,
        document.id,
        document.fd_number,
        document.form,
        document.fiscal_sign,
        document.issued_at,
        document.shift_number,
        document.total_kopecks,
        document.opened_at,
        document.receipt_id,
        now,
        owner.generation,
    )
    return moved is not None


async def has_document(db: WriteConnection, owner: Owner, fn_number: str, fd_number: int) -> bool:
    """Whether a person has settled this document before its FN was read."""
    return bool(await db.fetchval(SQL["has_document"], owner.merchant_id, fn_number, fd_number))


async def note_adopted(db: WriteConnection, receipt: UnlinkedReceipt, now: datetime) -> None:
    """Keep a receipt of an FN that the books do not know."""
    values = msgspec.structs.astuple(receipt)[:-1]
    await db.execute(SQL["note_adopted"], *values, now)


async def unlinked_receipts(
    db: ReadConnection | WriteConnection, merchant_id: int | None = None
) -> list[UnlinkedReceipt]:
    """Receipts of FNs that belong to none of ours, and that nobody has accepted."""
    return [UnlinkedReceipt(*row) for row in await db.fetch(SQL["unlinked_receipts"], merchant_id)]


async def alike_waiting(
    db: ReadConnection, merchant_id: int, alike: Collection[tuple[int, int]]
) -> AsyncIterator[WaitingReceipt]:
    """Receipts that wait, of these signs and sums, oldest first; they are read a piece at a time."""
    signs, totals = ([pair[n] for pair in alike] for n in (0, 1))
    after, rows = 0, _WAITING_A_PIECE
    while rows == _WAITING_A_PIECE:
        found = await db.fetch(SQL["alike_waiting"], merchant_id, signs, totals, after, _WAITING_A_PIECE)
        for row in found:
            yield WaitingReceipt(*row)
            after = row["id"]
        rows = len(found)


async def link_receipts(db: WriteConnection, merchant_id: int, links: Sequence[Link]) -> set[int]:
    """Documents are receipts' now; gives the receipts. Left out are those that wait no more, and documents that have
    their place by now."""
    fns, numbers, receipts = (list(column) for column in zip(*links, strict=True))
    await db.execute(SQL["hold_fns"], merchant_id, sorted(set(fns)))
    return {row["id"] for row in await db.fetch(SQL["link_receipts"], merchant_id, fns, numbers, receipts)}


async def accept_unlinked(db: WriteConnection, merchant_id: int, reason: str) -> None:
    """Let the rest stand without a receipt of ours."""
    await db.execute(SQL["accept_unlinked"], merchant_id, reason)
