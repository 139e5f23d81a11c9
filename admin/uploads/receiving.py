"""A file of a form becomes rows, a piece at a time: no process ever holds more of it than a piece."""

import secrets
from typing import Any, Final

from litestar.datastructures import FormMultiDict, State, UploadFile

from admin.database import PanelDatabase
from admin.storage import uploads
from admin.storage.uploads import PIECE, NewUpload, Options
from admin.uploads.looks import HEAD, NOT_A_FILE, Look, NotTaken, look_at, shown_name
from admin.viewer import Viewer
from fiscal_server.clock import Clock

MAX_BYTES: Final = 64 * 1024 * 1024
"""Of a file, as the API has it."""
FORM_ROOM: Final = 64 * 1024
"""What a form may hold beside its file."""
TOO_LARGE: Final = "Файл больше 64 МиБ: разделите его"
KEY_LETTERS: Final = 64


def new_form_key() -> str:
    """Made when a form is drawn: whatever is sent with it twice is done once."""
    return secrets.token_urlsafe(18)


def form_key(form: FormMultiDict) -> str:
    """The key of a form that came; one of its own if somebody took it away."""
    given = str(form.get("key", ""))
    return given if 16 <= len(given) <= KEY_LETTERS and given.isascii() and given.isprintable() else new_form_key()


def file_of(form: FormMultiDict) -> UploadFile:
    """The file of a form. Raises NotTaken."""
    found = form.get("file")
    if not isinstance(found, UploadFile) or not found.filename:
        raise NotTaken(NOT_A_FILE)
    return found


async def look_into(file: UploadFile) -> tuple[Look, int]:
    """What it seems to be, and its bytes. Raises NotTaken."""
    inner = file.file
    size = inner.seek(0, 2)
    if size > MAX_BYTES:
        raise NotTaken(TOO_LARGE)
    inner.seek(max(size - 4096, 0))
    tail = inner.read(4096)
    inner.seek(0)
    look = look_at(inner.read(HEAD), tail)
    inner.seek(0)
    return look, size


async def receive(
    state: State, viewer: Viewer, merchant_id: int, form: FormMultiDict, look: Look, size: int, options: Options
) -> int:
    """Keep the file of a form; the id of its upload, of the first one if the form came before."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    file = file_of(form)
    new = NewUpload(
        id=await panel.new_id(),
        merchant_id=merchant_id,
        person_id=viewer.person_id,
        form_key=f"{viewer.person_id or 0} {form_key(form)}",
        file_name=shown_name(file.filename),
        size=size,
        kind=look.kind,
        options=options,
    )
    if not await _keep(panel, new, file.file, clock):
        async with panel.look([one.id for one in viewer.merchants]) as db:
            before = await uploads.upload_of_form(db, new.form_key)
        assert before is not None, "the form has become an upload"
        return before[0]
    return new.id


async def _keep(panel: PanelDatabase, new: NewUpload, content: Any, clock: Clock) -> bool:
    """A piece a transaction; nobody goes on with it before the last one. False: it came before."""
    async with panel.change(merchants=[new.merchant_id]) as db:
        await uploads.forget_old(db, clock.now())
        if not await uploads.add_upload(db, new, clock.now()):
            return False
    place = 0
    while piece := content.read(PIECE):
        async with panel.change(merchants=[new.merchant_id]) as db:
            await uploads.add_piece(db, new.id, place, piece)
        place += 1
    async with panel.change(merchants=[new.merchant_id]) as db:
        await uploads.has_come(db, new.id)
    return True
