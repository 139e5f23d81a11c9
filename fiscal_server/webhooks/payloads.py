"""What messages say. Everything comes from rows that never change, or was kept with the message: a message that is sent
again says the same to the byte."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipts import ReceiptView, read_receipts
from fiscal_server.storage.webhook_messages import ClaimedMessage, MessageKey, ToldBatch, batches_told
from fiscal_server.storage.webhooks import EventType

STATES: Final = {
    EventType.RECEIPT_REGISTERED: ReceiptState.REGISTERED,
    EventType.RECEIPT_CONFIRMED: ReceiptState.OFD_ACKED,
    EventType.RECEIPT_PARKED: ReceiptState.REFUSED,
    EventType.RECEIPT_CANCELLED: ReceiptState.CANCELLED,
}
"""Which state of a receipt a message tells; where the receipt stands by now, GET says."""

_DOCUMENTED: Final = (EventType.RECEIPT_REGISTERED, EventType.RECEIPT_CONFIRMED)


class DocumentData(msgspec.Struct, frozen=True):
    """What makes a receipt fiscalised. ``issued_at``: the register's local time, without a zone."""

    fn_number: str
    fd_number: int
    fiscal_sign: int
    issued_at: datetime
    shift_number: int | None
    number_in_shift: int | None
    emulated: bool


class ReceiptData(msgspec.Struct, frozen=True):
    """A receipt in the state that is told; the receipt itself is had by GET."""

    id: str
    state: str
    event_key: str
    account: str | None
    sign: int
    total_kopecks: int
    fiscal_document: DocumentData | None
    ofd_confirmed_at: datetime | None
    error: str | None


class BatchData(msgspec.Struct, frozen=True):
    """A batch and what was answered to it."""

    id: str
    idempotency_key: str
    events: int
    accepted: int
    duplicates: int
    rejected: int
    receipts: int


class Payload(msgspec.Struct, frozen=True):
    """The body. ``timestamp``: when it happened, not when it was sent."""

    type: str
    timestamp: datetime
    data: ReceiptData | BatchData | dict[str, Any]


_encode: Final = msgspec.json.Encoder().encode


async def write_bodies(
    db: ReadConnection, merchant_id: int, messages: Sequence[ClaimedMessage]
) -> dict[MessageKey, bytes]:
    """Bodies of messages; what has been dropped from the books meanwhile is missing."""
    by_source: dict[str, list[ClaimedMessage]] = defaultdict(list)
    for message in messages:
        by_source[message.type.partition(".")[0]].append(message)
    told: dict[MessageKey, Any] = {}
    if about := by_source.pop("receipt", []):
        ids = sorted({message.key.subject_id for message in about})
        views = {view.id: view for view in await read_receipts(db, merchant_id, ids)}
        told |= _told(about, views, _receipt_data)
    if about := by_source.pop("batch", []):
        batches = await batches_told(db, merchant_id, [message.key.subject_id for message in about])
        told |= _told(about, batches, _batch_data)
    for kept in by_source.values():
        told |= {message.key: message.detail for message in kept if message.detail is not None}
    return {
        message.key: _encode(Payload(message.type, message.happened_at.astimezone(UTC), told[message.key]))
        for message in messages
        if message.key in told
    }


def _told(
    messages: Sequence[ClaimedMessage], rows: dict[int, Any], data: Callable[[ClaimedMessage, Any], Any]
) -> dict[MessageKey, Any]:
    found = ((message, rows.get(message.key.subject_id)) for message in messages)
    return {message.key: data(message, row) for message, row in found if row is not None}


def _receipt_data(message: ClaimedMessage, view: ReceiptView) -> ReceiptData:
    return ReceiptData(
        id=str(view.id),
        state=STATES[message.type].value,
        event_key=view.event_key,
        account=view.account,
        sign=view.sign,
        total_kopecks=view.total_kopecks,
        fiscal_document=_document_data(view) if message.type in _DOCUMENTED else None,
        ofd_confirmed_at=view.acked_at if message.type is EventType.RECEIPT_CONFIRMED else None,
        error=(message.detail or {}).get("error"),
    )


def _document_data(view: ReceiptView) -> DocumentData | None:
    if view.fn_number is None:
        return None
    assert view.fd_number is not None
    assert view.fiscal_sign is not None
    assert view.issued_at is not None
    return DocumentData(
        view.fn_number,
        view.fd_number,
        view.fiscal_sign,
        view.issued_at,
        view.shift_number,
        view.number_in_shift,
        view.fn_number.startswith("9999"),
    )


def _batch_data(_: ClaimedMessage, row: ToldBatch) -> BatchData:
    return BatchData(
        id=str(row.id),
        idempotency_key=row.idempotency_key,
        events=row.events,
        accepted=row.accepted,
        duplicates=row.duplicates,
        rejected=row.rejected,
        receipts=row.receipts,
    )
