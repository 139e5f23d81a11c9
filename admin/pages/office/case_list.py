"""The list of cases, how many there are, the list as a file."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Stream, Template

from admin.access import doing
from admin.office import case_words
from admin.office.looking import look, today
from admin.page import Crumb, page, part
from admin.pages.office.case_table import PATH, case_table, cursor_of, read_cursor, title_of, wanted_cases
from admin.permissions import Action
from admin.storage.office import case_lists, organisations
from admin.storage.office.case_lists import ListedCase
from admin.tables.asked import PAGE, Asked, read_asked
from admin.tables.export import csv_stream, xlsx_stream
from admin.tables.view import Rows, in_shown_order, make_view, no_rows
from admin.viewer import Viewer
from fiscal_server.storage.pool import ReadConnection

EXPORT_PAGE: Final = 500
CRUMB: Final = Crumb("Дела", PATH)

_Request = Request[Any, Any, State]


async def _asked(db: ReadConnection, request: _Request) -> Asked:
    people = await organisations.people_of_the_office(db)
    return read_asked(case_table(people, await case_lists.codes_of_cases(db)), request.query_params)


@get(PATH, opt=doing(Action.SEE_CLIENTS))
async def list_of_cases(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A page of the list; open cases, the nearest first, when nothing is asked."""
    shown = no_rows()
    async with look(state, viewer) as db:
        asked = await _asked(db, request)
        if not asked.errors:
            shown = await _read_page(db, asked, today(state))
    view = make_view(asked, shown, cursor_of)
    return page(
        "office/cases.html", viewer, "tasks", view=view, today=today(state), words=case_words, title_of=title_of
    )


async def _read_page(db: ReadConnection, asked: Asked, day: date) -> Rows:
    towards_beginning = asked.ahead is not None
    place = read_cursor(asked.ahead or asked.behind)
    backwards = asked.is_turned != towards_beginning
    found = await case_lists.list_cases(db, wanted_cases(asked, day), place, backwards=backwards, limit=PAGE + 1)
    goes_on = len(found) > PAGE
    rows = in_shown_order(found[:PAGE], is_reversed=towards_beginning)
    if towards_beginning:
        last = cursor_of(rows[-1]) if rows else asked.ahead
        return Rows(rows, last, len(rows), has_previous=goes_on)
    return Rows(rows, cursor_of(rows[-1]) if goes_on else None, len(rows), has_previous=place is not None)


@get(f"{PATH}/totals", opt=doing(Action.SEE_CLIENTS))
async def case_totals(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """How many cases the list has."""
    count = None
    async with look(state, viewer) as db:
        asked = await _asked(db, request)
        if not asked.errors:
            count = await case_lists.count_cases(db, wanted_cases(asked, today(state)))
    return part(request, "office/totals.html", viewer, "tasks", crumbs=[Crumb("Дела", asked.address())], count=count)


@get(f"{PATH}/export", opt=doing(Action.EXPORT))
async def case_export(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Stream:
    """The whole list with the columns chosen, as ``format`` says: csv or xlsx."""
    if not viewer.may(Action.SEE_CLIENTS):
        raise NotFoundException
    async with look(state, viewer) as db:
        asked = await _asked(db, request)
    file_format = request.query_params.get("format")
    if asked.errors or file_format not in ("csv", "xlsx"):
        raise NotFoundException
    pages, zone = _all_pages(state, viewer, asked), state["settings"].zone
    if file_format == "csv":
        return csv_stream("tasks", asked.columns, pages, zone)
    return await xlsx_stream("tasks", asked.columns, pages, zone)


async def _all_pages(state: State, viewer: Viewer, asked: Asked) -> AsyncIterator[list[ListedCase]]:
    """Page after page, each a short read of its own."""
    place: tuple[date, int] | None = None
    wanted = wanted_cases(asked, today(state))
    while True:
        async with look(state, viewer) as db:
            found = await case_lists.list_cases(db, wanted, place, backwards=asked.is_turned, limit=EXPORT_PAGE)
        if found:
            yield found
        if len(found) < EXPORT_PAGE:
            return
        place = found[-1].place()


HANDLERS: Final = (list_of_cases, case_totals, case_export)
