"""Stored receipts as corrections see them: what was registered, when it was settled, why one cannot be corrected."""

from collections.abc import Mapping, Sequence
from typing import Final, get_args

import msgspec

from accounting.receipts._reference.order import in_order
from accounting.receipts.books import MerchantRules
from accounting.receipts.codes import FfdVersion
from accounting.receipts.corrections.events import DayTotalRestoration
from accounting.receipts.events import Event
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.outcome import ComputedReceipt
from fiscal_server.intake.batch import Problem
from fiscal_server.storage.events import EventView, read_events
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.receipts import ReceiptView

_EVENT = msgspec.json.Decoder(Event)

DAY_TOTAL: Final = str(DayTotalRestoration.__struct_config__.tag)

COMPUTED_TYPES: Final = frozenset(str(kind.__struct_config__.tag) for kind in get_args(Event))
"""Types of events whose receipts were computed here; others came finished, or correct."""


def not_correctable(
    receipt_id: int, view: ReceiptView | None, standing: Mapping[int, int], taken_back: frozenset[int]
) -> Problem | None:
    """Why a receipt cannot be corrected; ``view`` None: the merchant has none of this id.

    ``standing``: receipt -> the correction that is there already; ``taken_back``: those whose money went back.
    """
    if view is None:
        return Problem("unknown_receipt", f"there is no receipt {receipt_id}")
    if view.fiscal_sign is None:
        return Problem("not_registered", f"it is {view.state.value}: no document of it exists yet")
    if receipt_id in standing:
        reason = f"correction {standing[receipt_id]} corrects it: correct what that one put in its place"
        return Problem("already_corrected", reason)
    if receipt_id in taken_back:
        return Problem("payment_reversed", "its payment was taken back, and the receipt was mirrored with it")
    return None


async def load_issued(
    db: ReadConnection | WriteConnection,
    merchant_id: int,
    views: Sequence[ReceiptView],
    rules: MerchantRules,
    *,
    quarantined: bool,
) -> list[IssuedReceipt]:
    """Registered receipts with the days of what they settled, in the order in which they are given."""
    events = {one.id: one for one in await read_events(db, merchant_id, [view.event_id for view in views])}
    return [_issued(view, events.get(view.event_id), rules, quarantined=quarantined) for view in views]


def _issued(view: ReceiptView, event: EventView | None, rules: MerchantRules, *, quarantined: bool) -> IssuedReceipt:
    assert view.issued_at is not None
    receipt = view.receipt
    settled_on = None
    if event is not None and event.type in COMPUTED_TYPES:
        [(settled_on, _)] = in_order([_EVENT.decode(event.body)], rules.policies.settlement_date_source, {})
    elif event is not None and event.type == DAY_TOTAL:
        settled_on = msgspec.json.decode(event.body, type=DayTotalRestoration).day
    elif receipt.correction is not None and rules.ffd is not FfdVersion.FFD_1_05:
        settled_on = receipt.correction.settled_on
    document = ComputedReceipt(
        receipt=receipt,
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
