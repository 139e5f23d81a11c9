"""Finished receipts from elsewhere: each is an event of its own, stored once by its key, registered as it is."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from accounting.reconciliation.import_findings import ImportedReceipt
from fiscal_server.storage import batches, kkts, queue, receipts
from fiscal_server.storage.pool import Database

EVENT_TYPE = "finished_receipt"
RECEIPT_FORM = 3


async def store_finished(
    database: Database, merchant_id: int, found: Sequence[ImportedReceipt], now: datetime
) -> list[ImportedReceipt]:
    """Store those whose key is new, all in one transaction; gives them. Repeats are passed over."""
    bodies = {one.key: msgspec.msgpack.encode(one.receipt) for one in found}
    async with database.write() as db:
        ids = dict(zip(bodies, database.ids.take(len(bodies)), strict=True))
        hashed = [(key, ids[key], hashlib.sha256(body).digest()[:16]) for key, body in bodies.items()]
        known = await batches.claim_event_keys(db, merchant_id, hashed)
        fresh = [one for one in found if one.key not in known]
        cassette_id = await kkts.route_of_merchant(db, merchant_id)
        events = [
            batches.EventRow(merchant_id, ids[one.key], one.key, EVENT_TYPE, None, None, bodies[one.key], now)
            for one in fresh
        ]
        await batches.add_events(db, events)
        rows = [_row(database, merchant_id, ids[one.key], one, bodies[one.key], now) for one in fresh]
        await receipts.add_receipts(db, rows, cassette_id)
        await queue.announce(db, merchant_id)
    return fresh


def _row(
    database: Database, merchant_id: int, event_id: int, found: ImportedReceipt, body: bytes, now: datetime
) -> receipts.NewReceipt:
    return receipts.NewReceipt(
        merchant_id=merchant_id,
        id=database.ids.next(),
        event_id=event_id,
        event_key=found.key,
        account_id=None,
        form=RECEIPT_FORM,
        sign=found.receipt.sign,
        total_kopecks=found.receipt.total_kopecks,
        deadline=None,
        consolidated=None,
        part=None,
        register_group="",
        body=body,
        created_at=now,
    )
