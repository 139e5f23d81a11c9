"""Cash registers of a merchant, and what people order of them. An order is a row: who holds the KKT acts."""

from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec
from litestar import Request, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import Words, as_id, read_body
from fiscal_server.api.idempotency import IdempotencyKey, Once
from fiscal_server.clock import Clock
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.kkts import SlotRow, announce_kkts, list_kkts
from fiscal_server.storage.pool import Database
from fiscal_server.storage.registration_changes import Reason, RegistrationChange
from fiscal_server.storage.requests import OrderKind, OrderRow, add_request, list_orders


class KktAnswer(msgspec.Struct, frozen=True):
    """A slot of a cassette with its KKT. ``fault``: a code, a colon, words; see the errors of slots."""

    id: str
    cassette: str
    slot: int
    state: str
    fn_number: str
    registration_number: str
    emulated: bool
    last_fd: int
    unconfirmed: int
    shift_number: int
    shift_opened_at: datetime | None
    documents_left: int | None
    valid_until: date | None
    fault: str | None
    unreachable_since: datetime | None
    paused_since: datetime | None


class OrderBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is ordered, by whom and why."""

    kind: Literal["pause", "resume", "close_shift", "rotate", "return_to_service", "take_out", "read_registration"]
    asked_by: Words
    reason: Words


class RegistrationChangeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a KKT is to be registered with from now on, who orders it and why."""

    registration: RegistrationChange
    asked_by: Words
    reason: Words


REGISTRATION_CHANGE: Final = RegistrationChange(
    reasons=(Reason.OFD,),
    user_name="ООО «Водоканал»",
    address="Москва, ул. Примерная, 1",
    place="https://pay.example",
    taxation_systems=1,
    ofd_inn="7700000000",
    ofd_name="ООО «Оператор»",
    ofd_address="ofd.example:7777",
    sender_email="receipts@pay.example",
)


class OrderAnswer(msgspec.Struct, frozen=True):
    """An order. ``answer`` is null until it was carried out; then it holds ``done``, ``refused`` or ``failed``."""

    id: str
    kkt: str
    kind: str
    asked_by: str
    reason: str
    created_at: datetime
    finished_at: datetime | None
    answer: dict[str, Any] | None


def kkt_answer(row: SlotRow) -> KktAnswer:
    """A slot as it is answered."""
    return KktAnswer(
        id=str(row.id),
        cassette=row.cassette,
        slot=row.slot,
        state=row.state,
        fn_number=row.fn_number,
        registration_number=row.registration_number,
        emulated=row.emulated,
        last_fd=row.last_fd,
        unconfirmed=row.last_fd - row.acked_fd,
        shift_number=row.shift_number,
        shift_opened_at=row.shift_opened_at,
        documents_left=row.documents_left,
        valid_until=row.valid_until,
        fault=row.fault,
        unreachable_since=row.unreachable_since,
        paused_since=row.paused_since,
    )


def _order_answer(row: OrderRow) -> OrderAnswer:
    return OrderAnswer(
        id=str(row.id),
        kkt=str(row.kkt_id),
        kind=row.kind,
        asked_by=row.asked_by,
        reason=row.reason,
        created_at=row.created_at,
        finished_at=row.finished_at,
        answer=row.answer,
    )


@get("/v1/kkts", operation_id="ListKkts", tags=["kkts"])
async def get_kkts(request: Request[int, Any, State], state: State) -> list[KktAnswer]:
    """Every slot in the order of its cassette."""
    async with state["database"].read() as db:
        return [kkt_answer(row) for row in await list_kkts(db, request.user)]


@get("/v1/kkts/{kkt_id:int}", operation_id="GetKkt", tags=["kkts"])
async def get_kkt(request: Request[int, Any, State], kkt_id: FromPath[int], state: State) -> KktAnswer:
    """One cash register in its slot."""
    async with state["database"].read() as db:
        for row in await list_kkts(db, request.user):
            if row.id == kkt_id:
                return kkt_answer(row)
    raise NotFoundException(f"There is no KKT {kkt_id}")


@post(
    "/v1/kkts/{kkt_id:int}/orders",
    status_code=202,
    operation_id="PostKktOrder",
    tags=["kkts"],
    opt=needs(Scope.OPERATE),
)
async def post_order(
    request: Request[int, Any, State], kkt_id: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> OrderAnswer:
    """Order something of a KKT: pause, resume, close_shift, rotate, return_to_service, take_out, read_registration.

    Its dispatcher answers later. take_out ends a FAULTY slot, or one whose device does not answer, for good: its FN
    will never work again. It is refused while one of its receipts is not settled; ``done`` says in ``unconfirmed`` how
    many of its documents the operator lacks.
    """
    body = await read_body(request, OrderBody)
    return await _add(request, state, kkt_id, OrderKind(body.kind), body, idempotency_key)


@post(
    "/v1/kkts/{kkt_id:int}/registration-changes",
    status_code=202,
    operation_id="PostRegistrationChange",
    tags=["kkts"],
    opt=needs(Scope.ADMIN),
)
async def post_registration_change(
    request: Request[int, Any, State], kkt_id: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> OrderAnswer:
    """Order a report of changed registration parameters (form 11) of the same FN. Its dispatcher answers later.

    The shift is closed for it, and the slot makes no receipts meanwhile. Every difference from what is registered
    needs its reason. The FN number, the INN and the registration number do not change.
    """
    body = await read_body(request, RegistrationChangeBody)
    details = msgspec.to_builtins(body.registration)
    return await _add(request, state, kkt_id, OrderKind.RE_REGISTER, body, idempotency_key, details)


async def _add(
    request: Request[int, Any, State],
    state: State,
    kkt_id: int,
    kind: OrderKind,
    body: OrderBody | RegistrationChangeBody,
    idempotency_key: str | None,
    details: Any = None,
) -> OrderAnswer:
    database: Database = state["database"]
    clock: Clock = state["clock"]
    order_id, now = database.ids.next(), clock.now()
    async with database.write() as db:
        once = Once(request, state, db, idempotency_key)
        if (earlier := await once.earlier(OrderAnswer)) is not None:
            return earlier
        await add_request(
            db, order_id, request.user, as_id(kkt_id), kind, now, asked_by=body.asked_by, reason=body.reason,
            details=details,
        )  # fmt: skip
        await announce_kkts(db)
        answer = _order_answer(OrderRow(order_id, kkt_id, kind, body.asked_by, body.reason, now, None, None))
        await once.keep(answer)
    return answer


@get("/v1/kkts/{kkt_id:int}/orders", operation_id="ListKktOrders", tags=["kkts"])
async def get_orders(request: Request[int, Any, State], kkt_id: FromPath[int], state: State) -> list[OrderAnswer]:
    """The last hundred orders to a KKT, newest first."""
    async with state["database"].read() as db:
        found = await list_orders(db, request.user, as_id(kkt_id))
        if not found and all(row.id != kkt_id for row in await list_kkts(db, request.user)):
            raise NotFoundException(f"There is no KKT {kkt_id}")
    return [_order_answer(row) for row in found]


@get("/v1/kkts/{kkt_id:int}/orders/{order_id:int}", operation_id="GetKktOrder", tags=["kkts"])
async def get_order(
    request: Request[int, Any, State], kkt_id: FromPath[int], order_id: FromPath[int], state: State
) -> OrderAnswer:
    """One order, and its answer once there is one."""
    async with state["database"].read() as db:
        found = await list_orders(db, request.user, as_id(kkt_id), as_id(order_id))
    if not found:
        raise NotFoundException(f"There is no order {order_id} to KKT {kkt_id}")
    return _order_answer(found[0])


HANDLERS = (get_kkts, get_kkt, post_order, post_registration_change, get_orders, get_order)
