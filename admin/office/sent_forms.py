"""A form that makes something and comes twice (a double click, a page sent again) makes it once.

A form is the same when the same person sends the same words from the same drawing of a page: whoever goes back in the
browser and types something else makes something else.
"""

import hashlib
from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.datastructures import State, UploadFile
from markupsafe import Markup

from admin.storage.office import sent_forms
from admin.uploads.receiving import KEY_LETTERS, new_form_key
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import WriteConnection

KEPT: Final = timedelta(days=1)
_FIELD: Final = "key"
_NOT_SAID: Final = frozenset({"form_token", _FIELD})
_PIECE: Final = 1024 * 1024


class SentBefore(Exception):
    """The form has made what it makes: ``place`` is where it led to."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


def made_once() -> Markup:
    """The field of a form that makes something, anew for each drawing of a page."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(_FIELD, new_form_key())


async def take_form(
    db: WriteConnection, state: State, viewer: Viewer, request: Request[Any, Any, State], place: str
) -> None:
    """The form of a request comes, in the transaction of what it makes; ``place``: where it will lead to.

    Raises SentBefore when it has come already. A form that was drawn without its field is not known again.
    """
    clock: Clock = state["clock"]
    form = await request.form()
    drawn = str(form.get(_FIELD, ""))
    if not 16 <= len(drawn) <= KEY_LETTERS:
        return
    said = [(name, _told(value)) for name, value in form.multi_items() if name not in _NOT_SAID]
    whole = msgspec.json.encode([viewer.person_id, request.url.path, drawn, said])
    before = await sent_forms.take(db, hashlib.sha256(whole).digest(), place, clock.now())
    if before is not None:
        raise SentBefore(before)
    await sent_forms.forget_before(db, clock.now() - KEPT)


def _told(value: object) -> str | list[str | None]:
    if not isinstance(value, UploadFile):
        return str(value)
    digest = hashlib.sha256()
    value.file.seek(0)
    while piece := value.file.read(_PIECE):
        digest.update(piece)
    value.file.seek(0)
    return [value.filename, digest.hexdigest()]
