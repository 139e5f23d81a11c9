"""What correcting would issue, worked out and not stored: the documents of a correction or of a restoration.

The plan is accounting's own (receipt rules 6); here stand only the stored receipts and books that it is made from.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, UnsetType

from accounting.receipts import case_merchant
from accounting.receipts._reference.order import in_order
from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.control import Control
from accounting.receipts.correction_events import BasisDocument, Order, ReceiptCorrection, RightReceipt
from accounting.receipts.events import AnyEvent, Event, Restoration
from accounting.receipts.explain import explain
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.model import Receipt
from accounting.receipts.outcome import ComputedReceipt
from fiscal_server.intake.batch import Problem
from fiscal_server.intake.touched import reversed_payments, touched_by
from fiscal_server.storage import batches, books, ledger
from fiscal_server.storage.accounts import list_accounts
from fiscal_server.storage.events import read_events
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.payments import find_payments
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipts import ReceiptView, read_receipts

MAX_RECEIPTS: Final = 100
MAX_REPLAYED: Final = 1_000
MAX_ACCOUNTS: Final = 1_000
PREVIEW_KEY: Final = "preview"

_EVENT = msgspec.json.Decoder(Event)
ReceiptId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}\Z")]


class CorrectionOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Registered receipts that are wrong. ``right``: how the one should be; without it they are superfluous.

    ``not_accepted``: the tax service did not take them, so they count as never issued.
    """

    corrected_on: date = msgspec.field(name="date")
    receipts: Annotated[list[ReceiptId], msgspec.Meta(min_length=1, max_length=MAX_RECEIPTS)]
    right: RightReceipt | None = None
    not_accepted: bool = False
    basis_document: BasisDocument | UnsetType = UNSET
    order: Order | UnsetType = UNSET


class RestorationOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Past events that never reached the server, whose receipts are to be restored."""

    restored_on: date = msgspec.field(name="date")
    replay: Annotated[tuple[Event, ...], msgspec.Meta(min_length=1, max_length=MAX_REPLAYED)]
    basis_document: BasisDocument | UnsetType = UNSET
    order: Order | UnsetType = UNSET


class PlannedDocument(msgspec.Struct, frozen=True):
    """A document that would be issued. ``corrects``: the receipt that is wrong; ``unsound``: why it could not go."""

    event_key: str
    account: str | None
    corrects: str | None
    receipt: Receipt
    explanation: str
    unsound: list[str]


class CorrectionPlan(msgspec.Struct, frozen=True):
    """What would be issued, in order, and what cannot be done with its reason."""

    documents: list[PlannedDocument]
    refused: list[Problem]


class Given(msgspec.Struct, frozen=True):
    """Everything that a plan is computed from."""

    rules: MerchantRules
    books: Books
    events: list[AnyEvent]
    issued: list[IssuedReceipt]
    refused: list[Problem]


async def load_correction(db: ReadConnection, merchant_id: int, order: CorrectionOrder) -> Given:
    """The receipts of an order, each with an event that corrects it; those that have no document are refused."""
    merchant = await read_merchant(db, merchant_id)
    rules = msgspec.convert(merchant.rules, case_merchant.MerchantRow).rules()
    found = {view.id: view for view in await read_receipts(db, merchant_id, [int(one) for one in order.receipts])}
    bodies = {one.id: one.body for one in await read_events(db, merchant_id, [one.event_id for one in found.values()])}
    given = Given(rules, Books(), [], [], [])
    for place, receipt_id in enumerate(order.receipts):
        view = found.get(int(receipt_id))
        problem = _not_correctable(view, order, place)
        if problem is not None:
            given.refused.append(problem)
            continue
        assert view is not None
        given.issued.append(_issued(view, bodies.get(view.event_id), rules, quarantined=order.not_accepted))
        given.events.append(
            ReceiptCorrection(
                key=f"{PREVIEW_KEY}-{receipt_id}",
                corrected_on=order.corrected_on,
                receipt=str(view.id),
                right=order.right,
                basis_document=order.basis_document,
                order=order.order,
            )
        )
    return given


def _not_correctable(view: ReceiptView | None, order: CorrectionOrder, place: int) -> Problem | None:
    field = f"receipts[{place}]"
    if view is None:
        return Problem("unknown_receipt", f"there is no receipt {order.receipts[place]}", field)
    if view.fiscal_sign is None:
        return Problem("not_registered", f"it is {view.state.value}: no document of it exists yet", field)
    if order.right is not None and len(order.receipts) > 1:
        return Problem("invalid", "`right` is how one receipt should be: send one", field)
    return None


def _issued(view: ReceiptView, event: bytes | None, rules: MerchantRules, *, quarantined: bool) -> IssuedReceipt:
    assert view.issued_at is not None
    settled_on = None
    if event is not None:
        [(settled_on, _)] = in_order([_EVENT.decode(event)], rules.policies.settlement_date_source, {})
    document = ComputedReceipt(
        receipt=view.receipt,
        event_key=view.event_key,
        account=view.account,
        consolidated=view.consolidated,
        part=view.part,
        register_group=view.register_group,
    )
    return IssuedReceipt(
        id=str(view.id),
        document=document,
        issued_on=view.issued_at.date(),
        settled_on=settled_on,
        fiscal_sign=str(view.fiscal_sign),
        quarantined=quarantined,
    )


async def load_restoration(db: ReadConnection, merchant_id: int, order: RestorationOrder) -> Given:
    """The books as they stand, and events to be replayed on them; those that the books have already are refused."""
    merchant = await read_merchant(db, merchant_id)
    rules = msgspec.convert(merchant.rules, case_merchant.MerchantRow).rules()
    keys = [event.key for event in order.replay]
    known = await batches.event_ids(db, merchant_id, keys)
    refused = [
        Problem("event_stored", "this event is in the books, and its receipt with it", f"replay[{place}].key", key=key)
        for place, key in enumerate(keys)
        if key in known
    ]
    payments = await find_payments(db, merchant_id, reversed_payments(order.replay))
    touched = touched_by(order.replay, payments)
    codes = touched.accounts if touched.accounts is not None else await _all_codes(db, merchant_id)
    if len(codes) > MAX_ACCOUNTS:
        refused.append(Problem("too_many_accounts", f"more than {MAX_ACCOUNTS} accounts take part", "replay"))
    if refused:
        return Given(rules, Books(), [], [], refused)
    stored = await ledger.read_accounts(db, merchant_id, codes)
    book = await books.read_book(db, merchant_id)
    restoration = Restoration(
        key=PREVIEW_KEY,
        restored_on=order.restored_on,
        replay=order.replay,
        basis_document=order.basis_document,
        order=order.order,
    )
    given = Books(
        accounts={one.state.id: one.state for one in stored},
        closed_periods=frozenset(book.closed_periods),
        payments={key: one.record for key, one in payments.items()},
    )
    return Given(rules, given, [restoration], [], [])


async def _all_codes(db: ReadConnection, merchant_id: int) -> list[str]:
    return [one.code for one in await list_accounts(db, merchant_id, after="", prefix="", limit=MAX_ACCOUNTS + 1)]


def plan(given: Given) -> CorrectionPlan:
    """The documents, each explained and judged by the control."""
    outcome = compute(given.rules, given.books, given.events, issued=given.issued)
    problems = [Problem(one.code.value, one.message, one.field, None, one.event_key) for one in outcome.errors]
    documents = [_document(given, outcome, one) for one in outcome.receipts]
    return CorrectionPlan(documents, [*given.refused, *problems])


def _document(given: Given, outcome: Outcome, one: ComputedReceipt) -> PlannedDocument:
    unsound = Control(given.rules, given.events).unsound([one])
    text = explain(given.rules, given.books, given.events, outcome, one, given.issued).text()
    return PlannedDocument(
        event_key=one.event_key,
        account=one.account,
        corrects=_corrected(given.events, one.event_key),
        receipt=one.receipt,
        explanation=text,
        unsound=[f"{finding.message} {finding.action}" for found in unsound.values() for finding in found],
    )


def _corrected(events: Sequence[AnyEvent], key: str) -> str | None:
    return next((one.receipt for one in events if isinstance(one, ReceiptCorrection) and one.key == key), None)
