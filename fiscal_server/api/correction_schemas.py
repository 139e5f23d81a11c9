"""Corrections and restorations on the wire: what was ordered, and where each of its documents stands."""

from datetime import date, datetime
from typing import Final

import msgspec

from accounting.receipts.codes import SettlementSign
from accounting.receipts.model import Correction
from fiscal_server.api.examples import ACCOUNT, NOON, RECEIPT
from fiscal_server.api.schemas import FiscalDocumentAnswer, receipt_answer
from fiscal_server.intake.correction_judge import KEY
from fiscal_server.intake.correction_orders import CorrectionOrder
from fiscal_server.intake.correction_plans import CorrectionPlan, PlannedDocument
from fiscal_server.storage import batches
from fiscal_server.storage.corrections import CorrectionKind, CorrectionRow, wrong_by_event
from fiscal_server.storage.order_states import state_of
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipts import read_receipts

DOCUMENTS_SHOWN: Final = 1_000


class IssuedDocument(msgspec.Struct, frozen=True):
    """A document of an order. ``corrects``: the receipt that was wrong; null of a restoration."""

    receipt: str
    event_key: str
    account: str | None
    corrects: str | None
    state: str
    sign: int
    total_kopecks: int
    fiscal_document: FiscalDocumentAnswer | None
    error: str | None


class CorrectionAnswer(msgspec.Struct, frozen=True):
    """An order and what has become of it. ``states``: its documents by state; ``documents``: at most 1,000 of them."""

    id: str
    kind: str
    state: str
    created_at: datetime
    states: dict[str, int]
    documents: list[IssuedDocument]
    more_documents: bool


class CorrectionSummary(msgspec.Struct, frozen=True):
    """An order in a list."""

    id: str
    kind: str
    state: str
    created_at: datetime
    states: dict[str, int]


class CorrectionPage(msgspec.Struct, frozen=True):
    """Orders, newest first; ``next`` is the cursor of the following page."""

    corrections: list[CorrectionSummary]
    next: str | None


async def correction_answer(db: ReadConnection, row: CorrectionRow) -> CorrectionAnswer:
    """An order as it is answered."""
    shown = row.receipt_ids[:DOCUMENTS_SHOWN]
    views = {one.id: one for one in await read_receipts(db, row.merchant_id, shown)}
    wrong: dict[int, int] = {}
    if row.kind == CorrectionKind.CORRECTION:
        order = msgspec.json.decode(row.body, type=CorrectionOrder)
        wrong = await wrong_by_event(db, row.merchant_id, row.id, [int(one) for one in order.receipts])
    documents = []
    for view in (views[one] for one in shown if one in views):
        answer = receipt_answer(view)
        corrects = wrong.get(view.event_id)
        documents.append(
            IssuedDocument(
                receipt=answer.id,
                event_key=answer.event_key,
                account=answer.account,
                corrects=None if corrects is None else str(corrects),
                state=answer.state,
                sign=answer.sign,
                total_kopecks=answer.total_kopecks,
                fiscal_document=answer.fiscal_document,
                error=answer.error,
            )
        )
    summary = await correction_summary(db, row)
    return CorrectionAnswer(
        **msgspec.structs.asdict(summary), documents=documents, more_documents=len(row.receipt_ids) > len(shown)
    )


async def correction_summary(db: ReadConnection, row: CorrectionRow) -> CorrectionSummary:
    """An order with its documents counted."""
    states = await batches.receipt_states(db, row.merchant_id, row.receipt_ids) if row.receipt_ids else {}
    return CorrectionSummary(str(row.id), row.kind, state_of(states).value, row.created_at, states)


REVERSING: Final = msgspec.structs.replace(
    RECEIPT.receipt,
    sign=SettlementSign.INCOME_RETURN,
    additional="2318604117",
    correction=Correction(0, date(2026, 10, 20)),
)
PLAN: Final = CorrectionPlan(
    [
        PlannedDocument(
            event_key=f"{KEY}{RECEIPT.id}",
            account=ACCOUNT,
            corrects=RECEIPT.id,
            receipt=REVERSING,
            explanation="Чек:\n  Чек коррекции, возврат прихода, 450,00 ₽: безналичными 450,00 ₽.",
            unsound=[],
        )
    ],
    [],
)
ISSUED: Final = CorrectionAnswer(
    id="370154790420480101",
    kind="correction",
    state="ISSUING",
    created_at=NOON,
    states={"QUEUED": 1},
    documents=[
        IssuedDocument(
            receipt="370154790420480103",
            event_key=f"{KEY}{RECEIPT.id}",
            account=ACCOUNT,
            corrects=RECEIPT.id,
            state="QUEUED",
            sign=2,
            total_kopecks=45_000,
            fiscal_document=None,
            error=None,
        )
    ],
    more_documents=False,
)
PAGE: Final = CorrectionPage(
    [CorrectionSummary("370154790420480101", "correction", "ISSUING", NOON, {"QUEUED": 1})], None
)
RESTORED: Final = msgspec.structs.replace(
    ISSUED,
    id="370154790420480201",
    kind="restoration",
    documents=[
        msgspec.structs.replace(
            ISSUED.documents[0],
            receipt="370154790420480204",
            event_key="restore|bank-2026-10-19-7",
            corrects=None,
            sign=1,
        )
    ],
)
