"""A receipt explained from the books: its account's events are computed anew, batch by batch, as they arrived.

Books are kept as they are now, not as they were: what an account owed when an event met it comes out of its history.
The replay goes by the rules of today. When it makes another receipt than the one that is stored (rules were changed,
dues were declared), there is nothing honest to say, and that is said.
"""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.events import AdvanceTransfer, AnyEvent, Event, PaymentIdentification, Restoration
from accounting.receipts.explanation.explain import explain
from accounting.receipts.ledger import AccountState
from accounting.receipts.model import Receipt
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.wording import translated
from fiscal_server.errors import FiscalServerError
from fiscal_server.intake.correction_orders import RestorationOrder
from fiscal_server.intake.issued_receipts import COMPUTED_TYPES
from fiscal_server.storage import corrections, histories
from fiscal_server.storage.events import EventView
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipts import ReceiptView

MAX_EVENTS: Final = 5_000
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_ACCOUNTS: Final = 200
"""A longer history is not told anew while somebody waits: some 200 microseconds an event."""

_EVENT = msgspec.json.Decoder(Event)


class CannotExplain(FiscalServerError):
    """Computed anew, this receipt does not come out, or its history is too long; the message says which."""


class History(msgspec.Struct, frozen=True):
    """What a replay is given: bare accounts, and their events in the order of arrival."""

    rules: MerchantRules
    zone: ZoneInfo
    accounts: dict[str, AccountState]
    events: list[EventView]
    restorations: dict[int, Restoration]  # by id, without what they replay: those are events that came in them


async def load_history(
    db: ReadConnection, merchant: MerchantRow, zone: ZoneInfo, receipt: ReceiptView, event: EventView
) -> History:
    """All that the receipt's account went through up to its event. Raises CannotExplain when that is too much."""
    rules = stored_rules(merchant.rules)
    if event.type not in COMPUTED_TYPES:
        raise CannotExplain(translated("Чек пришёл готовым из другой системы: почему он такой, знает только она."))
    if receipt.account is None and receipt.consolidated is None:
        return History(rules, zone, {}, [event], await _restorations(db, merchant.id, [event]))
    if receipt.account is not None:
        codes = {receipt.account}
    else:
        codes = set(await histories.codes_before(db, merchant.id, event.id, MAX_ACCOUNTS + 1))
    events: dict[int, EventView] = {event.id: event}
    loaded: set[str] = set()
    while fresh := codes - loaded:
        if len(codes) > MAX_ACCOUNTS:
            raise CannotExplain(translated("В чеке участвовало больше {accounts} счетов.", accounts=MAX_ACCOUNTS))
        found = await histories.events_of_accounts(db, merchant.id, sorted(fresh), event.id, MAX_EVENTS + 1)
        found = [one for one in found if one.type in COMPUTED_TYPES]  # corrections leave the books as they are
        events |= {one.id: one for one in found}
        events |= {one.id: one for one in await _named_payments(db, merchant.id, found)}
        loaded |= fresh
        if len(events) > MAX_EVENTS or sum(len(one.body) for one in events.values()) > MAX_BYTES:
            raise CannotExplain(
                translated("За чеком больше {events} событий: столько заново не считаем.", events=MAX_EVENTS)
            )
        codes |= {code for one in found for code in _other_accounts(one)}
    accounts = {one.id: one for one in await histories.bare_accounts(db, merchant.id, sorted(codes))}
    ordered = sorted(events.values(), key=lambda one: one.id)
    return History(rules, zone, accounts, ordered, await _restorations(db, merchant.id, ordered))


async def _restorations(db: ReadConnection, merchant_id: int, events: Sequence[EventView]) -> dict[int, Restoration]:
    """Restorations that brought some of the events."""
    brought = {one.batch_id for one in events if one.batch_id is not None}
    bodies = await corrections.restorations_among(db, merchant_id, brought) if brought else {}
    orders = {one: msgspec.json.decode(body, type=RestorationOrder) for one, body in bodies.items()}
    return {one: order.event("restoration", ()) for one, order in orders.items()}


async def _named_payments(db: ReadConnection, merchant_id: int, found: Sequence[EventView]) -> list[EventView]:
    """Payments of unknown payers that were identified: they stand under no account."""
    decoded = [_EVENT.decode(one.body) for one in found if one.type == "payment_identification"]
    keys = [event.payment for event in decoded if isinstance(event, PaymentIdentification)]
    return await histories.events_by_keys(db, merchant_id, keys)


def _other_accounts(view: EventView) -> tuple[str, ...]:
    if view.type != "advance_transfer":
        return ()
    event = _EVENT.decode(view.body)
    assert isinstance(event, AdvanceTransfer)
    return (event.source, event.target)


async def explain_receipt(history: History, receipt: ReceiptView) -> str:
    """The explanation's text. Raises CannotExplain."""
    return await asyncio.to_thread(_explain, history, receipt)


def _explain(history: History, receipt: ReceiptView) -> str:
    for books, events, outcome in _replayed(history, receipt):
        for computed in outcome.receipts:
            if is_it(computed, receipt):
                told = msgspec.structs.replace(computed, receipt=receipt.receipt)
                made = msgspec.structs.replace(
                    outcome, receipts=[told if one is computed else one for one in outcome.receipts]
                )
                return explain(history.rules, books, events, made, told).text()
    raise CannotExplain(
        translated(
            "Пересчитанная по сегодняшним правилам история счёта даёт другой чек: с тех пор изменились правила или то, "
            "что заявлено о счёте."
        )
    )


def _replayed(history: History, receipt: ReceiptView) -> Iterator[tuple[Books, list[AnyEvent], Outcome]]:
    """Batch after batch: the books before it, its events, what came of them. At last what was held till then."""
    books = Books(accounts=history.accounts)
    for came_in, group in itertools.groupby(history.events, lambda one: one.batch_id or one.id):
        views = list(group)
        known = [_of_known(_EVENT.decode(one.body), books) for one in views]
        restoring = history.restorations.get(came_in)
        events: list[AnyEvent] = (
            [*known] if restoring is None else [msgspec.structs.replace(restoring, replay=tuple(known))]
        )
        day = views[0].received_at.astimezone(history.zone).date()
        outcome = compute(history.rules, books, events, as_of=day)
        yield books, events, outcome
        books = _books_after(books, outcome)
    made_on = receipt.created_at.astimezone(history.zone).date()
    yield books, [_EVENT.decode(one.body) for one in history.events], compute(history.rules, books, [], as_of=made_on)


def _of_known(event: Event, books: Books) -> Event:
    """A close brings charges of every account along: those of others are none of ours."""
    charges = getattr(event, "charges", ())
    if not charges:
        return event
    ours = tuple(one for one in charges if one.account in books.accounts)
    kept: Event = msgspec.structs.replace(event, charges=ours)
    return kept


def _books_after(books: Books, outcome: Outcome) -> Books:
    issued = dict(books.issued)
    for one in outcome.receipts:
        issued[one.event_key] = (*issued.get(one.event_key, ()), one)
    return Books(
        accounts={**books.accounts, **outcome.accounts},
        suspense=outcome.suspense,
        held=outcome.held,
        pending_refunds=outcome.pending_refunds,
        closed_periods=outcome.closed_periods,
        payments={**books.payments, **outcome.payments},
        issued=issued,
    )


def is_it(computed: ComputedReceipt, stored: ReceiptView) -> bool:
    """Whether what is computed anew is the stored receipt."""
    return (
        computed.event_key == stored.event_key
        and computed.account == stored.account
        and computed.part == stored.part
        and _face(computed.receipt) == _face(stored.receipt)
    )


def _face(receipt: Receipt) -> Receipt:
    """All of a receipt but the contact, which may have changed since and explains nothing."""
    return msgspec.structs.replace(receipt, contact=None)
