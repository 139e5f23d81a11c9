"""What the pages of all tables that people hand over share: keeping a file, saying what its columns are."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict, State
from litestar.exceptions import NotFoundException

from admin.database import PanelDatabase
from admin.office.forms import FormRefused
from admin.office.looking import change
from admin.office.sent_forms import take_form
from admin.office.tables_in import MAX_BYTES, read_file, read_mapping
from admin.storage.office import table_imports
from admin.storage.office.table_imports import Kind, TableImport
from admin.texts import say
from admin.uploads.looks import NotTaken, shown_name
from admin.uploads.receiving import file_of
from admin.viewer import Viewer
from fiscal_server.clock import Clock

Guess = Callable[[Sequence[str]], dict[str, int]]


async def keep_table(
    request: Request[Any, Any, State],
    state: State,
    viewer: Viewer,
    kind: Kind,
    guess: Guess,
    source_of: Callable[[FormMultiDict], str] = lambda _: "",
) -> int:
    """The rows are kept as they came, nothing is made of them yet. The number of the file. Raises FormRefused."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        file = file_of(form)
    except NotTaken as refused:
        raise FormRefused(say(refused.msgid, **refused.values)) from None
    content = await file.read(MAX_BYTES + 1)
    heads, rows = await asyncio.to_thread(read_file, content)  # a small archive may be much to look at
    one = TableImport(
        id=await panel.new_id(), kind=kind, file_name=shown_name(file.filename), heads=heads, mapping=guess(heads),
        source=source_of(form), created_at=clock.now(),
    )  # fmt: skip
    async with change(state, viewer) as db:
        await take_form(db, state, viewer, request, f"{request.url.path}/{one.id}")
        await table_imports.add_import(db, one, rows, viewer.person_id)
    return one.id


async def name_columns(
    state: State,
    viewer: Viewer,
    kind: Kind,
    number: int,
    form: FormMultiDict,
    fields: Mapping[str, str],
    source: str = "",
) -> None:
    """Which column is what. Raises FormRefused, NotFoundException."""
    async with change(state, viewer) as db:
        one = await table_imports.lock_import(db, kind, number)
        if one is None:
            raise NotFoundException
        await table_imports.set_mapping(db, number, read_mapping(form, fields, one.heads), source)
