"""Orders to correct and to restore, each under a key that the same order gets again."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from fiscal_server.client.events import Batch, Json

RESTORED_EVENTS: Final = 1000
"""The most events of one restoration."""


def correction(receipts: Sequence[str], on: date, right: Json | None, details: Json) -> Batch:
    """Registered receipts that are wrong; ``right``: how the one should be."""
    return _order({"date": on, "receipts": list(receipts), "right": right, **details})


def restorations(events: Sequence[Json], on: date, details: Json, most_events: int) -> Iterator[Batch]:
    """Events in their order, cut into orders."""
    for place in range(0, len(events), most_events):
        yield _order({"date": on, "replay": list(events[place : place + most_events]), **details})


def day_total(day: date, tenders: Json, vat: Sequence[Json], on: date, details: Json) -> Batch:
    """A day of which only the total is known."""
    return _order({"date": on, "day": day, "tenders": tenders, "vat": list(vat), **details})


def restoration_job(events: Sequence[Json], on: date, details: Json) -> Batch:
    """All of them as one job."""
    return _order({"date": on, "replay": list(events), **details})


def _order(given: dict[str, Any]) -> Batch:
    """The key is made of the content: a program that died and sends the same again does nothing twice."""
    body = msgspec.json.encode(given)
    return Batch(hashlib.sha256(body).hexdigest(), body)
