"""Orders to devices as rows: whoever holds the KKT's lease carries them out and answers."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from fiscal_server.errors import UnknownKkt
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("requests")

READ_ARCHIVE: Final = "read_archive"
"""No order: a reading for ``verify``."""


class OrderKind(StrEnum):
    """What a person may order of a KKT."""

    PAUSE = "pause"  # make no receipts; the next slot takes over
    RESUME = "resume"
    CLOSE_SHIFT = "close_shift"
    ROTATE = "rotate"  # give way to the next slot for good
    RETURN_TO_SERVICE = "return_to_service"  # a FAULTY slot whose FN agrees with the books
    TAKE_OUT = "take_out"  # its FN will never work again: the slot ends without it
    READ_REGISTRATION = "read_registration"  # say what the FN is registered with
    RE_REGISTER = "re_register"  # change that: ``details`` say to what and why


_KINDS: Final = frozenset(kind.value for kind in OrderKind)


class Order(msgspec.Struct, frozen=True):
    """An order that waits; ``details`` and ``progress`` as its kind has them, plain."""

    id: int
    kind: OrderKind
    asked_by: str
    reason: str
    created_at: datetime
    details: Any = None
    progress: Any = None


class OrderRow(msgspec.Struct, frozen=True):
    """An order as people see it; ``answer``: ``done`` with details, ``refused`` or ``failed`` with why."""

    id: int
    kkt_id: int
    kind: str
    asked_by: str
    reason: str
    created_at: datetime
    finished_at: datetime | None
    answer: Any


class RegistrationTold(msgspec.Struct, frozen=True):
    """An order about a registration, ``done`` of its answer; ``details``: what was ordered, None when it was read."""

    id: int
    kind: OrderKind
    finished_at: datetime
    details: Any
    done: Any


async def add_request(
    db: WriteConnection,
    request_id: int,
    merchant_id: int,
    kkt_id: int,
    kind: str,
    now: datetime,
    *,
    asked_by: str = "",
    reason: str = "",
    details: Any = None,
) -> None:
    """Ask for something; ``announce_kkts`` in the same transaction wakes who acts. Raises UnknownKkt."""
    added = await db.fetchval(SQL["add_request"], merchant_id, request_id, kkt_id, kind, now, asked_by, reason, details)
    if added is None:
        raise UnknownKkt(f"there is no KKT {kkt_id}")


async def open_readings(db: ReadConnection, merchant_id: int, kkt_id: int) -> list[int]:
    """Readings of the archive that wait, oldest first."""
    rows = await db.fetch(SQL["open_requests"], merchant_id, kkt_id)
    return [row["id"] for row in rows if row["kind"] == READ_ARCHIVE]


async def open_orders(db: ReadConnection | WriteConnection, merchant_id: int, kkt_id: int) -> list[Order]:
    """Orders that wait, oldest first. A kind of a later version waits for a node of that version."""
    rows = await db.fetch(SQL["open_requests"], merchant_id, kkt_id)
    return [Order(**{**row, "kind": OrderKind(row["kind"])}) for row in rows if row["kind"] in _KINDS]


async def list_orders(
    db: ReadConnection, merchant_id: int, kkt_id: int, order_id: int | None = None, limit: int = 100
) -> list[OrderRow]:
    """Orders to one KKT, newest first; one of them, or all."""
    return [OrderRow(*row) for row in await db.fetch(SQL["list_orders"], merchant_id, kkt_id, order_id, limit)]


async def finish_request(db: WriteConnection, merchant_id: int, request_id: int, answer: Any, now: datetime) -> None:
    """Answer an order; the answer is kept as JSON."""
    await db.execute(SQL["finish_request"], merchant_id, request_id, now, answer)


async def note_order_progress(db: WriteConnection, merchant_id: int, request_id: int, progress: Any) -> None:
    """Keep how far an order has come; it is kept as JSON."""
    await db.execute(SQL["note_order_progress"], merchant_id, request_id, progress)


async def note_progress(db: WriteConnection, merchant_id: int, request_ids: Sequence[int], progress: Any) -> set[int]:
    """Say how far orders have come; gives the ids of those that somebody still waits for."""
    rows = await db.fetch(SQL["note_progress"], merchant_id, list(request_ids), progress)
    return {row["id"] for row in rows}


async def read_request(db: ReadConnection, merchant_id: int, request_id: int) -> tuple[datetime | None, Any]:
    """When an order was carried out (None: not yet), and the answer, or how far it has come."""
    row = await db.fetchrow(SQL["read_request"], merchant_id, request_id)
    if row is None:
        raise LookupError(f"there is no request {request_id}")
    return row["finished_at"], row["answer"]


async def registration_as_told(db: ReadConnection, merchant_id: int, kkt_id: int) -> dict[OrderKind, RegistrationTold]:
    """The newest READ_REGISTRATION and the newest RE_REGISTER that were done."""
    rows = await db.fetch(SQL["registration_as_told"], merchant_id, kkt_id)
    told = [RegistrationTold(**{**row, "kind": OrderKind(row["kind"])}) for row in rows]
    return {one.kind: one for one in told}
