"""What has happened to an account: its events, how they settled its services, its receipts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter

from fiscal_server.api.accounts import Code, known_account
from fiscal_server.api.events import EVENT, StoredEvent, with_receipts
from fiscal_server.api.examples import NOON, RECEIPT
from fiscal_server.api.resources import LAST_ID, Cursor
from fiscal_server.api.schemas import ReceiptAnswer, receipt_answer
from fiscal_server.ids import moment_of
from fiscal_server.storage.accounts import (
    HistoryEntry,
    SettlementRow,
    account_history,
    read_settlement_rows,
)
from fiscal_server.storage.events import read_events
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipts import read_receipts

Limit = Annotated[int, QueryParameter(ge=1, le=200)]


class SettlementAnswer(msgspec.Struct, frozen=True):
    """A part of a delivered service that was settled; ``form``: cash, noncash, counter, advance."""

    event_key: str
    service: str
    period: str
    amount_kopecks: int
    vat_code: int
    form: str
    settled_on: date
    exempt: str | None
    advance_received_on: date | None


class HistoryRow(msgspec.Struct, frozen=True):
    """One entry: what ``kind`` names is there, the others are null."""

    id: str
    kind: str
    at: datetime
    event: StoredEvent | None = None
    settlement: SettlementAnswer | None = None
    receipt: ReceiptAnswer | None = None


class HistoryPage(msgspec.Struct, frozen=True):
    """What happened, newest first; ``next`` is the cursor of the following page."""

    entries: list[HistoryRow]
    next: str | None


HISTORY: Final = HistoryPage(
    [
        HistoryRow(RECEIPT.id, "receipt", NOON, receipt=RECEIPT),
        HistoryRow(
            "370154790420480002",
            "settlement",
            NOON,
            settlement=SettlementAnswer(
                EVENT.key, "internet", "2026-10", 45_000, 11, "noncash", date(2026, 10, 20), None, None
            ),
        ),
        HistoryRow(EVENT.id, "event", NOON, event=EVENT),
    ],
    None,
)


@get("/v1/accounts/{code:str}/history", operation_id="GetAccountHistory", tags=["accounts"])
async def get_history(
    request: Request[int, Any, State],
    code: FromPath[str],
    state: State,
    limit: Limit = 50,
    before: Cursor = LAST_ID,
) -> HistoryPage:
    """Events of an account, how they settled its services, and its receipts, newest first.

    A month close and a transfer from another account are events of the merchant and of that account; here they show in
    their settlements and receipts, by `event_key`.
    """
    return await _page(state, request.user, code, before, limit)


@get("/v1/account/history", operation_id="GetAccountHistoryByCode", tags=["accounts"])
async def get_history_by_code(
    request: Request[int, Any, State], state: State, code: Code, limit: Limit = 50, before: Cursor = LAST_ID
) -> HistoryPage:
    """The same of an account whose code cannot stand in an address: it holds a `/` or is made of dots."""
    return await _page(state, request.user, code, before, limit)


async def _page(state: State, merchant_id: int, code: str, before: int, limit: int) -> HistoryPage:
    async with state["database"].read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        account = await known_account(db, merchant_id, code)
        found = await account_history(db, merchant_id, account.id, before=before, limit=limit + 1)
        rows = await _rows(db, merchant_id, account.id, found[:limit])
    return HistoryPage(rows, str(found[limit - 1].id) if len(found) > limit else None)


async def _rows(
    db: ReadConnection, merchant_id: int, account_id: int, entries: Sequence[HistoryEntry]
) -> list[HistoryRow]:
    ids = {kind: [one.id for one in entries if one.kind == kind] for kind in ("event", "settlement", "receipt")}
    views = await read_events(db, merchant_id, ids["event"])
    events = {int(one.id): one for one in await with_receipts(db, merchant_id, views)}
    settlements = await read_settlement_rows(db, merchant_id, account_id, ids["settlement"])
    receipts = {one.id: receipt_answer(one) for one in await read_receipts(db, merchant_id, ids["receipt"])}
    return [
        HistoryRow(
            id=str(one.id),
            kind=one.kind,
            at=moment_of(one.id),
            event=events.get(one.id) if one.kind == "event" else None,
            settlement=_settlement(settlements[one.id]) if one.kind == "settlement" else None,
            receipt=receipts.get(one.id) if one.kind == "receipt" else None,
        )
        for one in entries
    ]


def _settlement(row: SettlementRow) -> SettlementAnswer:
    return SettlementAnswer(
        event_key=row.event_key,
        service=row.service,
        period=row.period,
        amount_kopecks=row.amount_kopecks,
        vat_code=row.vat_code,
        form=row.form,
        settled_on=row.settled_on,
        exempt=row.exempt,
        advance_received_on=row.lot_received_on,
    )


HANDLERS = (get_history, get_history_by_code)
