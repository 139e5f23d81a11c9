"""Money in: the files and batches that came, what they add up to, and the lists as files."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Stream, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import Crumb, page, part
from admin.pages.choosing import chosen_merchants
from admin.pages.money.table import BATCHES, PATH, batch_table, import_table
from admin.pages.newest import Read, all_pages, page_of, page_span, span_of
from admin.pages.saved_views import with_saved
from admin.permissions import Action
from admin.storage import uploads
from admin.tables.asked import Asked, read_asked
from admin.tables.definition import Column, Table
from admin.tables.export import csv_stream, xlsx_stream
from admin.tables.view import make_view, no_rows
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.settings import Settings
from fiscal_server.storage import money_lists
from fiscal_server.storage.money_lists import COUNT_MAX, Span
from fiscal_server.storage.pool import ReadConnection

_Request = Request[Any, Any, State]


def _imports_of(asked: Asked) -> Read:
    kind, look = _conditions(asked)

    async def read(db: ReadConnection, span: Span) -> Sequence[Any]:
        return await money_lists.list_imports_of(db, span, kind, look)

    return read


def _conditions(asked: Asked) -> tuple[str | None, bool | None]:
    look = asked.values.get("look")
    return asked.values.get("kind"), None if look is None else look == "yes"


async def list_context(state: State, viewer: Viewer, asked: Asked, read: Read) -> dict[str, Any]:
    """What the template of a list needs."""
    settings: Settings = state["settings"]
    clock: Clock = state["clock"]
    panel: PanelDatabase = state["panel"]
    chosen, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    shown = no_rows()
    if not asked.errors:
        span = page_span(span_of(asked, merchants, settings.zone), asked)
        async with panel.look(merchants) as db:
            shown = page_of(await read(db, span), asked)
    names = {one.id: one.name for one in viewer.merchants}
    view = await with_saved(state, viewer, make_view(asked, shown, lambda row: str(row.id)))
    return {"view": view, "chosen": chosen, "names": names, "at": Moments(clock.now(), settings.zone)}


@get(PATH, opt=doing(Action.SEE_MONEY_IN))
async def imports(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Files that were taken in; above them those on which somebody has still to decide."""
    panel: PanelDatabase = state["panel"]
    asked = read_asked(import_table(viewer), request.query_params)
    context = await list_context(state, viewer, asked, _imports_of(asked))
    _, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    waiting = []
    if viewer.may(Action.SUBMIT_MONEY):
        async with panel.look(merchants) as db:
            waiting = await uploads.list_uploads(db, merchants, ("unknown", "statement", "register", "batch"))
    return page("money/imports.html", viewer, "money", waiting=waiting, **context)


@get(f"{PATH}/totals", opt=doing(Action.SEE_MONEY_IN))
async def import_totals(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """How many there are, and the money in them."""
    panel: PanelDatabase = state["panel"]
    settings: Settings = state["settings"]
    asked = read_asked(import_table(viewer), request.query_params)
    _, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    sums = None
    if not asked.errors:
        async with panel.look(merchants) as db:
            span = span_of(asked, merchants, settings.zone)
            sums = await money_lists.add_up_imports(db, span, *_conditions(asked))
    back = [Crumb("Поступления", asked.address())]
    return part(request, "money/import_totals.html", viewer, "money", crumbs=back, sums=sums, most=COUNT_MAX)


@get(BATCHES, opt=doing(Action.SEE_MONEY_IN))
async def batches(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Batches of billing systems, of imports and of people."""
    asked = read_asked(batch_table(viewer), request.query_params)
    return page(
        "money/batches.html", viewer, "money", **await list_context(state, viewer, asked, money_lists.list_batches_of)
    )


@get(f"{BATCHES}/totals", opt=doing(Action.SEE_MONEY_IN))
async def batch_totals(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """How many there are, and their receipts."""
    panel: PanelDatabase = state["panel"]
    settings: Settings = state["settings"]
    asked = read_asked(batch_table(viewer), request.query_params)
    _, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    sums = None
    if not asked.errors:
        async with panel.look(merchants) as db:
            sums = await money_lists.add_up_batches(db, span_of(asked, merchants, settings.zone))
    back = [Crumb("Пакеты", asked.address())]
    return part(request, "money/batch_totals.html", viewer, "money", crumbs=back, sums=sums, most=COUNT_MAX)


async def export_of(
    request: _Request, state: State, name: str, columns: Sequence[Column], pages: AsyncIterator[Sequence[Any]]
) -> Stream:
    """A list as the file that the address names. Raises NotFoundException for another format."""
    settings: Settings = state["settings"]
    match request.query_params.get("format"):
        case "csv":
            return csv_stream(name, columns, pages, settings.zone)
        case "xlsx":
            return await xlsx_stream(name, columns, pages, settings.zone)
    raise NotFoundException


async def _export(request: _Request, state: State, viewer: Viewer, table: Table, name: str) -> Stream:
    settings: Settings = state["settings"]
    panel: PanelDatabase = state["panel"]
    asked = read_asked(table, request.query_params)
    _, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    if asked.errors:
        raise NotFoundException
    read = _imports_of(asked) if table.path == PATH else money_lists.list_batches_of
    pages = all_pages(panel, span_of(asked, merchants, settings.zone), read)
    return await export_of(request, state, name, asked.columns, pages)


@get(f"{PATH}/export", opt=doing(Action.EXPORT))
async def import_export(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Stream:
    """The list of imports as a file."""
    if not viewer.may(Action.SEE_MONEY_IN):
        raise NotFoundException
    return await _export(request, state, viewer, import_table(viewer), "imports")


@get(f"{BATCHES}/export", opt=doing(Action.EXPORT))
async def batch_export(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Stream:
    """The list of batches as a file."""
    if not viewer.may(Action.SEE_MONEY_IN):
        raise NotFoundException
    return await _export(request, state, viewer, batch_table(viewer), "batches")


HANDLERS: Final = (imports, import_totals, import_export, batches, batch_totals, batch_export)
