"""The card of an account: what it owes and has, what happened to it, and what a payment would bring."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.ledger import debts_total, lots_total
from admin import words
from admin.access import doing
from admin.addresses import account_address
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import Crumb, page
from admin.pages.accounts.table import kind_of_payer
from admin.pages.accounts.what_if import WAYS, WhatIf, read_form, try_payment
from admin.pages.choosing import seen_merchant
from admin.pages.receipts.story import EVENTS, FOREIGN_EVENT
from admin.pages.receipts.table import cursor_id
from admin.permissions import Action
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.ids import moment_of
from fiscal_server.settings import Settings
from fiscal_server.storage.accounts import HistoryEntry, SettlementRow, account_history, read_settlement_rows
from fiscal_server.storage.books import read_book
from fiscal_server.storage.events import EventView, read_events
from fiscal_server.storage.ledger import StoredAccount, read_account
from fiscal_server.storage.merchants import MerchantRow, read_merchant
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipts import ReceiptView, read_receipts

LIST: Final = Crumb("Лицевые счета", "/accounts")
ENTRIES: Final = 30
_LAST_ID: Final = (1 << 63) - 1
_CODE_MAX: Final = 128

SETTLED: Final = {
    "cash": "оплачено наличными",
    "noncash": "оплачено безналично",
    "counter": "взаимозачёт",
    "advance": "списали с переплаты",
}

_Request = Request[Any, Any, State]


class Entry(msgspec.Struct, frozen=True):
    """One line of the timeline: an event, a settlement, or a receipt. ``title`` is a msgid."""

    at: datetime
    title: str
    event: EventView | None = None
    settlement: SettlementRow | None = None
    receipt: ReceiptView | None = None
    kind: words.Wording | None = None
    wording: words.Wording | None = None


@get("/accounts/{merchant_id:int}/{code:str}", opt=doing(Action.SEE_ACCOUNTS))
async def account_card(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], code: FromPath[str]
) -> Template:
    """The card of an account."""
    return await _card(request, state, viewer, merchant_id, code)


@get("/accounts/{merchant_id:int}", opt=doing(Action.SEE_ACCOUNTS))
async def account_card_by_code(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]
) -> Template:
    """The same of an account whose code cannot stand in an address: it holds a / or is made of dots."""
    return await _card(request, state, viewer, merchant_id, str(request.query_params.get("code", "")))


async def _card(request: _Request, state: State, viewer: Viewer, merchant_id: int, code: str) -> Template:
    clock: Clock = state["clock"]
    settings: Settings = state["settings"]
    panel: PanelDatabase = state["panel"]
    at = Moments(clock.now(), settings.zone)
    merchant_name = seen_merchant(viewer, merchant_id)
    before = cursor_id(request.query_params.get("before")) or _LAST_ID
    form = read_form(request.query_params, at.now.date())
    async with panel.look([merchant_id]) as db:
        account = await _find(db, merchant_id, code)
        found = await account_history(db, merchant_id, account.id, before=before, limit=ENTRIES + 1)
        entries = await _entries(db, merchant_id, account.id, found[:ENTRIES])
        merchant = await read_merchant(db, merchant_id)
        closed = frozenset((await read_book(db, merchant_id)).closed_periods)
    tried = await asyncio.to_thread(_tried, form, merchant, account, closed, at)
    own = account.state
    kept = form.given if "pay" in form.given else {}
    return page(
        "account.html",
        viewer,
        "accounts",
        crumbs=[LIST],
        chosen=merchant_id if len(viewer.merchants) > 1 else None,
        at=at,
        merchant_id=merchant_id,
        merchant_name=merchant_name,
        account=own,
        names={service.id: service.name or service.id for service in stored_rules(merchant.rules).services},
        payer=kind_of_payer(own.payer_kind, is_member=own.member),
        debts_kopecks=debts_total(own.debts),
        off_balance_kopecks=debts_total(own.off_balance),
        advances_kopecks=lots_total(own.lots),
        entries=entries,
        older=account_address(merchant_id, code, before=found[ENTRIES - 1].id, **kept)
        if len(found) > ENTRIES
        else None,
        newest=account_address(merchant_id, code, **kept) if before != _LAST_ID else None,
        what_if=tried,
        ways=WAYS,
    )


async def _find(db: ReadConnection, merchant_id: int, code: str) -> StoredAccount:
    account = None
    if 0 < len(code) <= _CODE_MAX and "\0" not in code:
        account = await read_account(db, merchant_id, code)
    if account is None:
        raise NotFoundException
    return account


def _tried(form: WhatIf, merchant: MerchantRow, account: StoredAccount, closed: frozenset[str], at: Moments) -> WhatIf:
    return try_payment(form, stored_rules(merchant.rules), account.state, closed, at.now.date())


async def _entries(db: ReadConnection, merchant_id: int, account_id: int, found: Sequence[HistoryEntry]) -> list[Entry]:
    ids = {kind: [one.id for one in found if one.kind == kind] for kind in ("event", "settlement", "receipt")}
    events = {one.id: one for one in await read_events(db, merchant_id, ids["event"])}
    settlements = await read_settlement_rows(db, merchant_id, account_id, ids["settlement"])
    receipts = {one.id: one for one in await read_receipts(db, merchant_id, ids["receipt"])}
    return [_entry(one, events, settlements, receipts) for one in found]


def _entry(
    one: HistoryEntry,
    events: dict[int, EventView],
    settlements: dict[int, SettlementRow],
    receipts: dict[int, ReceiptView],
) -> Entry:
    at = moment_of(one.id)
    if one.kind == "event":
        event = events[one.id]
        return Entry(at, EVENTS.get(event.type, FOREIGN_EVENT), event=event)
    if one.kind == "settlement":
        row = settlements[one.id]
        return Entry(at, SETTLED[row.form], settlement=row)
    view = receipts[one.id]
    wording = words.NOT_TAKEN if view.ofd_code else words.RECEIPT_STATES[view.state]
    return Entry(at, "Чек", receipt=view, kind=words.kind_of(view.form, view.receipt), wording=wording)


HANDLERS: Final = (account_card, account_card_by_code)
