"""Views of lists that people save: the row above a list, and the forms that save, rename, share and delete them."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException, PermissionDeniedException
from litestar.params import FromPath
from litestar.response import Redirect

from admin.access import doing
from admin.database import PanelDatabase
from admin.navigation import section_at
from admin.page import Crumb, page
from admin.permissions import Action
from admin.recording import asker, record
from admin.storage import saved_views
from admin.storage.saved_views import NewView, SavedView
from admin.tables.view import TableView
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import WriteConnection

PATH: Final = "/views"
VIEWS_MAX: Final = 30
"""Of one person in one list."""
NAME_LETTERS: Final = 60
QUERY_LETTERS: Final = 2_000
FIELDS_MAX: Final = 100

NO_NAME: Final = "Дайте списку название."
TOO_MANY: Final = "В этом списке у вас уже 30 своих: удалите ненужный."
TAKEN: Final = "Свой список с таким названием уже есть."
OTHER_MERCHANT: Final = "В условиях другая организация: её коллеги этого списка не увидят."
TOO_LONG: Final = "Условия слишком длинные."

LISTS: Final[dict[str, tuple[str, Action]]] = {
    "/receipts": ("/receipts", Action.SEE_RECEIPTS),
    "/accounts": ("/accounts", Action.SEE_ACCOUNTS),
    "/clients": ("/clients", Action.SEE_CLIENTS),
    "/money": ("/money", Action.SEE_MONEY_IN),
    "/money/batches": ("/money/batches", Action.SEE_MONEY_IN),
    "/money/imports": (r"/money/imports/\d{1,19}/\d{1,19}", Action.SEE_MONEY_IN),
    "/corrections": ("/corrections", Action.SEE_RECEIPTS),
    "/corrections/jobs": ("/corrections/jobs", Action.SEE_RECEIPTS),
}
"""Lists by name: what their addresses look like, and who sees them."""

_PLACES: Final = frozenset({"behind", "ahead", "first", "format"})
_Request = Request[Any, Any, State]


class _Refused(Exception):
    """The message is a msgid."""


async def with_saved(state: State, viewer: Viewer, view: TableView) -> TableView:
    """The list with the views that the viewer has, and those of colleagues. Raises DatabaseAway."""
    panel: PanelDatabase = state["panel"]
    merchants = [one.id for one in viewer.merchants]
    async with panel.look_at_own(viewer.person_id, merchants) as db:
        saved = await saved_views.list_views(db, view.asked.table.saved_as, viewer.person_id, merchants)
    return msgspec.structs.replace(view, saved=saved)


def clean_query(text: str) -> str:
    """Conditions without a page, as an address has them. Raises ClientException: no form of ours asks so much."""
    if len(text) > QUERY_LETTERS:
        raise ClientException(detail=TOO_LONG)
    try:
        pairs = parse_qsl(text.replace("\0", ""), max_num_fields=FIELDS_MAX)
    except ValueError:
        raise ClientException(detail=TOO_LONG) from None
    return urlencode([(key, value) for key, value in pairs if key not in _PLACES])


def _list_of(form: FormMultiDict, viewer: Viewer) -> tuple[str, str]:
    """Name and address of the list the form stands at. Raises ClientException, PermissionDeniedException."""
    name, path = str(form.get("list", "")), str(form.get("at", ""))
    if name not in LISTS or re.fullmatch(LISTS[name][0], path, re.ASCII) is None:
        raise ClientException
    if not viewer.may(LISTS[name][1]):
        raise PermissionDeniedException
    return name, path


def _name(form: FormMultiDict) -> str:
    name = " ".join(str(form.get("name", "")).replace("\0", "").split())[:NAME_LETTERS]
    if not name:
        raise _Refused(NO_NAME)
    return name


def _shared_at(form: FormMultiDict, viewer: Viewer, query: str) -> int | None:
    """The merchant whose people shall see it. Raises PermissionDeniedException, NotFoundException, _Refused."""
    given = str(form.get("share", ""))
    if not given:
        return None
    if not viewer.may(Action.SHARE_VIEWS):
        raise PermissionDeniedException
    merchant = viewer.named_merchant(given)
    if merchant is None:
        raise NotFoundException
    if dict(parse_qsl(query)).get("merchant", given) != given:
        raise _Refused(OTHER_MERCHANT)
    return merchant.id


def _back(path: str, query: str) -> Redirect:
    return Redirect(f"{path}?{query}" if query else path, status_code=303)


def _refused(viewer: Viewer, words: str, path: str, query: str) -> Response[Any]:
    section = section_at(path)
    back = [Crumb(section.title, f"{path}?{query}" if query else path)]
    return page(
        "tables/view_refused.html", viewer, section.key, crumbs=back, words=words, back=back[0].path, status=422
    )


@post(PATH, opt=doing(Action.OWN))
async def save_view(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Saves what the list shows; one of the same name is changed."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    (name, path), query = _list_of(form, viewer), clean_query(str(form.get("query", "")))
    try:
        called, shared = _name(form), _shared_at(form, viewer, query)
        number = await panel.new_id()
        async with panel.change_own(viewer.person_id) as db:
            if await saved_views.count_others(db, name, viewer.person_id, called) >= VIEWS_MAX:
                raise _Refused(TOO_MANY)
            new = NewView(list=name, person_id=viewer.person_id, person=asker(viewer), merchant_id=shared,
                          name=called, query=query)  # fmt: skip
            await saved_views.save_view(db, number, new, clock.now())
            await _note(db, state, viewer, "view.saved", called, after=_told(name, query, shared), merchant_id=shared)
    except _Refused as refused:
        return _refused(viewer, str(refused), path, query)
    return _back(path, query)


@post(PATH + "/{view_id:int}", opt=doing(Action.OWN))
async def change_view(
    request: _Request, state: State, viewer: NamedDependency[Viewer], view_id: FromPath[int]
) -> Response[Any]:
    """Another name, or other eyes; ``delete`` among the fields takes it away."""
    panel: PanelDatabase = state["panel"]
    form = await request.form()
    name, path = _list_of(form, viewer)
    query = ""
    try:
        async with panel.change_own(viewer.person_id) as db:
            kept = await _own(db, viewer, view_id, name)
            query = kept.query
            if "delete" in form:
                await saved_views.delete_view(db, view_id)
                before = _told(name, query, kept.merchant_id)
                await _note(db, state, viewer, "view.deleted", kept.name, before=before, merchant_id=kept.merchant_id)
                return _back(path, query)
            called, shared = _name(form), _shared_at(form, viewer, query)
            if await saved_views.is_name_taken(db, kept, viewer.person_id, called):
                raise _Refused(TAKEN)
            await saved_views.change_view(db, view_id, called, shared)
            await _note(
                db, state, viewer, "view.changed", called, merchant_id=shared or kept.merchant_id,
                before={"name": kept.name, "shared_at": kept.merchant_id}, after={"name": called, "shared_at": shared},
            )  # fmt: skip
    except _Refused as refused:
        return _refused(viewer, str(refused), path, query)
    return _back(path, query)


async def _own(db: WriteConnection, viewer: Viewer, view_id: int, name: str) -> SavedView:
    kept = await saved_views.own_view(db, view_id, viewer.person_id) if 0 < view_id < 1 << 63 else None
    if kept is None or kept.list != name:
        raise NotFoundException
    return kept


def _told(name: str, query: str, shared: int | None) -> dict[str, Any]:
    return {"list": name, "query": query, "shared_at": shared}


async def _note(db: WriteConnection, state: State, viewer: Viewer, deed: str, on: str, **more: Any) -> None:
    await record(db, state, viewer, deed, on, **more)


HANDLERS: Final = (save_view, change_view)
