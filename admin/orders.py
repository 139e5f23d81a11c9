"""Deeds that people order of the API from a page: done once, refused in words, written down in the office's journal."""

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from litestar.datastructures import FormMultiDict, State
from litestar.exceptions import ClientException

from admin.database import PanelDatabase
from admin.errands import Errands
from admin.permissions import Action
from admin.recording import record
from admin.viewer import Viewer
from fiscal_server.client import AsyncFiscalClient

KEY_FIELD: Final = "once"
"""Field of a form: the key that it was drawn with, so that a double click or a reload does nothing twice."""

T = TypeVar("T")

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


def new_form_key() -> str:
    """For a form that is being drawn."""
    return secrets.token_urlsafe(18)


def form_key(form: FormMultiDict) -> str:
    """The key of a form that came. Raises ClientException: it is no form of ours."""
    given = str(form.get(KEY_FIELD, ""))
    if _KEY.fullmatch(given) is None:
        raise ClientException
    return given


async def note(state: State, viewer: Viewer, merchant_id: int, action: str, on: str, **more: Any) -> None:
    """A row of the journal about what the API has done."""
    panel: PanelDatabase = state["panel"]
    async with panel.change() as db:
        await record(db, state, viewer, action, on, merchant_id=merchant_id, **more)


async def ask(
    state: State, viewer: Viewer, merchant_id: int, action: Action, call: Callable[[AsyncFiscalClient], Awaitable[T]]
) -> T:
    """One thing asked of the API in the viewer's name. Raises PermissionDeniedException, DatabaseAway, ClientError."""
    errands: Errands = state["errands"]
    async with errands.run(viewer, merchant_id, action) as api:
        return await call(api)
