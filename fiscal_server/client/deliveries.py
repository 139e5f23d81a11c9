"""Answers of the server about what was sent to webhooks."""

from datetime import datetime

import msgspec


class Delivery(msgspec.Struct, frozen=True):
    """A message to an endpoint. ``state``: WAITING, DELIVERED, FAILED; ``status``, ``error``: of the last attempt."""

    message: str
    type: str
    state: str
    happened_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    finished_at: datetime | None
    status: int | None
    error: str | None


class DeliveryPage(msgspec.Struct, frozen=True):
    """Messages, newest first; ``next`` is the cursor of the following page."""

    deliveries: list[Delivery]
    next: str | None
