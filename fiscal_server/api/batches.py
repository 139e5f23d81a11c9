"""Batches of billing events: POST to have them computed, GET what was answered."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, HeaderParameter

from fiscal_server.api.auth import needs
from fiscal_server.intake.accept import BatchRequest, accept_batch
from fiscal_server.storage.batches import read_batch_answer
from fiscal_server.storage.keys import Scope

_LAST_ID = (1 << 63) - 1

MAX_BODY_BYTES = 64 * 1024 * 1024

IdempotencyKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=128,
        description="Yours for this batch: the same key with the same body gives the same answer and does nothing new",
    ),
]


@post(
    "/v1/batches",
    status_code=202,
    request_max_body_size=MAX_BODY_BYTES,
    operation_id="PostBatch",
    tags=["batches"],
    opt=needs(Scope.SUBMIT),
)
async def post_batch(
    request: Request[int, Any, State], idempotency_key: IdempotencyKey, state: State
) -> Response[bytes]:
    """Store billing events and compute their receipts; answered only when all of it is committed."""
    order = BatchRequest(request.user, idempotency_key, await request.body())
    answer = await accept_batch(state["database"], state["intake"], order)
    return Response(answer, status_code=202, media_type="application/json")


@get("/v1/batches/{batch_id:int}", operation_id="GetBatch", tags=["batches"])
async def get_batch(request: Request[int, Any, State], batch_id: FromPath[int], state: State) -> Response[bytes]:
    """What was answered to a batch."""
    answer = None
    if abs(batch_id) <= _LAST_ID:
        async with state["database"].read() as db:
            answer = await read_batch_answer(db, request.user, batch_id)
    if answer is None:
        raise NotFoundException(f"There is no batch {batch_id}")
    return Response(answer, media_type="application/json")
