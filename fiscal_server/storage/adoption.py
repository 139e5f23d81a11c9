"""Books that know less than the FNs: merchants on hold, documents taken over from FNs, receipts found to be theirs."""

from datetime import datetime

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.queue import Owner

SQL = load_queries("adoption")


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


async def hold_merchant(db: WriteConnection, merchant_id: int, reason: str, now: datetime) -> None:
    """No receipt of the merchant is claimed until its FNs were read."""
    await db.execute(SQL["hold_merchant"], merchant_id, reason, now)


async def distrust_the_books(db: WriteConnection, reason: str, now: datetime) -> None:
    """After a restore: every merchant on hold, every lease forgotten, and every process of a node."""
    await db.execute(SQL["hold_everybody"], reason, now)
    await db.execute(SQL["forget_leases"])
    await db.execute(SQL["forget_nodes"])


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
    db: WriteConnection, merchant_id: int, sign: int, total_kopecks: int
) -> list[tuple[int, bytes]]:
    """Receipts that wait, of that sign and sum, oldest first: id and body."""
    return [(row["id"], row["body"]) for row in await db.fetch(SQL["alike_waiting"], merchant_id, sign, total_kopecks)]


async def link_receipt(db: WriteConnection, found: UnlinkedReceipt, receipt_id: int) -> bool:
    """The document is that receipt's; False when the receipt waits no more, or the document has its place by now."""
    await db.execute(SQL["hold_fn"], found.merchant_id, found.fn_number)
    values = (found.merchant_id, found.fn_number, found.fd_number, receipt_id)
    return await db.fetchval(SQL["link_receipt"], *values) is not None


async def accept_unlinked(db: WriteConnection, merchant_id: int, reason: str) -> None:
    """Let the rest stand without a receipt of ours."""
    await db.execute(SQL["accept_unlinked"], merchant_id, reason)
