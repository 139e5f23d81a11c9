"""Corrections and restorations worked out beforehand: which documents would be issued, and why. Nothing is stored."""

import asyncio
from datetime import date
from typing import Any, Final

import msgspec
from litestar import Request, post
from litestar.datastructures import State

from accounting.receipts.codes import SettlementSign
from accounting.receipts.model import Correction
from fiscal_server.api.auth import needs
from fiscal_server.api.examples import ACCOUNT, RECEIPT
from fiscal_server.api.resources import decode_body
from fiscal_server.intake.correction_plans import (
    PREVIEW_KEY,
    CorrectionOrder,
    CorrectionPlan,
    Given,
    PlannedDocument,
    RestorationOrder,
    load_correction,
    load_restoration,
    plan,
)
from fiscal_server.storage.keys import Scope

PLAN: Final = CorrectionPlan(
    [
        PlannedDocument(
            event_key=f"{PREVIEW_KEY}-{RECEIPT.id}",
            account=ACCOUNT,
            corrects=RECEIPT.id,
            receipt=msgspec.structs.replace(
                RECEIPT.receipt,
                sign=SettlementSign.INCOME_RETURN,
                additional="2318604117",
                correction=Correction(0, date(2026, 10, 20)),
            ),
            explanation="Чек:\n  Чек коррекции, возврат прихода, 450,00 ₽: безналичными 450,00 ₽.",
            unsound=[],
        )
    ],
    [],
)


@post(
    "/v1/corrections/preview",
    status_code=200,
    operation_id="PreviewCorrection",
    tags=["corrections"],
    opt=needs(Scope.READ),
)
async def preview_correction(request: Request[int, Any, State], state: State) -> CorrectionPlan:
    """Which documents would correct registered receipts: the reversing one, and the right one if it is given.

    Receipts that have no document, and what the rules of correcting forbid, come back under `refused` with the reason.
    """
    order = decode_body(await request.body(), CorrectionOrder)
    async with state["database"].read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        given = await load_correction(db, request.user, order)
    return await _planned(state, given)


@post(
    "/v1/restorations/preview",
    status_code=200,
    operation_id="PreviewRestoration",
    tags=["corrections"],
    opt=needs(Scope.READ),
)
async def preview_restoration(request: Request[int, Any, State], state: State) -> CorrectionPlan:
    """Which documents past events should have had, when the events never reached the server.

    They are replayed on the books as they stand. An event that the books have is refused: its receipt is there.
    """
    order = decode_body(await request.body(), RestorationOrder)
    async with state["database"].read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        given = await load_restoration(db, request.user, order)
    return await _planned(state, given)


async def _planned(state: State, given: Given) -> CorrectionPlan:
    async with state["computing"]:  # one at a time in a process: batches have the rest of it
        return await asyncio.to_thread(plan, given)


HANDLERS = (preview_correction, preview_restoration)
