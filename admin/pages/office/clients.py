"""The list of clients, how many there are, the list as a file; and a new one."""

from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Stream, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office import words
from admin.office.forms import FormRefused, read_organisation, told
from admin.office.looking import change, look, today
from admin.office.sent_forms import take_form
from admin.page import Crumb, page, part
from admin.pages.office.client_table import PATH, client_table, cursor_of, read_cursor, wanted_clients
from admin.pages.saved_views import with_saved
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import organisations
from admin.storage.office.organisations import ListedOrganisation
from admin.tables.asked import PAGE, Asked, read_asked
from admin.tables.export import csv_stream, xlsx_stream
from admin.tables.view import Rows, in_shown_order, make_view, no_rows
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import ReadConnection

EXPORT_PAGE: Final = 500
CRUMB: Final = Crumb("Клиенты", PATH)

_Request = Request[Any, Any, State]


async def _asked(request: _Request, state: State, viewer: Viewer) -> Asked:
    async with look(state, viewer) as db:
        people = await organisations.people_of_the_office(db)
    return read_asked(client_table(people), request.query_params)


@get(PATH, opt=doing(Action.SEE_CLIENTS))
async def clients(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A page of the list."""
    asked = await _asked(request, state, viewer)
    shown = no_rows()
    if not asked.errors:
        async with look(state, viewer) as db:
            shown = await _read_page(db, asked, state)
    view = await with_saved(state, viewer, make_view(asked, shown, cursor_of))
    return page("office/clients.html", viewer, "clients", view=view, today=today(state), words=words)


async def _read_page(db: ReadConnection, asked: Asked, state: State) -> Rows:
    towards_beginning = asked.ahead is not None
    place = read_cursor(asked.ahead or asked.behind)
    backwards = asked.is_turned != towards_beginning
    found = await organisations.list_organisations(
        db, wanted_clients(asked), today(state), place, backwards=backwards, limit=PAGE + 1
    )
    goes_on = len(found) > PAGE
    rows = in_shown_order(found[:PAGE], is_reversed=towards_beginning)
    if towards_beginning:
        last = cursor_of(rows[-1]) if rows else asked.ahead
        return Rows(rows, last, len(rows), has_previous=goes_on)
    return Rows(rows, cursor_of(rows[-1]) if goes_on else None, len(rows), has_previous=place is not None)


@get(f"{PATH}/totals", opt=doing(Action.SEE_CLIENTS))
async def client_totals(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """How many clients the list has."""
    asked = await _asked(request, state, viewer)
    count = None
    if not asked.errors:
        async with look(state, viewer) as db:
            count = await organisations.count_organisations(db, wanted_clients(asked), today(state))
    return part(
        request, "office/totals.html", viewer, "clients", crumbs=[Crumb("Клиенты", asked.address())], count=count
    )


@get(f"{PATH}/export", opt=doing(Action.EXPORT))
async def client_export(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Stream:
    """The whole list with the columns chosen, as ``format`` says: csv or xlsx."""
    if not viewer.may(Action.SEE_CLIENTS):
        raise NotFoundException
    asked = await _asked(request, state, viewer)
    file_format = request.query_params.get("format")
    if asked.errors or file_format not in ("csv", "xlsx"):
        raise NotFoundException
    pages, zone = _all_pages(state, viewer, asked), state["settings"].zone
    if file_format == "csv":
        return csv_stream("clients", asked.columns, pages, zone)
    return await xlsx_stream("clients", asked.columns, pages, zone)


async def _all_pages(state: State, viewer: Viewer, asked: Asked) -> AsyncIterator[list[ListedOrganisation]]:
    """Page after page, each a short read of its own."""
    place: tuple[str, int] | None = None
    while True:
        async with look(state, viewer) as db:
            found = await organisations.list_organisations(
                db, wanted_clients(asked), today(state), place, backwards=asked.is_turned, limit=EXPORT_PAGE
            )
        if found:
            yield found
        if len(found) < EXPORT_PAGE:
            return
        place = found[-1].place()


def _form(viewer: Viewer, *, error: str | None = None, form: FormMultiDict | None = None) -> Template:
    return page(
        "office/new_client.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200, words=words,
        error=error, form=form,
    )  # fmt: skip


@get(f"{PATH}/new", opt=doing(Action.MANAGE_CLIENTS))
async def new_client(viewer: NamedDependency[Viewer]) -> Template:
    """An empty form."""
    return _form(viewer)


@post(f"{PATH}/new", opt=doing(Action.MANAGE_CLIENTS))
async def add_client(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """A client that is being taken in."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        new = read_organisation(form)
        number = await panel.new_id()
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            if not await organisations.add_organisation(db, number, new, clock.now(), viewer.person_id):
                raise FormRefused(say("Клиент с таким ИНН уже есть."))
            await record(db, state, viewer, "client.added", new.short_name, after=told(new))
    except FormRefused as refused:
        return _form(viewer, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (clients, client_totals, client_export, new_client, add_client)
