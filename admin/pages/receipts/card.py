"""The card of a receipt: its paper, its story, why it is as it is, and the paper as PDF."""

import asyncio
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from admin import words
from admin.access import doing
from admin.addresses import receipt_address
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import Crumb, page, part
from admin.pages.choosing import seen_merchant
from admin.pages.explained import sections_of
from admin.pages.receipts.paper import document_of, drawn, qr_svg
from admin.pages.receipts.story import story_of, why_state
from admin.permissions import Action
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.intake.replay import CannotExplain, History, explain_receipt, load_history
from fiscal_server.settings import Settings
from fiscal_server.storage import receipt_cards
from fiscal_server.storage.events import EventView, read_events
from fiscal_server.storage.merchants import MerchantRow, read_merchant
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipt_orders import list_receipt_orders
from fiscal_server.storage.receipts import ReceiptView, read_receipt
from kkt_drivers.errors import CodecError

LIST: Final = Crumb("Чеки", "/receipts")
_LAST_ID: Final = (1 << 63) - 1

_Request = Request[Any, Any, State]


class _Found(NamedTuple):
    view: ReceiptView
    merchant: MerchantRow
    device: receipt_cards.DeviceOfFn | None


async def _find(db: ReadConnection, merchant_id: int, receipt_id: int) -> _Found:
    view = await read_receipt(db, merchant_id, receipt_id) if 0 < receipt_id <= _LAST_ID else None
    if view is None:
        raise NotFoundException
    device = None if view.fn_number is None else await receipt_cards.device_of_fn(db, merchant_id, view.fn_number)
    return _Found(view, await read_merchant(db, merchant_id), device)


@get("/receipts/{merchant_id:int}/{receipt_id:int}", opt=doing(Action.SEE_RECEIPTS))
async def receipt_card(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], receipt_id: FromPath[int]
) -> Template:
    """Everything about a receipt but the explanation, which comes by a request of its own."""
    clock: Clock = state["clock"]
    settings: Settings = state["settings"]
    panel: PanelDatabase = state["panel"]
    merchant_name = seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        view, merchant, device = await _find(db, merchant_id, receipt_id)
        events = await read_events(db, merchant_id, [view.event_id])
        waiting = await receipt_cards.waiting_receipt(db, merchant_id, receipt_id)
        orders = await list_receipt_orders(db, merchant_id, receipt_id)
        others = await receipt_cards.receipts_of_event(db, merchant_id, view.event_id, receipt_id)
        corrected_by = await receipt_cards.corrections_of(db, merchant_id, receipt_id)
        corrects = await receipt_cards.corrected_by_event(db, merchant_id, view.event_id)
        ahead = (
            await receipt_cards.receipts_ahead(db, merchant_id, view.account_id, receipt_id)
            if waiting is not None and view.account_id is not None
            else []
        )
    drawing = drawn(view, merchant, device)
    return page(
        "receipt.html",
        viewer,
        "receipts",
        crumbs=[LIST],
        chosen=merchant_id if len(viewer.merchants) > 1 else None,
        at=Moments(clock.now(), settings.zone),
        one=view,
        merchant_id=merchant_id,
        merchant_name=merchant_name,
        kind=words.kind_of(view.form, view.receipt),
        wording=words.NOT_TAKEN if view.ofd_code else words.RECEIPT_STATES[view.state],
        why_state=why_state(view),
        drawing=drawing,
        qr=qr_svg(drawing.qr) if drawing is not None else "",
        emulated=words.is_emulated(view.fn_number or "") or (device is not None and device.emulated),
        steps=story_of(view, events[0] if events else None, waiting, device, orders),
        ahead=ahead,
        others=others,
        corrected_by=corrected_by,
        corrects=corrects,
    )


@get("/receipts/{merchant_id:int}/{receipt_id:int}/why", opt=doing(Action.SEE_RECEIPTS))
async def receipt_why(
    request: _Request,
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    receipt_id: FromPath[int],
) -> Template:
    """Why the receipt is as it is: its account's history computed anew, in the words of the rules."""
    settings: Settings = state["settings"]
    panel: PanelDatabase = state["panel"]
    seen_merchant(viewer, merchant_id)
    explained, reason = [], ""
    try:
        view, history = await _load_history(panel, settings, merchant_id, receipt_id)
        explained = sections_of(await explain_receipt(history, view))
    except CannotExplain as error:
        reason = str(error)
    back = [LIST, Crumb("Чек", receipt_address(merchant_id, receipt_id))]
    return part(request, "receipts/why.html", viewer, "receipts", crumbs=back, explained=explained, reason=reason)


async def _load_history(
    panel: PanelDatabase, settings: Settings, merchant_id: int, receipt_id: int
) -> tuple[ReceiptView, History]:
    async with panel.look([merchant_id]) as db:
        view, merchant, _ = await _find(db, merchant_id, receipt_id)
        events: list[EventView] = await read_events(db, merchant_id, [view.event_id])
        if not events:
            raise CannotExplain(say("Событие этого чека больше не хранится."))
        return view, await load_history(db, merchant, settings.zone, view, events[0])


@get("/receipts/{merchant_id:int}/{receipt_id:int}/pdf", opt=doing(Action.SEE_RECEIPTS))
async def receipt_pdf(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], receipt_id: FromPath[int]
) -> Response[bytes]:
    """The paper as a file, for printing and for mail."""
    from kkt_drivers.ffd.draw_pdf import draw_pdf  # the renderer is large: only for who asks for it

    panel: PanelDatabase = state["panel"]
    seen_merchant(viewer, merchant_id)
    viewer.forbid_files_in_emergency()
    async with panel.look([merchant_id]) as db:
        view, merchant, device = await _find(db, merchant_id, receipt_id)
    if view.fd_number is None:  # a paper without a document would pass for a receipt
        raise NotFoundException
    try:
        content = await asyncio.to_thread(draw_pdf, document_of(view, merchant, device))
    except CodecError:
        raise NotFoundException from None
    headers = {"Content-Disposition": f'inline; filename="receipt-{receipt_id}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


HANDLERS: Final = (receipt_card, receipt_why, receipt_pdf)
