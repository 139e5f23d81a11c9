"""Corrections of registered receipts and restorations of missing ones: planned, issued, looked at, cancelled."""

from typing import Annotated, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from fiscal_server.api import restoration_jobs
from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import as_id, small_body
from fiscal_server.api.correction_schemas import (
    CorrectionAnswer,
    CorrectionPage,
    correction_answer,
    correction_summary,
)
from fiscal_server.api.requests import request_id_of
from fiscal_server.api.resources import LAST_ID, Cursor, OrderKey, decode_body
from fiscal_server.intake.correction_cancel import CancelAsked, cancel_order
from fiscal_server.intake.correction_orders import CorrectionOrder, DayTotalOrder, RestorationOrder
from fiscal_server.intake.correction_plans import CorrectionPlan
from fiscal_server.intake.corrections import Asked, correct, preview_correction
from fiscal_server.intake.day_totals import preview_day_total, restore_day_total
from fiscal_server.intake.restorations import preview_restoration, restore
from fiscal_server.storage.corrections import CorrectionKind, list_corrections, read_correction
from fiscal_server.storage.keys import KeyOwner, Scope

MAX_RESTORATION_BYTES: Final = 8 * 1024 * 1024
RESTORATION_S: Final = 120.0
"""A thousand events, closes with their charges among them, take more than other orders."""

DryRun = Annotated[bool, QueryParameter(description="answer the plan (200) and store nothing")]
Limit = Annotated[int, QueryParameter(ge=1, le=1000)]

Asker = Request[int, KeyOwner, State]


@post(
    "/v1/corrections",
    status_code=202,
    operation_id="PostCorrection",
    tags=["corrections"],
    opt=needs(Scope.SUBMIT),
)
async def post_correction(
    request: Asker, state: State, idempotency_key: OrderKey, dry_run: DryRun = False
) -> Response[CorrectionAnswer] | Response[CorrectionPlan]:
    """Correct registered receipts: each is reversed, and the right one issued if `right` is given.

    All documents of the plan are queued by one transaction; when one cannot be made, nothing is stored and the answer
    lists every reason. The ledger stays as it is: what an account owes is changed by events.
    """
    raw = await small_body(request)
    order = decode_body(raw, CorrectionOrder)
    if dry_run:
        return Response(await _correction_plan(request, state, order), status_code=200)
    asked = _asked(request, idempotency_key, raw)
    correction_id = await correct(state["database"], state["intake"], asked, order)
    return Response(await _answer(state, request.user, CorrectionKind.CORRECTION, correction_id), status_code=202)


@post(
    "/v1/corrections/preview",
    status_code=200,
    operation_id="PreviewCorrection",
    tags=["corrections"],
    opt=needs(Scope.READ),
)
async def preview_a_correction(request: Asker, state: State) -> CorrectionPlan:
    """Which documents would correct registered receipts: the reversing one, and the right one if it is given.

    Receipts that have no document, and what the rules of correcting forbid, come back under `refused` with the reason.
    """
    return await _correction_plan(request, state, decode_body(await small_body(request), CorrectionOrder))


@get("/v1/corrections", operation_id="ListCorrections", tags=["corrections"])
async def get_corrections(request: Asker, state: State, limit: Limit = 100, before: Cursor = LAST_ID) -> CorrectionPage:
    """Orders to correct, newest first."""
    return await _page(request, state, CorrectionKind.CORRECTION, limit, before)


@get(
    "/v1/corrections/{correction_id:int}",
    operation_id="GetCorrection",
    tags=["corrections"],
)
async def get_correction(request: Asker, correction_id: FromPath[int], state: State) -> CorrectionAnswer:
    """An order to correct, and where each of its documents stands."""
    return await _answer(state, request.user, CorrectionKind.CORRECTION, correction_id)


@post(
    "/v1/corrections/{correction_id:int}/cancel",
    status_code=200,
    operation_id="CancelCorrection",
    tags=["corrections"],
    opt=needs(Scope.SUBMIT),
)
async def cancel_correction(request: Asker, correction_id: FromPath[int], state: State) -> CorrectionAnswer:
    """Withdraw a correction none of whose documents a device has begun; its receipts may be corrected anew."""
    return await _cancelled(request, state, CorrectionKind.CORRECTION, correction_id)


@post(
    "/v1/restorations",
    request_max_body_size=MAX_RESTORATION_BYTES,
    status_code=202,
    operation_id="PostRestoration",
    tags=["corrections"],
    opt=needs(Scope.SUBMIT),
)
async def post_restoration(
    request: Asker, state: State, idempotency_key: OrderKey, dry_run: DryRun = False
) -> Response[CorrectionAnswer] | Response[CorrectionPlan]:
    """Replay past events that never came, and issue the receipts that they should have had as corrections.

    Up to 1,000 events, all of them or none: they go into the books under their own keys, so that no event is restored
    twice whatever order it stands in. Longer lists go to `/v1/restoration-jobs`.
    """
    raw = await small_body(request, within_s=RESTORATION_S)
    order = decode_body(raw, RestorationOrder)
    if dry_run:
        return Response(await _restoration_plan(request, state, order), status_code=200)
    asked = _asked(request, idempotency_key, raw)
    async with state["computing"]:  # one at a time in a process: batches have the rest of it
        restoration_id = await restore(state["database"], state["intake"], asked, order)
    return Response(await _answer(state, request.user, CorrectionKind.RESTORATION, restoration_id), status_code=202)


@post(
    "/v1/restorations/preview",
    request_max_body_size=MAX_RESTORATION_BYTES,
    status_code=200,
    operation_id="PreviewRestoration",
    tags=["corrections"],
    opt=needs(Scope.READ),
)
async def preview_a_restoration(request: Asker, state: State) -> CorrectionPlan:
    """Which documents past events should have had, when the events never reached the server.

    They are replayed on the books as they stand. An event that the books have is refused: its receipt is there.
    """
    raw = await small_body(request, within_s=RESTORATION_S)
    return await _restoration_plan(request, state, decode_body(raw, RestorationOrder))


@get("/v1/restorations", operation_id="ListRestorations", tags=["corrections"])
async def get_restorations(
    request: Asker, state: State, limit: Limit = 100, before: Cursor = LAST_ID
) -> CorrectionPage:
    """Orders to restore, newest first."""
    return await _page(request, state, CorrectionKind.RESTORATION, limit, before)


@get(
    "/v1/restorations/{restoration_id:int}",
    operation_id="GetRestoration",
    tags=["corrections"],
)
async def get_restoration(request: Asker, restoration_id: FromPath[int], state: State) -> CorrectionAnswer:
    """An order to restore, and where each of its documents stands."""
    return await _answer(state, request.user, CorrectionKind.RESTORATION, restoration_id)


@post(
    "/v1/restorations/{restoration_id:int}/cancel",
    status_code=200,
    operation_id="CancelRestoration",
    tags=["corrections"],
    opt=needs(Scope.SUBMIT),
)
async def cancel_restoration(request: Asker, restoration_id: FromPath[int], state: State) -> CorrectionAnswer:
    """Take back a restoration of payments none of whose documents a device has begun: the payments are reversed."""
    return await _cancelled(request, state, CorrectionKind.RESTORATION, restoration_id)


@post(
    "/v1/restorations/day-totals",
    status_code=202,
    operation_id="PostDayTotal",
    tags=["corrections"],
    opt=needs(Scope.SUBMIT),
)
async def post_day_total(
    request: Asker, state: State, idempotency_key: OrderKey, dry_run: DryRun = False
) -> Response[CorrectionAnswer] | Response[CorrectionPlan]:
    """Restore a day of which only the total is known, by one document: FFD 1.05, where the merchant's policy
    `restoration_granularity` is `per_day_total`.

    It is a restoration like those of events, looked at and cancelled there. The books stay as they are. A day is
    restored once.
    """
    raw = await small_body(request)
    order = decode_body(raw, DayTotalOrder)
    if dry_run:
        return Response(await _day_total_plan(request, state, order), status_code=200)
    asked = _asked(request, idempotency_key, raw)
    restoration_id = await restore_day_total(state["database"], state["intake"], asked, order)
    return Response(await _answer(state, request.user, CorrectionKind.RESTORATION, restoration_id), status_code=202)


@post(
    "/v1/restorations/day-totals/preview",
    status_code=200,
    operation_id="PreviewDayTotal",
    tags=["corrections"],
    opt=needs(Scope.READ),
)
async def preview_a_day_total(request: Asker, state: State) -> CorrectionPlan:
    """The document that would restore a day's total, or why there can be none."""
    return await _day_total_plan(request, state, decode_body(await small_body(request), DayTotalOrder))


async def _correction_plan(request: Asker, state: State, order: CorrectionOrder) -> CorrectionPlan:
    async with state["computing"]:  # one at a time in a process: batches have the rest of it
        return await preview_correction(state["database"], state["intake"], request.user, order)


async def _day_total_plan(request: Asker, state: State, order: DayTotalOrder) -> CorrectionPlan:
    return await preview_day_total(state["database"], state["intake"], request.user, order)


async def _restoration_plan(request: Asker, state: State, order: RestorationOrder) -> CorrectionPlan:
    async with state["computing"]:
        return await preview_restoration(state["database"], state["intake"], request.user, order)


def _asked(request: Asker, key: str, raw: bytes) -> Asked:
    return Asked(request.user, key, raw, request.auth.actor, request_id_of(request.scope))


async def _answer(state: State, merchant_id: int, kind: CorrectionKind, order_id: int) -> CorrectionAnswer:
    async with state["database"].read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        row = await read_correction(db, merchant_id, as_id(order_id))
        if row is not None and row.kind == kind:
            return await correction_answer(db, row)
    raise NotFoundException(f"There is no {kind.value} {order_id}")


async def _page(request: Asker, state: State, kind: CorrectionKind, limit: int, before: int) -> CorrectionPage:
    async with state["database"].read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        rows = await list_corrections(db, request.user, kind, before=before, limit=limit + 1)
        summaries = [await correction_summary(db, row) for row in rows[:limit]]
    return CorrectionPage(summaries, str(rows[limit - 1].id) if len(rows) > limit else None)


async def _cancelled(request: Asker, state: State, kind: CorrectionKind, order_id: int) -> CorrectionAnswer:
    asked = CancelAsked(request.user, kind, as_id(order_id), request.auth.actor, request_id_of(request.scope))
    await cancel_order(state["database"], state["intake"], asked)
    return await _answer(state, request.user, kind, order_id)


HANDLERS = (
    post_correction,
    preview_a_correction,
    get_corrections,
    get_correction,
    cancel_correction,
    post_restoration,
    preview_a_restoration,
    get_restorations,
    get_restoration,
    cancel_restoration,
    post_day_total,
    preview_a_day_total,
    *restoration_jobs.HANDLERS,
)
