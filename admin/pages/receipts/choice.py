"""What is done with receipts ticked in their list: a question before a job, a file of papers, a file of rows."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from litestar import Request, Response, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, PermissionDeniedException
from litestar.response import Redirect

from admin.access import doing
from admin.bulk.choosing import Key, asked_of, read_keys, ticked_receipts
from admin.database import PanelDatabase
from admin.orders import new_form_key
from admin.page import Crumb, page
from admin.pages.bulk import PATH, choose, kind_of, question
from admin.pages.receipts.paper import document_of
from admin.pages.receipts.table import ReceiptRow
from admin.permissions import Action
from admin.tables.export import csv_stream, xlsx_stream
from admin.viewer import Viewer
from fiscal_server.storage.merchants import MerchantRow, read_merchant
from fiscal_server.storage.receipt_cards import DeviceOfFn, device_of_fn
from fiscal_server.storage.receipts import read_receipt
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.tree import Node

PAPERS_MAX: Final = 50
"""A page of the list: each paper is drawn, and the panel's memory is small."""

NOTHING: Final = "Ничего не отмечено: отметьте строки слева."
NO_PAPERS: Final = "Среди отмеченных нет оформленных чеков: печатать нечего."
TOO_MANY_PAPERS: Final = "В один файл идёт до 50 чеков: отметьте их на странице списка."


def _refused(viewer: Viewer, words: str, form: FormMultiDict) -> Response[Any]:
    asked = asked_of(form, viewer)
    back = [Crumb("Чеки", asked.address())]
    return page("bulk/refused.html", viewer, "receipts", crumbs=back, words=words, back=back[0].path, status=422)


@post(f"{PATH}/receipts", opt=doing(Action.SEE_RECEIPTS), status_code=200)
async def choose_receipts(
    request: Request[Any, Any, State], state: State, viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """``deed``: retry or cancel (asks first), pdf, csv, xlsx; of ``row`` each, or of ``all`` that ``query`` leaves."""
    form = await request.form()
    deed, is_all = str(form.get("deed", "")), form.get("all") == "1"
    keys = read_keys(form, viewer)
    if not keys and not is_all:
        return _refused(viewer, NOTHING, form)
    if deed in ("csv", "xlsx"):
        return await _file(state, viewer, form, keys, deed)
    if deed == "pdf":
        viewer.forbid_files_in_emergency()
        if is_all or len(keys) > PAPERS_MAX:
            return _refused(viewer, TOO_MANY_PAPERS, form)
        return await _papers(state, viewer, form, keys)
    name, kind = kind_of(form, Action.SETTLE_RECEIPTS)
    if not viewer.may(kind.action):
        raise PermissionDeniedException
    return question(viewer, name, await choose(state, viewer, form, kind), key=new_form_key())


async def _file(state: State, viewer: Viewer, form: FormMultiDict, keys: Sequence[Key], deed: str) -> Response[Any]:
    if not viewer.may(Action.EXPORT):
        raise PermissionDeniedException
    asked = asked_of(form, viewer)
    if form.get("all") == "1":
        return Redirect(asked.address("/receipts/export", format=deed), status_code=303)
    names = {one.id: one.name for one in viewer.merchants}
    pages, zone = _ticked_pages(state["panel"], keys, names), state["settings"].zone
    if deed == "csv":
        return csv_stream("receipts", asked.columns, pages, zone)
    return await xlsx_stream("receipts", asked.columns, pages, zone)


async def _ticked_pages(
    panel: PanelDatabase, keys: Sequence[Key], names: dict[int, str]
) -> AsyncIterator[Sequence[ReceiptRow]]:
    async with panel.look(sorted({merchant for merchant, _ in keys})) as db:
        found = await ticked_receipts(db, keys)
    yield [ReceiptRow(one, names[one.merchant_id]) for one in found]


async def _papers(state: State, viewer: Viewer, form: FormMultiDict, keys: Sequence[Key]) -> Response[Any]:
    from kkt_drivers.ffd.draw_pdf import draw_pdf  # the renderer is large: only for who asks for it

    documents = await _documents(state["panel"], keys)
    if not documents:
        return _refused(viewer, NO_PAPERS, form)
    content = await asyncio.to_thread(draw_pdf, *documents)
    headers = {"Content-Disposition": 'inline; filename="receipts.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


async def _documents(panel: PanelDatabase, keys: Sequence[Key]) -> list[Node]:
    """Those of receipts that have one, in the order of the list."""
    merchants: dict[int, MerchantRow] = {}
    devices: dict[tuple[int, str], DeviceOfFn | None] = {}
    documents = []
    async with panel.look(sorted({merchant for merchant, _ in keys})) as db:
        for merchant_id, receipt_id in keys:
            view = await read_receipt(db, merchant_id, receipt_id)
            if view is None or view.fd_number is None or view.fn_number is None:
                continue
            if merchant_id not in merchants:
                merchants[merchant_id] = await read_merchant(db, merchant_id)
            where = (merchant_id, view.fn_number)
            if where not in devices:
                devices[where] = await device_of_fn(db, *where)
            try:
                documents.append(document_of(view, merchants[merchant_id], devices[where]))
            except CodecError:
                raise ClientException from None
    return documents


HANDLERS: Final = (choose_receipts,)
