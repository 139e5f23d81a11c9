"""What is ordered of a node: look which devices are plugged into it, register an FN and put it into a cassette.

The API touches no device: an order is a row, and the node answers it.
"""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import InvalidBody, Words, as_id, read_body
from fiscal_server.api.examples import NOON
from fiscal_server.api.idempotency import IdempotencyKey, Once
from fiscal_server.clock import Clock
from fiscal_server.intake.batch import Problem
from fiscal_server.storage.device_orders import (
    DeviceOrderKind,
    DeviceOrderRow,
    KktPapers,
    NewDeviceOrder,
    add_device_order,
    list_device_orders,
)
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.kkts import announce_kkts
from fiscal_server.storage.pool import Database


class DeviceOrderBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is ordered of which node, by whom and why; ``kkt`` belongs to add_kkt alone."""

    kind: DeviceOrderKind
    node: Annotated[int, msgspec.Meta(ge=0, le=1023)]
    asked_by: Words
    reason: Words
    kkt: KktPapers | None = None


class DeviceOrderAnswer(msgspec.Struct, frozen=True):
    """An order. ``answer`` is null until it was carried out; then it holds ``done``, ``refused`` or ``failed``."""

    id: str
    node: int
    kind: str
    asked_by: str
    reason: str
    created_at: datetime
    finished_at: datetime | None
    answer: dict[str, Any] | None


DEVICE_ORDER: Final = DeviceOrderAnswer(
    "370154790420480070", 0, "add_kkt", "Иванова И. И.", "новая память", NOON, NOON,
    {"done": {"fn_number": "9999078900000001"}},
)  # fmt: skip
PAPERS: Final = KktPapers(
    address="fn+tcp://10.0.0.5:7777?timezone=Europe/Moscow",
    ofd_address="ofd.example:7777",
    registration_number="0000000001041777",
    serial="00000001",
    ofd_inn="7700000000",
    ofd_name="ООО «Оператор»",
)


def _answer(row: DeviceOrderRow) -> DeviceOrderAnswer:
    return DeviceOrderAnswer(
        id=str(row.id),
        node=row.node,
        kind=row.kind,
        asked_by=row.asked_by,
        reason=row.reason,
        created_at=row.created_at,
        finished_at=row.finished_at,
        answer=row.answer,
    )


@post("/v1/device-orders", status_code=202, operation_id="PostDeviceOrder", tags=["kkts"], opt=needs(Scope.ADMIN))
async def post_device_order(
    request: Request[int, Any, State], state: State, idempotency_key: IdempotencyKey = None
) -> DeviceOrderAnswer:
    """Order of a node: find_devices, or add_kkt with `kkt`. The node answers later.

    An FN that joins a cassette is registered with the tax service's number for good.
    """
    body = await read_body(request, DeviceOrderBody)
    if (body.kkt is None) == (body.kind is DeviceOrderKind.ADD_KKT):
        raise InvalidBody(Problem("invalid", "belongs to add_kkt, and to it alone", "kkt"))
    database: Database = state["database"]
    clock: Clock = state["clock"]
    now = clock.now()
    order = NewDeviceOrder(
        merchant_id=request.user, id=database.ids.next(), node=body.node, kind=body.kind, details=body.kkt,
        asked_by=body.asked_by, reason=body.reason,
    )  # fmt: skip
    async with database.write() as db:
        once = Once(request, state, db, idempotency_key)
        if (earlier := await once.earlier(DeviceOrderAnswer)) is not None:
            return earlier
        await add_device_order(db, order, now)
        await announce_kkts(db)
        row = DeviceOrderRow(order.id, order.node, order.kind, None, order.asked_by, order.reason, now, None, None)
        await once.keep(_answer(row))
    return _answer(row)


@get("/v1/device-orders/{order_id:int}", operation_id="GetDeviceOrder", tags=["kkts"])
async def get_device_order(
    request: Request[int, Any, State], order_id: FromPath[int], state: State
) -> DeviceOrderAnswer:
    """One order to a node, and its answer once there is one."""
    async with state["database"].read() as db:
        found = await list_device_orders(db, request.user, as_id(order_id))
    if not found:
        raise NotFoundException(f"There is no order {order_id} to a node")
    return _answer(found[0])


HANDLERS = (post_device_order, get_device_order)
