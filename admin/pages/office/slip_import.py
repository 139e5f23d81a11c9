"""Sums to pay out of a file: columns get a meaning, every row is judged, then rows become drafts; and taken back."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office import slip_lists
from admin.office.forms import FormRefused
from admin.office.looking import change, look, moments, today
from admin.office.slip_lists import Judged, guess_mapping
from admin.office.tables_in import MAX_BYTES
from admin.page import page
from admin.pages.office import slips as slip_pages
from admin.pages.office.table_import import keep_table, name_columns
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import slip_imports, slips, table_imports
from admin.storage.office.table_imports import TableImport
from admin.uploads.receiving import FORM_ROOM
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import ReadConnection, WriteConnection

PATH: Final = "/slips/import"
TAKEN_WITHIN_S: Final = 60.0

_Request = Request[Any, Any, State]


async def _uploads(state: State, viewer: Viewer, error: str | None = None) -> Template:
    async with look(state, viewer) as db:
        found = await table_imports.list_imports(db, "slip")
    return page("office/slip_imports.html", viewer, "clients", crumbs=[slip_pages.CRUMB], status=422 if error else 200,
                imports=found, path=PATH, error=error, at=moments(state))  # fmt: skip


@get(PATH, opt=doing(Action.WORK_ON_CASES))
async def uploads(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A form for a file, and the files before."""
    return await _uploads(state, viewer)


@post(PATH, opt=doing(Action.WORK_ON_CASES), request_max_body_size=MAX_BYTES + FORM_ROOM)
async def upload(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The rows are kept as they came; nothing becomes a draft yet."""
    try:
        number = await keep_table(request, state, viewer, "slip", guess_mapping)
    except FormRefused as refused:
        return await _uploads(state, viewer, str(refused))
    return Redirect(f"{PATH}/{number}", status_code=303)


async def _judged(state: State, db: ReadConnection | WriteConnection, one: TableImport) -> list[Judged]:
    return await slip_lists.judge(db, await table_imports.rows_of(db, one.id), one.mapping, today(state))


async def _card(state: State, viewer: Viewer, number: int, error: str | None = None) -> Template:
    async with look(state, viewer) as db:
        one = await table_imports.import_by_id(db, "slip", number)
        if one is None:
            raise NotFoundException
        judged = await _judged(state, db, one) if one.state == "new" else []
        rows = await table_imports.rows_of(db, number) if one.state != "new" else []
        left = await slip_imports.slips_left(db, number)
    return page(
        "office/slip_import.html", viewer, "clients", crumbs=[slip_pages.CRUMB], status=422 if error else 200, one=one,
        judged=judged, taken=[row for row in rows if row.made_id is not None], left=left, error=error,
        fields=slip_lists.FIELDS,
    )  # fmt: skip


@get(f"{PATH}/{{number:int}}", opt=doing(Action.WORK_ON_CASES))
async def import_card(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """What each row would become, or became."""
    return await _card(state, viewer, number)


@post(f"{PATH}/{{number:int}}/mapping", opt=doing(Action.WORK_ON_CASES))
async def set_mapping(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Which column is what: the rows are judged anew."""
    try:
        await name_columns(state, viewer, "slip", number, await request.form(), slip_lists.FIELDS)
    except FormRefused as refused:
        return await _card(state, viewer, number, str(refused))
    return Redirect(f"{PATH}/{number}", status_code=303)


@post(f"{PATH}/{{number:int}}/run", opt=doing(Action.WORK_ON_CASES))
async def run(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """Good rows become drafts, all of them or none; a sum that is written already is left as it is."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    ids = await panel.ids()
    async with change(state, viewer, TAKEN_WITHIN_S) as db:
        one = await table_imports.lock_import(db, "slip", number)
        if one is None:
            raise NotFoundException
        if one.state == "new":
            made = 0
            for row in await _judged(state, db, one):
                if row.slip is None or row.is_there:
                    continue
                slip_id = ids.next()
                if await slips.add_slip(db, slip_id, row.slip, clock.now(), viewer.person_id) is not None:
                    await slip_imports.has_become(db, number, row.line, slip_id)
                    made += 1
            await table_imports.end_import(db, number, "done")
            await record(db, state, viewer, "slip.imported", one.file_name, after={"slips": made})
    return Redirect(f"{PATH}/{number}", status_code=303)


@post(f"{PATH}/{{number:int}}/undo", opt=doing(Action.WORK_ON_CASES))
async def undo(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """Drafts of the file are withdrawn; what a client was told stays."""
    async with change(state, viewer) as db:
        one = await table_imports.lock_import(db, "slip", number)
        if one is None:
            raise NotFoundException
        if one.state == "done":
            gone = await slip_imports.withdraw_drafts(db, number)
            await table_imports.end_import(db, number, "undone")
            await record(db, state, viewer, "slip.import_undone", one.file_name, after={"slips": gone})
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (uploads, upload, import_card, set_mapping, run, undo)
