"""Receipts and what has become of them."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from fiscal_server.api.schemas import ReceiptAnswer, ReceiptPage, receipt_answer
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.receipts import list_receipts, read_receipt

_LAST_ID = (1 << 63) - 1

Account = Annotated[
    str | None, QueryParameter(max_length=128, pattern=r"^[^\0]*\Z", description="the billing system's number of it")
]
Cursor = Annotated[int, QueryParameter(name="cursor", ge=1, le=_LAST_ID, description="`next` of the page before")]


@get("/v1/receipts", operation_id="ListReceipts", tags=["receipts"])
async def get_receipts(
    request: Request[int, Any, State],
    state: State,
    account: Account = None,
    in_state: Annotated[ReceiptState | None, QueryParameter(name="state")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    before: Cursor = _LAST_ID,
) -> ReceiptPage:
    """Receipts, newest first; by account and state if given."""
    async with state["database"].read() as db:
        views = await list_receipts(
            db,
            request.user,
            before=before,
            account=account,
            state=in_state,
            limit=limit + 1,
        )
    following = str(views[limit - 1].id) if len(views) > limit else None
    return ReceiptPage([receipt_answer(view) for view in views[:limit]], following)


@get("/v1/receipts/{receipt_id:int}", operation_id="GetReceipt", tags=["receipts"])
async def get_receipt(request: Request[int, Any, State], receipt_id: FromPath[int], state: State) -> ReceiptAnswer:
    """One receipt with its fiscal document, once it has one."""
    view = None
    if abs(receipt_id) <= _LAST_ID:
        async with state["database"].read() as db:
            view = await read_receipt(db, request.user, receipt_id)
    if view is None:
        raise NotFoundException(f"There is no receipt {receipt_id}")
    return receipt_answer(view)
