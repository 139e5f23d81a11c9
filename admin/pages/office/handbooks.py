"""Handbooks of the office: which there are, what each says, what is to be looked at again, and a search through all."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office.forms import FormRefused, choice_of, is_ticked, text_of, told
from admin.office.looking import change, look, moments, today
from admin.office.meanwhile import refuse_if_changed, tick_words
from admin.office.rich_text import LONGEST, beginning
from admin.office.sent_forms import take_form
from admin.page import Crumb, page
from admin.permissions import Action
from admin.recording import asker, record
from admin.storage.office import handbooks
from admin.storage.office.handbooks import Author, Handbook, NewHandbook
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

PATH: Final = "/handbooks"
CRUMB: Final = Crumb("Справочники", PATH)
ENTRIES_SHOWN: Final = 300
WHOSE: Final = ("all", "own")
_TICKS: Final = ("show_in_card", "archived")
_LABELS: Final = {
    "name": "Название",
    "outline": "С чего начинается запись",
    "show_in_card": "Показывать в карточке клиента",
    "archived": "В архиве: не показывать, ничего не удалять",
}

_Request = Request[Any, Any, State]


def author_of(state: State, viewer: Viewer) -> Author:
    """Whoever looks, now."""
    clock: Clock = state["clock"]
    return Author(viewer.person_id, asker(viewer), clock.now())


def may_change(viewer: Viewer, one: Handbook) -> bool:
    """Everybody's handbooks are changed by those who change clients, one's own by oneself."""
    return viewer.may(Action.CHANGE_CLIENTS if one.owner_id is None else Action.WORK_ON_CASES)


async def _show(
    request: _Request, state: State, viewer: Viewer, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    asked = request.query_params.get("q", "").replace("\0", "").strip()[:100]
    async with look(state, viewer) as db:
        listed = await handbooks.list_handbooks(db)
        review = await handbooks.entries_to_review(db, today(state), ENTRIES_SHOWN)
        found = await handbooks.search_entries(db, asked, ENTRIES_SHOWN) if asked else None
    return page(
        "office/handbooks.html", viewer, "clients", status=422 if error else 200, listed=listed, review=review,
        found=found, asked=asked, beginning=beginning, may_have_own=viewer.person_id is not None, today=today(state),
        error=error, form=form,
    )  # fmt: skip


@get(PATH, opt=doing(Action.SEE_CLIENTS))
async def list_handbooks(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """All that the viewer may read; ``q`` searches their texts and the names of their files."""
    return await _show(request, state, viewer)


@post(PATH, opt=doing(Action.WORK_ON_CASES))
async def add_handbook(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Everybody's, or one's own."""
    panel: PanelDatabase = state["panel"]
    form = await request.form()
    number = await panel.new_id()
    try:
        is_own = choice_of(form, "whose", dict.fromkeys(WHOSE)) == "own"
        if not is_own and not viewer.may(Action.CHANGE_CLIENTS):
            raise FormRefused(say("Выберите один из вариантов."))  # the form offers them their own alone
        if is_own and viewer.person_id is None:
            raise FormRefused(say("Личный справочник бывает у того, кто вошёл."))
        name, outline = _read(form)
        new = NewHandbook(
            name=name,
            owner_id=viewer.person_id if is_own else None,
            show_in_card=is_ticked(form, "show_in_card"),
            outline=outline,
        )
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            await handbooks.add_handbook(db, number, new, author_of(state, viewer))
            outline = "" if is_own else new.outline  # one's own is read by nobody else, in the story of deeds neither
            after = told(msgspec.structs.replace(new, outline=outline))
            await record(db, state, viewer, "handbook.added", name, after=after)
    except FormRefused as refused:
        return await _show(request, state, viewer, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


def _read(form: FormMultiDict) -> tuple[str, str]:
    name = text_of(form, "name")
    if not name:
        raise FormRefused(say("Назовите справочник."))
    return name, text_of(form, "outline", LONGEST).replace("\r\n", "\n")


def kept_form(one: Handbook) -> dict[str, str]:
    """What stands in the form of a handbook, by the names of its fields."""
    ticks = zip(_TICKS, (one.show_in_card, one.archived_at is not None), strict=True)
    return {"name": one.name, "outline": one.outline, **{name: "1" if is_set else "" for name, is_set in ticks}}


async def _card(
    state: State, viewer: Viewer, number: int, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    async with look(state, viewer) as db:
        one = await handbooks.handbook_by_id(db, number)
        if one is None:
            raise NotFoundException
        entries = await handbooks.entries_of(db, number, ENTRIES_SHOWN)
    return page(
        "office/handbook.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200, one=one,
        entries=entries, beginning=beginning, at=moments(state), today=today(state), may_change=may_change(viewer, one),
        error=error, form=form, kept=kept_form(one),
    )  # fmt: skip


@get(f"{PATH}/{{number:int}}", opt=doing(Action.SEE_CLIENTS))
async def handbook_card(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """What it says of each client."""
    return await _card(state, viewer, number)


@post(f"{PATH}/{{number:int}}", opt=doing(Action.WORK_ON_CASES))
async def change_handbook(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Its name, its outline, whether it stands in the card of clients, and whether it is in use."""
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        async with change(state, viewer) as db:
            one = await handbooks.lock_handbook(db, number)
            if one is None:
                raise NotFoundException
            if not may_change(viewer, one):
                raise PermissionDeniedException
            kept = kept_form(one)
            refuse_if_changed(form, kept, _LABELS, tick_words(kept, *_TICKS))
            name, outline = _read(form)
            archived_at = (one.archived_at or clock.now()) if is_ticked(form, "archived") else None
            is_shown = is_ticked(form, "show_in_card")
            await handbooks.change_handbook(db, number, name, is_shown, outline, archived_at)
            before = {"name": one.name, "show_in_card": one.show_in_card, "archived": one.archived_at is not None}
            after = {"name": name, "show_in_card": is_shown, "archived": archived_at is not None}
            await record(db, state, viewer, "handbook.changed", name, before=before, after=after)
    except FormRefused as refused:
        return await _card(state, viewer, number, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (list_handbooks, add_handbook, handbook_card, change_handbook)
