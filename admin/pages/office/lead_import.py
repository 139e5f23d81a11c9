"""Leads out of a file: columns get a meaning, every row is judged, then it is taken in; and taken back."""

from datetime import date
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office import lead_lists
from admin.office.forms import FormRefused, choice_of
from admin.office.lead_lists import Judged, guess_mapping, judge
from admin.office.lead_steps import SOURCES
from admin.office.looking import change, look, moments, today
from admin.office.tables_in import MAX_BYTES
from admin.page import page
from admin.pages.office.leads import CRUMB
from admin.pages.office.table_import import keep_table, name_columns
from admin.permissions import Action, roles_that_may
from admin.recording import record
from admin.storage.office import lead_imports, leads, table_imports
from admin.storage.office.table_imports import TableImport
from admin.uploads.receiving import FORM_ROOM
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import ReadConnection, WriteConnection

PATH: Final = "/leads/import"
TAKEN_WITHIN_S: Final = 60.0
"""2,000 rows, each given to the one whose turn it is."""

_Request = Request[Any, Any, State]


async def _uploads(state: State, viewer: Viewer, error: str | None = None) -> Template:
    async with look(state, viewer) as db:
        found = await table_imports.list_imports(db, "lead")
    return page("office/lead_imports.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200,
                imports=found, path=PATH, error=error, sources=SOURCES, at=moments(state))  # fmt: skip


@get(PATH, opt=doing(Action.WORK_ON_LEADS))
async def uploads(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A form for a file, and the files before."""
    return await _uploads(state, viewer)


@post(PATH, opt=doing(Action.WORK_ON_LEADS), request_max_body_size=MAX_BYTES + FORM_ROOM)
async def upload(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The rows are kept as they came; nothing becomes a lead yet."""
    try:
        number = await keep_table(
            request, state, viewer, "lead", guess_mapping, lambda form: choice_of(form, "source", SOURCES)
        )
    except FormRefused as refused:
        return await _uploads(state, viewer, str(refused))
    return Redirect(f"{PATH}/{number}", status_code=303)


async def _judged(db: ReadConnection | WriteConnection, one: TableImport, day: date) -> list[Judged]:
    rows = await table_imports.rows_of(db, one.id)
    return judge(rows, one.mapping, one.source, await leads.known(db), day)


async def _card(state: State, viewer: Viewer, number: int, error: str | None = None) -> Template:
    async with look(state, viewer) as db:
        one = await table_imports.import_by_id(db, "lead", number)
        if one is None:
            raise NotFoundException
        judged = await _judged(db, one, today(state)) if one.state == "new" else []
        rows = await table_imports.rows_of(db, number) if one.state != "new" else []
        left = await lead_imports.leads_left(db, number)
    return page(
        "office/lead_import.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200, one=one,
        judged=judged, taken=[row for row in rows if row.made_id is not None], left=left, error=error,
        fields=lead_lists.FIELDS, sources=SOURCES,
    )  # fmt: skip


@get(f"{PATH}/{{number:int}}", opt=doing(Action.WORK_ON_LEADS))
async def import_card(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """What each row would become, or became."""
    return await _card(state, viewer, number)


@post(f"{PATH}/{{number:int}}/mapping", opt=doing(Action.WORK_ON_LEADS))
async def set_mapping(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Which column is what: the rows are judged anew."""
    form = await request.form()
    try:
        source = choice_of(form, "source", SOURCES)
        await name_columns(state, viewer, "lead", number, form, lead_lists.FIELDS, source)
    except FormRefused as refused:
        return await _card(state, viewer, number, str(refused))
    return Redirect(f"{PATH}/{number}", status_code=303)


@post(f"{PATH}/{{number:int}}/run", opt=doing(Action.WORK_ON_LEADS))
async def run(request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """Good rows become leads, all of them or none; those that are there already only when it is asked for."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    ids, despite = await panel.ids(), (await request.form()).get("despite") == "1"
    async with change(state, viewer, TAKEN_WITHIN_S) as db:
        one = await table_imports.lock_import(db, "lead", number)
        if one is None:
            raise NotFoundException
        if one.state == "new":
            taken = [
                row
                for row in await _judged(db, one, today(state))
                if row.lead is not None and (despite or not row.same)
            ]
            for row in taken:
                assert row.lead is not None
                owner = await leads.next_owner(db, roles_that_may(Action.WORK_ON_LEADS), today(state))
                lead_id = ids.next()
                new = lead_lists.given_to(row.lead, owner)
                await leads.add_lead(db, lead_id, new, today(state), clock.now(), viewer.person_id)
                await lead_imports.has_become(db, number, row.line, lead_id)
            await table_imports.end_import(db, number, "done")
            await record(db, state, viewer, "lead.imported", one.file_name, after={"leads": len(taken)})
    return Redirect(f"{PATH}/{number}", status_code=303)


@post(f"{PATH}/{{number:int}}/undo", opt=doing(Action.WORK_ON_LEADS))
async def undo(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """Leads of the file that nobody has touched go again; the others stay."""
    async with change(state, viewer) as db:
        one = await table_imports.lock_import(db, "lead", number)
        if one is None:
            raise NotFoundException
        if one.state == "done":
            gone = await lead_imports.drop_untouched(db, number)
            await table_imports.end_import(db, number, "undone")
            await record(db, state, viewer, "lead.import_undone", one.file_name, after={"leads": gone})
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (uploads, upload, import_card, set_mapping, run, undo)
