"""The list of receipts, what it adds up to, and the list as a file."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Stream, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import Crumb, page, part
from admin.pages.choosing import chosen_merchants
from admin.pages.receipts.table import PATH, ReceiptRow, cursor_id, receipt_table, wanted_receipts
from admin.pages.saved_views import with_saved
from admin.permissions import Action
from admin.tables.asked import PAGE, Asked, read_asked
from admin.tables.export import csv_stream, xlsx_stream
from admin.tables.view import Rows, in_shown_order, make_view, no_rows
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.settings import Settings
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipt_lists import (
    ListedReceipt,
    ListFilter,
    codes_like,
    count_listed,
    list_receipts,
)

EXPORT_PAGE: Final = 1_000
SUGGESTED: Final = 12

_Request = Request[Any, Any, State]


@get(PATH, opt=doing(Action.SEE_RECEIPTS))
async def receipts(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A page of the list; its totals come by a request of their own."""
    settings: Settings = state["settings"]
    clock: Clock = state["clock"]
    panel: PanelDatabase = state["panel"]
    asked = read_asked(receipt_table(viewer), request.query_params)
    chosen, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    shown = no_rows()
    if not asked.errors:
        async with panel.look(merchants) as db:
            shown = await _read_page(db, merchants, asked, wanted_receipts(asked, settings.zone))
    names = {one.id: one.name for one in viewer.merchants}
    rows = [ReceiptRow(one, names[one.merchant_id]) for one in shown.rows]
    view = make_view(asked, msgspec.structs.replace(shown, rows=rows), lambda row: str(row.one.id))
    view = await with_saved(state, viewer, view)
    return page("receipts.html", viewer, "receipts", view=view, chosen=chosen, at=Moments(clock.now(), settings.zone))


async def _read_page(db: ReadConnection, merchants: Sequence[int], asked: Asked, wanted: ListFilter) -> Rows:
    towards_beginning = asked.ahead is not None
    oldest_first = asked.newest_first == towards_beginning
    cursor = cursor_id(asked.ahead or asked.behind)
    found = await list_receipts(
        db, merchants, _from(wanted, cursor, oldest_first=oldest_first), limit=PAGE, oldest_first=oldest_first
    )
    rows = in_shown_order(found.rows, is_reversed=towards_beginning)
    goes_on = None if found.following is None else str(found.following)
    if towards_beginning:
        last = str(rows[-1].id) if rows else asked.ahead
        return Rows(rows, last, found.looked_at, has_previous=goes_on is not None)
    return Rows(rows, goes_on, found.looked_at, has_previous=cursor is not None)


def _from(wanted: ListFilter, cursor: int | None, *, oldest_first: bool) -> ListFilter:
    if cursor is None:
        return wanted
    if oldest_first:
        return msgspec.structs.replace(wanted, first_id=max(wanted.first_id, cursor + 1))
    return msgspec.structs.replace(wanted, end_id=min(wanted.end_id, cursor))


@get(f"{PATH}/totals", opt=doing(Action.SEE_RECEIPTS))
async def receipt_totals(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """How many receipts the list has, and what they add up to when they are few enough to be added up."""
    settings: Settings = state["settings"]
    panel: PanelDatabase = state["panel"]
    asked = read_asked(receipt_table(viewer), request.query_params)
    chosen, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    counted = None
    if not asked.errors:
        days = (asked.values.get("from"), asked.values.get("to"))
        async with panel.look(merchants) as db:
            wanted = wanted_receipts(asked, settings.zone)
            counted = await count_listed(db, merchants, wanted, days, settings.zone)
    back = [Crumb("Чеки", asked.address())]
    return part(request, "receipts/totals.html", viewer, "receipts", crumbs=back, count=counted, chosen=chosen)


@get(f"{PATH}/codes", opt=doing(Action.SEE_RECEIPTS))
async def receipt_codes(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[list[str]]:
    """Account codes that begin as typed."""
    panel: PanelDatabase = state["panel"]
    _, merchants = chosen_merchants(viewer, request.query_params.get("merchant") or None)
    begins = str(request.query_params.get("begins", "")).replace("\0", "")[:128]
    async with panel.look(merchants) as db:
        found = await codes_like(db, merchants, begins, SUGGESTED) if begins else []
    return Response(found, headers={"Cache-Control": "no-store"})


@get(f"{PATH}/export", opt=doing(Action.EXPORT))
async def receipt_export(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Stream:
    """The whole list with the columns chosen, as ``format`` says: csv or xlsx."""
    settings: Settings = state["settings"]
    panel: PanelDatabase = state["panel"]
    asked = read_asked(receipt_table(viewer), request.query_params)
    _, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    file_format = request.query_params.get("format")
    if asked.errors or file_format not in ("csv", "xlsx"):
        raise NotFoundException
    names = {one.id: one.name for one in viewer.merchants}
    pages = _all_pages(
        panel, merchants, wanted_receipts(asked, settings.zone), names, oldest_first=not asked.newest_first
    )
    if file_format == "csv":
        return csv_stream("receipts", asked.columns, pages, settings.zone)
    return await xlsx_stream("receipts", asked.columns, pages, settings.zone)


async def _all_pages(
    panel: PanelDatabase, merchants: Sequence[int], wanted: ListFilter, names: dict[int, str], *, oldest_first: bool
) -> AsyncIterator[list[ReceiptRow]]:
    """Page after page, each a short read of its own: no transaction stays open while somebody's line is slow."""
    cursor: int | None = None
    while True:
        async with panel.look(merchants) as db:
            found = await list_receipts(
                db,
                merchants,
                _from(wanted, cursor, oldest_first=oldest_first),
                limit=EXPORT_PAGE,
                oldest_first=oldest_first,
            )
        yield [_row(one, names) for one in found.rows]
        if found.following is None:
            return
        cursor = found.following


def _row(one: ListedReceipt, names: dict[int, str]) -> ReceiptRow:
    return ReceiptRow(one, names[one.merchant_id])


HANDLERS: Final = (receipts, receipt_totals, receipt_codes, receipt_export)
