"""Webhooks as they are asked for and answered."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from fiscal_server.storage.webhooks import EndpointRow

Told = Literal[
    "receipt.registered",
    "receipt.confirmed",
    "receipt.parked",
    "receipt.cancelled",
    "batch.accepted",
    "slot.faulty",
    "alarm.raised",
    "alarm.cleared",
    "webhook.disabled",
]
Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2000, description="where messages are posted; https")]
Description = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\0]*\Z")]
Types = Annotated[list[Told], msgspec.Meta(min_length=1, max_length=50)]


class WebhookBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new endpoint. ``event_types``: null is all that this version tells."""

    url: Url
    description: Description = ""
    event_types: Types | None = None


class WebhookChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is null stays. Any change forgets the failures; ``enabled`` true also sends what has waited."""

    url: Url | None = None
    description: Description | None = None
    event_types: Types | None = None
    enabled: bool | None = None


class RotateSecretBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long the keys of today go on signing beside the new one."""

    overlap_hours: Annotated[int, msgspec.Meta(ge=0, le=720)] = 24


class WebhookAnswer(msgspec.Struct, frozen=True):
    """An endpoint and how it does. ``disabled_why``: null unless the server gave it up."""

    id: str
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


class WebhookCreated(msgspec.Struct, frozen=True):
    """``secret`` is shown here and never again."""

    webhook: WebhookAnswer
    secret: str


class SecretAnswer(msgspec.Struct, frozen=True):
    """A new key, shown here and never again; until ``old_until`` messages are signed by the old ones as well."""

    secret: str
    old_until: datetime


class TestAnswer(msgspec.Struct, frozen=True):
    """The message that is sent."""

    message: str


def webhook_answer(row: EndpointRow) -> WebhookAnswer:
    """An endpoint as it is answered."""
    return WebhookAnswer(str(row.id), *msgspec.structs.astuple(row)[1:])
