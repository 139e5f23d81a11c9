"""What people order of receipts that cannot go on by themselves: parked ones, and those whose device cannot be asked.

No device takes part, so nobody has to be waited for: one transaction compares where the receipt stands, moves it, and
keeps who did so, why and on what evidence, in a table that is only added to.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from fiscal_server.errors import OrderRefused
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage import queue
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.queue import DocumentRow, Owner

SQL = load_queries("receipt_orders")


class ReceiptOrderKind(StrEnum):
    """What a person may do with a receipt."""

    RETRY = "retry"  # REFUSED: send it again
    CANCEL = "cancel"  # REFUSED: it will not be made
    SETTLE_MADE = "settle_made"  # UNCERTAIN, or waits and was made by a lost FN: here is the document
    SETTLE_NOT_MADE = "settle_not_made"  # UNCERTAIN: the device has no such document


class Evidence(msgspec.Struct, frozen=True):
    """The document of a receipt that was made, as it stands on paper or at the operator.

    ``fn_number``: an FN that nobody will read any more made it (``verify --adopt --without``); None: the KKT that has
    the receipt in hand.
    """

    fd_number: int
    fiscal_sign: int
    issued_at: datetime  # naive: the KKT's own clock
    fn_number: str | None = None


class ReceiptOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One order of a person; ``evidence`` belongs to SETTLE_MADE alone."""

    id: int
    merchant_id: int
    receipt_id: int
    kind: ReceiptOrderKind
    asked_by: str
    reason: str
    evidence: Evidence | None = None


class ReceiptOrderRow(msgspec.Struct, frozen=True):
    """An order that was carried out."""

    id: int
    kind: str
    asked_by: str
    reason: str
    state_before: str
    error_before: str | None
    fn_number: str | None
    fd_number: int | None
    fiscal_sign: int | None
    issued_at: datetime | None
    created_at: datetime


_WAITING: Final = (ReceiptState.COMPUTED, ReceiptState.QUEUED, ReceiptState.REFUSED)


class _Standing(msgspec.Struct, frozen=True):
    """Where the receipt stands when its order is carried out; its row is locked."""

    state: ReceiptState
    kkt_id: int | None
    error: str | None
    form: int
    total_kopecks: int


class _Fenced(msgspec.Struct, frozen=True):
    fn_number: str
    last_fd: int
    generation: int = 0  # under which the order writes; a lost FN needs none


async def carry_out(db: WriteConnection, order: ReceiptOrder, now: datetime) -> ReceiptState:
    """Move the receipt and keep the order; gives where the receipt stands then.

    Raises OrderRefused: nothing was done.
    """
    if not order.asked_by.strip() or not order.reason.strip():
        raise OrderRefused("an order needs who gives it and why")
    match order.kind:
        case ReceiptOrderKind.RETRY:
            standing, fenced, reached = await _find(db, order, ReceiptState.REFUSED), None, ReceiptState.QUEUED
            await queue.retry_receipt(db, order.merchant_id, order.receipt_id, now)
        case ReceiptOrderKind.CANCEL:
            standing, fenced, reached = await _find(db, order, ReceiptState.REFUSED), None, ReceiptState.CANCELLED
            await queue.cancel_receipts(db, order.merchant_id, [order.receipt_id], now)
        case ReceiptOrderKind.SETTLE_NOT_MADE:
            standing, fenced = await _fence(db, order)
            assert standing.kkt_id is not None, "an UNCERTAIN receipt is in somebody's hands"
            await queue.release_receipt(db, order.merchant_id, order.receipt_id, standing.kkt_id, now)
            await queue.drop_intent(db, order.merchant_id, standing.kkt_id)
            reached = ReceiptState.QUEUED
        case ReceiptOrderKind.SETTLE_MADE if order.evidence is not None and order.evidence.fn_number is not None:
            standing = await _find(db, order, *_WAITING)
            fenced = await _record_found(db, order, order.evidence, standing, now)
            reached = ReceiptState.REGISTERED
        case ReceiptOrderKind.SETTLE_MADE:
            standing, fenced = await _fence(db, order)
            await _record(db, order, standing, fenced, now)
            reached = ReceiptState.REGISTERED
    await _keep(db, order, standing, fenced, now)
    await queue.announce(db, order.merchant_id)
    return reached


async def list_receipt_orders(db: ReadConnection, merchant_id: int, receipt_id: int) -> list[ReceiptOrderRow]:
    """What people did with a receipt, oldest first."""
    return [ReceiptOrderRow(*row) for row in await db.fetch(SQL["receipt_orders"], merchant_id, receipt_id)]


async def _find(db: WriteConnection, order: ReceiptOrder, *expected: ReceiptState) -> _Standing:
    row = await db.fetchrow(SQL["find_in_queue"], order.merchant_id, order.receipt_id)
    if row is None:
        raise OrderRefused(f"receipt {order.receipt_id} waits for nothing: it is registered, or there is none")
    if row["state"] not in expected:
        wanted = " or ".join(expected)
        raise OrderRefused(f"receipt {order.receipt_id} is {row['state']}: {order.kind} is for one that is {wanted}")
    return _Standing(ReceiptState(row["state"]), row["kkt_id"], row["error"], row["form"], row["total_kopecks"])


async def _fence(db: WriteConnection, order: ReceiptOrder) -> tuple[_Standing, _Fenced]:
    """Lock the KKT before the receipt, in the order of everybody who writes for a KKT."""
    kkt_id = await db.fetchval(SQL["kkt_of_receipt"], order.merchant_id, order.receipt_id)
    row = None if kkt_id is None else await db.fetchrow(SQL["fence_kkt"], order.merchant_id, kkt_id)
    standing = await _find(db, order, ReceiptState.UNCERTAIN)
    if row is None or standing.kkt_id != kkt_id:
        raise OrderRefused(
            f"receipt {order.receipt_id} is in the hands of a KKT that answers: it is asked, and what it says counts"
        )
    return standing, _Fenced(*row)


async def _record(
    db: WriteConnection, order: ReceiptOrder, standing: _Standing, fenced: _Fenced, now: datetime
) -> None:
    evidence = order.evidence
    if evidence is None:
        raise OrderRefused("a receipt that was made has an FD number, a fiscal sign and a time")
    if evidence.fd_number != fenced.last_fd + 1:
        raise OrderRefused(
            f"FD {evidence.fd_number} cannot be it: by the books FN {fenced.fn_number} made {fenced.last_fd} documents"
            f" before, so the receipt would be FD {fenced.last_fd + 1}"
        )
    assert standing.kkt_id is not None, "an UNCERTAIN receipt is in somebody's hands"
    document = DocumentRow(
        merchant_id=order.merchant_id,
        kkt_id=standing.kkt_id,
        id=order.receipt_id,
        form=standing.form,
        fn_number=fenced.fn_number,
        fd_number=evidence.fd_number,
        fiscal_sign=evidence.fiscal_sign,
        issued_at=evidence.issued_at,
        total_kopecks=standing.total_kopecks,
        receipt_id=order.receipt_id,
    )
    owner = Owner(order.merchant_id, standing.kkt_id, fenced.generation)
    (kkt,) = await queue.record_documents(db, [owner], [document], now)
    assert kkt.receipt_left, "KKT and receipt are locked and were compared"


async def _record_found(
    db: WriteConnection, order: ReceiptOrder, evidence: Evidence, standing: _Standing, now: datetime
) -> _Fenced:
    """A lost FN has made a receipt that waits: its document goes into the books, whatever the FN made besides."""
    row = await db.fetchrow(SQL["find_lost_fn"], order.merchant_id, evidence.fn_number, evidence.fd_number)
    if row is None:
        raise OrderRefused(
            f"FN {evidence.fn_number} is none that nobody will read any more: read it with `verify --adopt`, or state"
            " so with --without"
        )
    if evidence.fd_number <= row["last_fd"] or row["taken"]:
        raise OrderRefused(f"FD {evidence.fd_number} of FN {evidence.fn_number} is another document by the books")
    await db.execute(
        SQL["record_found"],
        order.merchant_id,
        order.receipt_id,
        row["kkt_id"],
        standing.form,
        evidence.fn_number,
        evidence.fd_number,
        evidence.fiscal_sign,
        evidence.issued_at,
        standing.total_kopecks,
        now,
    )
    return _Fenced(row["fn_number"], row["last_fd"])


async def _keep(
    db: WriteConnection, order: ReceiptOrder, standing: _Standing, fenced: _Fenced | None, now: datetime
) -> None:
    evidence = order.evidence if order.kind is ReceiptOrderKind.SETTLE_MADE else None
    await db.execute(
        SQL["record_receipt_order"],
        order.merchant_id,
        order.id,
        order.receipt_id,
        order.kind,
        order.asked_by,
        order.reason,
        standing.state,
        standing.error,
        standing.kkt_id,
        None if fenced is None else fenced.fn_number,
        None if evidence is None else evidence.fd_number,
        None if evidence is None else evidence.fiscal_sign,
        None if evidence is None else evidence.issued_at,
        now,
    )
