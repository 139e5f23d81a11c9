"""Files of a contract: taken in by their bytes and size, given out so that no browser runs them."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from admin.access import doing
from admin.database import PanelDatabase
from admin.office.contract_orders import tell
from admin.office.looking import change, look
from admin.pages.office.contract_card import held, show_contract
from admin.pages.office.contracts import PATH, who_of
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import contract_files
from admin.storage.office.contract_files import NewFile
from admin.texts import say
from admin.uploads.looks import NOT_A_FILE, NotTaken, shown_name
from admin.uploads.receiving import FORM_ROOM, file_of, form_key
from admin.viewer import Viewer
from fiscal_server.clock import Clock

MAX_BYTES: Final = 20 * 1024 * 1024
_FILES: Final = f"{PATH}/{{number:int}}/files"
_TYPES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n", "image/png"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0", "application/msword"),
    (b"{\\rtf", "application/rtf"),
    (b"\x30\x82", "application/pkcs7-signature"),
)
"""Documents, pictures, office files and detached signatures, by their first bytes."""

_Request = Request[Any, Any, State]


def type_of(body: bytes) -> str:
    """What a file is, by its bytes: its name and what the browser calls it are anybody's to choose. Raises NotTaken."""
    if not body:
        raise NotTaken(NOT_A_FILE)
    if len(body) > MAX_BYTES:
        raise NotTaken("Файл больше 20 МиБ")
    for mark, media_type in _TYPES:
        if body.startswith(mark):
            return media_type
    raise NotTaken("Нужен документ: PDF, картинка, Word, Excel, архив или подпись")


@post(_FILES, opt=doing(Action.WORK_ON_CONTRACTS), request_max_body_size=MAX_BYTES + FORM_ROOM)
async def add(request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """Kept in pieces; a form that comes twice is one file."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form, ids = await request.form(), (await panel.ids()).take(2)
    try:
        file = file_of(form)
        body = await file.read(MAX_BYTES + 1)
        media_type, name = type_of(body), shown_name(file.filename)
    except NotTaken as refused:
        return await show_contract(state, viewer, number, error=say(refused.msgid, **refused.values))
    async with change(state, viewer) as db:
        one = await held(db, number)
        new = NewFile(
            id=ids[0], contract_id=number, organisation_id=one.organisation_id, name=name, media_type=media_type,
            size=len(body), sha256=hashlib.sha256(body).digest(), form_key=f"{viewer.person_id or 0} {form_key(form)}",
        )  # fmt: skip
        if await contract_files.add_file(db, new, body, clock.now(), viewer.person_id):
            await tell(db, ids[1], one, who_of(state, viewer), "file", one.status, name)
            await record(db, state, viewer, "contract.file_added", f"{one.short_name}: {name}")
    return Redirect(f"{PATH}/{number}#files", status_code=303)


@get(f"{_FILES}/{{file_id:int}}", opt=doing(Action.SEE_CLIENTS))
async def fetch(state: State, viewer: NamedDependency[Viewer], number: FromPath[int], file_id: FromPath[int]) -> Stream:
    """To be saved, never shown by the browser: whatever is in it runs nowhere here."""
    viewer.forbid_files_in_emergency()
    async with look(state, viewer) as db:
        one = await contract_files.file_by_id(db, number, file_id)
    if one is None:
        raise NotFoundException
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(one.name)}",
        "Content-Length": str(one.size),
        "Cache-Control": "no-store",
    }
    return Stream(_pieces(state, viewer, file_id), media_type=one.media_type, headers=headers)


async def _pieces(state: State, viewer: Viewer, file_id: int) -> AsyncIterator[bytes]:
    place = 0
    while True:
        async with look(state, viewer) as db:
            piece = await contract_files.piece_of(db, file_id, place)
        if piece is None:
            return
        yield piece
        place += 1


@post(f"{_FILES}/{{file_id:int}}/withdraw", opt=doing(Action.WORK_ON_CONTRACTS))
async def withdraw(
    state: State, viewer: NamedDependency[Viewer], number: FromPath[int], file_id: FromPath[int]
) -> Response[Any]:
    """It is shown no longer."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    event_id = await panel.new_id()
    async with change(state, viewer) as db:
        one = await held(db, number)
        name = await contract_files.withdraw_file(db, number, file_id, clock.now())
        if name is not None:
            await tell(db, event_id, one, who_of(state, viewer), "file_gone", one.status, name)
            await record(db, state, viewer, "contract.file_gone", f"{one.short_name}: {name}")
    return Redirect(f"{PATH}/{number}#files", status_code=303)


HANDLERS: Final = (add, fetch, withdraw)
