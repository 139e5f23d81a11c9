"""What people order of receipts that cannot go on: retry, cancel, settle by hand. Done at once, and kept for good."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import Words, as_id, read_body
from fiscal_server.api.idempotency import IdempotencyKey, Once
from fiscal_server.clock import Clock
from fiscal_server.errors import UnknownReceipt
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.pool import Database
from fiscal_server.storage.receipt_orders import (
    Evidence,
    ReceiptOrder,
    ReceiptOrderKind,
    ReceiptOrderRow,
    carry_out,
    list_receipt_orders,
)
from fiscal_server.storage.receipts import read_receipt

_LAST_ID = (1 << 63) - 1


class EvidenceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document on paper or at the operator. ``issued_at``: the register's local time, without a zone.

    ``fn_number``: a lost FN made it, and the receipt may just wait; null: the KKT that has the receipt in hand.
    """

    fd_number: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    fiscal_sign: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
    issued_at: Annotated[datetime, msgspec.Meta(tz=False)]
    fn_number: Annotated[str, msgspec.Meta(min_length=1, max_length=16)] | None = None


class ReceiptOrderBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By whom and why."""

    asked_by: Words
    reason: Words


class SettleBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By whom and why, and the document if the receipt was made; null: the device has no such document."""

    asked_by: Words
    reason: Words
    document: EvidenceBody | None


class ReceiptOrderDone(msgspec.Struct, frozen=True):
    """What was done, and where the receipt stands now."""

    id: str
    receipt: str
    kind: str
    state: str


class ReceiptOrderAnswer(msgspec.Struct, frozen=True):
    """An order as it is kept."""

    id: str
    kind: str
    asked_by: str
    reason: str
    state_before: str
    error_before: str | None
    fn_number: str | None
    fd_number: int | None
    fiscal_sign: int | None
    issued_at: datetime | None
    created_at: datetime


@post(
    "/v1/receipts/{receipt_id:int}/retry",
    status_code=200,
    operation_id="RetryReceipt",
    tags=["receipts"],
    opt=needs(Scope.OPERATE),
)
async def retry(
    request: Request[int, Any, State], receipt_id: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> ReceiptOrderDone:
    """Send a parked (REFUSED) receipt again."""
    body = await read_body(request, ReceiptOrderBody)
    return await _order(request, state, receipt_id, ReceiptOrderKind.RETRY, body, idempotency_key)


@post(
    "/v1/receipts/{receipt_id:int}/cancel",
    status_code=200,
    operation_id="CancelReceipt",
    tags=["receipts"],
    opt=needs(Scope.OPERATE),
)
async def cancel(
    request: Request[int, Any, State], receipt_id: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> ReceiptOrderDone:
    """Give a parked (REFUSED) receipt up. Debts and advances stay as they are: what should follow is another event."""
    body = await read_body(request, ReceiptOrderBody)
    return await _order(request, state, receipt_id, ReceiptOrderKind.CANCEL, body, idempotency_key)


@post(
    "/v1/receipts/{receipt_id:int}/settle",
    status_code=200,
    operation_id="SettleReceipt",
    tags=["receipts"],
    opt=needs(Scope.OPERATE),
)
async def settle(
    request: Request[int, Any, State], receipt_id: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> ReceiptOrderDone:
    """Say of an UNCERTAIN receipt whether it was made, when its KKT can be asked no more."""
    body = await read_body(request, SettleBody)
    kind = ReceiptOrderKind.SETTLE_NOT_MADE if body.document is None else ReceiptOrderKind.SETTLE_MADE
    return await _order(request, state, receipt_id, kind, body, idempotency_key)


@get("/v1/receipts/{receipt_id:int}/orders", operation_id="ListReceiptOrders", tags=["receipts"])
async def get_receipt_orders(
    request: Request[int, Any, State], receipt_id: FromPath[int], state: State
) -> list[ReceiptOrderAnswer]:
    """What people did with a receipt, oldest first."""
    async with state["database"].read() as db:
        found = await list_receipt_orders(db, request.user, as_id(receipt_id))
        if not found and await read_receipt(db, request.user, as_id(receipt_id)) is None:
            raise NotFoundException(f"There is no receipt {receipt_id}")
    return [_answer(row) for row in found]


async def _order(
    request: Request[int, Any, State],
    state: State,
    receipt_id: int,
    kind: ReceiptOrderKind,
    body: ReceiptOrderBody | SettleBody,
    idempotency_key: str | None,
) -> ReceiptOrderDone:
    database: Database = state["database"]
    clock: Clock = state["clock"]
    document = body.document if isinstance(body, SettleBody) else None
    order = ReceiptOrder(
        id=database.ids.next(),
        merchant_id=request.user,
        receipt_id=receipt_id,
        kind=kind,
        asked_by=body.asked_by,
        reason=body.reason,
        evidence=None if document is None else Evidence(**msgspec.structs.asdict(document)),
    )
    async with database.read() as db:
        if abs(receipt_id) > _LAST_ID or await read_receipt(db, request.user, receipt_id) is None:
            raise UnknownReceipt(f"there is no receipt {receipt_id}")
    async with database.write() as db:
        once = Once(request, state, db, idempotency_key)
        if (earlier := await once.earlier(ReceiptOrderDone)) is not None:
            return earlier
        reached = await carry_out(db, order, clock.now())
        answer = ReceiptOrderDone(str(order.id), str(receipt_id), kind.value, reached.value)
        await once.keep(answer)
    return answer


def _answer(row: ReceiptOrderRow) -> ReceiptOrderAnswer:
    return ReceiptOrderAnswer(
        id=str(row.id),
        kind=row.kind,
        asked_by=row.asked_by,
        reason=row.reason,
        state_before=row.state_before,
        error_before=row.error_before,
        fn_number=row.fn_number,
        fd_number=row.fd_number,
        fiscal_sign=row.fiscal_sign,
        issued_at=row.issued_at,
        created_at=row.created_at,
    )


HANDLERS = (retry, cancel, settle, get_receipt_orders)
