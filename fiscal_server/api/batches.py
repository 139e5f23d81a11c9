"""Batches of billing events: POST to have them computed, GET what was answered."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, HeaderParameter, QueryParameter

from fiscal_server.api.auth import needs
from fiscal_server.api.resources import LAST_ID, NO_NUL, Cursor
from fiscal_server.api.uploads import MAX_BODY_BYTES, form_of, read_upload
from fiscal_server.intake.accept import BatchRequest, accept_batch
from fiscal_server.intake.forms import OnError
from fiscal_server.intake.preview import preview_batch
from fiscal_server.storage.batches import list_batches, read_batch_answer
from fiscal_server.storage.keys import Scope

IdempotencyKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=128,
        description="Yours for this batch: the same key with the same body gives the same answer and does nothing new",
    ),
]


KeyOfBatch = Annotated[
    str | None, QueryParameter(name="idempotency_key", max_length=128, pattern=NO_NUL, description="of this key alone")
]


class BatchSummary(msgspec.Struct, frozen=True):
    """A batch by its counts. ``duplicates``: events that had come before."""

    id: str
    idempotency_key: str
    created_at: datetime
    events: int
    accepted: int
    duplicates: int
    rejected: int
    receipts: int


class BatchPage(msgspec.Struct, frozen=True):
    """Batches, newest first; ``next`` is the cursor of the following page."""

    batches: list[BatchSummary]
    next: str | None


@post(
    "/v1/batches",
    status_code=202,
    request_max_body_size=MAX_BODY_BYTES,
    operation_id="PostBatch",
    tags=["batches"],
    opt=needs(Scope.SUBMIT),
)
async def post_batch(
    request: Request[int, Any, State],
    state: State,
    idempotency_key: IdempotencyKey,
    on_error: Annotated[
        OnError | None, QueryParameter(description="refuse the whole batch, or skip its bad events; before the body's")
    ] = None,
    dry_run: Annotated[bool, QueryParameter(description="answer what would be issued and why; store nothing")] = False,
) -> Response[bytes]:
    """Store billing events and compute their receipts; answered only when all of it is committed.

    JSON, NDJSON (an event a line; the first line may say ``accounts`` and ``on_error``) or MessagePack, plain or in
    gzip or zstd; up to 100,000 events or 64 MiB. With ``dry_run`` up to 1,000 events; each receipt is explained.
    """
    async with read_upload(request, state["body_memory"]) as body:
        order = BatchRequest(request.user, idempotency_key, body, form_of(request), on_error)
        if dry_run:
            preview = await preview_batch(state["database"], state["intake"], order)
            return Response(msgspec.json.encode(preview), status_code=200, media_type="application/json")
        answer = await accept_batch(state["database"], state["intake"], order)
    return Response(answer, status_code=202, media_type="application/json")


@get("/v1/batches", operation_id="ListBatches", tags=["batches"])
async def get_batches(
    request: Request[int, Any, State],
    state: State,
    key: KeyOfBatch = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    before: Cursor = LAST_ID,
) -> BatchPage:
    """Batches, newest first, by their counts; whoever lost an answer finds its batch by the Idempotency-Key."""
    async with state["database"].read() as db:
        rows = await list_batches(db, request.user, key, before=before, limit=limit + 1)
    found = [
        BatchSummary(
            str(row.id), row.idempotency_key, row.created_at,
            row.events, row.accepted, row.duplicates, row.rejected, row.receipts,
        )
        for row in rows[:limit]
    ]  # fmt: skip
    return BatchPage(found, found[-1].id if len(rows) > limit else None)


@get("/v1/batches/{batch_id:int}", operation_id="GetBatch", tags=["batches"])
async def get_batch(request: Request[int, Any, State], batch_id: FromPath[int], state: State) -> Response[bytes]:
    """What was answered to a batch."""
    answer = None
    if abs(batch_id) <= LAST_ID:
        async with state["database"].read() as db:
            answer = await read_batch_answer(db, request.user, batch_id)
    if answer is None:
        raise NotFoundException(f"There is no batch {batch_id}")
    return Response(answer, media_type="application/json")


HANDLERS = (post_batch, get_batches, get_batch)
