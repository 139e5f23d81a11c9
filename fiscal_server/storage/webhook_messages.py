"""Messages of webhooks, the outbox: what is to be told to which endpoint, and what became of it.

A message is named by what it tells (subject, stage, number), not by an id of its own: told twice it is one message.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.webhooks import EndpointKey, EventType

SQL = load_queries("webhook_messages")


class MessageKey(msgspec.Struct, frozen=True, order=True):
    """What a message tells, beside its endpoint; messages of one subject are sent in this order."""

    subject_id: int
    stage: int
    nth: int


class ClaimedMessage(msgspec.Struct, frozen=True):
    """A message that is ours to send. ``tried_since``: of the first attempt since it was last begun anew."""

    key: MessageKey
    type: EventType
    happened_at: datetime
    tried_since: datetime
    detail: dict[str, Any] | None


class Attempt(msgspec.Struct, frozen=True):
    """What came of sending. ``due_at``: when it is tried again, while it waits."""

    key: MessageKey
    state: str
    due_at: datetime | None
    status: int | None
    error: str | None


class MessageRow(msgspec.Struct, frozen=True):
    """A message as people see it."""

    key: MessageKey
    type: str
    state: str
    happened_at: datetime
    due_at: datetime
    attempts: int
    status: int | None
    error: str | None
    finished_at: datetime | None


class ToldBatch(msgspec.Struct, frozen=True):
    """What is told of a batch."""

    id: int
    idempotency_key: str
    events: int
    accepted: int
    duplicates: int
    rejected: int
    receipts: int


class StandingAlarm(msgspec.Struct, frozen=True):
    """An alarm that stands now; zeros where it is no cassette's or no KKT's. ``id`` is for it if it is new."""

    id: int
    code: str
    cassette_id: int
    kkt_id: int
    severity: int
    detail: dict[str, Any]


async def tell_test(db: WriteConnection, endpoint: EndpointKey, subject_id: int, now: datetime) -> MessageKey:
    """A message that says nothing."""
    place = (endpoint.merchant_id, endpoint.endpoint_id, subject_id)
    await db.execute(SQL["tell_one"], *place, EventType.WEBHOOK_TEST, now, {"webhook": str(endpoint.endpoint_id)})
    return MessageKey(subject_id, 0, 0)


async def claim_messages(
    db: WriteConnection, endpoint: EndpointKey, now: datetime, until: datetime, limit: int
) -> list[ClaimedMessage]:
    """At most ``limit`` messages that are due, ours ``until`` then; the first unfinished one of each subject."""
    rows = await db.fetch(SQL["claim_messages"], endpoint.merchant_id, endpoint.endpoint_id, now, until, limit)
    return [ClaimedMessage(MessageKey(*row[:3]), EventType(row[3]), *row[4:]) for row in rows]


async def record_attempts(
    db: WriteConnection, endpoint: EndpointKey, attempts: Sequence[Attempt], now: datetime
) -> None:
    """Keep what came of messages."""
    place = (endpoint.merchant_id, endpoint.endpoint_id)
    rows = [
        (*place, *msgspec.structs.astuple(one.key), one.state, one.due_at, one.status, one.error, now)
        for one in attempts
    ]
    await db.executemany(SQL["record_attempt"], rows)


async def begin_anew(db: WriteConnection, endpoint: EndpointKey, now: datetime) -> None:
    """All that waits for an endpoint is due, with its whole time before it."""
    await db.execute(SQL["begin_anew"], endpoint.merchant_id, endpoint.endpoint_id, now)


async def replay_message(
    db: WriteConnection, endpoint: EndpointKey, key: MessageKey, now: datetime
) -> EventType | None:
    """Send it once more; gives its type, None when there is no such message."""
    place = (endpoint.merchant_id, endpoint.endpoint_id, key.subject_id, key.stage, key.nth)
    found = await db.fetchval(SQL["replay_message"], *place, now)
    return None if found is None else EventType(found)


async def replay_range(
    db: WriteConnection, endpoint: EndpointKey, since: datetime, until: datetime, state: str | None, now: datetime
) -> int:
    """Send once more what happened from ``since`` to before ``until``; gives how many."""
    place = (endpoint.merchant_id, endpoint.endpoint_id)
    done: str = await db.execute(SQL["replay_range"], *place, since, until, state, now)
    return int(done.rpartition(" ")[2])


async def newest_messages(
    db: ReadConnection,
    endpoint: EndpointKey,
    *,
    state: str | None,
    before: tuple[datetime, MessageKey],
    limit: int,
) -> list[MessageRow]:
    """A page, newest first, behind ``before``."""
    happened_at, key = before
    place = (endpoint.merchant_id, endpoint.endpoint_id, state, happened_at, *msgspec.structs.astuple(key))
    rows = await db.fetch(SQL["newest_messages"], *place, limit)
    return [MessageRow(MessageKey(*row[:3]), *row[3:]) for row in rows]


async def forget_messages(db: WriteConnection, before: datetime, limit: int) -> int:
    """Messages of long ago; gives how many, at most ``limit``."""
    done: str = await db.execute(SQL["forget_messages"], before, limit)
    return int(done.rpartition(" ")[2])


async def forget_orphans(db: WriteConnection) -> None:
    """Messages whose endpoint is gone."""
    await db.execute(SQL["forget_orphans"])


async def count_waiting_messages(db: ReadConnection) -> int:
    """Of all endpoints."""
    return int(await db.fetchval(SQL["count_waiting_messages"]))


async def batches_told(db: ReadConnection, merchant_id: int, ids: Sequence[int]) -> dict[int, ToldBatch]:
    """What messages about batches say, by id."""
    return {row["id"]: ToldBatch(*row) for row in await db.fetch(SQL["batches_told"], merchant_id, list(ids))}


async def listeners_to_alarms(db: ReadConnection) -> list[int]:
    """Merchants that want to hear of alarms."""
    return [row["merchant_id"] for row in await db.fetch(SQL["listeners_to_alarms"])]


async def try_alarm_turn(db: WriteConnection, merchant_id: int) -> bool:
    """Whether this transaction is the one that compares; another one is at it otherwise."""
    return bool(await db.fetchval(SQL["try_alarm_turn"], merchant_id))


async def tell_alarms(db: WriteConnection, merchant_id: int, alarms: Sequence[StandingAlarm], now: datetime) -> None:
    """Tell which alarms are new and which are over; ``alarms`` are all that stand now."""
    named = [[getattr(one, name) for one in alarms] for name in ("code", "cassette_id", "kkt_id", "severity")]
    ids, details = [one.id for one in alarms], [one.detail for one in alarms]
    await db.execute(SQL["raise_alarms"], merchant_id, ids, *named, details, now)
    await db.execute(SQL["clear_alarms"], merchant_id, *named, now)
