"""Answers to requests with an Idempotency-Key, kept by the transaction that did what they say."""

from datetime import datetime, timedelta
from typing import Final

from fiscal_server.storage.pool import WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("idempotent_answers")
KEPT: Final = timedelta(days=7)
"""A client that repeats a request does so within minutes."""


async def claim_request(db: WriteConnection, merchant_id: int, key: str) -> tuple[bytes, bytes] | None:
    """(request hash, answer) of the request that had this key before; None: it is free, and ours in this
    transaction."""
    await db.execute(SQL["claim_request_key"], merchant_id, key)
    row = await db.fetchrow(SQL["find_idempotent_answer"], merchant_id, key)
    return None if row is None else (bytes(row["request_hash"]), bytes(row["answer"]))


async def keep_answer(
    db: WriteConnection, merchant_id: int, key: str, request_hash: bytes, answer: bytes, now: datetime
) -> None:
    """Remember what is answered."""
    await db.execute(SQL["keep_idempotent_answer"], merchant_id, key, request_hash, answer, now, now - KEPT)
