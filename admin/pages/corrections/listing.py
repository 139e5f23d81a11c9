"""Corrections: orders to correct and to restore, and restorations of many events, as lists and as files."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Stream, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.page import Crumb, page, part
from admin.pages.choosing import chosen_merchants, merchant_filter
from admin.pages.corrections import words as correction_words
from admin.pages.money.listing import export_of, list_context
from admin.pages.newest import Read, all_pages, span_of
from admin.permissions import Action
from admin.storage import uploads
from admin.tables.asked import Asked, read_asked
from admin.tables.definition import Column, Filter, Table, View
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.settings import Settings
from fiscal_server.storage import money_lists
from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.money_lists import COUNT_MAX, Span
from fiscal_server.storage.order_states import state_of
from fiscal_server.storage.pool import ReadConnection

PATH: Final = "/corrections"
JOBS: Final = "/corrections/jobs"

_Request = Request[Any, Any, State]
_DAYS: Final = (
    Filter(key="from", title="Заказано с", kind="day", is_main=True),
    Filter(key="to", title="по", kind="day", is_main=True),
)


def order_table(viewer: Viewer) -> Table:
    """Orders of the merchants in sight."""
    names = {one.id: one.name for one in viewer.merchants}
    columns = [
        Column(key="time", title="Заказано", width="time", is_order=True, value=lambda row: row.created_at),
        Column(key="merchant", title="Организация", width="merchant", value=lambda row: names[row.merchant_id]),
        Column(key="kind", title="Что это", width="kind", value=lambda row: say(correction_words.KINDS[row.kind])),
        Column(key="documents", title="Документов", width="number", is_number=True,
               value=lambda row: len(row.receipt_ids)),
        Column(key="state", title="Состояние", width="state", value=lambda _: None),
        Column(key="id", title="Наш номер", width="id", is_number=True, value=lambda row: row.id),
    ]  # fmt: skip
    kinds = Filter(
        key="kind", title="Что это", kind="choice", choices=tuple(correction_words.KINDS.items()), is_main=True
    )
    views = (
        View("Все", {}), View("Исправления", {"kind": "correction"}), View("Восстановления", {"kind": "restoration"}),
    )  # fmt: skip
    filters = (*merchant_filter(viewer), kinds, *_DAYS)
    return Table(path=PATH, columns=_of(viewer, columns), filters=filters, views=views, newest_first=True)


def job_table(viewer: Viewer) -> Table:
    """Restorations of many events."""
    names = {one.id: one.name for one in viewer.merchants}
    columns = [
        Column(key="time", title="Начато", width="time", is_order=True, value=lambda row: row.started_at),
        Column(key="merchant", title="Организация", width="merchant", value=lambda row: names[row.merchant_id]),
        Column(key="state", title="Состояние", width="state",
               value=lambda row: say(correction_words.JOBS[CloseState(row.state)].word)),
        Column(key="events", title="Событий", width="number", is_number=True, value=lambda row: row.events),
        Column(key="done", title="Пройдено", width="number", is_number=True, value=lambda row: row.done),
        Column(key="documents", title="Документов", width="number", is_number=True,
               value=lambda row: row.documents),
        Column(key="refused", title="Отклонено", width="number", is_number=True, value=lambda row: row.refused),
        Column(key="id", title="Наш номер", width="id", is_number=True, is_shown=False, value=lambda row: row.id),
    ]  # fmt: skip
    filters = (*merchant_filter(viewer), *_DAYS)
    return Table(path=JOBS, columns=_of(viewer, columns), filters=filters, newest_first=True)


def _of(viewer: Viewer, columns: Sequence[Column]) -> tuple[Column, ...]:
    return tuple(one for one in columns if one.key != "merchant" or len(viewer.merchants) > 1)


def _orders_of(asked: Asked) -> Read:
    async def read(db: ReadConnection, span: Span) -> Sequence[Any]:
        return await money_lists.list_corrections_of(db, span, asked.values.get("kind"))

    return read


@get(PATH, opt=doing(Action.SEE_RECEIPTS))
async def orders(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Orders, newest first."""
    asked = read_asked(order_table(viewer), request.query_params)
    context = await list_context(state, viewer, asked, _orders_of(asked))
    panel: PanelDatabase = state["panel"]
    rows = context["view"].page.rows
    async with panel.look([one.merchant_id for one in rows]) as db:
        counted = await money_lists.states_of_orders(db, rows)
    stands = {one: correction_words.ORDERS[state_of(states)] for one, states in counted.items()}
    return page("corrections/orders.html", viewer, "corrections", said=correction_words, stands=stands, **context)


@get(JOBS, opt=doing(Action.SEE_RECEIPTS))
async def jobs(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Restorations of many events, newest first; above them files on which somebody has still to decide."""
    panel: PanelDatabase = state["panel"]
    asked = read_asked(job_table(viewer), request.query_params)
    context = await list_context(state, viewer, asked, money_lists.list_jobs_of)
    _, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    waiting = []
    if viewer.may(Action.CORRECT_RECEIPTS):
        async with panel.look(merchants) as db:
            waiting = await uploads.list_uploads(db, merchants, ("restoration",))
    return page("corrections/jobs.html", viewer, "corrections", said=correction_words, waiting=waiting, **context)


async def _totals(request: _Request, state: State, viewer: Viewer, table: Table) -> Template:
    panel: PanelDatabase = state["panel"]
    settings: Settings = state["settings"]
    asked = read_asked(table, request.query_params)
    _, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    count = None
    if not asked.errors:
        async with panel.look(merchants) as db:
            count = await money_lists.count_orders(
                db, span_of(asked, merchants, settings.zone), asked.values.get("kind"), jobs=table.path == JOBS
            )
    back = [Crumb("Исправления", asked.address())]
    return part(
        request, "corrections/totals.html", viewer, "corrections", crumbs=back, count=count, most=COUNT_MAX
    )  # fmt: skip


@get(f"{PATH}/totals", opt=doing(Action.SEE_RECEIPTS))
async def order_totals(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """How many there are."""
    return await _totals(request, state, viewer, order_table(viewer))


@get(f"{JOBS}/totals", opt=doing(Action.SEE_RECEIPTS))
async def job_totals(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """How many there are."""
    return await _totals(request, state, viewer, job_table(viewer))


async def _export(request: _Request, state: State, viewer: Viewer, table: Table, read: Read, name: str) -> Stream:
    settings: Settings = state["settings"]
    panel: PanelDatabase = state["panel"]
    asked = read_asked(table, request.query_params)
    _, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    if asked.errors or not viewer.may(Action.SEE_RECEIPTS):
        raise NotFoundException
    pages = all_pages(panel, span_of(asked, merchants, settings.zone), read)
    # Where an order stands is asked for a page of them, never for all.
    columns = [one for one in asked.columns if one.key != "state" or table.path == JOBS]
    return await export_of(request, state, name, columns, pages)


@get(f"{PATH}/export", opt=doing(Action.EXPORT))
async def order_export(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Stream:
    """The list of orders as a file."""
    table = order_table(viewer)
    read = _orders_of(read_asked(table, request.query_params))
    return await _export(request, state, viewer, table, read, "corrections")


@get(f"{JOBS}/export", opt=doing(Action.EXPORT))
async def job_export(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Stream:
    """The list of jobs as a file."""
    return await _export(request, state, viewer, job_table(viewer), money_lists.list_jobs_of, "restorations")


HANDLERS: Final = (orders, order_totals, order_export, jobs, job_totals, job_export)
