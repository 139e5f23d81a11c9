"""Orders to nodes as rows: which devices are plugged in, and an FN that joins a cassette. The node carries them out."""

import contextlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from fiscal_server.errors import OrderRefused
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.registration_changes import Reason

SQL = load_queries("device_orders")

Line = Annotated[
    str, msgspec.Meta(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f]*[^\s\x00-\x1f][^\x00-\x1f]*\Z")
]


class DeviceOrderKind(StrEnum):
    """What a person may order of a node."""

    FIND_DEVICES = "find_devices"  # ask every free serial port and bridge whether an FN answers
    ADD_KKT = "add_kkt"  # register a new FN and put it into a cassette


class KktPapers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the new FN is, and what stands in the papers of its KKT and in the contract with its operator.

    ``replaces``: number of the FN that has ended in the same KKT; ``reasons``: what changes with it besides.
    """

    address: Line
    ofd_address: Line
    registration_number: Line  # 1037
    serial: Line
    ofd_inn: Line
    ofd_name: Line
    cassette: Line = "main"
    taxation_systems: Annotated[int, msgspec.Meta(ge=1, le=63)] | None = None  # 1062; None: the merchant's
    replaces: Line | None = None
    reasons: Annotated[tuple[Reason, ...], msgspec.Meta(max_length=len(Reason))] = ()


class OpenDeviceOrder(msgspec.Struct, frozen=True):
    """An order that waits for its node."""

    merchant_id: int
    id: int
    kind: DeviceOrderKind
    details: KktPapers | None
    asked_by: str
    reason: str


class DeviceOrderRow(msgspec.Struct, frozen=True):
    """An order as people see it; ``answer``: ``done`` with details, ``refused`` or ``failed`` with why."""

    id: int
    node: int
    kind: str
    details: Any
    asked_by: str
    reason: str
    created_at: datetime
    finished_at: datetime | None
    answer: Any


class NewDeviceOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is ordered of which node, by whom and why."""

    merchant_id: int
    id: int
    node: int
    kind: DeviceOrderKind
    details: KktPapers | None
    asked_by: str
    reason: str


async def add_device_order(db: WriteConnection, order: NewDeviceOrder, now: datetime) -> None:
    """``announce_kkts`` in the same transaction wakes the node. Raises OrderRefused: there is no such node at work."""
    details = None if order.details is None else msgspec.to_builtins(order.details)
    added = await db.fetchval(
        SQL["add_device_order"], order.merchant_id, order.id, order.node, order.kind.value, details, order.asked_by,
        order.reason, now,
    )  # fmt: skip
    if added is None:
        raise OrderRefused(f"there is no node {order.node}, or it has stopped")


async def open_device_orders(db: ReadConnection | WriteConnection, node: int) -> list[OpenDeviceOrder]:
    """What a node has not answered yet, oldest first. What a later version wrote waits for a node of that version."""
    found = []
    for row in await db.fetch(SQL["open_device_orders"], node):
        with contextlib.suppress(ValueError, msgspec.ValidationError):
            details = None if row["details"] is None else msgspec.convert(row["details"], KktPapers)
            found.append(OpenDeviceOrder(**{**row, "kind": DeviceOrderKind(row["kind"]), "details": details}))
    return found


async def answer_device_order(db: WriteConnection, order: OpenDeviceOrder, answer: Any, now: datetime) -> None:
    """The answer is kept as JSON."""
    await db.execute(SQL["answer_device_order"], order.merchant_id, order.id, now, answer)


async def list_device_orders(
    db: ReadConnection, merchant_id: int, order_id: int | None = None, limit: int = 20
) -> list[DeviceOrderRow]:
    """Newest first; one of them, or all."""
    return [DeviceOrderRow(*row) for row in await db.fetch(SQL["list_device_orders"], merchant_id, order_id, limit)]
