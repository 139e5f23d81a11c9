"""Endpoints of webhooks: where a merchant wants to hear of what, by which keys it is signed, whether it answers."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("webhooks")


class EventType(StrEnum):
    """What can be told."""

    RECEIPT_REGISTERED = "receipt.registered"
    RECEIPT_CONFIRMED = "receipt.confirmed"  # the operator has it
    RECEIPT_PARKED = "receipt.parked"  # the device refused it; a person must look
    RECEIPT_CANCELLED = "receipt.cancelled"
    BATCH_ACCEPTED = "batch.accepted"
    SLOT_FAULTY = "slot.faulty"
    ALARM_RAISED = "alarm.raised"
    ALARM_CLEARED = "alarm.cleared"
    WEBHOOK_DISABLED = "webhook.disabled"  # another endpoint of the merchant was given up
    WEBHOOK_TEST = "webhook.test"  # when a person asks for it


SUBSCRIBED: Final = tuple(kind for kind in EventType if kind is not EventType.WEBHOOK_TEST)
"""What an endpoint can ask for."""


class EndpointKey(msgspec.Struct, frozen=True):
    """An endpoint of a merchant."""

    merchant_id: int
    endpoint_id: int


class EndpointRow(msgspec.Struct, frozen=True):
    """An endpoint and how it does. ``failures``: rounds without a success since ``failing_since``."""

    id: int
    url: str
    description: str
    event_types: list[str]
    enabled: bool
    disabled_why: str | None
    failures: int
    failing_since: datetime | None
    retry_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime


class NewEndpoint(msgspec.Struct, frozen=True):
    """What somebody wants to hear, and where."""

    url: str
    description: str
    event_types: list[str]


class EndpointChange(msgspec.Struct, frozen=True):
    """What is None stays as it is."""

    url: str | None = None
    description: str | None = None
    event_types: list[str] | None = None
    enabled: bool | None = None


class DisabledEndpoint(msgspec.Struct, frozen=True):
    """An endpoint that was given up."""

    merchant_id: int
    id: int
    url: str
    why: str
    since: datetime


COUNTED: Final = 1_000
"""Messages of a troubled endpoint are counted up to this number."""


class TroubledEndpoint(msgspec.Struct, frozen=True):
    """An endpoint that a person should look at. ``overdue``: messages that have been tried for long; ``undelivered``:
    that are not tried any more; both up to ``COUNTED``."""

    merchant_id: int
    id: int
    url: str
    disabled_why: str | None
    overdue: int
    undelivered: int


async def troubled_endpoints(
    db: ReadConnection, overdue_before: datetime, undelivered_after: datetime, merchant_id: int | None = None
) -> list[TroubledEndpoint]:
    """Those of a merchant, or of all whose rows ``db`` shows."""
    rows = await db.fetch(SQL["troubled_endpoints"], merchant_id, overdue_before, undelivered_after, COUNTED)
    return [TroubledEndpoint(*row) for row in rows]


async def add_endpoint(db: WriteConnection, key: EndpointKey, new: NewEndpoint, now: datetime) -> None:
    """It hears of what happens from now on."""
    await db.execute(SQL["add_endpoint"], key.merchant_id, key.endpoint_id, *msgspec.structs.astuple(new), now)


async def list_endpoints(
    db: ReadConnection | WriteConnection, merchant_id: int, endpoint_id: int | None = None
) -> list[EndpointRow]:
    """All of a merchant, oldest first, or the one of this id."""
    return [EndpointRow(*row) for row in await db.fetch(SQL["read_endpoints"], merchant_id, endpoint_id)]


async def lock_endpoints(db: WriteConnection, merchant_id: int) -> None:
    """Nobody else adds an endpoint of the merchant until the end of the transaction."""
    await db.execute(SQL["lock_merchant_webhooks"], merchant_id)


async def change_endpoint(db: WriteConnection, key: EndpointKey, change: EndpointChange, now: datetime) -> bool:
    """Change it and forget its failures; False when there is none."""
    values = msgspec.structs.astuple(change)
    return await db.fetchval(SQL["change_endpoint"], key.merchant_id, key.endpoint_id, *values, now) is not None


async def delete_endpoint(db: WriteConnection, key: EndpointKey) -> bool:
    """With its keys and messages; False when there is none."""
    return await db.fetchval(SQL["delete_endpoint"], key.merchant_id, key.endpoint_id) is not None


async def add_secret(db: WriteConnection, key: EndpointKey, secret_id: int, secret: bytes, now: datetime) -> None:
    """One key more that signs."""
    await db.execute(SQL["add_secret"], key.merchant_id, key.endpoint_id, secret_id, secret, now)


async def expire_secrets(db: WriteConnection, key: EndpointKey, at: datetime) -> None:
    """The keys of today sign until ``at``."""
    await db.execute(SQL["expire_secrets"], key.merchant_id, key.endpoint_id, at)


async def signing_keys(db: ReadConnection | WriteConnection, key: EndpointKey, now: datetime) -> list[bytes]:
    """Those that sign now, the newest first."""
    rows = await db.fetch(SQL["keys_of_endpoint"], key.merchant_id, key.endpoint_id, now)
    return [bytes(row["key"]) for row in rows]


async def forget_expired_secrets(db: WriteConnection, now: datetime) -> None:
    """Keys that have been rotated away."""
    await db.execute(SQL["forget_expired_secrets"], now)


async def endpoints_with_work(db: ReadConnection, now: datetime) -> list[EndpointKey]:
    """Those that may be sent to and for which something is due."""
    return [EndpointKey(*row) for row in await db.fetch(SQL["endpoints_with_work"], now)]


async def note_success(db: WriteConnection, key: EndpointKey, now: datetime) -> None:
    """It took something."""
    await db.execute(SQL["note_success"], key.merchant_id, key.endpoint_id, now)


async def note_failure(db: WriteConnection, key: EndpointKey, now: datetime, retry_at: datetime) -> None:
    """It took nothing; nothing is sent before ``retry_at``."""
    await db.execute(SQL["note_failure"], key.merchant_id, key.endpoint_id, now, retry_at)


async def disable_endpoint(db: WriteConnection, key: EndpointKey, why: str, now: datetime) -> bool:
    """Give it up and tell the merchant's others; False when it was disabled already."""
    return await db.fetchval(SQL["disable_endpoint"], key.merchant_id, key.endpoint_id, why, now) is not None


async def disabled_endpoints(db: ReadConnection, merchant_id: int | None = None) -> list[DisabledEndpoint]:
    """Those that were given up."""
    return [DisabledEndpoint(*row) for row in await db.fetch(SQL["disabled_endpoints"], merchant_id)]
