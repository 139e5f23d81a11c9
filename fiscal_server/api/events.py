"""Events that were accepted, with the receipts that each led to and, if asked, why those look as they do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from fiscal_server.api.bodies import as_id
from fiscal_server.api.examples import ACCOUNT, NOON, RECEIPT
from fiscal_server.api.resources import (
    LAST_ID,
    NO_NUL,
    AccountCode,
    Cursor,
    FromDay,
    RequestRejected,
    ToDay,
    ids_of_days,
)
from fiscal_server.intake.batch import Problem
from fiscal_server.intake.correction_replay import EVENT_TYPE, explain_correction, load_correction, load_day_total
from fiscal_server.intake.finished import EVENT_TYPE as FINISHED
from fiscal_server.intake.issued_receipts import DAY_TOTAL
from fiscal_server.intake.replay import CannotExplain, explain_receipt, load_history
from fiscal_server.storage.events import (
    EventFilter,
    EventView,
    find_event,
    find_events,
    read_events,
    receipt_ids_of_events,
)
from fiscal_server.storage.merchants import MerchantRow, read_merchant
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipt_search import account_id_of
from fiscal_server.storage.receipts import ReceiptView, read_receipt, read_receipts

RECEIPTS_SHOWN: Final = 100
"""Receipts of one event that are shown with it: a month close may have thousands."""
EXPLAINED_MAX: Final = 20
"""Events of one page whose receipts are explained: each is computed anew from its account's history."""
BODY_SHOWN: Final = 64 * 1024

Kind = Literal[
    "charge", "period_close", "payment", "payment_reversal", "payment_identification", "counter_offset",
    "recalculation", "advance_refund", "service_refund", "advance_transfer", "debt_write_off", "advance_write_off",
    "receipt_correction", "day_total_restoration",
]  # fmt: skip
OfKind = Annotated[Kind | None, QueryParameter(name="kind")]
OfKey = Annotated[str | None, QueryParameter(max_length=128, pattern=NO_NUL, description="the one of this key")]
Explain = Annotated[bool, QueryParameter(description="say of each receipt why it is as it is")]


class EventReceipt(msgspec.Struct, frozen=True):
    """A receipt that an event led to, in short. ``explanation``: null unless it was asked for and can be given."""

    id: str
    state: str
    sign: int
    total_kopecks: int
    fn_number: str | None
    fd_number: int | None
    explanation: str | None = None


class StoredEvent(msgspec.Struct, frozen=True):
    """An event as it came. ``event``: null in lists when it is longer than 64 KiB, and of a receipt that came finished.

    ``batch``: in which batch or restoration it came; null of a job and of a correction.
    """

    id: str
    key: str
    type: str
    account: str | None
    batch: str | None
    received_at: datetime
    event: msgspec.Raw | None
    receipts: list[EventReceipt]
    more_receipts: bool


class EventPage(msgspec.Struct, frozen=True):
    """Events, newest first; ``next`` is the cursor of the following page."""

    events: list[StoredEvent]
    next: str | None


class ExplanationAnswer(msgspec.Struct, frozen=True):
    """Why a receipt is as it is, in Russian, with the rules behind it."""

    receipt: str
    event_key: str
    text: str


EVENT: Final = StoredEvent(
    id="370154790420480000",
    key="bank-2026-10-20-118",
    type="payment",
    account=ACCOUNT,
    batch="370154790403702784",
    received_at=NOON,
    event=msgspec.Raw(
        b'{"type":"payment","key":"bank-2026-10-20-118","date":"2026-10-20","tenders":{"bank_transfer":45000},'
        b'"account":"100482"}'
    ),
    receipts=[EventReceipt(RECEIPT.id, "OFD_ACKED", 1, 45_000, "9999078900000001", 184)],
    more_receipts=False,
)
EXPLANATION: Final = ExplanationAnswer(
    RECEIPT.id, EVENT.key, "Чек:\n  Кассовый чек, приход, 450,00 ₽: безналичными 450,00 ₽.\n  Лицевой счет 100482."
)


@get("/v1/events", operation_id="ListEvents", tags=["events"])
async def get_events(
    request: Request[int, Any, State],
    state: State,
    account: AccountCode = None,
    key: OfKey = None,
    kind: OfKind = None,
    from_day: FromDay = None,
    to_day: ToDay = None,
    explain: Explain = False,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 20,
    before: Cursor = LAST_ID,
) -> EventPage:
    """Accepted events, newest first, by key, account, kind and the days on which they came.

    Like pages of receipts one may be short while there is a `next`. With `explain` a page has 20 events at the most.
    """
    if explain and limit > EXPLAINED_MAX:
        raise RequestRejected([Problem("invalid", f"with explain no more than {EXPLAINED_MAX}", "limit")])
    first_id, end_id = ids_of_days(from_day, to_day, state["zone"])
    async with state["database"].read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        account_id = None if account is None else await account_id_of(db, request.user, account)
        if account is not None and account_id is None:
            return EventPage([], None)
        if key is not None:
            found = await find_event(db, request.user, key)
            first_id, end_id = (found.id, min(found.id + 1, end_id)) if found is not None else (LAST_ID, 0)
        wanted = EventFilter(first_id=first_id, end_id=min(end_id, before), account_id=account_id, kind=kind)
        views, following = await find_events(db, request.user, wanted, limit)
        events = await with_receipts(db, request.user, views)
    if explain:
        events = [await _explained(state, request.user, one) for one in events]
    return EventPage(events, None if following is None else str(following))


@get("/v1/events/{key:str}", operation_id="GetEvent", tags=["events"])
async def get_event(
    request: Request[int, Any, State], key: FromPath[str], state: State, explain: Explain = False
) -> StoredEvent:
    """One event by its key with its first receipts. A key with a `/` in it cannot stand here: `/v1/events?key=`."""
    if len(key) > 128 or "\0" in key:
        raise NotFoundException("There is no such event")
    async with state["database"].read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        view = await find_event(db, request.user, key)
        if view is None:
            raise NotFoundException(f"There is no event {key!r}")
        [event] = await with_receipts(db, request.user, [view], whole=True)
    if explain:
        event = await _explained(state, request.user, event)
    return event


@get("/v1/receipts/{receipt_id:int}/explanation", operation_id="ExplainReceipt", tags=["receipts"])
async def get_explanation(
    request: Request[int, Any, State], receipt_id: FromPath[int], state: State
) -> ExplanationAnswer:
    """Why a receipt is as it is: what its account owed, how the money was divided, which rules and laws say so.

    The account's history is computed anew by the rules of today. 409 when it gives another receipt than the stored one.
    """
    async with state["database"].read() as db:
        view = await read_receipt(db, request.user, as_id(receipt_id))
    if view is None:
        raise NotFoundException(f"There is no receipt {receipt_id}")
    return ExplanationAnswer(str(view.id), view.event_key, await _explanation(state, request.user, view))


async def with_receipts(
    db: ReadConnection, merchant_id: int, views: Sequence[EventView], *, whole: bool = False
) -> list[StoredEvent]:
    """Events as they are answered; ``whole``: with their bodies, however long."""
    ids = await receipt_ids_of_events(db, merchant_id, [view.id for view in views], RECEIPTS_SHOWN + 1)
    wanted = [one for row in ids.values() for one in row[:RECEIPTS_SHOWN]]
    receipts = {one.id: one for one in await read_receipts(db, merchant_id, wanted)}
    return [
        StoredEvent(
            id=str(view.id),
            key=view.key,
            type=view.type,
            account=view.account,
            batch=None if view.batch_id is None else str(view.batch_id),
            received_at=view.received_at,
            event=_body(view, whole=whole),
            receipts=[_short(receipts[one]) for one in ids[view.id][:RECEIPTS_SHOWN]],
            more_receipts=len(ids[view.id]) > RECEIPTS_SHOWN,
        )
        for view in views
    ]


def _body(view: EventView, *, whole: bool) -> msgspec.Raw | None:
    """What came; of an imported receipt that is the receipt itself, which stands beside it."""
    shown = view.type != FINISHED and (whole or len(view.body) <= BODY_SHOWN)
    return msgspec.Raw(view.body) if shown else None


def _short(view: ReceiptView) -> EventReceipt:
    return EventReceipt(str(view.id), view.state.value, view.sign, view.total_kopecks, view.fn_number, view.fd_number)


async def _explained(state: State, merchant_id: int, event: StoredEvent) -> StoredEvent:
    """The same with the explanations that can be given, of its first receipts."""
    told = []
    for short in event.receipts[:EXPLAINED_MAX]:
        async with state["database"].read() as db:
            view = await read_receipt(db, merchant_id, int(short.id))
        text = None
        if view is not None:
            try:
                text = await _explanation(state, merchant_id, view)
            except CannotExplain:
                pass  # the receipt's own address says why
        told.append(msgspec.structs.replace(short, explanation=text))
    return msgspec.structs.replace(event, receipts=[*told, *event.receipts[EXPLAINED_MAX:]])


async def _explanation(state: State, merchant_id: int, view: ReceiptView) -> str:
    async with state["database"].read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        merchant: MerchantRow = await read_merchant(db, merchant_id)
        [event] = await read_events(db, merchant_id, [view.event_id])
        if event.type == EVENT_TYPE:
            return await explain_correction(await load_correction(db, merchant, event), view)
        if event.type == DAY_TOTAL:
            return await explain_correction(await load_day_total(db, merchant, event), view)
        history = await load_history(db, merchant, state["zone"], view, event)
    async with state["computing"]:  # one at a time in a process: batches have the rest of it
        return await explain_receipt(history, view)


HANDLERS = (get_events, get_event, get_explanation)
